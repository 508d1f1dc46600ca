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

#define RANGE(field) offsetof(embed_options, range) + offsetof(sg_slice_options, field)
const sg_op op_embed = {
    SG_LAYOUT(embed, prepare, vjp),
    SG_WORDS("Places a tensor in a range of a tensor of zeros.",
             "y[start1 + i step1, start2 + j step2, ...] = x[i, j, ...], 0 elsewhere", "The adjoint of slice"),
    .outputs = SG_PORTS({"y", SG_ANY_DTYPE, "zeros but for x"}),
    SG_OPTIONS(embed_options, SG_CONSTANT(embed_options, .shape = SG_SCALAR),
               SG_OPTION(embed_options, shape, SHAPE, "shape of the result", SG_REQUIRED),
               {"start", SG_ATTRIBUTE_DIMS, RANGE(start), "as for slice", 0, 0, 0, NULL},
               {"stop", SG_ATTRIBUTE_INTS, RANGE(stop), "as for slice", 0, 0, 0, NULL},
               {"step", SG_ATTRIBUTE_INTS, RANGE(step), "as for slice", SG_AT_LEAST, 1, 0, NULL}),
    .samples = SG_SAMPLES(
        {"columns", SG_ON(SG_VALUES(SG_NUMBERS(1, 2), SG_DIMS(2, 1))),
         SG_WITH(embed_options, .shape = SG_DIMS(2, 3), .range = {.start = SG_DIMS(0, 1), .stop = SG_DIMS(2, 2)}),
         SG_GIVES(0, 1, 0, 0, 2, 0)},
        {"steps", SG_ON(SG_RANDN(2, 1, 2)),
         SG_WITH(embed_options, .shape = SG_DIMS(5, 4, 2),
                 .range = {.start = SG_DIMS(1, -3), .stop = SG_DIMS(5, -1), .step = SG_DIMS(2, 2)})},
        {"everything", SG_ON(SG_RANDN(2, 3)), SG_WITH(embed_options, .shape = SG_DIMS(2, 3))},
        {"nothing", SG_ON(SG_RANDN(0, 3)),
         SG_WITH(embed_options, .shape = SG_DIMS(2, 3), .range = {.stop = SG_DIMS(0)}), SG_GIVES(0, 0, 0, 0, 0, 0)},
        {"scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR)), SG_WITH(embed_options, .shape = SG_SCALAR)}),
    .bad_samples = SG_SAMPLES({"other extent", SG_ON(SG_RANDN(2)), SG_WITH(embed_options, .shape = SG_DIMS(3)),
                               .error = "x has shape [2], expected [3]"},
                              {"not a shape", SG_ON(SG_RANDN(2)), SG_WITH(embed_options, .shape = SG_DIMS(-3)),
                               .error = "is not a shape"}),
};

sg_tensor *sg_embed(sg_context *context, sg_tensor *x, const sg_shape *shape, const sg_slice_options *range) {
  return sg_apply_one(context, &op_embed, 1, &x, &(embed_options){*shape, *range});
}
