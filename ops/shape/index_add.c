// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = x, with source[..., i, ...] added at x[..., index[i], ...]: the adjoint of index_select.
#include "ops/ops.h"
#include "ops/shape/indices.h"
#include "ops/shape/strided.h"

static sg_status prepare(sg_plan *plan) {
  const sg_shape *x = sg_plan_shape(plan, 0);
  sg_shape expected = *x;
  int dim;
  if (sg_index_prepare(plan, &dim)) return sg_error_status(plan->context);
  expected.size[dim] = sg_tensor_elements(plan->inputs[1]);
  if (!sg_shape_equal(sg_plan_shape(plan, 2), &expected))
    return sg_reject(plan, "source has shape %s, expected %s (x %s, %lld indices)",
                     sg_shape_text(sg_plan_shape(plan, 2)).text, sg_shape_text(&expected).text,
                     sg_shape_text(x).text, (long long)expected.size[dim]);
  plan->output_shape[0] = *x;
  int64_t row = x->size[dim] > 0 ? sg_shape_elements(x) / x->size[dim] : 0;
  plan->scratch_bytes = sg_index_add_scratch(plan->output_dtype[0], x->size[dim], expected.size[dim], row);
  return SG_OK;
}

static void forward(const sg_call *call) {
  const sg_index_options *options = call->options;
  const sg_shape *x = sg_tensor_shape(call->inputs[0]);
  copy_arguments copy = {.rank = 1,
                         .size = {sg_shape_elements(x)},
                         .target_stride = {1},
                         .source_stride = {1},
                         .target = sg_output_data(call->outputs[0]),
                         .source = sg_tensor_data(call->inputs[0])};
  sg_strided_copy(call->context, call->dtype, &copy);
  index_arguments a = sg_index_arguments(call->context, x, options->dim, call->inputs[1]);
  a.source = sg_tensor_data(call->inputs[2]);
  a.target = sg_output_data(call->outputs[0]);
  sg_index_add_run(call->context, call->dtype, &a, call->scratch);
}

static void vjp(const sg_call *call) {
  const sg_index_options *options = call->options;
  sg_tensor *d_y = call->d_outputs[0];
  if (call->needs[0]) call->d_inputs[0] = d_y;
  if (call->needs[2]) call->d_inputs[2] = sg_index_select(call->context, d_y, call->inputs[1], options->dim);
}

#define ALONG(d) (&(const sg_index_options){d})
static const sg_sample samples[] = {
    {"rows",
     {SG_NORMAL(0, 1, SG_DIMS(4, 3)), SG_INDICES(4, SG_DIMS(6)), SG_NORMAL(0, 1, SG_DIMS(6, 3))},
     NULL,
     NULL,
     NULL},
    {"columns",
     {SG_NORMAL(0, 1, SG_DIMS(3, 4)), SG_INDICES(4, SG_DIMS(5)), SG_NORMAL(0, 1, SG_DIMS(3, 5))},
     ALONG(-1),
     NULL,
     NULL},
    {"no index",
     {SG_NORMAL(0, 1, SG_DIMS(2, 3)), SG_INDICES(2, SG_DIMS(0)), SG_NORMAL(0, 1, SG_DIMS(0, 3))},
     NULL,
     NULL,
     NULL},
    {"empty rows",
     {SG_NORMAL(0, 1, SG_DIMS(2, 0)), SG_INDICES(2, SG_DIMS(3)), SG_NORMAL(0, 1, SG_DIMS(3, 0))},
     NULL,
     NULL,
     NULL},
    {0}};
static const sg_sample bad_samples[] = {
    {"source",
     {SG_NORMAL(0, 1, SG_DIMS(2, 3)), SG_INDICES(2, SG_DIMS(3)), SG_NORMAL(0, 1, SG_DIMS(2, 3))},
     NULL,
     "source has shape [2, 3], expected [3, 3]",
     NULL},
    {"out of range",
     {SG_NORMAL(0, 1, SG_DIMS(2, 3)),
      {SG_SAMPLE_VALUES, SG_DIMS(1), 0, 0, (const double[]){-1}, SG_I64},
      SG_NORMAL(0, 1, SG_DIMS(1, 3))},
     NULL,
     "holds -1",
     NULL},
    {0}};

const sg_op op_index_add = {
    .name = "index_add",
    .summary = "Adds slices to the positions of one dimension given by their numbers.",
    .formula = "y = x, then y[..., index[i], ...] += source[..., i, ...] for every i",
    .reference = "The adjoint of index_select",
    .inputs = SG_PORTS({"x", 0, "what to add to"}, {"index", SG_INDEX, "vector of positions in dim; may repeat"},
                       {"source", 0, "x's shape, with one slice for each index"}),
    .outputs = SG_PORTS({"y", 0, "the sums"}),
    .attributes = SG_ATTRIBUTES({"dim", SG_ATTRIBUTE_DIM, offsetof(sg_index_options, dim),
                                 "dimension to add along; default the "
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

sg_tensor *sg_index_add(sg_context *context, sg_tensor *x, sg_tensor *index, sg_tensor *source, int64_t dim) {
  return sg_apply_one(context, &op_index_add, 3, (sg_tensor *[]){x, index, source}, ALONG(dim));
}
