// SPDX-License-Identifier: GPL-3.0-or-later
//
// The derivative of sin(pi x) / (pi x), `order` times: closed under differentiation, with all its digits around 0.
#include "ops/elementwise/unary.h"
#include "ops/kernels/special.h"

typedef struct sinc_derivative_options {
  int64_t order;
} sinc_derivative_options;

static const sinc_derivative_options defaults = {1};

static sg_tensor *d_x(const sg_single *s) {
  const int64_t order = ((const sinc_derivative_options *)s->options)->order;
  return sg_mul(s->context, s->d_y, sg_sinc_derivative(s->context, s->x, order + 1));
}

const sg_op op_sinc_derivative = {
    SG_UNARY(sinc_derivative, .d_x = {d_x, SG_READS_X}),
    SG_WORDS("A derivative of sinc.", "y = the derivative of sin(pi x) / (pi x), order times", "Elementary"),
    SG_OPTIONS(sinc_derivative_options, &defaults,
               SG_OPTION(sinc_derivative_options, order, INT, "how many times, up to 16; default 1",
                         SG_AT_LEAST | SG_AT_MOST, 0, SPECIAL_ORDERS)),
    .domain = {-2, 2},
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(1, 0.5)), SG_GIVES(-1, -1.2732395447351626862)},
                          {"twice", SG_ON(SG_RANDN(3, 4)), SG_WITH(sinc_derivative_options, 2)},
                          {"not at all", SG_ON(SG_RANDN(4)), SG_WITH(sinc_derivative_options, 0)},
                          {"four times", SG_ON(SG_UNIFORM(1, 4, SG_DIMS(5))), SG_WITH(sinc_derivative_options, 4)}),
};

sg_tensor *sg_sinc_derivative(sg_context *context, sg_tensor *x, int64_t order) {
  return sg_apply_one(context, &op_sinc_derivative, 1, &x, &(sinc_derivative_options){order});
}
