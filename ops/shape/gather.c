// SPDX-License-Identifier: GPL-3.0-or-later
//
// y[..., i, ...] = x[..., index[..., i, ...], ...]: for every line along a dimension its own choice of positions.
#include "ops/kernels/move.h"
#include "ops/ops.h"
#include "ops/shape/indices.h"

static sg_status prepare(sg_plan *plan) {
  int dim;
  if (sg_lines_prepare(plan, &dim)) return sg_error_status(plan->context);
  plan->output_shape[0] = *sg_plan_shape(plan, 1);
  plan->output_dtype[0] = sg_tensor_dtype(plan->inputs[0]);
  return SG_OK;
}

static void forward(const sg_call *call) {
  const sg_index_options *options = call->options;
  line_arguments a = sg_line_arguments(call, options->dim);
  a.source = sg_tensor_data(call->inputs[0]);
  a.target = sg_output_data(call->outputs[0]);
  sg_parallel(call->context, a.lines, sg_grain(a.count > 0 ? a.count : 1),
              sg_move_kernels(call->context, sg_tensor_dtype(call->inputs[0]))->gather, &a);
}

static void vjp(const sg_call *call) {
  const sg_index_options *options = call->options;
  sg_tensor *zeros = sg_tensor_full(call->context, call->dtype, &call->input_shapes[0], 0);
  call->d_inputs[0] = sg_scatter_add(call->context, zeros, call->inputs[1], call->d_outputs[0], options->dim);
}

#define ALONG(d) (&(const sg_index_options){d})
static const sg_sample samples[] = {
    {"rows", {SG_NORMAL(0, 1, SG_DIMS(3, 4)), SG_INDICES(4, SG_DIMS(3, 2))}, ALONG(1), NULL, NULL},
    {"columns", {SG_NORMAL(0, 1, SG_DIMS(3, 4)), SG_INDICES(3, SG_DIMS(5, 4))}, ALONG(0), NULL, NULL},
    {"fewer lines", {SG_NORMAL(0, 1, SG_DIMS(3, 4, 2)), SG_INDICES(4, SG_DIMS(2, 3, 1))}, ALONG(-2), NULL, NULL},
    {"vector", {SG_NORMAL(0, 1, SG_DIMS(3)), SG_INDICES(3, SG_DIMS(4))}, ALONG(0), NULL, NULL},
    {"no index", {SG_NORMAL(0, 1, SG_DIMS(3, 2)), SG_INDICES(3, SG_DIMS(0, 2))}, ALONG(0), NULL, NULL},
    {0}};
static const sg_sample bad_samples[] = {
    {"out of range",
     {SG_NORMAL(0, 1, SG_DIMS(3)), {SG_SAMPLE_VALUES, SG_DIMS(2), 0, 0, (const double[]){1, 9}, SG_I64}},
     ALONG(0),
     "holds 9",
     NULL},
    {"rank", {SG_NORMAL(0, 1, SG_DIMS(3, 2)), SG_INDICES(2, SG_DIMS(3))}, ALONG(0), "index has shape [3]", NULL},
    {"too many lines",
     {SG_NORMAL(0, 1, SG_DIMS(3, 2)), SG_INDICES(2, SG_DIMS(3, 3))},
     ALONG(0),
     "index has shape [3, 3]",
     NULL},
    {0}};

const sg_op op_gather = {
    .name = "gather",
    .summary = "Takes for every line along a dimension its own positions.",
    .formula = "y[..., i, ...] = x[..., index[..., i, ...], ...]",
    .reference = "",
    .inputs = SG_PORTS({"x", SG_ANY_DTYPE, "tensor"},
                       {"index", SG_INDEX, "positions in dim; in the other dimensions no larger than x"}),
    .outputs = SG_PORTS({"y", SG_ANY_DTYPE, "the elements, in the shape of index"}),
    .attributes = SG_ATTRIBUTES({"dim", SG_ATTRIBUTE_DIM, offsetof(sg_index_options, dim),
                                 "dimension of the positions", SG_REQUIRED, 0, 0, NULL}),
    .options_bytes = sizeof(sg_index_options),
    .defaults = ALONG(0),
    .save_inputs = 1 << 1,
    .prepare = prepare,
    .forward = forward,
    .vjp = vjp,
    .samples = samples,
    .bad_samples = bad_samples,
};

sg_tensor *sg_gather(sg_context *context, sg_tensor *x, sg_tensor *index, int64_t dim) {
  return sg_apply_one(context, &op_gather, 2, (sg_tensor *[]){x, index}, ALONG(dim));
}
