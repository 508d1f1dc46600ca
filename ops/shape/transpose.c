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
  int dim0, dim1, order[SG_MAX_RANK];
  if (sg_plan_dimension(plan, 0, options->dim0, &dim0)) return sg_error_status(plan->context);
  if (sg_plan_dimension(plan, 0, options->dim1, &dim1)) return sg_error_status(plan->context);
  for (int d = 0; d < SG_MAX_RANK; d++) order[d] = d == dim0 ? dim1 : d == dim1 ? dim0 : d;
  return sg_layout_in_order(plan, order);
}

static void vjp(const sg_call *call) {
  const transpose_options *options = call->options;
  call->d_inputs[0] = sg_transpose(call->context, call->d_outputs[0], options->dim0, options->dim1);
}

#define SWAP(a, b) (&(const transpose_options){a, b})
static const sg_sample samples[] = {
    {"matrix",
     {SG_VALUES(((const double[]){1, 2, 3, 4, 5, 6}), SG_DIMS(2, 3))},
     NULL,
     NULL,
     (const double[]){1, 4, 2, 5, 3, 6}},
    {"tiles with remainders", {SG_NORMAL(0, 1, SG_DIMS(9, 14))}, SWAP(0, 1), NULL, NULL},
    {"batch", {SG_NORMAL(0, 1, SG_DIMS(3, 2, 4))}, SWAP(1, -1), NULL, NULL},
    {"outer dimensions", {SG_NORMAL(0, 1, SG_DIMS(3, 2, 4))}, SWAP(0, 1), NULL, NULL},
    {"with itself", {SG_NORMAL(0, 1, SG_DIMS(3, 2))}, SWAP(1, 1), NULL, NULL},
    {"empty", {SG_NORMAL(0, 1, SG_DIMS(0, 2))}, SWAP(0, 1), NULL, NULL},
    {0}};
static const sg_sample bad_samples[] = {
    {"dimension out of range", {SG_NORMAL(0, 1, SG_DIMS(2, 3))}, SWAP(0, 2), "outside", NULL},
    {"a vector", {SG_NORMAL(0, 1, SG_DIMS(3))}, NULL, "outside", NULL},
    {0}};

const sg_op op_transpose = {
    .name = "transpose",
    .summary = "Exchanges two dimensions.",
    .formula = "y[..., j, ..., i, ...] = x[..., i, ..., j, ...]",
    .family = &sg_layout_family,
    .outputs = SG_PORTS({"y", SG_ANY_DTYPE, "x with dim0 and dim1 exchanged"}),
    .attributes = SG_ATTRIBUTES({"dim0", SG_ATTRIBUTE_DIM, offsetof(transpose_options, dim0),
                                 "one dimension; default the last but one", 0, 0, 0, NULL},
                                {"dim1", SG_ATTRIBUTE_DIM, offsetof(transpose_options, dim1),
                                 "the other; default the last", 0, 0, 0, NULL}),
    .options_bytes = sizeof(transpose_options),
    .defaults = &(const transpose_options){-2, -1},
    .prepare = prepare,
    .vjp = vjp,
    .samples = samples,
    .bad_samples = bad_samples,
};

sg_tensor *sg_transpose(sg_context *context, sg_tensor *x, int64_t dim0, int64_t dim1) {
  return sg_apply_one(context, &op_transpose, 1, &x, &(transpose_options){dim0, dim1});
}
