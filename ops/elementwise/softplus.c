// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = log(1 + exp(beta x)) / beta = max(x, 0) + log(1 + exp(-|beta x|)) / beta, which overflows nowhere; x where
// beta x is above the threshold.  d_x = d_y sigmoid(beta x), and d_y above the threshold.
#include "ops/elementwise/unary.h"

#include <math.h>

typedef struct softplus_options {
  double beta, threshold;
} softplus_options;

static const softplus_options defaults = {1, 20};

static sg_tensor *d_x(const sg_single *s) {
  sg_context *c = s->context;
  const softplus_options *options = s->options;
  sg_tensor *scaled = sg_mul_scalar(c, s->x, options->beta);
  sg_tensor *above = sg_gt(c, scaled, sg_scalar_like(c, s->x, options->threshold));
  return sg_where(c, above, s->d_y, sg_mul(c, s->d_y, sg_sigmoid(c, scaled)));
}

const sg_op op_softplus = {
    SG_FUSED_UNARY(softplus, .d_x = {d_x, SG_READS_X}),
    SG_WORDS("A smooth rectifier.", "y = log(1 + exp(beta * x)) / beta, x where beta * x > threshold",
             "Dugas et al. 2001; the threshold is PyTorch's, and infinity is none"),
    SG_OPTIONS(softplus_options, &defaults,
               SG_OPTION(softplus_options, beta, FLOAT, "sharpness of the bend", SG_ABOVE, 0),
               SG_OPTION(softplus_options, threshold, FLOAT, "of beta * x, above which y is x")),
    .samples =
        SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(0, 1000, -1000)), SG_GIVES(0.69314718055994530942, 1000, 0)},
                   {"sharp", SG_ON(SG_RANDN(3, 4)), SG_WITH(softplus_options, 3, 20)},
                   {"low threshold", SG_ON(SG_DISTINCT(-2, 2.1, SG_DIMS(3, 4))), SG_WITH(softplus_options, 2, 1)},
                   {"no threshold", SG_ON(SG_UNIFORM(2, 3, SG_DIMS(3))), SG_WITH(softplus_options, 4, HUGE_VAL)}),
};

sg_tensor *sg_softplus(sg_context *context, sg_tensor *x, double beta, double threshold) {
  return sg_apply_one(context, &op_softplus, 1, &x, &(softplus_options){beta, threshold});
}
