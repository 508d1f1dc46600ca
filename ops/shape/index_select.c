// SPDX-License-Identifier: GPL-3.0-or-later
//
// y[..., i, ...] = x[..., index[i], ...]: chosen positions of one dimension, in the order given.
#include "ops/kernels/move.h"
#include "ops/ops.h"
#include "ops/shape/indices.h"

static sg_status prepare(sg_plan *plan) {
  int dim;
  if (sg_index_prepare(plan, &dim)) return sg_error_status(plan->context);
  plan->output_shape[0] = *sg_plan_shape(plan, 0);
  plan->output_shape[0].size[dim] = sg_tensor_elements(plan->inputs[1]);
  plan->output_dtype[0] = sg_tensor_dtype(plan->inputs[0]);
  return SG_OK;
}

static void forward(const sg_call *call) {
  const sg_index_options *options = call->options;
  const sg_shape *x = sg_tensor_shape(call->inputs[0]);
  index_arguments a = sg_index_arguments(call->context, x, options->dim, call->inputs[1]);
  a.source = sg_tensor_data(call->inputs[0]);
  a.target = sg_output_data(call->outputs[0]);
  sg_parallel(call->context, a.outer * a.count, sg_grain(a.inner > 0 ? a.inner : 1),
              sg_move_kernels(call->context, sg_tensor_dtype(call->inputs[0]))->select, &a);
}

static void vjp(const sg_call *call) {
  const sg_index_options *options = call->options;
  sg_tensor *zeros = sg_tensor_full(call->context, call->dtype, &call->input_shapes[0], 0);
  call->d_inputs[0] = sg_index_add(call->context, zeros, call->inputs[1], call->d_outputs[0], options->dim);
}

#define ALONG(d) (&(const sg_index_options){d})
static const sg_sample samples[] = {
    {"rows", {SG_NORMAL(0, 1, SG_DIMS(4, 3)), SG_INDICES(4, SG_DIMS(6))}, NULL, NULL, NULL},
    {"columns", {SG_NORMAL(0, 1, SG_DIMS(3, 4)), SG_INDICES(4, SG_DIMS(3))}, ALONG(1), NULL, NULL},
    {"middle", {SG_NORMAL(0, 1, SG_DIMS(2, 3, 2)), SG_INDICES(3, SG_DIMS(4))}, ALONG(-2), NULL, NULL},
    {"no index", {SG_NORMAL(0, 1, SG_DIMS(2, 3)), SG_INDICES(2, SG_DIMS(0))}, NULL, NULL, NULL},
    {"one", {SG_NORMAL(0, 1, SG_DIMS(2, 3)), SG_INDICES(2, SG_SCALAR)}, NULL, NULL, NULL},
    {"empty rows", {SG_NORMAL(0, 1, SG_DIMS(2, 0)), SG_INDICES(2, SG_DIMS(3))}, NULL, NULL, NULL},
    {0}};
static const sg_sample bad_samples[] = {
    {"out of range",
     {SG_NORMAL(0, 1, SG_DIMS(2, 3)), {SG_SAMPLE_VALUES, SG_DIMS(2), 0, 0, (const double[]){1, 9}, SG_I64}},
     NULL,
     "holds 9",
     NULL},
    {"matrix of indices",
     {SG_NORMAL(0, 1, SG_DIMS(2, 3)), SG_INDICES(2, SG_DIMS(2, 2))},
     NULL,
     "expected a vector",
     NULL},
    {"dimension", {SG_NORMAL(0, 1, SG_DIMS(2, 3)), SG_INDICES(2, SG_DIMS(2))}, ALONG(2), "outside", NULL},
    {"scalar", {SG_NORMAL(0, 1, SG_SCALAR), SG_INDICES(1, SG_DIMS(1))}, NULL, "outside", NULL},
    {0}};

const sg_op op_index_select = {
    .name = "index_select",
    .summary = "Takes positions of one dimension by their numbers.",
    .formula = "y[..., i, ...] = x[..., index[i], ...]",
    .reference = "",
    .inputs =
        SG_PORTS({"x", SG_ANY_DTYPE, "tensor"}, {"index", SG_INDEX, "vector of positions in dim; may repeat"}),
    .outputs = SG_PORTS({"y", SG_ANY_DTYPE, "x at these positions"}),
    .attributes = SG_ATTRIBUTES({"dim", SG_ATTRIBUTE_DIM, offsetof(sg_index_options, dim),
                                 "dimension to take from; default the "
                                 "first",
                                 0, 0, 0, NULL}),
    .options_bytes = sizeof(sg_index_options),
    .defaults = ALONG(0),
    .save_inputs = 1 << 1,
    .prepare = prepare,
    .forward = forward,
    .vjp = vjp,
    .samples = samples,
    .bad_samples = bad_samples,
};

sg_tensor *sg_index_select(sg_context *context, sg_tensor *x, sg_tensor *index, int64_t dim) {
  return sg_apply_one(context, &op_index_select, 2, (sg_tensor *[]){x, index}, ALONG(dim));
}
