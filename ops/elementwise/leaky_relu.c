// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = x where x > 0, else slope x.  d_x = d_y where x > 0, else slope d_y.
#include "ops/elementwise/unary.h"

#include <math.h>

typedef struct leaky_relu_options {
  double negative_slope;
} leaky_relu_options;

static const leaky_relu_options defaults = {0.01};

static void vjp(const sg_call *call) {
  sg_context *c = call->context;
  const leaky_relu_options *options = call->options;
  sg_tensor *d_y = call->d_outputs[0], *x = call->inputs[0];
  sg_tensor *positive = sg_gt(c, x, sg_scalar_like(c, x, 0));
  call->d_inputs[0] = sg_where(c, positive, d_y, sg_mul_scalar(c, d_y, options->negative_slope));
}

static const sg_sample samples[] = {
    {.name = "by hand",
     .inputs = {SG_VALUES(((const double[]){3, -2}), SG_DIMS(2))},
     .options = &(const leaky_relu_options){0.25},
     .expected = (const double[]){3, -0.5}},
    {.name = "steep", .inputs = {SG_DISTINCT(-2, 2.1, SG_DIMS(3, 4))}, .options = &(const leaky_relu_options){2}},
    {0},
};

static const sg_sample bad_samples[] = {
    {.name = "no number",
     .inputs = {SG_NORMAL(0, 1, SG_DIMS(2))},
     .options = &(const leaky_relu_options){(double)NAN},
     .error = "negative_slope"},
    {0},
};

const sg_op op_leaky_relu = {
    .name = "leaky_relu",
    .summary = "A rectifier that lets a share of the negative side through.",
    .formula = "y = x where x > 0, else negative_slope * x",
    .reference = "Maas et al. 2013",
    .family = &sg_unary_family,
    .member = &(const sg_unary){.row = sg_row_leaky_relu, .fused = sg_row_d_leaky_relu},
    .attributes = SG_ATTRIBUTES({"negative_slope", SG_ATTRIBUTE_FLOAT, offsetof(leaky_relu_options, negative_slope),
                                 "slope for x < 0", 0, 0, 0, NULL}),
    .options_bytes = sizeof(leaky_relu_options),
    .defaults = &defaults,
    .save_inputs = 1,
    .backward = sg_unary_backward,
    .vjp = vjp,
    .samples = samples,
    .bad_samples = bad_samples,
};

sg_tensor *sg_leaky_relu(sg_context *context, sg_tensor *x, double negative_slope) {
  return sg_apply_one(context, &op_leaky_relu, 1, &x, &(leaky_relu_options){negative_slope});
}
