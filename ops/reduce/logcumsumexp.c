// SPDX-License-Identifier: GPL-3.0-or-later
//
// y_i = log(exp(x_i) + exp(y_{i-1})), with the derivatives p_i by x_i and q_i by y_{i-1}. For a cotangent d_y
//
//   d_x_i = p_i g_i,   g_i = d_y_i + q_{i+1} g_{i+1}
//
// p and q come from x and not from y: far from 0, the difference of x and a rounded y has no digits left.
#include "ops/ops.h"
#include "ops/reduce/scan.h"

static void vjp(const sg_call *call) {
  const sg_scan_options *o = call->options;
  sg_context *c = call->context;
  sg_tensor *q = NULL, *p = sg_logcumsumexp_slopes(c, call->inputs[0], o->dim, o->reverse, &q);
  sg_tensor *next = sg_scan_next(c, q, o->dim, o->reverse);
  call->d_inputs[0] = sg_mul(c, p, sg_linear_recurrence(c, next, call->d_outputs[0], o->dim, !o->reverse));
}

const sg_op op_logcumsumexp = {
    SG_SCAN(logcumsumexp, SCAN_LOG_SUM),
    SG_WORDS("The logarithm of the exponentials summed so far along a dimension, which never overflow.",
             "y_i = log(exp(x_1) + exp(x_2) + ... + exp(x_i))",
             "Blanchard, Higham, Higham, Accurately computing the log-sum-exp and softmax functions, 2021"),
    .outputs = SG_PORTS({"y", 0, "the logarithms; gradients where x is infinite are limits"}),
    .save_inputs = 1 << 0,
    .vjp = vjp,
    .samples =
        SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(0, 0)), SG_ALONG(0, false), SG_GIVES(0, 0.69314718055994530942)},
                   {"large values", SG_ON(SG_NORMAL(1000, 2, SG_DIMS(2, 4))), SG_ALONG(1, false)},
                   {"very negative values", SG_ON(SG_NORMAL(-1000, 2, SG_DIMS(2, 4))), SG_ALONG(0, true)},
                   {"falling", SG_ON(SG_VECTOR(9, 4, 0.5, -20)), SG_ALONG(0, false)}),
};

sg_tensor *sg_logcumsumexp(sg_context *context, sg_tensor *x, int64_t dim, bool reverse) {
  return sg_scan_apply(context, &op_logcumsumexp, x, dim, reverse);
}
