// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = the sum of x over the given dimensions.
#include "ops/ops.h"
#include "ops/reduce/reduction.h"

static sg_status prepare(sg_plan *plan) {
  const sg_reduce_options *options = plan->options;
  unsigned reduced;
  if (sg_reduction_dimensions(plan, &options->dim, &reduced)) return sg_error_status(plan->context);
  const sg_shape *x = sg_plan_shape(plan, 0);
  plan->output_shape[0] = sg_reduction_shape(x, reduced, options->keepdim);
  reduce_layout layout = sg_reduction_layout(x, reduced);
  plan->scratch_bytes = sg_reduction_scratch(&layout);
  return SG_OK;
}

static void forward(const sg_call *call) {
  const sg_reduce_options *options = call->options;
  const sg_shape *x = sg_tensor_shape(call->inputs[0]);
  reduce_layout layout = sg_reduction_layout(x, sg_reduction_mask(x, &options->dim));
  sg_reduction_sum(call->context, call->dtype, &layout, sg_tensor_data(call->inputs[0]), 1,
                   sg_output_data(call->outputs[0]), call->scratch);
}

static void vjp(const sg_call *call) {
  const sg_reduce_options *options = call->options;
  call->d_inputs[0] = sg_reduction_expand(call, &options->dim, call->d_outputs[0]);
}

#define OVER(keep, ...) (&(const sg_reduce_options){.dim = SG_DIMS(__VA_ARGS__), .keepdim = keep})
static const sg_sample samples[] = {
    {"everything", {SG_VALUES(((const double[]){1, 2, 3, 4}), SG_DIMS(2, 2))}, NULL, NULL, (const double[]){10}},
    {"rows",
     {SG_VALUES(((const double[]){1, 2, 3, 4}), SG_DIMS(2, 2))},
     OVER(false, 1),
     NULL,
     (const double[]){3, 7}},
    {"columns", {SG_NORMAL(0, 1, SG_DIMS(5, 3))}, OVER(true, 0), NULL, NULL},
    {"all but the channels", {SG_NORMAL(0, 1, SG_DIMS(2, 3, 2, 4))}, OVER(false, 0, 2, -1), NULL, NULL},
    {"middle", {SG_NORMAL(0, 1, SG_DIMS(3, 4, 2))}, OVER(false, -2), NULL, NULL},
    {"scalar", {SG_NORMAL(0, 1, SG_SCALAR)}, NULL, NULL, NULL},
    {"scalar, its last dimension", {SG_NORMAL(0, 1, SG_SCALAR)}, OVER(false, -1), NULL, NULL},
    {"nothing to sum", {SG_NORMAL(0, 1, SG_DIMS(0, 2))}, OVER(false, 0), NULL, (const double[]){0, 0}},
    {"no sums", {SG_NORMAL(0, 1, SG_DIMS(0, 2))}, OVER(false, 1), NULL, NULL},
    {0}};
static const sg_sample bad_samples[] = {
    {"dimension out of range", {SG_NORMAL(0, 1, SG_DIMS(2, 3))}, OVER(false, 2), "outside", NULL},
    {"dimension twice", {SG_NORMAL(0, 1, SG_DIMS(2, 3))}, OVER(false, 1, -1), "named twice", NULL},
    {0}};

const sg_op op_sum = {
    .name = "sum",
    .summary = "Sums a tensor over dimensions.",
    .formula = "y = sum of x over dim",
    .reference = "",
    .inputs = SG_PORTS({"x", 0, "tensor of any shape"}),
    .outputs = SG_PORTS({"y", 0, "the sums; 0 where there is nothing to sum"}),
    .attributes = SG_ATTRIBUTES({"dim", SG_ATTRIBUTE_DIMS, offsetof(sg_reduce_options, dim),
                                 "dimensions to sum over; default all", 0, 0, 0, NULL},
                                {"keepdim", SG_ATTRIBUTE_BOOL, offsetof(sg_reduce_options, keepdim),
                                 "keep the reduced dimensions, with extent 1", 0, 0, 0, NULL}),
    .options_bytes = sizeof(sg_reduce_options),
    .defaults = &(const sg_reduce_options){.keepdim = false},
    .prepare = prepare,
    .forward = forward,
    .vjp = vjp,
    .samples = samples,
    .bad_samples = bad_samples,
};

sg_tensor *sg_sum(sg_context *context, sg_tensor *x, const sg_reduce_options *options) {
  return sg_apply_one(context, &op_sum, 1, &x, options);
}
