// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = min(max(x, low), high).  d_x = 0 where x < low or x > high, else d_y; so a NaN passes through, both ways.
// Where low >= high, y is high everywhere, and d_x is 0.
#include "ops/elementwise/unary.h"

#include <math.h>

typedef struct clamp_options {
  double min, max;
} clamp_options;

static const clamp_options defaults = {-HUGE_VAL, HUGE_VAL};

static sg_tensor *d_x(const sg_single *s) {
  sg_context *c = s->context;
  const clamp_options *options = s->options;
  sg_tensor *x = s->x, *low = sg_scalar_like(c, x, options->min), *high = sg_scalar_like(c, x, options->max);
  sg_tensor *outside = sg_logical_or(c, sg_logical_or(c, sg_lt(c, x, low), sg_gt(c, x, high)), sg_ge(c, low, high));
  return sg_where(c, outside, sg_scalar_like(c, x, 0), s->d_y);
}

const sg_op op_clamp = {
    SG_FUSED_UNARY(clamp, .d_x = {d_x, SG_READS_X}),
    SG_WORDS("Limits every element to [min, max].", "y = min(max(x, min), max)", "PyTorch, torch.clamp"),
    .subgradient = "1 at the bounds",
    SG_OPTIONS(clamp_options, &defaults, SG_OPTION(clamp_options, min, FLOAT, "lower bound; none by default"),
               SG_OPTION(clamp_options, max, FLOAT, "upper bound; none by default")),
    .samples = SG_SAMPLES(
        {"both", SG_ON(SG_DISTINCT(-2, 2.1, SG_DIMS(3, 4))), SG_WITH(clamp_options, -1, 0.5)},
        {"by hand", SG_ON(SG_VECTOR(3, -2, 0.5)), SG_WITH(clamp_options, -1, 1), SG_GIVES(1, -1, 0.5)},
        {"below only", SG_ON(SG_DISTINCT(-2, 2.1, SG_DIMS(3, 4))), SG_WITH(clamp_options, 0.25, HUGE_VAL)},
        {"one number", SG_ON(SG_DISTINCT(-2, 2.1, SG_DIMS(5))), SG_WITH(clamp_options, 0.25, 0.25)},
        {"unlimited", SG_ON(SG_RANDN(3, 4))}),
};

sg_tensor *sg_clamp(sg_context *context, sg_tensor *x, double min, double max) {
  return sg_apply_one(context, &op_clamp, 1, &x, &(clamp_options){min, max});
}
