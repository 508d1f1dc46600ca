// SPDX-License-Identifier: GPL-3.0-or-later
//
// The first position of the largest element along one dimension, or in row-major order over all.
#include "ops/ops.h"
#include "ops/reduce/extremum.h"

static sg_status prepare(sg_plan *plan) {
  plan->output_dtype[0] = SG_I64;
  return sg_position_prepare(plan);
}

static void forward(const sg_call *call) { sg_position_forward(call, false, NULL, call->outputs[0]); }

#define OVER(keep, ...) (&(const sg_reduce_options){.dim = SG_DIMS(__VA_ARGS__), .keepdim = keep})
static const sg_sample samples[] = {{"everything", {SG_DISTINCT(-2, 2, SG_DIMS(3, 4))}, NULL, NULL, NULL},
                                    {"rows", {SG_DISTINCT(-2, 2, SG_DIMS(4, 5))}, OVER(false, -1), NULL, NULL},
                                    {"columns", {SG_DISTINCT(-2, 2, SG_DIMS(5, 3))}, OVER(true, 0), NULL, NULL},
                                    {"scalar", {SG_NORMAL(0, 1, SG_SCALAR)}, NULL, NULL, NULL},
                                    {"no results", {SG_NORMAL(0, 1, SG_DIMS(0, 2))}, OVER(false, 1), NULL, NULL},
                                    {0}};
static const sg_sample bad_samples[] = {
    {"empty", {SG_NORMAL(0, 1, SG_DIMS(0, 2))}, NULL, "nothing to choose from", NULL},
    {"two dimensions", {SG_NORMAL(0, 1, SG_DIMS(2, 3))}, OVER(false, 0, 1), "expected one or none", NULL},
    {"dimension out of range", {SG_NORMAL(0, 1, SG_DIMS(2, 3))}, OVER(false, 2), "outside", NULL},
    {0}};

const sg_op op_argmax = {
    .name = "argmax",
    .summary = "The first position of the largest element along a dimension.",
    .formula = "y = the first position of max of x over dim",
    .reference = "",
    .inputs = SG_PORTS({"x", SG_STEP, "tensor with something to choose from"}),
    .outputs = SG_PORTS({"y", SG_INDEX, "positions"}),
    .attributes = SG_ATTRIBUTES({"dim", SG_ATTRIBUTE_DIMS, offsetof(sg_reduce_options, dim),
                                 "dimension to choose along; default all, as one", 0, 0, 0, NULL},
                                {"keepdim", SG_ATTRIBUTE_BOOL, offsetof(sg_reduce_options, keepdim),
                                 "keep the reduced dimensions, with extent 1", 0, 0, 0, NULL}),
    .options_bytes = sizeof(sg_reduce_options),
    .defaults = &(const sg_reduce_options){.keepdim = false},
    .prepare = prepare,
    .forward = forward,
    .samples = samples,
    .bad_samples = bad_samples,
};

sg_tensor *sg_argmax(sg_context *context, sg_tensor *x, const sg_reduce_options *options) {
  return sg_apply_one(context, &op_argmax, 1, &x, options);
}
