// SPDX-License-Identifier: GPL-3.0-or-later
//
// The derivative of a^b, order_a times by a and order_b times by b: with a falling factorial P and k, n the orders,
//
//   y = d^n/db^n P(b) a^(b-k),   P(b) = b (b - 1) ... (b - k + 1)
//
// Its own derivatives are the same with an order more. As products of pow and log they would hold 0 times infinity
// at a = 0 and at b = 0 ... k - 1, where limits are meant: 0 wherever P and its derivatives are 0, or a^(b-k) is.
// 0^0 = 1 counts as a constant, whose derivatives are 0. Where a < 0, there is none by b: NaN.
#include "ops/elementwise/binary.h"
#include "ops/kernels/power.h"

typedef struct pow_derivative_options {
  int64_t order_a, order_b;
} pow_derivative_options;

static const pow_derivative_options defaults = {1, 0};

static sg_tensor *derivative(const sg_pair *p, int64_t more_a, int64_t more_b) {
  const pow_derivative_options *order = p->options;
  return sg_mul(p->context, p->d_y,
                sg_pow_derivative(p->context, p->a, p->b, order->order_a + more_a, order->order_b + more_b));
}
static sg_tensor *d_a(const sg_pair *p) { return derivative(p, 1, 0); }
static sg_tensor *d_b(const sg_pair *p) { return derivative(p, 0, 1); }

static const pow_derivative_options by_b = {0, 1}, mixed = {1, 1}, high = {2, 2}, none = {0, 0};

const sg_op op_pow_derivative = {
    SG_BINARY(pow_derivative, .d_a = {d_a, SG_READS_A | SG_READS_B}, .d_b = {d_b, SG_READS_A | SG_READS_B}),
    SG_WORDS("A derivative of a^b, with its limits at 0.",
             "y = d^n/db^n b (b - 1) ... (b - k + 1) a^(b - k), k = order_a, n = order_b",
             "Elementary; PyTorch, torch.pow, for 0^0"),
    SG_OPTIONS(pow_derivative_options, &defaults,
               SG_OPTION(pow_derivative_options, order_a, INT, "times by a; default 1", SG_AT_LEAST | SG_AT_MOST, 0,
                         POW_ORDERS),
               SG_OPTION(pow_derivative_options, order_b, INT, "times by b; default 0", SG_AT_LEAST | SG_AT_MOST, 0,
                         POW_ORDERS)),
    .inputs = SG_PORTS({"a", SG_SAME_PLACE, "tensor of any shape"},
                       {"b", SG_SAME_PLACE, "the exponent; its shape broadcasts with that of a"}),
    .domain = {0.5, 2},
    .samples = SG_SAMPLES(
        {"by hand", SG_ON(SG_VECTOR(1.5, 4, 9, 2), SG_VECTOR(2, 0.5, 1, -1)), SG_GIVES(3, 0.25, 1, -0.25)},
        {"any exponent", SG_ON(SG_UNIFORM(0.5, 2, SG_DIMS(3, 4)), SG_NORMAL(0, 2, SG_DIMS(3, 4)))},
        {"by b", SG_ON(SG_UNIFORM(0.5, 2, SG_DIMS(2, 3, 4)), SG_NORMAL(0, 2, SG_DIMS(4))), .options = &by_b},
        {"mixed", SG_ON(SG_UNIFORM(0.5, 2, SG_DIMS(3, 1)), SG_NORMAL(0, 2, SG_DIMS(1, 4))), .options = &mixed},
        {"high orders", SG_ON(SG_UNIFORM(0.5, 2, SG_DIMS(5)), SG_NORMAL(0, 2, SG_SCALAR)), .options = &high},
        {"of order 0", SG_ON(SG_UNIFORM(0.5, 2, SG_DIMS(5)), SG_NORMAL(0, 2, SG_DIMS(5))), .options = &none},
        {"a cube", SG_ON(SG_UNIFORM(0.5, 2, SG_DIMS(2, 3)), SG_VALUES(((const double[]){3}), SG_SCALAR))}),
};

sg_tensor *sg_pow_derivative(sg_context *context, sg_tensor *a, sg_tensor *b, int64_t order_a, int64_t order_b) {
  return sg_apply_one(context, &op_pow_derivative, 2, (sg_tensor *[]){a, b},
                      &(pow_derivative_options){order_a, order_b});
}
