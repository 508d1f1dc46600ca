// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = s(x) (1 - s(x)) = exp(-|x|) / (1 + exp(-|x|))^2 with the sigmoid s: its derivative, the density of the
// logistic distribution, and a quarter of the derivative of tanh at x / 2. Beside it
//
//   d_x = d_y y (1 - 2 s(x)) = -d_y y tanh(x / 2)
//
// makes the three a family that is closed under differentiation, in which nothing is subtracted from 1 after it was
// rounded to it: derivatives of sigmoid and tanh of every order keep their digits in both tails, and around 0.
#include "ops/elementwise/unary.h"

static sg_tensor *d_x(const sg_single *s) {
  sg_context *c = s->context;
  sg_tensor *direction = sg_tanh(c, sg_mul_scalar(c, s->x, 0.5));
  return sg_neg(c, sg_mul(c, s->d_y, sg_mul(c, s->y, direction)));
}

const sg_op op_sigmoid_slope = {
    SG_UNARY(sigmoid_slope, .d_x = {d_x, SG_READS_X | SG_READS_Y}),
    SG_WORDS("The derivative of the logistic function, with all its digits in both tails.",
             "y = exp(-|x|) / (1 + exp(-|x|))^2",
             "The density of the logistic distribution; Goodfellow et al. 2016, Deep Learning, 3.10"),
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(0, 40, -40)),
                           SG_GIVES(0.25, 4.2483542552915889951e-18, 4.2483542552915889951e-18)},
                          {"saturating", SG_ON(SG_UNIFORM(4, 8, SG_DIMS(4)))}),
};

sg_tensor *sg_sigmoid_slope(sg_context *context, sg_tensor *x) {
  return sg_apply_one(context, &op_sigmoid_slope, 1, &x, NULL);
}
