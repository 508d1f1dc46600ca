// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = x with two dimensions exchanged. A copy.
#include "ops/ops.h"
#include "ops/shape/layout.h"

typedef struct transpose_options {
  int64_t dim0, dim1;
} transpose_options;

static sg_status prepare(sg_plan *plan) {
  const transpose_options *options = plan->options;
  return sg_layout_exchange(plan, options->dim0, options->dim1);
}

static void vjp(const sg_call *call) {
  const transpose_options *options = call->options;
  call->d_inputs[0] = sg_transpose(call->context, call->d_outputs[0], options->dim0, options->dim1);
}

#define SWAP(a, b) (&(const transpose_options){a, b})

const sg_op op_transpose = {
    .name = "transpose",
    SG_WORDS("Exchanges two dimensions.", "y[..., j, ..., i, ...] = x[..., i, ..., j, ...]"),
    .family = &sg_layout_family,
    .outputs = SG_PORTS({"y", SG_ANY_DTYPE, "x with dim0 and dim1 exchanged"}),
    SG_OPTIONS(transpose_options, SG_CONSTANT(transpose_options, -2, -1),
               SG_OPTION(transpose_options, dim0, DIM, "one dimension; default the last but one"),
               SG_OPTION(transpose_options, dim1, DIM, "the other; default the last")),
    .prepare = prepare,
    .vjp = vjp,
    .samples = SG_SAMPLES(
        {"matrix", SG_ON(SG_VALUES(SG_NUMBERS(1, 2, 3, 4, 5, 6), SG_DIMS(2, 3))), SG_GIVES(1, 4, 2, 5, 3, 6)},
        {"tiles with remainders", SG_ON(SG_RANDN(9, 14)), SWAP(0, 1)},
        {"batch", SG_ON(SG_RANDN(3, 2, 4)), SWAP(1, -1)},
        {"outer dimensions", SG_ON(SG_RANDN(3, 2, 4)), SWAP(0, 1)},
        {"with itself", SG_ON(SG_RANDN(3, 2)), SWAP(1, 1)}, {"empty", SG_ON(SG_RANDN(0, 2)), SWAP(0, 1)}),
    .bad_samples = SG_SAMPLES({"dimension out of range", SG_ON(SG_RANDN(2, 3)), SWAP(0, 2), .error = "outside"},
                              {"a vector", SG_ON(SG_RANDN(3)), .error = "outside"}),
};

sg_tensor *sg_transpose(sg_context *context, sg_tensor *x, int64_t dim0, int64_t dim1) {
  return sg_apply_one(context, &op_transpose, 1, &x, &(transpose_options){dim0, dim1});
}
