// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = a / h with h = sqrt(a^2 + b^2), the derivative of h by a; 0 where a and b are 0. With z = b / h
//
//   dy/da = z^2 / h,   dy/db = -y z / h
//
// in which nothing cancels, and which is closed under differentiation: 1 / h - a^2 / h^3, as the quotient of a and
// h would give, has no digit left where b is small.
#include "ops/elementwise/binary.h"
#include "ops/elementwise/length.h"

// As s t y / a or s t z / b with the larger of a and b.
sg_tensor *sg_over_hypot(sg_context *context, sg_tensor *s, sg_tensor *t, sg_tensor *a, sg_tensor *b) {
  sg_context *c = context;
  sg_tensor *a_is_smaller = sg_lt(c, sg_abs(c, a), sg_abs(c, b)), *larger = sg_where(c, a_is_smaller, b, a);
  sg_tensor *cosine = sg_hypot_slope(c, larger, sg_where(c, a_is_smaller, a, b));
  return sg_div_derivative(c, s, sg_mul(c, t, cosine), larger, 0);
}

static sg_tensor *other(const sg_pair *p) { return sg_hypot_slope(p->context, p->b, p->a); }

static sg_tensor *d_a(const sg_pair *p) {
  sg_tensor *z = other(p);
  return sg_mul(p->context, p->d_y, sg_over_hypot(p->context, z, z, p->a, p->b));
}
static sg_tensor *d_b(const sg_pair *p) {
  return sg_neg(p->context, sg_mul(p->context, p->d_y, sg_over_hypot(p->context, p->y, other(p), p->a, p->b)));
}

const sg_op op_hypot_slope = {
    SG_BINARY(hypot_slope, .d_a = {d_a, SG_READS_A | SG_READS_B},
              .d_b = {d_b, SG_READS_A | SG_READS_B | SG_READS_Y}),
    SG_WORDS("The derivative of hypot by its first argument: the cosine of the angle at which (a, b) lies.",
             "y = a / sqrt(a^2 + b^2), 0 where both are 0", "Elementary"),
    .samples =
        SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(3, -5, 0.8), SG_VECTOR(4, 12, -0.6)),
                    SG_GIVES(0.6, -0.38461538461538461538, 0.8)},
                   {"one far smaller", SG_ON(SG_UNIFORM(5, 6, SG_DIMS(3)), SG_UNIFORM(0.05, 0.1, SG_DIMS(3)))}),
};

sg_tensor *sg_hypot_slope(sg_context *context, sg_tensor *a, sg_tensor *b) {
  return sg_apply_one(context, &op_hypot_slope, 2, (sg_tensor *[]){a, b}, NULL);
}
