// SPDX-License-Identifier: GPL-3.0-or-later
//
// The derivative of the digamma function, n times: closed under differentiation.  At a pole, 0, -1, -2, ...,
// infinite for odd n and NaN for even ones, which at 0 have a side.
#include "ops/elementwise/unary.h"
#include "ops/kernels/special.h"

typedef struct polygamma_options {
  int64_t n;
} polygamma_options;

static const polygamma_options defaults = {1};

static sg_tensor *d_x(const sg_single *s) {
  const int64_t n = ((const polygamma_options *)s->options)->n;
  return sg_mul(s->context, s->d_y, sg_polygamma(s->context, s->x, n + 1));
}

const sg_op op_polygamma = {
    SG_UNARY(polygamma, .d_x = {d_x, SG_READS_X}),
    SG_WORDS("A derivative of the digamma function.",
             "y = (-1)^(n + 1) n! * sum over k >= 0 of 1 / (x + k)^(n + 1); n = 0: digamma(x)",
             "Abramowitz and Stegun 6.4"),
    SG_OPTIONS(polygamma_options, &defaults,
               SG_OPTION(polygamma_options, n, INT, "how many times, up to 16; default 1", SG_AT_LEAST | SG_AT_MOST,
                         0, SPECIAL_ORDERS)),
    .domain = {0.5, 5},
    .samples =
        SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(1, 0.5)), SG_GIVES(1.6449340668482264365, 4.9348022005446793094)},
                   {"twice", SG_ON(SG_UNIFORM(0.5, 3, SG_DIMS(4))), SG_WITH(polygamma_options, 2)},
                   {"not at all", SG_ON(SG_UNIFORM(0.5, 3, SG_DIMS(4))), SG_WITH(polygamma_options, 0)},
                   {"four times", SG_ON(SG_UNIFORM(1, 3, SG_DIMS(4))), SG_WITH(polygamma_options, 4)},
                   {"negative", SG_ON(SG_UNIFORM(-1.8, -1.2, SG_DIMS(4)))}),
};

sg_tensor *sg_polygamma(sg_context *context, sg_tensor *x, int64_t n) {
  return sg_apply_one(context, &op_polygamma, 1, &x, &(polygamma_options){n});
}
