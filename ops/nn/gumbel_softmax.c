// SPDX-License-Identifier: GPL-3.0-or-later
//
// softmax((x + g) / tau) with g = -log(e), e drawn from the exponential distribution. With hard it is rounded to
// one 1 and zeros, and its derivative is that of what it was rounded from (straight through).
#include "ops/nn/softmax_family.h"
#include "ops/ops.h"

static const sg_gumbel_softmax_options defaults = {1, false, -1};

// e = -log(1 - u) for a uniform u, moved off 0 by half of the distance of two such numbers.
static sg_tensor *noise(sg_context *c, sg_tensor *x) {
  sg_tensor *uniform = sg_add_scalar(c, sg_rand(c, SG_F64, sg_tensor_shape(x)), 0x1p-54);
  return sg_to(c, sg_neg(c, sg_log(c, sg_neg(c, sg_log1p(c, sg_neg(c, uniform))))), sg_tensor_dtype(x));
}

// x less its largest along dim, which changes no softmax: beside a large mean nothing would be left of the noise. A
// constant to the derivative.
static sg_tensor *lowered(sg_context *c, sg_tensor *x, int64_t dim) {
  if (sg_tensor_elements(x) == 0) return x;
  sg_tensor *largest = sg_amax(c, sg_tensor_detach(c, x), &(sg_reduce_options){.dim = {1, {dim}}, .keepdim = true});
  return sg_sub(c, x, largest);
}

// 1 at the largest, first if there are several, else 0.
static sg_tensor *rounded(sg_context *c, sg_tensor *y, int dimension) {
  sg_tensor *soft = sg_tensor_detach(c, y), *largest = sg_softmax_largest(c, soft, dimension);
  if (sg_error_status(c)) return NULL;
  const sg_shape *shape = sg_tensor_shape(y);
  const int64_t base = sg_index_base(c), extent = shape->size[dimension];
  sg_shape along = {.rank = shape->rank};
  for (int d = 0; d < along.rank; d++) along.size[d] = d == dimension ? extent : 1;
  sg_tensor *positions = sg_arange(c, SG_I64, sg_whole(base), sg_whole(base + extent), sg_whole(1));
  sg_tensor *hard = sg_to(c, sg_eq(c, sg_reshape(c, positions, &along), largest), sg_tensor_dtype(y));
  return sg_add(c, hard, sg_sub(c, y, soft)); // plus 0, which has the derivative
}

static void compose(const sg_call *call, sg_tensor **outputs) {
  sg_context *c = call->context;
  const sg_gumbel_softmax_options *options = call->options;
  sg_tensor *x = call->inputs[0], *tau = sg_scalar_like(c, x, options->tau);
  sg_tensor *y = sg_softmax(c, sg_div(c, sg_add(c, lowered(c, x, options->dim), noise(c, x)), tau),
                            &(sg_softmax_options){options->dim});
  const sg_shape *shape = sg_tensor_shape(x);
  const bool has_positions = shape->rank > 0 && sg_tensor_elements(x) > 0;
  if (options->hard && has_positions)
    y = rounded(c, y, (int)(options->dim < 0 ? options->dim + shape->rank : options->dim));
  outputs[0] = y;
}

static sg_status prepare(sg_plan *plan) {
  int dimension;
  return sg_plan_dimension(plan, 0, ((const sg_gumbel_softmax_options *)plan->options)->dim, &dimension);
}

const sg_op op_gumbel_softmax = {
    SG_COMPOSED(gumbel_softmax, prepare, compose),
    SG_WORDS(
        "Samples of one of several classes, whose derivative by their logits is that of a softmax.",
        "y = softmax((x + g) / tau) over dim, g = -log(-log(1 - u)), u uniform; with hard rounded to one 1 and "
        "zeros, with the same derivative",
        "Jang, Gu and Poole, Categorical Reparameterization with Gumbel-Softmax, 2017"),
    .inputs = SG_PORTS({"x", 0, "logarithms of probabilities, up to a constant; at least one dimension"}),
    .outputs = SG_PORTS({"y", 0, "the shape of x"}),
    SG_OPTIONS(
        sg_gumbel_softmax_options, &defaults,
        SG_OPTION(sg_gumbel_softmax_options, tau, FLOAT, "temperature; default 1", SG_ABOVE, 0),
        SG_OPTION(sg_gumbel_softmax_options, hard, BOOL, "round to one 1 and zeros; default false"),
        SG_OPTION(sg_gumbel_softmax_options, dim, DIM, "dimension of the classes; default the last", SG_BY_NAME)),
    .samples =
        SG_SAMPLES({"rows", SG_ON(SG_RANDN(3, 4))},
                   {"columns, warm", SG_ON(SG_RANDN(3, 2)), SG_WITH(sg_gumbel_softmax_options, 2.5, false, 0)},
                   {"one of one", SG_ON(SG_RANDN(3, 1)), SG_GIVES(1, 1, 1)}, {"no rows", SG_ON(SG_RANDN(0, 3))}),
    .bad_samples = SG_SAMPLES({"scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR)), .error = "is outside"}),
};

sg_tensor *sg_gumbel_softmax(sg_context *context, sg_tensor *x, const sg_gumbel_softmax_options *options) {
  return sg_apply_one(context, &op_gumbel_softmax, 1, &x, options);
}
