// SPDX-License-Identifier: GPL-3.0-or-later
//
// w = g v / |v|: the length of a weight, or of each of its slices, apart from its direction. In f64, where squares
// of what f32 holds stay within range.
#include "ops/ops.h"
#include "ops/wide.h"

// The dimensions that have no norm of their own, over which there is one; false for a dimension that there is not.
static bool reduced_dimensions(const sg_plan *plan, sg_ints *reduced) {
  const sg_ints *own = &((const sg_weight_norm_options *)plan->options)->dim;
  const int rank = sg_plan_shape(plan, 0)->rank;
  bool kept[SG_MAX_RANK] = {false};
  for (int i = 0; i < own->count; i++) {
    int d;
    if (sg_plan_dimension(plan, 0, own->value[i], &d)) return false;
    kept[d] = true;
  }
  reduced->count = 0;
  for (int d = 0; d < rank; d++)
    if (!kept[d]) reduced->value[reduced->count++] = d;
  return true;
}

static sg_status prepare(sg_plan *plan) {
  const sg_shape *g = sg_plan_shape(plan, 1);
  sg_shape expected = *sg_plan_shape(plan, 0);
  sg_ints *reduced = plan->own;
  if (!reduced_dimensions(plan, reduced)) return sg_error_status(plan->context);
  if (reduced->count == 0)
    return sg_reject(plan,
                     "v has shape %s, and dim all its dimensions: of lengths of single numbers nothing is left",
                     sg_shape_text(&expected).text);
  for (int i = 0; i < reduced->count; i++) expected.size[reduced->value[i]] = 1;
  if (sg_shape_equal(g, &expected)) return SG_OK;
  return sg_reject(plan, "g has shape %s, expected %s (v %s)", sg_shape_text(g).text, sg_shape_text(&expected).text,
                   sg_shape_text(sg_plan_shape(plan, 0)).text);
}

static void compose(const sg_call *call, sg_tensor **outputs) {
  sg_context *c = call->context;
  const sg_ints *reduced = call->plan;
  sg_tensor *inputs[2];
  const sg_call wide = sg_widened(call, inputs);
  sg_tensor *norm = sg_vector_norm(c, wide.inputs[0], &(sg_norm_options){2, *reduced, true});
  sg_tensor *w = sg_mul(c, wide.inputs[0], sg_div(c, wide.inputs[1], norm));
  outputs[0] = sg_to(c, w, call->dtype);
}

#define ALONG(...) SG_WITH(sg_weight_norm_options, .dim = SG_DIMS(__VA_ARGS__))

const sg_op op_weight_norm = {
    SG_COMPOSED(weight_norm, prepare, compose),
    .plan_bytes = sizeof(sg_ints),
    SG_WORDS("A weight of which the length and the direction are apart; NaN where v is 0.",
             "w = g v / (norm of v over all dimensions but dim)",
             "Salimans and Kingma, Weight Normalization, 2016"),
    .inputs =
        SG_PORTS({"v", 0, "the direction, any shape"}, {"g", 0, "the lengths, v's shape with 1 outside of dim"}),
    .outputs = SG_PORTS({"w", 0, "the shape of v"}),
    SG_OPTIONS(sg_weight_norm_options, SG_CONSTANT(sg_weight_norm_options, .dim = {1, {0}}),
               SG_OPTION(sg_weight_norm_options, dim, DIMS,
                         "whose slices have a length each; none: one length of all; default the first")),
    .samples = SG_SAMPLES(
        {"by hand",
         SG_ON(SG_VALUES(SG_NUMBERS(3, -4, 0, 2), SG_DIMS(2, 2)), SG_VALUES(SG_NUMBERS(10, 3), SG_DIMS(2, 1))),
         SG_GIVES(6, -8, 0, 3)},
        {"filters", SG_ON(SG_RANDN(3, 2, 2, 2), SG_RANDN(3, 1, 1, 1))},
        {"the second", SG_ON(SG_RANDN(2, 3, 2), SG_RANDN(1, 3, 1)), ALONG(1)},
        {"two dimensions", SG_ON(SG_RANDN(2, 3, 2), SG_RANDN(2, 1, 2)), ALONG(0, -1)},
        {"all", SG_ON(SG_RANDN(2, 3), SG_RANDN(1, 1)), SG_WITH(sg_weight_norm_options, .dim = {0, {0}})},
        {"a vector", SG_ON(SG_RANDN(4), SG_RANDN(1)), SG_WITH(sg_weight_norm_options, .dim = {0, {0}})},
        {"empty", SG_ON(SG_RANDN(0, 2), SG_RANDN(0, 1))}),
    .bad_samples =
        SG_SAMPLES({"g", SG_ON(SG_RANDN(3, 2), SG_RANDN(3)), .error = "g has shape [3], expected [3, 1]"},
                   {"dim", SG_ON(SG_RANDN(3, 2), SG_RANDN(3, 1)), ALONG(2), .error = "outside"},
                   {"single numbers", SG_ON(SG_RANDN(3), SG_RANDN(3)), .error = "and dim all its dimensions"}),
};

sg_tensor *sg_weight_norm(sg_context *context, sg_tensor *v, sg_tensor *g, const sg_weight_norm_options *options) {
  return sg_apply_one(context, &op_weight_norm, 2, (sg_tensor *[]){v, g}, options);
}
