// SPDX-License-Identifier: GPL-3.0-or-later
//
// The smallest element along one dimension and where it is, the first one of several; the gradient goes there.
// Over all dimensions as one: indices count the elements in row-major order, and ties share the gradient equally.
#include "ops/ops.h"
#include "ops/reduce/extremum.h"

static void forward(const sg_call *call) { sg_position_forward(call, true, call->outputs[0], call->outputs[1]); }

#define OVER(keep, ...) (&(const sg_reduce_options){.dim = SG_DIMS(__VA_ARGS__), .keepdim = keep})
static const sg_sample samples[] = {
    {"everything", {SG_DISTINCT(-2, 2, SG_DIMS(3, 4))}, NULL, NULL, NULL},
    {"by hand", {SG_VALUES(((const double[]){5, 1, 1, 2, 3, 0}), SG_DIMS(2, 3))}, NULL, NULL, (const double[]){0}},
    {"rows", {SG_DISTINCT(-2, 2, SG_DIMS(4, 5))}, OVER(false, -1), NULL, NULL},
    {"columns", {SG_DISTINCT(-2, 2, SG_DIMS(5, 3))}, OVER(true, 0), NULL, NULL},
    {"middle", {SG_DISTINCT(-2, 2, SG_DIMS(2, 4, 3))}, OVER(false, 1), NULL, NULL},
    {"scalar", {SG_NORMAL(0, 1, SG_SCALAR)}, OVER(false, 0), NULL, NULL},
    {"no results", {SG_NORMAL(0, 1, SG_DIMS(0, 2))}, OVER(false, 1), NULL, NULL},
    {0}};
static const sg_sample bad_samples[] = {
    {"empty", {SG_NORMAL(0, 1, SG_DIMS(0, 2))}, NULL, "nothing to choose from", NULL},
    {"two dimensions", {SG_NORMAL(0, 1, SG_DIMS(2, 3))}, OVER(false, 0, 1), "expected one or none", NULL},
    {"dimension out of range", {SG_NORMAL(0, 1, SG_DIMS(2, 3))}, OVER(false, 2), "outside", NULL},
    {0}};

const sg_op op_min = {
    .name = "min",
    .summary = "The smallest element along a dimension, and its position.",
    .formula = "values = min of x over dim, indices = the first position of values",
    .reference = "",
    .inputs = SG_PORTS({"x", 0, "tensor with something to choose from"}),
    .outputs = SG_PORTS({"values", 0, "the smallest elements; NaN where there is one"},
                        {"indices", SG_INDEX, "their first positions"}),
    .attributes = SG_ATTRIBUTES({"dim", SG_ATTRIBUTE_DIMS, offsetof(sg_reduce_options, dim),
                                 "dimension to choose along; default all, as one", 0, 0, 0, NULL},
                                {"keepdim", SG_ATTRIBUTE_BOOL, offsetof(sg_reduce_options, keepdim),
                                 "keep the reduced dimensions, with extent 1", 0, 0, 0, NULL}),
    .options_bytes = sizeof(sg_reduce_options),
    .defaults = &(const sg_reduce_options){.keepdim = false},
    .prepare = sg_extremum_along_prepare,
    .forward = forward,
    .vjp = sg_extremum_along_vjp,
    .samples = samples,
    .bad_samples = bad_samples,
};

sg_tensor *sg_min(sg_context *context, sg_tensor *x, const sg_reduce_options *options, sg_tensor **indices) {
  sg_tensor *outputs[2] = {NULL, NULL};
  sg_apply(context, &op_min, 1, &x, options, outputs);
  if (indices) *indices = outputs[1];
  return outputs[0];
}
