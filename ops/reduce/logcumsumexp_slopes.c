// SPDX-License-Identifier: GPL-3.0-or-later
//
// With y = logcumsumexp(x), p_i = exp(x_i - y_i) and q_i = exp(y_{i-1} - y_i) = 1 - p_i, neither as a difference:
// closed under differentiation. As d(p_i) = -d(q_i) = p_i q_i (d(x_i) - d(y_{i-1})), with
// w_i = p_i q_i (d_p_i - d_q_i)
//
//   d_x_i = w_i + p_i t_{i+1},   t_i = -w_i + q_i t_{i+1}
#include "ops/ops.h"
#include "ops/reduce/reduction.h"
#include "ops/reduce/scan.h"

static void vjp(const sg_call *call) {
  const sg_scan_options *o = call->options;
  sg_context *c = call->context;
  sg_tensor *p = call->outputs[0], *q = call->outputs[1];
  sg_tensor *w = sg_mul(c, sg_mul(c, p, q), sg_sub(c, call->d_outputs[0], call->d_outputs[1]));
  sg_tensor *t = sg_linear_recurrence(c, q, sg_neg(c, w), o->dim, !o->reverse);
  call->d_inputs[0] = sg_add(c, w, sg_mul(c, p, sg_scan_before(c, t, 0, o->dim, !o->reverse)));
}

const sg_op op_logcumsumexp_slopes = {
    SG_SCAN(logcumsumexp_slopes, SCAN_LOG_SUM_SLOPES),
    SG_WORDS("The derivatives of logcumsumexp, y, by the newest of its terms and by the result before.",
             "by_x_i = exp(x_i - y_i), by_result_i = exp(y_{i-1} - y_i); 0 while all x are -infinity",
             "Elementary"),
    .outputs = SG_PORTS({"by_x", SG_ZERO_IF_UNUSED, "in [0, 1]"},
                        {"by_result", SG_ZERO_IF_UNUSED, "1 - by_x, with its own digits"}),
    .save_outputs = 1 << 0 | 1 << 1,
    .vjp = vjp,
    .samples = SG_SAMPLES(
        {"by hand", SG_ON(SG_VECTOR(0, 0, 0.69314718055994530942)), SG_ALONG(0, false), SG_GIVES(1, 0.5, 0.5)},
        {"large values", SG_ON(SG_NORMAL(1000, 2, SG_DIMS(2, 4))), SG_ALONG(1, false)},
        {"falling", SG_ON(SG_VECTOR(9, 4, 0.5, -20)), SG_ALONG(0, false)}),
};

sg_tensor *sg_logcumsumexp_slopes(sg_context *context, sg_tensor *x, int64_t dim, bool reverse,
                                  sg_tensor **by_result) {
  return sg_reduction_apply(context, &op_logcumsumexp_slopes, x, &(sg_scan_options){dim, reverse}, by_result);
}
