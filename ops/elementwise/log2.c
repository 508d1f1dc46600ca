// SPDX-License-Identifier: GPL-3.0-or-later
//
// The logarithm to base 2: -inf at 0, NaN below.  d_x = d_y / log(2) / x.
#include "ops/elementwise/unary.h"

static sg_tensor *d_x(const sg_single *s) {
  const double one_over_log_2 = 1.44269504088896340736;
  return sg_div_derivative(s->context, s->d_y, sg_scalar_like(s->context, s->x, one_over_log_2), s->x, 0);
}

const sg_op op_log2 = {
    SG_FUSED_UNARY(log2, .d_x = {d_x, SG_READS_X}),
    SG_WORDS("The logarithm to base 2.", "y = log(x) / log(2)", "Abramowitz and Stegun 4.1"),
    .domain = {0.5, 3},
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(8, 3)), SG_GIVES(3, 1.5849625007211561815)},
                          {"large", SG_ON(SG_UNIFORM(1e3, 1e5, SG_DIMS(5)))}),
};

sg_tensor *sg_log2(sg_context *context, sg_tensor *x) { return sg_apply_one(context, &op_log2, 1, &x, NULL); }
