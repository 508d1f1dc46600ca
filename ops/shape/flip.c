// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = x with the order of some dimensions reversed. A copy.
#include "ops/ops.h"
#include "ops/shape/layout.h"

typedef struct flip_options {
  sg_ints dims;
} flip_options;

static sg_status prepare(sg_plan *plan) {
  static const int in_place[SG_MAX_RANK] = {0, 1, 2, 3, 4, 5, 6, 7};
  const sg_ints *dims = &((const flip_options *)plan->options)->dims;
  int named[SG_MAX_RANK];
  unsigned reversed = 0;
  if (sg_layout_named(plan, "dims", dims, named)) return sg_error_status(plan->context);
  for (int i = 0; i < dims->count; i++) reversed |= 1u << named[i];
  return sg_layout_in_order(plan, in_place, reversed);
}

static void vjp(const sg_call *call) {
  call->d_inputs[0] = sg_flip(call->context, call->d_outputs[0], &((const flip_options *)call->options)->dims);
}

#define OF(...) (&(const flip_options){.dims = SG_DIMS(__VA_ARGS__)})

const sg_op op_flip = {
    SG_LAYOUT(flip, prepare, vjp),
    .summary = "Reverses the order of the elements along dimensions.",
    .formula = "y[..., i, ...] = x[..., extent - 1 - i, ...] for every dimension in dims, counted from 0",
    .outputs = SG_PORTS({"y", SG_ANY_DTYPE, "x, reversed"}),
    SG_OPTIONS(flip_options, SG_CONSTANT(flip_options, .dims = {0}),
               SG_OPTION(flip_options, dims, DIMS, "dimensions to reverse, each at most once", SG_REQUIRED)),
    .samples = SG_SAMPLES(
        {"rows", SG_ON(SG_VALUES(SG_NUMBERS(1, 2, 3, 4, 5, 6), SG_DIMS(2, 3))), OF(0), SG_GIVES(4, 5, 6, 1, 2, 3)},
        {"columns", SG_ON(SG_RANDN(3, 17)), OF(-1)}, {"first and last", SG_ON(SG_RANDN(3, 2, 4)), OF(-1, 0)},
        {"middle", SG_ON(SG_RANDN(3, 4, 2)), OF(1)}, {"all", SG_ON(SG_RANDN(3, 2, 4)), OF(0, 1, 2)},
        {"one element", SG_ON(SG_RANDN(1)), OF(0)},
        {"scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR)), SG_WITH(flip_options, .dims = {0})},
        {"empty", SG_ON(SG_RANDN(0, 2)), OF(0, 1)}, {"integers", SG_ON(SG_RANDINT(-9, 9, SG_DIMS(2, 3))), OF(1)},
        {"mask", SG_ON(SG_MASK(SG_DIMS(7))), OF(0)}, {"bytes", SG_ON(SG_BYTES(0, 256, SG_DIMS(3, 2))), OF(0, -1)}),
    .bad_samples = SG_SAMPLES({"twice", SG_ON(SG_RANDN(2, 3)), OF(1, -1), .error = "named twice in dims"}),
};

sg_tensor *sg_flip(sg_context *context, sg_tensor *x, const sg_ints *dims) {
  return sg_apply_one(context, &op_flip, 1, &x, &(flip_options){*dims});
}
