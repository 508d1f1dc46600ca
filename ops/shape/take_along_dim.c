// SPDX-License-Identifier: GPL-3.0-or-later
//
// gather of tensors that broadcast in the other dimensions; of both as vectors where no dimension is named.
#include "ops/ops.h"
#include "ops/shape/indices.h"
#include "ops/shape/strided.h"

#include <string.h>

typedef struct take_along_dim_options {
  sg_ints dim;
} take_along_dim_options;

enum { X, INDICES };

// The shapes of both as they are broadcast, and y as lines, among which those of x may be the same.
typedef struct taking {
  int dim;
  sg_shape x, y;
  line_arguments lines;
  int64_t index_stride[SG_MAX_RANK]; // of the indices, as they are given
  bool spread;                       // they are broadcast, into the scratch space
} taking;

static sg_shape as_vector(const sg_shape *shape) { return (sg_shape){1, {sg_shape_elements(shape)}}; }

static sg_status broadcast(sg_plan *plan, const sg_shape *x, const sg_shape *indices, taking *own) {
  sg_shape x_others = *x, index_others = *indices, others;
  bool fits = x->rank == indices->rank;
  if (fits) x_others.size[own->dim] = index_others.size[own->dim] = 1;
  if (!fits || !sg_shape_broadcast(&x_others, &index_others, &others))
    return sg_reject(plan,
                     "indices have shape %s, expected one that broadcasts to that of x %s but for dimension %d",
                     sg_shape_text(indices).text, sg_shape_text(x).text, own->dim + sg_index_base(plan->context));
  own->x = own->y = others;
  own->x.size[own->dim] = x->size[own->dim];
  own->y.size[own->dim] = indices->size[own->dim];
  return SG_OK;
}

static void broadcast_strides(const sg_shape *shape, int dim, int64_t *strides) {
  sg_strides(shape, strides);
  for (int d = 0; d < shape->rank; d++)
    if (d != dim && shape->size[d] == 1) strides[d] = 0;
}

static sg_status prepare(sg_plan *plan) {
  const sg_ints *dim = &((const take_along_dim_options *)plan->options)->dim;
  sg_shape x = *sg_plan_shape(plan, X), indices = *sg_plan_shape(plan, INDICES);
  taking *own = plan->own;
  if (dim->count > 1) return sg_reject(plan, "dim has %d values, expected one", dim->count);
  if (dim->count == 0)
    x = as_vector(&x), indices = as_vector(&indices);
  else if (sg_plan_dimension(plan, X, dim->value[0], &own->dim))
    return sg_error_status(plan->context);
  if (broadcast(plan, &x, &indices, own)) return sg_error_status(plan->context);
  int64_t elements, in_x[SG_MAX_RANK];
  if (!sg_shape_count(&own->y, &elements) || !sg_shape_count(&own->x, &(int64_t){0}))
    return sg_reject(plan, "x %s and indices %s are too large together", sg_shape_text(&x).text,
                     sg_shape_text(&indices).text);
  sg_index_lines(&own->x, &own->y, own->dim, &own->lines);
  broadcast_strides(&x, own->dim, in_x);
  broadcast_strides(&indices, own->dim, own->index_stride);
  for (int d = 0, line = 0; d < x.rank; d++) {
    if (d == own->dim)
      own->lines.grid_step = in_x[d];
    else
      own->lines.grid_stride[line++] = in_x[d];
  }
  own->spread = !sg_shape_equal(&own->y, &indices);
  if (own->spread) plan->scratch_bytes = (size_t)elements * sizeof(int64_t);
  plan->output_shape[0] = own->y;
  plan->output_dtype[0] = sg_tensor_dtype(plan->inputs[X]);
  return SG_OK;
}

static sg_status check(const sg_call *call) {
  const taking *own = call->plan;
  const int64_t base = sg_index_base(call->context), extent = own->x.size[own->dim];
  const int64_t i = sg_index_first_outside(call, INDICES, extent);
  if (i < 0) return SG_OK;
  return sg_refuse(call, "indices hold %lld (element %lld), expected %lld..%lld (x %s)",
                   (long long)sg_tensor_integer(call->inputs[INDICES], i), (long long)(i + base), (long long)base,
                   (long long)(extent - 1 + base), sg_shape_text(sg_tensor_shape(call->inputs[X])).text);
}

static void forward(const sg_call *call) {
  const taking *own = call->plan;
  line_arguments a = own->lines;
  a.index = own->spread ? call->scratch : sg_input_data(call, INDICES);
  a.base = sg_index_base(call->context);
  a.source = sg_input_data(call, X);
  a.target = sg_output_data(call->outputs[0]);
  if (own->spread) {
    copy_arguments copy = {.rank = own->y.rank, .target = call->scratch, .source = sg_input_data(call, INDICES)};
    memcpy(copy.size, own->y.size, sizeof copy.size);
    memcpy(copy.source_stride, own->index_stride, sizeof copy.source_stride);
    sg_strides(&own->y, copy.target_stride);
    sg_strided_copy(call->context, SG_I64, &copy);
  }
  sg_parallel(call->context, a.lines, sg_grain(a.count),
              sg_move_kernels(call->context, sg_tensor_dtype(call->inputs[X]))->gather, &a);
}

