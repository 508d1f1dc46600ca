// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = the windows of `size` positions of a dimension of x that begin at every step-th one. A copy. Windows may
// overlap: d_x is the sum of d_y over them, which index_add adds up.
#include "ops/ops.h"
#include "ops/shape/layout.h"

typedef struct unfold_options {
  int64_t dimension, size, step;
} unfold_options;

static sg_status prepare(sg_plan *plan) {
  const unfold_options *options = plan->options;
  const sg_shape *x = sg_plan_shape(plan, 0);
  sg_shape *y = &plan->output_shape[0];
  copy_arguments *copy = &((sg_layout *)plan->own)->copy;
  int dim;
  if (sg_plan_dimension(plan, 0, options->dimension, &dim)) return sg_error_status(plan->context);
  if (x->rank == SG_MAX_RANK)
    return sg_reject(plan, "x has shape %s, %d dimensions already, the most possible", sg_shape_text(x).text,
                     x->rank);
  const int64_t extent = x->size[dim];
  if (options->size > extent)
    return sg_reject(plan, "size is %lld, and dimension %d of x %s has %lld positions", (long long)options->size,
                     dim + sg_index_base(plan->context), sg_shape_text(x).text, (long long)extent);
  const int64_t step = options->step > extent ? extent + 1 : options->step; // the same windows, and no overflow
  *y = *x;
  y->size[dim] = (extent - options->size) / step + 1;
  y->size[y->rank++] = options->size;
  sg_strides(x, copy->source_stride);
  copy->source_stride[x->rank] = copy->source_stride[dim];
  (void)__builtin_mul_overflow(copy->source_stride[dim], step, &copy->source_stride[dim]); // of a single window
  copy->rank = y->rank;
  for (int d = 0; d < y->rank; d++) copy->size[d] = y->size[d];
  sg_strides(y, copy->target_stride);
  return sg_layout_plan(plan);
}

// The positions that the windows have, one window after the other, counted from the index base.
static sg_tensor *positions(const sg_call *call, int64_t windows) {
  const unfold_options *options = call->options;
  const int64_t base = sg_index_base(call->context);
  sg_tensor *index = sg_tensor_new(call->context, SG_I64, &(const sg_shape){1, {windows * options->size}});
  int64_t *position = index ? sg_output_data(index) : NULL;
  for (int64_t w = 0; index && w < windows; w++)
    for (int64_t k = 0; k < options->size; k++) *position++ = w * options->step + k + base;
  return index;
}

static void vjp(const sg_call *call) {
  sg_context *c = call->context;
  const sg_shape *x = &call->input_shapes[0], *y = &call->output_shapes[0];
  const int dim = sg_shape_dimension(x, ((const unfold_options *)call->options)->dimension);
  sg_tensor *d_y = call->d_outputs[0], *zeros = sg_tensor_full(c, call->dtype, x, 0);
  if (sg_shape_elements(y) == 0) {
    call->d_inputs[0] = zeros;
    return;
  }
  if (dim < x->rank - 1) d_y = sg_movedim(c, d_y, &(sg_ints){1, {-1}}, &(sg_ints){1, {dim + 1}});
  sg_shape lines = *x;
  lines.size[dim] = y->size[dim] * y->size[x->rank];
  sg_tensor *index = positions(call, y->size[dim]);
  call->d_inputs[0] = sg_index_add(c, zeros, index, sg_reshape(c, d_y, &lines), dim);
}

#define WINDOWS(dimension, size, step) (&(const unfold_options){dimension, size, step})

const sg_op op_unfold = {
    SG_LAYOUT(unfold, prepare, vjp),
    .summary = "Takes all windows of one size along a dimension, which may overlap.",
    .formula = "y[..., w, ..., k] = x[..., w step + k, ...], w and k counted from 0",
    .outputs =
        SG_PORTS({"y", SG_ANY_DTYPE, "the windows in the place of the dimension; their positions come last"}),
    SG_OPTIONS(unfold_options, WINDOWS(0, 1, 1),
               SG_OPTION(unfold_options, dimension, DIM, "along which the windows lie", SG_REQUIRED),
               SG_OPTION(unfold_options, size, INT, "of a window", SG_REQUIRED | SG_AT_LEAST, 0),
               SG_OPTION(unfold_options, step, INT, "from window to window", SG_REQUIRED | SG_AT_LEAST, 1)),
    .samples = SG_SAMPLES(
        {"overlapping", SG_ON(SG_VECTOR(1, 2, 3, 4)), WINDOWS(0, 3, 1), SG_GIVES(1, 2, 3, 2, 3, 4)},
        {"with gaps", SG_ON(SG_RANDN(2, 8)), WINDOWS(1, 2, 3)}, {"rows", SG_ON(SG_RANDN(5, 3)), WINDOWS(0, 2, 2)},
        {"in the middle", SG_ON(SG_RANDN(2, 5, 3)), WINDOWS(-2, 3, 1)},
        {"the whole extent", SG_ON(SG_RANDN(2, 3)), WINDOWS(1, 3, INT64_MAX)},
        {"of nothing", SG_ON(SG_RANDN(3)), WINDOWS(0, 0, 1)}, {"one element", SG_ON(SG_RANDN(1)), WINDOWS(0, 1, 1)},
        {"empty", SG_ON(SG_RANDN(0, 4)), WINDOWS(1, 2, 1)},
        {"integers", SG_ON(SG_RANDINT(-9, 9, SG_DIMS(5))), WINDOWS(0, 2, 1)},
        {"mask", SG_ON(SG_MASK(SG_DIMS(2, 5))), WINDOWS(1, 3, 2)}),
    .bad_samples = SG_SAMPLES(
        {"too large", SG_ON(SG_RANDN(2, 3)), WINDOWS(1, 4, 1), .error = "size is 4, and dimension"},
        {"no step", SG_ON(SG_RANDN(3)), WINDOWS(0, 1, 0), .error = "step is 0, expected a value of at least 1"},
        {"negative", SG_ON(SG_RANDN(3)), WINDOWS(0, -1, 1), .error = "size is -1"},
        {"dimension", SG_ON(SG_RANDN(2, 3)), WINDOWS(2, 1, 1), .error = "outside"},
        {"too many", SG_ON(SG_RANDN(1, 1, 1, 1, 1, 1, 1, 1)), WINDOWS(0, 1, 1), .error = "8 dimensions already"},
        {"scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR)), WINDOWS(0, 1, 1), .error = "outside"}),
};

sg_tensor *sg_unfold(sg_context *context, sg_tensor *x, int64_t dimension, int64_t size, int64_t step) {
  return sg_apply_one(context, &op_unfold, 1, &x, WINDOWS(dimension, size, step));
}
