// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = zeros of a given shape, with x in the place that slice with the same options would take: the adjoint of
// slice.
#include "ops/ops.h"
#include "ops/shape/layout.h"
#include "ops/shape/range.h"

typedef struct embed_options {
  sg_shape shape;
  sg_slice_options range;
} embed_options;

static sg_status prepare(sg_plan *plan) {
  const embed_options *options = plan->options;
  const sg_shape *x = sg_plan_shape(plan, 0);
  int64_t count;
  if (!sg_shape_count(&options->shape, &count))
    return sg_reject(plan, "%s is not a shape", sg_shape_text(&options->shape).text);
  slice_range range;
  if (sg_range_resolve(plan, &options->shape, &options->range, &range)) return sg_error_status(plan->context);
  if (!sg_shape_equal(x, &range.shape))
    return sg_reject(plan, "x has shape %s, expected %s (that range of %s)", sg_shape_text(x).text,
                     sg_shape_text(&range.shape).text, sg_shape_text(&options->shape).text);
  plan->output_shape[0] = options->shape;
  sg_layout *layout = plan->own;
  layout->part = true;
  layout->copy.rank = x->rank;
  sg_strides(x, layout->copy.source_stride);
  sg_range_layout(&options->shape, &range, layout->copy.size, layout->copy.target_stride, &layout->target);
  return sg_layout_plan(plan);
}

static void vjp(const sg_call *call) {
  const embed_options *options = call->options;
  call->d_inputs[0] = sg_slice(call->context, call->d_outputs[0], &options->range);
}

static const sg_sample samples[] = {
    {"columns",
     {SG_VALUES(((const double[]){1, 2}), SG_DIMS(2, 1))},
     &(const embed_options){.shape = SG_DIMS(2, 3), .range = {.start = SG_DIMS(0, 1), .stop = SG_DIMS(2, 2)}},
     NULL,
     (const double[]){0, 1, 0, 0, 2, 0}},
    {"steps",
     {SG_NORMAL(0, 1, SG_DIMS(2, 1, 2))},
     &(const embed_options){.shape = SG_DIMS(5, 4, 2),
                            .range = {.start = SG_DIMS(1, -3), .stop = SG_DIMS(5, -1), .step = SG_DIMS(2, 2)}},
     NULL,
     NULL},
    {"everything", {SG_NORMAL(0, 1, SG_DIMS(2, 3))}, &(const embed_options){.shape = SG_DIMS(2, 3)}, NULL, NULL},
    {"nothing",
     {SG_NORMAL(0, 1, SG_DIMS(0, 3))},
     &(const embed_options){.shape = SG_DIMS(2, 3), .range = {.stop = SG_DIMS(0)}},
     NULL,
     (const double[]){0, 0, 0, 0, 0, 0}},
    {"scalar", {SG_NORMAL(0, 1, SG_SCALAR)}, &(const embed_options){.shape = SG_SCALAR}, NULL, NULL},
    {0}};
static const sg_sample bad_samples[] = {{"other extent",
                                         {SG_NORMAL(0, 1, SG_DIMS(2))},
                                         &(const embed_options){.shape = SG_DIMS(3)},
                                         "x has shape [2], expected [3]",
                                         NULL},
                                        {"not a shape",
                                         {SG_NORMAL(0, 1, SG_DIMS(2))},
                                         &(const embed_options){.shape = SG_DIMS(-3)},
                                         "is not a shape",
                                         NULL},
                                        {0}};

#define RANGE(field) offsetof(embed_options, range) + offsetof(sg_slice_options, field)
const sg_op op_embed = {
    .name = "embed",
    .summary = "Places a tensor in a range of a tensor of zeros.",
    .formula = "y[start1 + i step1, start2 + j step2, ...] = x[i, j, ...], 0 elsewhere",
    .reference = "The adjoint of slice",
    .family = &sg_layout_family,
    .outputs = SG_PORTS({"y", SG_ANY_DTYPE, "zeros but for x"}),
    .attributes = SG_ATTRIBUTES({"shape", SG_ATTRIBUTE_SHAPE, offsetof(embed_options, shape), "shape of the result",
                                 SG_REQUIRED, 0, 0, NULL},
                                {"start", SG_ATTRIBUTE_DIMS, RANGE(start), "as for slice", 0, 0, 0, NULL},
                                {"stop", SG_ATTRIBUTE_INTS, RANGE(stop), "as for slice", 0, 0, 0, NULL},
                                {"step", SG_ATTRIBUTE_INTS, RANGE(step), "as for slice", SG_AT_LEAST, 1, 0, NULL}),
    .options_bytes = sizeof(embed_options),
    .defaults = &(const embed_options){.shape = SG_SCALAR},
    .prepare = prepare,
    .vjp = vjp,
    .samples = samples,
    .bad_samples = bad_samples,
};

sg_tensor *sg_embed(sg_context *context, sg_tensor *x, const sg_shape *shape, const sg_slice_options *range) {
  return sg_apply_one(context, &op_embed, 1, &x, &(embed_options){*shape, *range});
}