// d_y is added where its elements came from, in x as it was broadcast.
static void vjp(const sg_call *call) {
  sg_context *c = call->context;
  const taking *own = call->plan;
  const sg_shape *given = &call->input_shapes[X];
  const bool flat = ((const take_along_dim_options *)call->options)->dim.count == 0;
  if (sg_tensor_elements(call->d_outputs[0]) == 0) {
    call->d_inputs[X] = sg_tensor_full(c, call->dtype, given, 0);
    return;
  }
  sg_tensor *zeros = sg_tensor_full(c, call->dtype, &own->x, 0), *indices = call->inputs[INDICES];
  if (flat) indices = sg_reshape(c, indices, &own->y);
  sg_tensor *sum = sg_scatter_add(c, zeros, sg_expand(c, indices, &own->y), call->d_outputs[0], own->dim);
  call->d_inputs[X] = flat ? sg_reshape(c, sum, given) : sg_sum_to(c, sum, given);
}

#define ALONG(d) (&(const take_along_dim_options){SG_DIMS(d)})

const sg_op op_take_along_dim = {
    SG_COMPUTED(take_along_dim, prepare, forward, vjp),
    SG_WORDS("Takes for every line along a dimension its own positions; the other dimensions broadcast.",
             "y[..., i, ...] = x[..., indices[..., i, ...], ...]; without dim, of both as vectors",
             "NumPy's take_along_axis"),
    .inputs = SG_PORTS({"x", SG_ANY_DTYPE, "tensor"},
                       {"indices", SG_INDEX, "positions in dim; broadcast with x in the other dimensions"}),
    .outputs =
        SG_PORTS({"y", SG_ANY_DTYPE, "the elements, in the broadcast shape, with the extent of indices in dim"}),
    SG_OPTIONS(take_along_dim_options, SG_CONSTANT(take_along_dim_options, {0}),
               SG_OPTION(take_along_dim_options, dim, DIMS, "dimension; default: both as vectors")),
    .save_inputs = 1 << INDICES,
    .plan_bytes = sizeof(taking),
    .check = check,
    .samples =
        SG_SAMPLES({"rows", SG_ON(SG_RANDN(3, 4), SG_INDICES(4, SG_DIMS(3, 2))), ALONG(1)},
                   {"by hand",
                    SG_ON(SG_VALUES(SG_NUMBERS(1, 2, 3, 4), SG_DIMS(2, 2)),
                          SG_VALUES_OF(SG_I64, SG_NUMBERS(1, 0), SG_DIMS(1, 2))),
                    ALONG(0), SG_GIVES(3, 2)},
                   {"indices broadcast", SG_ON(SG_RANDN(3, 4), SG_INDICES(4, SG_DIMS(1, 5))), ALONG(-1)},
                   {"x broadcasts", SG_ON(SG_RANDN(1, 4), SG_INDICES(4, SG_DIMS(3, 2))), ALONG(1)},
                   {"both broadcast", SG_ON(SG_RANDN(1, 4, 2), SG_INDICES(4, SG_DIMS(3, 2, 1))), ALONG(1)},
                   {"as vectors", SG_ON(SG_RANDN(2, 3), SG_INDICES(6, SG_DIMS(2, 2)))},
                   {"no indices", SG_ON(SG_RANDN(3, 2), SG_INDICES(3, SG_DIMS(0, 2))), ALONG(0)},
                   {"empty", SG_ON(SG_RANDN(0, 2), SG_INDICES(2, SG_DIMS(1, 3))), ALONG(1)},
                   {"scalars", SG_ON(SG_NORMAL(0, 1, SG_SCALAR), SG_INDICES(1, SG_SCALAR))},
                   {"integers", SG_ON(SG_RANDINT(-9, 9, SG_DIMS(2, 3)), SG_INDICES(3, SG_DIMS(1, 4))), ALONG(1)}),
    .bad_samples = SG_SAMPLES(
        {"out of range", SG_ON(SG_RANDN(3), SG_VALUES_OF(SG_I64, SG_NUMBERS(1, 9), SG_DIMS(2))), ALONG(0),
         .error = "indices hold"},
        {"rank", SG_ON(SG_RANDN(3, 2), SG_INDICES(2, SG_DIMS(3))), ALONG(0), .error = "indices have shape [3]"},
        {"other lines", SG_ON(SG_RANDN(3, 2), SG_INDICES(2, SG_DIMS(2, 2))), ALONG(1),
         .error = "indices have shape [2, 2]"},
        {"two dimensions", SG_ON(SG_RANDN(3, 2), SG_INDICES(2, SG_DIMS(3, 2))),
         SG_WITH(take_along_dim_options, SG_DIMS(0, 1)), .error = "dim has 2 values"}),
};

sg_tensor *sg_take_along_dim(sg_context *context, sg_tensor *x, sg_tensor *indices, const int64_t *dim) {
  take_along_dim_options options = {{0}};
  if (dim) options.dim = (sg_ints){1, {*dim}};
  return sg_apply_one(context, &op_take_along_dim, 2, (sg_tensor *[]){x, indices}, &options);
}
