// SPDX-License-Identifier: GPL-3.0-or-later
//
// A weight over its largest singular value, which two vectors tell. With those of spectral_norm_step, which are
// constants to the derivative, sigma = u' W v has the derivative u v' in W, as a singular value has.
#include "ops/norm/spectral_norm.h"
#include "ops/ops.h"
#include "ops/wide.h"

sg_status sg_spectral_plan(sg_plan *plan, int weight, int u, int v, int64_t dim, sg_spectral_matrix *matrix) {
  const sg_shape *w = sg_plan_shape(plan, weight);
  if (w->rank < 2)
    return sg_reject(plan, "weight has shape %s, expected two dimensions or more", sg_shape_text(w).text);
  if (sg_plan_dimension(plan, weight, dim, &matrix->dimension)) return sg_error_status(plan->context);
  matrix->outer = matrix->inner = 1;
  for (int d = 0; d < w->rank; d++) {
    if (w->size[d] == 0) return sg_reject(plan, "weight has shape %s: it is empty", sg_shape_text(w).text);
    if (d < matrix->dimension) matrix->outer *= w->size[d];
    if (d > matrix->dimension) matrix->inner *= w->size[d];
  }
  matrix->rows = w->size[matrix->dimension];
  const sg_shape rows = SG_DIMS(matrix->rows), columns = SG_DIMS(matrix->outer * matrix->inner);
  if (sg_shape_equal(sg_plan_shape(plan, u), &rows) && sg_shape_equal(sg_plan_shape(plan, v), &columns))
    return SG_OK;
  return sg_reject(plan, "u has shape %s and v %s, expected %s and %s (weight %s)",
                   sg_shape_text(sg_plan_shape(plan, u)).text, sg_shape_text(sg_plan_shape(plan, v)).text,
                   sg_shape_text(&rows).text, sg_shape_text(&columns).text, sg_shape_text(w).text);
}

static sg_status prepare(sg_plan *plan) {
  return sg_spectral_plan(plan, 0, 1, 2, ((const sg_spectral_norm_options *)plan->options)->dim, plan->own);
}

static void compose(const sg_call *call, sg_tensor **outputs) {
  sg_context *c = call->context;
  const sg_spectral_matrix *m = call->plan;
  const sg_ints first = {1, {0}}, place = {1, {m->dimension}};
  const sg_shape shape = SG_DIMS(m->rows, m->outer * m->inner);
  sg_tensor *inputs[3];
  const sg_call wide = sg_widened(call, inputs); // products of three may leave the range of f32
  sg_tensor *matrix = sg_reshape(c, sg_movedim(c, wide.inputs[0], &place, &first), &shape);
  sg_tensor *sigma = sg_dot(c, wide.inputs[1], sg_mv(c, matrix, wide.inputs[2]));
  outputs[0] = sg_to(c, sg_div(c, wide.inputs[0], sigma), call->dtype);
}

#define ALONG(d) SG_WITH(sg_spectral_norm_options, .dim = d)
#define POSITIVE(...) SG_UNIFORM(0.5, 1.5, SG_DIMS(__VA_ARGS__))

const sg_op op_spectral_norm = {
    SG_COMPOSED(spectral_norm, prepare, compose),
    .plan_bytes = sizeof(sg_spectral_matrix),
    SG_WORDS("A weight divided by its largest singular value, of which u and v are the vectors.",
             "y = W / (u' W v), W with dim in front and the other dimensions as one behind it", SG_SPECTRAL_SOURCE),
    .inputs = SG_PORTS(SG_SPECTRAL_WEIGHT, SG_SPECTRAL_U, SG_SPECTRAL_V),
    .outputs = SG_PORTS({"y", 0, "the shape of weight"}),
    SG_OPTIONS(sg_spectral_norm_options, SG_CONSTANT(sg_spectral_norm_options, .dim = 0),
               SG_SPECTRAL_DIM(sg_spectral_norm_options)),
    .samples = SG_SAMPLES(
        {"by hand", SG_ON(SG_VALUES(SG_NUMBERS(4, 0, 0, 2), SG_DIMS(2, 2)), SG_VECTOR(1, 0), SG_VECTOR(1, 0)),
         SG_GIVES(1, 0, 0, 0.5)},
        {"matrix", SG_ON(POSITIVE(3, 4), POSITIVE(3), POSITIVE(4))},
        {"filters", SG_ON(POSITIVE(3, 2, 2, 1), POSITIVE(3), POSITIVE(4))},
        {"the second", SG_ON(POSITIVE(2, 3, 2), POSITIVE(3), POSITIVE(4)), ALONG(1)}),
    .bad_samples =
        SG_SAMPLES({"rank", SG_ON(SG_RANDN(3), SG_RANDN(3), SG_RANDN(1)), .error = "weight has shape [3]"},
                   {"empty", SG_ON(SG_RANDN(0, 2), SG_RANDN(0), SG_RANDN(2)), .error = "it is empty"},
                   {"dim", SG_ON(SG_RANDN(2, 2), SG_RANDN(2), SG_RANDN(2)), ALONG(2), .error = "outside"},
                   {"vectors", SG_ON(SG_RANDN(2, 3), SG_RANDN(3), SG_RANDN(2)),
                    .error = "u has shape [3] and v [2], expected [2] and [3] (weight [2, 3])"}),
};

sg_tensor *sg_spectral_norm(sg_context *context, sg_tensor *weight, sg_tensor *u, sg_tensor *v,
                            const sg_spectral_norm_options *options) {
  return sg_apply_one(context, &op_spectral_norm, 3, (sg_tensor *[]){weight, u, v}, options);
}
