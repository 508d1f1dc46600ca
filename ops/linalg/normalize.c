// SPDX-License-Identifier: GPL-3.0-or-later
//
// x / max(norm, eps). Below eps the norm is a constant to the derivative, and the norm has none at 0. By the
// largest element it is computed in f64: the derivative by that one is the difference of equal numbers and what is
// left.
#include "ops/ops.h"

#include <math.h>

static const sg_normalize_options defaults = {2, 1, 1e-12};

static sg_status prepare(sg_plan *plan) {
  int dimension;
  return sg_plan_dimension(plan, 0, ((const sg_normalize_options *)plan->options)->dim, &dimension);
}

static void compose(const sg_call *call, sg_tensor **outputs) {
  sg_context *c = call->context;
  const sg_normalize_options *options = call->options;
  const bool wide = isinf(options->p) && call->dtype == SG_F32;
  sg_tensor *x = wide ? sg_to(c, call->inputs[0], SG_F64) : call->inputs[0];
  sg_tensor *norm = sg_vector_norm(c, x, &(sg_norm_options){options->p, {1, {options->dim}}, true});
  sg_tensor *y = sg_div(c, x, sg_clamp(c, norm, options->eps, HUGE_VAL));
  outputs[0] = wide ? sg_to(c, y, SG_F32) : y;
}

#define OF(p, dim) SG_WITH(sg_normalize_options, p, dim, 1e-12)

const sg_op op_normalize = {
    SG_COMPOSED(normalize, prepare, compose),
    SG_WORDS("Vectors divided by their norms.", "y = x / max(norm of order p of x over dim, eps)",
             "PyTorch, torch.nn.functional.normalize"),
    .subgradient = "a norm of eps or less is a constant; 0 for elements that are 0",
    .inputs = SG_PORTS({"x", 0, "at least one dimension"}),
    .outputs = SG_PORTS({"y", 0, "the shape of x"}),
    SG_OPTIONS(sg_normalize_options, &defaults,
               SG_OPTION(sg_normalize_options, p, FLOAT, "order of the norm, infinities too; default 2"),
               SG_OPTION(sg_normalize_options, dim, DIM, "dimension of the vectors; default the second"),
               SG_OPTION(sg_normalize_options, eps, FLOAT, "the least divisor; default 1e-12", SG_AT_LEAST, 0)),
    .samples = SG_SAMPLES(
        {"rows", SG_ON(SG_RANDN(3, 4))}, {"by hand", SG_ON(SG_VECTOR(3, -4)), OF(2, 0), SG_GIVES(0.6, -0.8)},
        {"columns by their sizes", SG_ON(SG_DISTINCT(-2, 2, SG_DIMS(3, 4))), OF(1, 0)},
        {"cubes", SG_ON(SG_RANDN(2, 3, 4)), OF(3, -1)},
        {"the largest", SG_ON(SG_DISTINCT(-2, 2, SG_DIMS(3, 4))), OF(HUGE_VAL, 1)},
        {"all but zeros", SG_ON(SG_UNIFORM(-1e-3, 1e-3, SG_DIMS(2, 3))), SG_WITH(sg_normalize_options, 2, 1, 0.5)},
        {"no rows", SG_ON(SG_RANDN(0, 4))}),
    .bad_samples = SG_SAMPLES({"rank", SG_ON(SG_RANDN(4)), .error = "is outside"}),
};

sg_tensor *sg_normalize(sg_context *context, sg_tensor *x, const sg_normalize_options *options) {
  return sg_apply_one(context, &op_normalize, 1, &x, options);
}
