// SPDX-License-Identifier: GPL-3.0-or-later
//
#include "ops/linalg/product_of.h"

static const sg_added_product_options defaults = {1, 1};

// The last dimension of a meets the one before the last of b, or its only one, but in an outer product; batches, if
// there are, are the same.
static bool fit(const sg_product_of *member, const sg_shape *a, const sg_shape *b) {
  if (member->product == sg_outer) return true;
  const int64_t k = b->rank > 1 ? b->size[b->rank - 2] : b->size[0];
  return a->size[a->rank - 1] == k && (a->rank < 3 || a->size[0] == b->size[0]);
}

static sg_status check_factors(const sg_plan *plan, int first) {
  const sg_product_of *member = plan->op->member;
  const int rank[] = {member->rank_a, member->rank_b};
  const sg_port *port = &sg_op_inputs(plan->op)[first];
  const sg_shape *a = sg_plan_shape(plan, first), *b = sg_plan_shape(plan, first + 1);
  for (int i = 0; i < 2; i++) {
    const sg_shape *shape = sg_plan_shape(plan, first + i);
    if (shape->rank != rank[i])
      return sg_reject(plan, "%s has shape %s, expected %d dimension%s", port[i].name, sg_shape_text(shape).text,
                       rank[i], rank[i] == 1 ? "" : "s");
  }
  if (fit(member, a, b)) return SG_OK;
  return sg_reject(plan, "%s has shape %s and %s has shape %s, which do not fit", port[0].name,
                   sg_shape_text(a).text, port[1].name, sg_shape_text(b).text);
}

static sg_tensor *product_of(const sg_call *call, int first) {
  const sg_product_of *member = call->op->member;
  sg_tensor *a = call->inputs[first], *b = call->inputs[first + 1];
  return member->product(call->context, a, b);
}

// ---- Products ---------------------------------------------------------------------------------------

static sg_status prepare(sg_plan *plan) { return check_factors(plan, 0); }

static void compose(const sg_call *call, sg_tensor **outputs) { outputs[0] = product_of(call, 0); }

const sg_op sg_product_of_family = {
    .cost = "2 operations for each product in the sums",
    .outputs = SG_PORTS({"y", 0, "the product"}),
    .prepare = prepare,
    .compose = compose,
};

// ---- Added to a tensor ------------------------------------------------------------------------------

static sg_status prepare_added(sg_plan *plan) { return check_factors(plan, 1); }

// beta x; where beta is 0 a zero with derivative 0, whatever x holds.
static sg_tensor *share_of(sg_context *c, sg_tensor *x, double beta) {
  if (beta == 1) return x;
  if (beta != 0) return sg_mul_scalar(c, x, beta);
  sg_tensor *zero = sg_scalar_like(c, x, 0);
  return sg_where(c, zero, x, zero);
}

static void compose_added(const sg_call *call, sg_tensor **outputs) {
  sg_context *c = call->context;
  const sg_added_product_options *options = call->options;
  sg_tensor *product = product_of(call, 1), *x = call->inputs[0];
  if (sg_error_status(c)) return;
  sg_shape both;
  if (!sg_shape_broadcast(sg_tensor_shape(x), sg_tensor_shape(product), &both) ||
      !sg_shape_equal(&both, sg_tensor_shape(product))) {
    sg_refuse(call, "x has shape %s, which does not broadcast to %s, the shape of the product",
              sg_shape_text(sg_tensor_shape(x)).text, sg_shape_text(sg_tensor_shape(product)).text);
    return;
  }
  if (options->alpha != 1) product = sg_mul_scalar(c, product, options->alpha);
  outputs[0] = sg_add(c, share_of(c, x, options->beta), product);
}

const sg_op sg_added_product_family = {
    .cost = "2 operations for each product in the sums",
    .outputs = SG_PORTS({"y", 0, "the shape of the product"}),
    SG_OPTIONS(sg_added_product_options, &defaults,
               SG_OPTION(sg_added_product_options, beta, FLOAT, "factor of x; 0: x does not count; default 1"),
               SG_OPTION(sg_added_product_options, alpha, FLOAT, "factor of the product; default 1")),
    .prepare = prepare_added,
    .compose = compose_added,
};
