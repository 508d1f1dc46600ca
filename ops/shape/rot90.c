// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = x with the plane of two dimensions turned by quarters of a circle, from the first of them to the second: two
// dimensions exchanged, or not, and run through from their ends, or not. A copy.
#include "ops/ops.h"
#include "ops/shape/layout.h"

typedef struct rot90_options {
  int64_t k;
  sg_ints dims;
} rot90_options;

static sg_status prepare(sg_plan *plan) {
  const rot90_options *options = plan->options;
  const int quarters = (int)(options->k % 4 + 4) % 4;
  int dims[SG_MAX_RANK], order[SG_MAX_RANK];
  if (options->dims.count != 2)
    return sg_reject(plan, "dims names %d dimensions, expected the two of a plane", options->dims.count);
  if (sg_layout_named(plan, "dims", &options->dims, dims)) return sg_error_status(plan->context);
  for (int d = 0; d < SG_MAX_RANK; d++) order[d] = d;
  if (quarters % 2) order[dims[0]] = dims[1], order[dims[1]] = dims[0];
  const unsigned first = 1u << dims[0], second = 1u << dims[1];
  const unsigned reversed[] = {0, second, first | second, first};
  return sg_layout_in_order(plan, order, reversed[quarters]);
}

static void vjp(const sg_call *call) {
  const rot90_options *options = call->options;
  call->d_inputs[0] = sg_rot90(call->context, call->d_outputs[0], -(options->k % 4), &options->dims);
}

#define BY(k, ...) SG_WITH(rot90_options, k, SG_DIMS(__VA_ARGS__))

const sg_op op_rot90 = {
    SG_LAYOUT(rot90, prepare, vjp),
    SG_WORDS(
        "Turns the plane of two dimensions by quarters of a circle.",
        "k = 1: y[..., i, ..., j, ...] = x[..., j, ..., extent - 1 - i, ...] in dims, counted from 0; k times"),
    .outputs = SG_PORTS({"y", SG_ANY_DTYPE, "x, turned"}),
    SG_OPTIONS(rot90_options, SG_CONSTANT(rot90_options, 1, SG_DIMS(0, 1)),
               SG_OPTION(rot90_options, k, INT, "how many quarters, from the first of dims to the second"),
               SG_OPTION(rot90_options, dims, DIMS, "the two dimensions; default the first two")),
    .samples = SG_SAMPLES(
        {"once", SG_ON(SG_VALUES(SG_NUMBERS(1, 2, 3, 4, 5, 6), SG_DIMS(2, 3))), SG_GIVES(3, 6, 2, 5, 1, 4)},
        {"twice", SG_ON(SG_RANDN(2, 3)), BY(2, 0, 1)}, {"back", SG_ON(SG_RANDN(9, 14)), BY(-1, 0, 1)},
        {"tiles with remainders", SG_ON(SG_RANDN(34, 9))}, {"a whole circle", SG_ON(SG_RANDN(2, 3)), BY(4, 0, 1)},
        {"other dimensions", SG_ON(SG_RANDN(3, 2, 4)), BY(1, -1, 0)},
        {"many times", SG_ON(SG_RANDN(3, 2, 4)), BY(INT64_MIN + 1, 1, 2)}, {"one element", SG_ON(SG_RANDN(1, 1))},
        {"empty", SG_ON(SG_RANDN(0, 2))}, {"integers", SG_ON(SG_RANDINT(-9, 9, SG_DIMS(2, 3)))},
        {"mask", SG_ON(SG_MASK(SG_DIMS(9, 9))), BY(3, 0, 1)}),
    .bad_samples = SG_SAMPLES({"vector", SG_ON(SG_RANDN(3)), .error = "outside"},
                              {"one dimension", SG_ON(SG_RANDN(2, 3)), BY(1, 0), .error = "names 1 dimensions"},
                              {"twice", SG_ON(SG_RANDN(2, 3)), BY(1, 1, -1), .error = "named twice in dims"}),
};

sg_tensor *sg_rot90(sg_context *context, sg_tensor *x, int64_t k, const sg_ints *dims) {
  return sg_apply_one(context, &op_rot90, 1, &x, &(rot90_options){k, *dims});
}
