// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = x where x > 0, else slope x.  d_x = d_y where x > 0, else slope d_y.
#include "ops/elementwise/unary.h"

typedef struct leaky_relu_options {
  double negative_slope;
} leaky_relu_options;

static const leaky_relu_options defaults = {0.01};

static sg_tensor *d_x(const sg_single *s) {
  sg_context *c = s->context;
  const leaky_relu_options *options = s->options;
  sg_tensor *positive = sg_gt(c, s->x, sg_scalar_like(c, s->x, 0));
  return sg_where(c, positive, s->d_y, sg_mul_scalar(c, s->d_y, options->negative_slope));
}

const sg_op op_leaky_relu = {
    SG_FUSED_UNARY(leaky_relu, .d_x = {d_x, SG_READS_X}),
    SG_WORDS("A rectifier that lets a share of the negative side through.",
             "y = x where x > 0, else negative_slope * x", "Maas et al. 2013"),
    .subgradient = "that of the negative side at 0",
    SG_OPTIONS(leaky_relu_options, &defaults,
               SG_OPTION(leaky_relu_options, negative_slope, FLOAT, "slope for x < 0")),
    .samples =
        SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(3, -2)), SG_WITH(leaky_relu_options, 0.25), SG_GIVES(3, -0.5)},
                   {"steep", SG_ON(SG_DISTINCT(-2, 2.1, SG_DIMS(3, 4))), SG_WITH(leaky_relu_options, 2)}),
};

sg_tensor *sg_leaky_relu(sg_context *context, sg_tensor *x, double negative_slope) {
  return sg_apply_one(context, &op_leaky_relu, 1, &x, &(leaky_relu_options){negative_slope});
}
