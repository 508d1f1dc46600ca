// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = x moved along dimensions, where what leaves at one end comes in at the other. A copy of two blocks in each
// dimension that is moved.
#include "ops/ops.h"
#include "ops/shape/strided.h"

typedef struct roll_options {
  sg_ints shifts, dims;
} roll_options;

// x, as a vector where no dimension is named, and how far each dimension moves, in [0, extent).
typedef struct rolled {
  sg_shape shape;
  int64_t shift[SG_MAX_RANK];
} rolled;

static sg_status prepare(sg_plan *plan) {
  const roll_options *options = plan->options;
  const sg_ints *shifts = &options->shifts, *dims = &options->dims;
  const sg_shape *x = sg_plan_shape(plan, 0);
  rolled *own = plan->own;
  const bool flat = dims->count == 0;
  if (shifts->count != (flat ? 1 : dims->count))
    return sg_reject(plan, "shifts has %d values, expected %d, %s", shifts->count, flat ? 1 : dims->count,
                     flat ? "because no dims are given" : "one for each of dims");
  own->shape = flat ? (sg_shape)SG_DIMS(sg_shape_elements(x)) : *x;
  for (int i = 0; i < shifts->count; i++) {
    int d = 0;
    if (!flat && sg_plan_dimension(plan, 0, dims->value[i], &d)) return sg_error_status(plan->context);
    const int64_t extent = own->shape.size[d];
    if (extent == 0) continue;
    const int64_t shift = (shifts->value[i] % extent + extent) % extent, room = extent - own->shift[d];
    own->shift[d] = shift < room ? own->shift[d] + shift : shift - room;
  }
  plan->output_shape[0] = *x;
  plan->output_dtype[0] = sg_tensor_dtype(plan->inputs[0]);
  return SG_OK;
}

// Bit d of `wrapped`: of dimension d the last `shift` positions of x, which become the first of y.
static void copy_block(const sg_call *call, unsigned wrapped) {
  const rolled *own = call->plan;
  const sg_dtype dtype = sg_tensor_dtype(call->outputs[0]);
  copy_arguments copy = {.rank = own->shape.rank};
  int64_t strides[SG_MAX_RANK], source = 0, target = 0;
  sg_strides(&own->shape, strides);
  for (int d = 0; d < copy.rank; d++) {
    const int64_t shift = own->shift[d], rest = own->shape.size[d] - shift;
    const bool end = wrapped >> d & 1;
    copy.size[d] = end ? shift : rest;
    copy.target_stride[d] = copy.source_stride[d] = strides[d];
    source += end ? rest * strides[d] : 0;
    target += end ? 0 : shift * strides[d];
  }
  copy.source = (const char *)sg_input_data(call, 0) + (size_t)source * sg_dtype_bytes(dtype);
  copy.target = (char *)sg_output_data(call->outputs[0]) + (size_t)target * sg_dtype_bytes(dtype);
  sg_strided_copy(call->context, dtype, &copy);
}

static void forward(const sg_call *call) {
  const rolled *own = call->plan;
  unsigned moved = 0;
  for (int d = 0; d < own->shape.rank; d++) moved |= (own->shift[d] > 0 ? 1u : 0u) << d;
  for (unsigned wrapped = 0; wrapped <= moved; wrapped++)
    if (!(wrapped & ~moved)) copy_block(call, wrapped);
}

static void vjp(const sg_call *call) {
  const rolled *own = call->plan;
  const bool flat = ((const roll_options *)call->options)->dims.count == 0;
  roll_options back = {.shifts.count = own->shape.rank, .dims.count = flat ? 0 : own->shape.rank};
  for (int d = 0; d < own->shape.rank; d++) {
    back.shifts.value[d] = -own->shift[d];
    if (!flat) back.dims.value[d] = d;
  }
  call->d_inputs[0] = sg_roll(call->context, call->d_outputs[0], &back.shifts, &back.dims);
}

#define BY(...) .shifts = SG_DIMS(__VA_ARGS__)
#define ALONG(...) .dims = SG_DIMS(__VA_ARGS__)

const sg_op op_roll = {
    SG_COMPUTED(roll, prepare, forward, vjp),
    .summary = "Moves the elements along dimensions, around the end.",
    .formula = "y[..., (i + shift) mod extent, ...] = x[..., i, ...] for every dimension in dims, counted from 0",
    .inputs = SG_PORTS({"x", SG_ANY_DTYPE, "tensor of any shape"}),
    .outputs = SG_PORTS({"y", SG_ANY_DTYPE, "x, moved"}),
    SG_OPTIONS(roll_options, SG_CONSTANT(roll_options, .dims = {0}),
               SG_OPTION(roll_options, shifts, INTS, "by how much, for each of dims; may be negative or large",
                         SG_REQUIRED),
               SG_OPTION(roll_options, dims, DIMS,
                         "dimensions; one named twice moves twice; default: x moves as a vector of its elements")),
    .plan_bytes = sizeof(rolled),
    .samples =
        SG_SAMPLES({"vector", SG_ON(SG_VECTOR(1, 2, 3, 4, 5)), SG_WITH(roll_options, BY(2), ALONG(0)),
                    SG_GIVES(4, 5, 1, 2, 3)},
                   {"two dimensions", SG_ON(SG_RANDN(4, 2, 5)), SG_WITH(roll_options, BY(1, -2), ALONG(0, -1))},
                   {"twice", SG_ON(SG_RANDN(4, 3)), SG_WITH(roll_options, BY(3, 2), ALONG(0, 0))},
                   {"flat", SG_ON(SG_RANDN(3, 4)), SG_WITH(roll_options, BY(5))},
                   {"far", SG_ON(SG_RANDN(3, 4)), SG_WITH(roll_options, BY(-1000003), ALONG(1))},
                   {"not at all", SG_ON(SG_RANDN(3, 4)), SG_WITH(roll_options, BY(4), ALONG(1))},
                   {"one element", SG_ON(SG_RANDN(1)), SG_WITH(roll_options, BY(1), ALONG(0))},
                   {"scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR)), SG_WITH(roll_options, BY(1))},
                   {"empty", SG_ON(SG_RANDN(0, 2)), SG_WITH(roll_options, BY(1, 1), ALONG(0, 1))},
                   {"integers", SG_ON(SG_RANDINT(-9, 9, SG_DIMS(2, 3))), SG_WITH(roll_options, BY(1), ALONG(1))},
                   {"mask", SG_ON(SG_MASK(SG_DIMS(7))), SG_WITH(roll_options, BY(-3), ALONG(0))}),
    .bad_samples = SG_SAMPLES(
        {"too few shifts", SG_ON(SG_RANDN(2, 3)), SG_WITH(roll_options, BY(1), ALONG(0, 1)),
         .error = "shifts has 1 values, expected 2"},
        {"without dims", SG_ON(SG_RANDN(2, 3)), SG_WITH(roll_options, BY(1, 2)), .error = "no dims are given"}),
};

sg_tensor *sg_roll(sg_context *context, sg_tensor *x, const sg_ints *shifts, const sg_ints *dims) {
  roll_options options = {.shifts = *shifts};
  if (dims) options.dims = *dims;
  return sg_apply_one(context, &op_roll, 1, &x, &options);
}
