// SPDX-License-Identifier: GPL-3.0-or-later
//
// x, with numbers in place of NaN and infinities.  d_x = d_y where x is finite, else 0.
#include "ops/elementwise/unary.h"

#include <float.h>
typedef struct nan_to_num_options {
  double nan, posinf, neginf;
} nan_to_num_options;

static const nan_to_num_options defaults = {0, DBL_MAX, -DBL_MAX};

static sg_tensor *d_x(const sg_single *s) {
  sg_context *c = s->context;
  sg_tensor *zero = sg_scalar_like(c, s->x, 0), *is_finite = sg_eq(c, sg_sub(c, s->x, s->x), zero);
  return sg_where(c, is_finite, s->d_y, zero);
}

const sg_op op_nan_to_num = {
    SG_FUSED_UNARY(nan_to_num, .d_x = {d_x, SG_READS_X}),
    SG_WORDS("Replaces what is no finite number.",
             "y = nan, posinf, neginf where x is NaN, infinity, -infinity, else x", "PyTorch, torch.nan_to_num"),
    .subgradient = "0 where a number was put in place of x",
    SG_OPTIONS(
        nan_to_num_options, &defaults, SG_OPTION(nan_to_num_options, nan, FLOAT, "in place of NaN"),
        SG_OPTION(nan_to_num_options, posinf, FLOAT,
                  "in place of infinity; where the dtype does not hold it, as by default, its largest number"),
        SG_OPTION(nan_to_num_options, neginf, FLOAT, "in place of -infinity")),
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(1.5, -2)), SG_GIVES(1.5, -2)},
                          {"other numbers", SG_ON(SG_RANDN(3, 4)), SG_WITH(nan_to_num_options, 3, 4, -5)}),
};

sg_tensor *sg_nan_to_num(sg_context *context, sg_tensor *x, double nan, double posinf, double neginf) {
  return sg_apply_one(context, &op_nan_to_num, 1, &x, &(nan_to_num_options){nan, posinf, neginf});
}
