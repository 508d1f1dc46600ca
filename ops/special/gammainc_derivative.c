// SPDX-License-Identifier: GPL-3.0-or-later
//
// The derivatives of P(a, x) by x.
#include "ops/ops.h"
#include "ops/special/gammainc.h"

static sg_tensor *d_x(const sg_pair *p) {
  const int64_t order = ((const sg_gammainc_options *)p->options)->order;
  return sg_mul(p->context, p->d_y, sg_gammainc_derivative(p->context, p->a, p->b, order + 1));
}

const sg_op op_gammainc_derivative = {
    SG_SCALAR_BINARY(gammainc_derivative, .scalar = sg_gammainc_derivative_value,
                     .d_b = {d_x, SG_READS_A | SG_READS_B}),
    SG_WORDS("A derivative by x of the regularized lower incomplete gamma function of a and x.",
             "y = d^n/dx^n P(a, x), with P' = x^(a - 1) exp(-x) / gamma(a)", "Abramowitz and Stegun 6.5"),
    SG_GAMMAINC_PORTS,
    SG_OPTIONS(sg_gammainc_options, (&(const sg_gammainc_options){1}),
               SG_OPTION(sg_gammainc_options, order, INT, "how many times, up to 16; default 1",
                         SG_AT_LEAST | SG_AT_MOST, 0, SG_GAMMAINC_ORDERS)),
    .domain = {0.5, 4},
    .samples = SG_SAMPLES({"three times", SG_ON(SG_UNIFORM(0.5, 6, SG_DIMS(4)), SG_UNIFORM(0.5, 9, SG_DIMS(3, 4))),
                           SG_WITH(sg_gammainc_options, 3)},
                          {"not at all", SG_ON(SG_UNIFORM(0.5, 6, SG_DIMS(4)), SG_UNIFORM(0.5, 9, SG_DIMS(4))),
                           SG_WITH(sg_gammainc_options, 0)},
                          SG_GAMMAINC_SAMPLES),
};

sg_tensor *sg_gammainc_derivative(sg_context *context, sg_tensor *a, sg_tensor *x, int64_t order) {
  return sg_apply_one(context, &op_gammainc_derivative, 2, (sg_tensor *[]){a, x}, &(sg_gammainc_options){order});
}
