// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = the smallest element of x over the given dimensions. Elements that share it share the gradient equally.
#include "ops/ops.h"
#include "ops/reduce/extremum.h"

static void forward(const sg_call *call) { sg_extremum_forward(call, REDUCE_MIN); }

static void vjp(const sg_call *call) {
  call->d_inputs[0] = sg_extremum_share(call, call->inputs[0], call->outputs[0], call->d_outputs[0]);
}

#define OVER(keep, ...) (&(const sg_reduce_options){.dim = SG_DIMS(__VA_ARGS__), .keepdim = keep})
static const sg_sample samples[] = {
    {"everything", {SG_DISTINCT(-2, 2, SG_DIMS(3, 4))}, NULL, NULL, NULL},
    {"rows",
     {SG_VALUES(((const double[]){5, 1, 1, 2, 3, 0}), SG_DIMS(2, 3))},
     OVER(false, 1),
     NULL,
     (const double[]){1, 0}},
    {"columns", {SG_DISTINCT(-2, 2, SG_DIMS(5, 3))}, OVER(true, 0), NULL, NULL},
    {"all but the channels", {SG_DISTINCT(-2, 2, SG_DIMS(2, 3, 2, 4))}, OVER(false, 0, 2, -1), NULL, NULL},
    {"scalar", {SG_NORMAL(0, 1, SG_SCALAR)}, NULL, NULL, NULL},
    {"no results", {SG_NORMAL(0, 1, SG_DIMS(0, 2))}, OVER(false, 1), NULL, NULL},
    {0}};
static const sg_sample bad_samples[] = {
    {"empty", {SG_NORMAL(0, 1, SG_DIMS(0, 2))}, NULL, "nothing to choose from", NULL},
    {"dimension out of range", {SG_NORMAL(0, 1, SG_DIMS(2, 3))}, OVER(false, 2), "outside", NULL},
    {"dimension twice", {SG_NORMAL(0, 1, SG_DIMS(2, 3))}, OVER(false, 1, -1), "named twice", NULL},
    {0}};

const sg_op op_amin = {
    .name = "amin",
    .summary = "The smallest element over dimensions; ties share the gradient.",
    .formula = "y = min of x over dim",
    .reference = "",
    .inputs = SG_PORTS({"x", 0, "tensor with something to choose from"}),
    .outputs = SG_PORTS({"y", 0, "the smallest elements; NaN where there is one"}),
    .attributes = SG_ATTRIBUTES({"dim", SG_ATTRIBUTE_DIMS, offsetof(sg_reduce_options, dim),
                                 "dimensions to reduce; default all", 0, 0, 0, NULL},
                                {"keepdim", SG_ATTRIBUTE_BOOL, offsetof(sg_reduce_options, keepdim),
                                 "keep the reduced dimensions, with extent 1", 0, 0, 0, NULL}),
    .options_bytes = sizeof(sg_reduce_options),
    .defaults = &(const sg_reduce_options){.keepdim = false},
    .save_inputs = 1 << 0,
    .save_outputs = 1 << 0,
    .prepare = sg_extremum_prepare,
    .forward = forward,
    .vjp = vjp,
    .samples = samples,
    .bad_samples = bad_samples,
};

sg_tensor *sg_amin(sg_context *context, sg_tensor *x, const sg_reduce_options *options) {
  return sg_apply_one(context, &op_amin, 1, &x, options);
}
