// SPDX-License-Identifier: GPL-3.0-or-later
//
// The Kronecker product: every element of a times all of b. The one of fewer dimensions has ones in front.
#include "ops/ops.h"

static int64_t size_at(const sg_shape *shape, int d, int rank) {
  return d < rank - shape->rank ? 1 : shape->size[d - (rank - shape->rank)];
}

static sg_status prepare(sg_plan *plan) {
  const sg_shape *a = sg_plan_shape(plan, 0), *b = sg_plan_shape(plan, 1);
  if (2 * a->rank <= SG_MAX_RANK && 2 * b->rank <= SG_MAX_RANK) return SG_OK;
  return sg_reject(plan, "a has shape %s and b has shape %s, at most %d dimensions are possible",
                   sg_shape_text(a).text, sg_shape_text(b).text, SG_MAX_RANK / 2);
}

// a as (a1, 1, a2, 1, ...), b as (1, b1, 1, b2, ...); their product as (a1 b1, a2 b2, ...).
static void compose(const sg_call *call, sg_tensor **outputs) {
  sg_context *c = call->context;
  const sg_shape *a = sg_tensor_shape(call->inputs[0]), *b = sg_tensor_shape(call->inputs[1]);
  const int rank = a->rank > b->rank ? a->rank : b->rank;
  sg_shape spread_a = {.rank = 2 * rank}, spread_b = {.rank = 2 * rank}, y = {.rank = rank};
  for (int d = 0; d < rank; d++) {
    const int64_t size_a = size_at(a, d, rank), size_b = size_at(b, d, rank);
    spread_a.size[2 * d] = size_a, spread_a.size[2 * d + 1] = 1;
    spread_b.size[2 * d] = 1, spread_b.size[2 * d + 1] = size_b;
    if (__builtin_mul_overflow(size_a, size_b, &y.size[d])) {
      sg_refuse(call, "the result of %s and %s would be too large", sg_shape_text(a).text, sg_shape_text(b).text);
      return;
    }
  }
  sg_tensor *wide = sg_mul(c, sg_reshape(c, call->inputs[0], &spread_a), sg_reshape(c, call->inputs[1], &spread_b));
  outputs[0] = sg_reshape(c, wide, &y);
}

const sg_op op_kron = {
    SG_COMPOSED(kron, prepare, compose),
    SG_WORDS("The Kronecker product: every element of a times all of b.",
             "y[i p + k, j q + l] = a[i, j] b[k, l] for b of shape (p, q)",
             "Horn and Johnson, Topics in Matrix Analysis, 1991, section 4.2"),
    .inputs = SG_PORTS({"a", SG_NUMERIC, "up to 4 dimensions"}, {"b", SG_NUMERIC, "up to 4 dimensions"}),
    .outputs = SG_PORTS({"y", 0, "every extent is a product of an extent of a and one of b"}),
    .samples = SG_SAMPLES({"matrices", SG_ON(SG_RANDN(2, 3), SG_RANDN(2, 2))},
                          {"matrix and vector", SG_ON(SG_RANDN(2, 2), SG_RANDN(3))},
                          {"scalars", SG_ON(SG_NORMAL(0, 1, SG_SCALAR), SG_NORMAL(0, 1, SG_SCALAR))},
                          {"by hand", SG_ON(SG_VECTOR(1, 2), SG_VECTOR(3, -4)), SG_GIVES(3, -4, 6, -8)}),
    .bad_samples = SG_SAMPLES(
        {"dimensions", SG_ON(SG_RANDN(1, 1, 1, 1, 2), SG_RANDN(2)), .error = "at most 4 dimensions are possible"}),
};

sg_tensor *sg_kron(sg_context *context, sg_tensor *a, sg_tensor *b) {
  return sg_apply_one(context, &op_kron, 2, (sg_tensor *[]){a, b}, NULL);
}
