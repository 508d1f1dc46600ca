// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = x, with source[..., i, ...] added at x[..., index[..., i, ...], ...]: the adjoint of gather.
#include "ops/ops.h"
#include "ops/shape/indices.h"
#include "ops/shape/strided.h"

static sg_status prepare(sg_plan *plan) {
  int dim;
  if (sg_lines_prepare(plan, &dim)) return sg_error_status(plan->context);
  const sg_shape *index = sg_plan_shape(plan, 1), *source = sg_plan_shape(plan, 2);
  if (!sg_shape_equal(source, index))
    return sg_reject(plan, "source has shape %s, expected %s (that of index)", sg_shape_text(source).text,
                     sg_shape_text(index).text);
  const sg_shape *x = sg_plan_shape(plan, 0);
  int64_t count = index->size[dim], lines = count > 0 ? sg_shape_elements(index) / count : 0;
  plan->output_shape[0] = *x;
  plan->scratch_bytes = sg_lines_scatter_scratch(plan->output_dtype[0], lines, x->size[dim], count, count);
  return SG_OK;
}

static void forward(const sg_call *call) {
  const sg_index_options *options = call->options;
  copy_arguments copy = {.rank = 1,
                         .size = {sg_tensor_elements(call->inputs[0])},
                         .target_stride = {1},
                         .source_stride = {1},
                         .target = sg_output_data(call->outputs[0]),
                         .source = sg_tensor_data(call->inputs[0])};
  sg_strided_copy(call->context, call->dtype, &copy);
  line_arguments a = sg_line_arguments(call, options->dim);
  a.source = sg_tensor_data(call->inputs[2]);
  a.target = sg_output_data(call->outputs[0]);
  sg_lines_scatter_run(call->context, call->dtype, &a, a.count, call->scratch);
}

static void vjp(const sg_call *call) {
  const sg_index_options *options = call->options;
  sg_tensor *d_y = call->d_outputs[0];
  if (call->needs[0]) call->d_inputs[0] = d_y;
  if (call->needs[2]) call->d_inputs[2] = sg_gather(call->context, d_y, call->inputs[1], options->dim);
}

#define ALONG(d) (&(const sg_index_options){d})
static const sg_sample samples[] = {
    {"rows",
     {SG_NORMAL(0, 1, SG_DIMS(3, 4)), SG_INDICES(4, SG_DIMS(3, 6)), SG_NORMAL(0, 1, SG_DIMS(3, 6))},
     ALONG(1),
     NULL,
     NULL},
    {"fewer lines",
     {SG_NORMAL(0, 1, SG_DIMS(3, 4, 2)), SG_INDICES(4, SG_DIMS(2, 3, 1)), SG_NORMAL(0, 1, SG_DIMS(2, 3, 1))},
     ALONG(-2),
     NULL,
     NULL},
    {"no index",
     {SG_NORMAL(0, 1, SG_DIMS(3)), SG_INDICES(3, SG_DIMS(0)), SG_NORMAL(0, 1, SG_DIMS(0))},
     ALONG(0),
     NULL,
     NULL},
    {0}};
static const sg_sample bad_samples[] = {
    {"source",
     {SG_NORMAL(0, 1, SG_DIMS(3)), SG_INDICES(3, SG_DIMS(2)), SG_NORMAL(0, 1, SG_DIMS(3))},
     ALONG(0),
     "source has shape [3], expected [2]",
     NULL},
    {"out of range",
     {SG_NORMAL(0, 1, SG_DIMS(3)),
      {SG_SAMPLE_VALUES, SG_DIMS(1), 0, 0, (const double[]){9}, SG_I64},
      SG_NORMAL(0, 1, SG_DIMS(1))},
     ALONG(0),
     "holds 9",
     NULL},
    {0}};

const sg_op op_scatter_add = {
    .name = "scatter_add",
    .summary = "Adds elements to a tensor, each at its own position along a dimension.",
    .formula = "y = x, then y[..., index[..., i, ...], ...] += source[..., i, ...]",
    .reference = "The adjoint of gather",
    .inputs = SG_PORTS({"x", 0, "what to add to"},
                       {"index", SG_INDEX, "positions in dim; in the other dimensions no larger than x"},
                       {"source", 0, "what to add, in the shape of index"}),
    .outputs = SG_PORTS({"y", 0, "the sums"}),
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

sg_tensor *sg_scatter_add(sg_context *context, sg_tensor *x, sg_tensor *index, sg_tensor *source, int64_t dim) {
  return sg_apply_one(context, &op_scatter_add, 3, (sg_tensor *[]){x, index, source}, ALONG(dim));
}
