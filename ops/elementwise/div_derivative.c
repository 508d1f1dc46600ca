// SPDX-License-Identifier: GPL-3.0-or-later
//
// The derivative of g a / b by b, `order` times:
//
//   y = (-1)^n n! g a / b^(n + 1),   n = order
//
// What the derivatives of div are made of. Its own derivatives are of the same kind: by g and a with the cotangent
// in their place, by b with an order more. As quotients of the quotient a / b they would contain 1 / b, which may
// be infinite where a / b and the result are not.
#include "ops/elementwise/ternary.h"
#include "ops/kernels/power.h"

typedef struct div_derivative_options {
  int64_t order;
} div_derivative_options;

static int64_t order_of(const sg_triple *t) { return ((const div_derivative_options *)t->options)->order; }

static sg_tensor *d_g(const sg_triple *t) { return sg_div_derivative(t->context, t->d_y, t->b, t->c, order_of(t)); }
static sg_tensor *d_a(const sg_triple *t) { return sg_div_derivative(t->context, t->a, t->d_y, t->c, order_of(t)); }
static sg_tensor *d_b(const sg_triple *t) {
  return sg_mul(t->context, t->d_y, sg_div_derivative(t->context, t->a, t->b, t->c, order_of(t) + 1));
}

static const div_derivative_options defaults = {1}, zeroth = {0}, third = {3};

const sg_op op_div_derivative = {
    SG_TERNARY(div_derivative, {d_g, SG_READS_B | SG_READS_C}, {d_a, SG_READS_A | SG_READS_C},
               {d_b, SG_READS_A | SG_READS_B | SG_READS_C}),
    SG_WORDS("A derivative of g a / b by b, which leaves the range where the result does and not before.",
             "y = (-1)^n n! g a / b^(n + 1), n = order", "Elementary"),
    .inputs = SG_PORTS({"g", SG_SAME_PLACE, "tensor of any shape"}, {"a", SG_SAME_PLACE, "tensor of any shape"},
                       {"b", SG_SAME_PLACE, "the divisor; all three broadcast"}),
    SG_OPTIONS(div_derivative_options, &defaults,
               SG_OPTION(div_derivative_options, order, INT, "times by b; default 1", SG_AT_LEAST | SG_AT_MOST, 0,
                         POW_ORDERS)),
    .domain = {0.5, 2},
    .samples = SG_SAMPLES(
        {"by hand", SG_ON(SG_VECTOR(1, 2, 3), SG_VECTOR(2, -2, 1), SG_VECTOR(1, 2, -0.5)), SG_GIVES(-2, 1, -12)},
        {"by hand, twice",
         SG_ON(SG_VALUES(((const double[]){1}), SG_SCALAR), SG_VECTOR(3, -2),
               SG_VALUES(((const double[]){2}), SG_SCALAR)),
         SG_WITH(div_derivative_options, 2), SG_GIVES(0.75, -0.5)},
        {"not at all", SG_ON(SG_RANDN(2, 3), SG_RANDN(3), SG_UNIFORM(0.5, 2, SG_DIMS(2, 1))), .options = &zeroth},
        {"three times", SG_ON(SG_RANDN(4), SG_RANDN(2, 4), SG_UNIFORM(-2, -0.5, SG_DIMS(4))), .options = &third},
        {"one divisor", SG_ON(SG_RANDN(2, 3), SG_RANDN(2, 3), SG_UNIFORM(0.5, 2, SG_SCALAR))}),
    .bad_samples = SG_SAMPLES({"shapes, all named", SG_ON(SG_RANDN(2), SG_RANDN(3), SG_RANDN(3)),
                               .error = "g has shape [2], a [3], b [3]: they do not broadcast"}),
};

sg_tensor *sg_div_derivative(sg_context *context, sg_tensor *g, sg_tensor *a, sg_tensor *b, int64_t order) {
  return sg_apply_one(context, &op_div_derivative, 3, (sg_tensor *[]){g, a, b}, &(div_derivative_options){order});
}
