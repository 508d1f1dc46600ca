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

static void vjp(const sg_call *call) {
  sg_context *c = call->context;
  const clamp_options *options = call->options;
  sg_tensor *d_y = call->d_outputs[0], *x = call->inputs[0];
  sg_tensor *low = sg_scalar_like(c, x, options->min), *high = sg_scalar_like(c, x, options->max);
  sg_tensor *outside = sg_add(c, sg_add(c, sg_lt(c, x, low), sg_gt(c, x, high)), sg_ge(c, low, high));
  call->d_inputs[0] = sg_where(c, outside, sg_scalar_like(c, x, 0), d_y);
}

static const sg_sample samples[] = {
    {.name = "both", .inputs = {SG_DISTINCT(-2, 2.1, SG_DIMS(3, 4))}, .options = &(const clamp_options){-1, 0.5}},
    {.name = "by hand",
     .inputs = {SG_VALUES(((const double[]){3, -2, 0.5}), SG_DIMS(3))},
     .options = &(const clamp_options){-1, 1},
     .expected = (const double[]){1, -1, 0.5}},
    {.name = "below only",
     .inputs = {SG_DISTINCT(-2, 2.1, SG_DIMS(3, 4))},
     .options = &(const clamp_options){0.25, HUGE_VAL}},
    {.name = "one number",
     .inputs = {SG_DISTINCT(-2, 2.1, SG_DIMS(5))},
     .options = &(const clamp_options){0.25, 0.25}},
    {.name = "unlimited", .inputs = {SG_NORMAL(0, 1, SG_DIMS(3, 4))}},
    {0},
};

static const sg_sample bad_samples[] = {
    {.name = "no number",
     .inputs = {SG_NORMAL(0, 1, SG_DIMS(2))},
     .options = &(const clamp_options){(double)NAN, 1},
     .error = "min"},
    {0},
};

const sg_op op_clamp = {
    .name = "clamp",
    .summary = "Limits every element to [min, max].",
    .formula = "y = min(max(x, min), max)",
    .reference = "PyTorch, torch.clamp",
    .family = &sg_unary_family,
    .member = &(const sg_unary){.row = sg_row_clamp, .fused = sg_row_d_clamp},
    .attributes = SG_ATTRIBUTES(
        {"min", SG_ATTRIBUTE_FLOAT, offsetof(clamp_options, min), "lower bound; none by default", 0, 0, 0, NULL},
        {"max", SG_ATTRIBUTE_FLOAT, offsetof(clamp_options, max), "upper bound; none by default", 0, 0, 0, NULL}),
    .options_bytes = sizeof(clamp_options),
    .defaults = &defaults,
    .save_inputs = 1,
    .backward = sg_unary_backward,
    .vjp = vjp,
    .samples = samples,
    .bad_samples = bad_samples,
};

sg_tensor *sg_clamp(sg_context *context, sg_tensor *x, double min, double max) {
  return sg_apply_one(context, &op_clamp, 1, &x, &(clamp_options){min, max});
}
