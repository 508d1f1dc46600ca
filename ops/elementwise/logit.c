// SPDX-License-Identifier: GPL-3.0-or-later
//
// log(x / (1 - x)), the inverse of the sigmoid; with eps, of x limited to [eps, 1 - eps], outside of which the
// derivative is 0. d_x = d_y / (x (1 - x)) = d_y / x + d_y / (1 - x), of which no derivative is infinity less
// infinity.
#include "ops/elementwise/unary.h"

#include <math.h>

typedef struct logit_options {
  double eps;
} logit_options;

static const logit_options defaults = {-1};

static sg_tensor *d_x(const sg_single *s) {
  sg_context *c = s->context;
  const double eps = ((const logit_options *)s->options)->eps, high = eps < 0 ? HUGE_VAL : 1 - eps;
  const double low = eps < 0 ? -HUGE_VAL : eps;
  sg_tensor *z = sg_clamp(c, s->x, low, high), *one = sg_scalar_like(c, z, 1);
  sg_tensor *d_z = sg_add(c, sg_div(c, s->d_y, z), sg_div(c, s->d_y, sg_sub(c, one, z)));
  sg_tensor *outside =
      sg_add(c, sg_lt(c, s->x, sg_scalar_like(c, z, low)), sg_gt(c, s->x, sg_scalar_like(c, z, high)));
  return sg_where(c, outside, sg_scalar_like(c, z, 0), d_z);
}

const sg_op op_logit = {
    SG_FUSED_UNARY(logit, .d_x = {d_x, SG_READS_X}),
    SG_WORDS("The logarithm of the odds, inverse of the sigmoid.",
             "y = log(z / (1 - z)), z = x, or min(max(x, eps), 1 - eps) with eps >= 0", "PyTorch, torch.logit"),
    .subgradient = "with eps that of the inside at eps and at 1 - eps",
    SG_OPTIONS(logit_options, &defaults,
               SG_OPTION(logit_options, eps, FLOAT,
                         "z is x limited to [eps, 1 - eps]; below 0, the default: z is x", SG_AT_LEAST | SG_AT_MOST,
                         -1, 1)),
    .domain = {0.1, 0.9},
    .samples =
        SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(0.5, 0.25)), SG_GIVES(0, -1.0986122886681096914)},
                   {"limited", SG_ON(SG_DISTINCT(-0.25, 1.23, SG_DIMS(3, 4))), SG_WITH(logit_options, 0.125)}),
};

sg_tensor *sg_logit(sg_context *context, sg_tensor *x, double eps) {
  return sg_apply_one(context, &op_logit, 1, &x, &(logit_options){eps});
}
