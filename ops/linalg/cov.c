// SPDX-License-Identifier: GPL-3.0-or-later
//
// Covariances of the rows of x, with weights w of the columns, and W = sum(w):
//
//   y = (x - m) diag(w) (x - m)' / (W - correction sum(w aweights) / W)    m = x w / W
//
// In f64, for squares leave the range of f32 where covariances do not. The plain mean is taken away first without
// being rounded (centre), so that the weighted one is about 0.
#include "ops/loss/composed_loss.h"

static const sg_cov_options defaults = {.correction = 1};

static sg_status prepare(sg_plan *plan) {
  const sg_shape *x = sg_plan_shape(plan, 0);
  if (x->rank > 2) return sg_reject(plan, "x has shape %s, expected at most two dimensions", sg_shape_text(x).text);
  const int64_t columns = x->rank ? x->size[x->rank - 1] : 1;
  for (int i = 1; i < 3; i++) {
    const sg_shape *w = plan->inputs[i] ? sg_plan_shape(plan, i) : NULL;
    if (w && (w->rank != 1 || w->size[0] != columns))
      return sg_reject(plan, "%s has shape %s, expected [%lld], a weight for each column of x %s",
                       sg_op_inputs(plan->op)[i].name, sg_shape_text(w).text, (long long)columns,
                       sg_shape_text(x).text);
  }
  return SG_OK;
}

static sg_status check(const sg_call *call) {
  for (int i = 1; i < 3; i++) {
    const sg_tensor *w = call->inputs[i];
    for (int64_t j = 0; w && j < sg_tensor_elements(w); j++)
      if (sg_tensor_value(w, j) < 0)
        return sg_refuse(call, "%s holds %g (element %lld), expected weights that are not negative",
                         sg_op_inputs(call->op)[i].name, sg_tensor_value(w, j),
                         (long long)(j + sg_index_base(call->context)));
  }
  return SG_OK;
}

static sg_tensor *total(sg_context *c, sg_tensor *t) { return sg_sum(c, t, NULL); }

// The divisor; with no weights a number.
static sg_tensor *divisor(sg_context *c, sg_tensor *like, sg_tensor *w, sg_tensor *aweights, double correction,
                          int64_t columns) {
  if (!w) {
    const double count = (double)columns - correction;
    return sg_scalar_like(c, like, count > 0 ? count : 0);
  }
  sg_tensor *sum = total(c, w), *taken = sg_scalar_like(c, w, correction);
  if (aweights) taken = sg_mul(c, sg_div(c, total(c, sg_mul(c, w, aweights)), sum), taken);
  return sg_relu(c, sg_sub(c, sum, taken));
}

static void compose(const sg_call *call, sg_tensor **outputs) {
  sg_context *c = call->context;
  sg_tensor *inputs[3];
  sg_widened(call, inputs);
  if (sg_error_status(c)) return;
  sg_tensor *x = inputs[0], *fweights = inputs[1], *aweights = inputs[2];
  const sg_shape *shape = sg_tensor_shape(x);
  const int64_t columns = shape->rank ? shape->size[shape->rank - 1] : 1;
  const sg_shape matrix = {2, {shape->rank > 1 ? shape->size[0] : 1, columns}};
  const double correction = ((const sg_cov_options *)call->options)->correction;
  sg_tensor *w = fweights && aweights ? sg_mul(c, fweights, aweights) : fweights ? fweights : aweights;
  sg_tensor *centred = sg_centre(c, sg_reshape(c, x, &matrix), &(sg_ints){1, {1}}), *weighted = centred;
  if (w) {
    const sg_reduce_options along = {.dim = {1, {1}}, .keepdim = true};
    sg_tensor *mean = sg_div(c, sg_sum(c, sg_mul(c, centred, w), &along), total(c, w));
    centred = sg_sub(c, centred, mean);
    weighted = sg_mul(c, centred, w);
  }
  sg_tensor *sums = sg_matmul(c, weighted, sg_transpose(c, centred, 0, 1));
  sg_tensor *y = sg_div(c, sums, divisor(c, x, w, aweights, correction, columns));
  if (call->dtype == SG_F32) y = sg_to(c, y, SG_F32);
  outputs[0] = shape->rank > 1 ? y : sg_reshape(c, y, &(sg_shape)SG_SCALAR);
}

#define WITH(correction) SG_WITH(sg_cov_options, correction)

const sg_op op_cov = {
    SG_COMPOSED(cov, prepare, compose),
    SG_WORDS(
        "Covariances of variables, the rows, over observations, the columns. Where the divisor would be negative "
        "it is 0, and y infinite or NaN.",
        "y = (x - m) diag(w) (x - m)' / (sum(w) - correction sum(w aweights) / sum(w)), w = fweights aweights, m = "
        "x w / sum(w)",
        "Price, Extension of covariance selection mathematics, Annals of Human Genetics 35, 1972, for weights; "
        "PyTorch, torch.cov"),
    .cost = "that of the product of x and its transpose",
    .inputs = SG_PORTS({"x", 0, "(d, n), or (n) of one variable, or a scalar"},
                       {"fweights", SG_OPTIONAL | SG_NUMERIC, "(n): how often each observation counts"},
                       {"aweights", SG_OPTIONAL, "(n): their relative importance"}),
    .outputs = SG_PORTS({"y", 0, "(d, d), or a scalar of one variable"}),
    SG_OPTIONS(sg_cov_options, &defaults,
               SG_OPTION(sg_cov_options, correction, FLOAT, "what the divisor lacks to the number of observations",
                         SG_BY_NAME)),
    .check = check,
    .samples = SG_SAMPLES(
        {"by hand", SG_ON(SG_VALUES(SG_NUMBERS(1, 2, 3, 4, 6, 11), SG_DIMS(2, 3))), SG_GIVES(1, 3.5, 3.5, 13)},
        {"matrix", SG_ON(SG_RANDN(3, 5))}, {"one variable", SG_ON(SG_RANDN(6))},
        {"without correction", SG_ON(SG_RANDN(2, 4)), WITH(0)},
        {"observations that count more", SG_ON(SG_RANDN(2, 4), SG_RANDINT(1, 4, SG_DIMS(4)))},
        {"weights", SG_ON(SG_RANDN(2, 4), {0}, SG_UNIFORM(0.5, 2, SG_DIMS(4)))},
        {"both", SG_ON(SG_RANDN(2, 4), SG_RANDINT(1, 4, SG_DIMS(4)), SG_UNIFORM(0.5, 2, SG_DIMS(4))), WITH(0)}),
    .bad_samples = SG_SAMPLES(
        {"three dimensions", SG_ON(SG_RANDN(2, 3, 4)), .error = "x has shape [2, 3, 4], expected at most two"},
        {"weights", SG_ON(SG_RANDN(2, 3), SG_RANDINT(1, 3, SG_DIMS(2))),
         .error = "fweights has shape [2], expected [3]"},
        {"negative", SG_ON(SG_RANDN(2, 2), {0}, SG_VECTOR(1, -1)), .error = "aweights holds -1"}),
};

sg_tensor *sg_cov(sg_context *context, sg_tensor *x, sg_tensor *fweights, sg_tensor *aweights, double correction) {
  return sg_apply_one(context, &op_cov, 3, (sg_tensor *[]){x, fweights, aweights}, &(sg_cov_options){correction});
}
