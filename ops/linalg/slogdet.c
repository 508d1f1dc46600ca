// SPDX-License-Identifier: GPL-3.0-or-later
//
// The sign of det(x) and log |det(x)|.  d_x = d_logabsdet x^-T
#include <math.h>

#include "ops/linalg/matrices.h"

static sg_status shape(sg_plan *plan, sg_matrices *p) {
  sg_matrices_output(plan, p, 0, 0, 0, 0);
  sg_matrices_output(plan, p, 1, 0, 0, 0);
  p->work_bytes = sg_matrix_bytes(plan->output_dtype[0], p->n * p->n) + p->n * (int64_t)sizeof(int32_t);
  return SG_OK;
}

static const char *compute(const sg_matrix *x) {
  const double mantissa = sg_matrix_lu(x, x->work).mantissa;
  const bool regular = mantissa < 0 || mantissa > 0;
  x->kernels->write(x->out[0], 0, regular ? copysign(1, mantissa) : mantissa);
  x->kernels->write(x->out[1], 0, regular ? x->kernels->log_determinant(x->n, x->work) : log(mantissa));
  return NULL;
}

static void vjp(const sg_call *call) {
  sg_context *c = call->context;
  sg_tensor *inverse = sg_matrices_transposed(c, sg_inverse(c, call->inputs[0]));
  call->d_inputs[0] = sg_mul(c, sg_matrices_single(c, call->d_outputs[1]), inverse);
}

const sg_op op_slogdet = {
    SG_MATRICES(slogdet, shape, compute, vjp, .square = true),
    SG_WORDS(
        "Sign and logarithm of the determinants of square matrices, for determinants beyond every number. Of a "
        "singular matrix they are 0 and -inf, and have no derivative.",
        "sign = sign(det(x)), logabsdet = log(|det(x)|), d_x = d_logabsdet inverse(x)'", SG_GILES("2.2.4")),
    .outputs = SG_PORTS({"sign", SG_STEP, "(...): -1, 0 or 1"}, {"logabsdet", 0, "(...)"}),
    .save_inputs = 1 << 0,
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VALUES(SG_NUMBERS(1, 2, 3, 4), SG_DIMS(2, 2))), SG_GIVES(-1)},
                          {"matrix", SG_ON(SG_RANDN(3, 3))}, {"batch", SG_ON(SG_RANDN(2, 2, 4, 4))},
                          {"beyond every number", SG_ON(SG_NORMAL(0, 1e30, SG_DIMS(12, 12)))},
                          {"of nothing", SG_ON(SG_RANDN(2, 0, 0))}, {"larger", SG_ON(SG_RANDN(7, 7))}),
    .bad_samples = SG_SAMPLES({"not square", SG_ON(SG_RANDN(2, 3)), .error = "x has shape [2, 3], expected square"},
                              {"vector", SG_ON(SG_RANDN(3)), .error = "expected square matrices"}),
};

sg_tensor *sg_slogdet(sg_context *context, sg_tensor *x, sg_tensor **logabsdet) {
  sg_tensor *outputs[2] = {NULL, NULL};
  sg_apply(context, &op_slogdet, 1, &x, NULL, outputs);
  *logabsdet = outputs[1];
  return outputs[0];
}
