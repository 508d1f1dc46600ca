// SPDX-License-Identifier: GPL-3.0-or-later
//
// How many singular values are not small.
#include "ops/linalg/matrices.h"

static const sg_pinv_options defaults = {.atol = 0, .rtol = -1};

static void compose(const sg_call *call, sg_tensor **outputs) {
  sg_context *c = call->context;
  const sg_pinv_options *options = call->options;
  const sg_shape *x = sg_tensor_shape(call->inputs[0]);
  sg_tensor *s = sg_svdvals(c, sg_tensor_detach(c, call->inputs[0]));
  const sg_reduce_options along = {.dim = {1, {-1}}};
  if (sg_error_status(c)) return;
  const sg_shape *values = sg_tensor_shape(s);
  if (values->size[values->rank - 1] > 0) {
    const double rtol = sg_matrix_rtol(call->dtype, x->size[x->rank - 2], x->size[x->rank - 1], options);
    sg_tensor *bound = sg_mul_scalar(c, sg_narrow(c, s, -1, 0, 1), rtol);
    s = sg_gt(c, s, sg_maximum(c, bound, sg_scalar_like(c, bound, options->atol)));
  }
  outputs[0] = sg_count_nonzero(c, s, &along);
}

const sg_op op_matrix_rank = {
    SG_COMPOSED(matrix_rank, NULL, compose),
    SG_WORDS("The ranks of matrices, a step.", "y = number of singular values s > max(atol, rtol max(s))",
             "Golub and Van Loan, Matrix Computations, 4th edition, section 5.4.1"),
    .cost = "cubic in the rows and columns of a matrix (LAPACK)",
    .inputs = SG_PORTS({"x", SG_STEP, "(..., m, n)"}),
    .outputs = SG_PORTS({"y", SG_STEP, "i64 (...)"}),
    SG_SINGULAR_VALUE_OPTIONS(&defaults),
    .conditioned = true,
    .samples = SG_SAMPLES({"square", SG_ON(SG_SPD(3, 3))}, {"batch", SG_ON(SG_RANDN(2, 3, 4))},
                          {"no columns", SG_ON(SG_RANDN(2, 3, 0))},
                          {"by size", SG_ON(SG_VALUES(SG_NUMBERS(3, 0, 0, 0.5), SG_DIMS(2, 2))),
                           SG_WITH(sg_pinv_options, .atol = 1, .rtol = -1), SG_GIVES(1)},
                          {"zero", SG_ON(SG_VALUES(SG_NUMBERS(0, 0, 0, 0), SG_DIMS(2, 2))), SG_GIVES(0)}),
    .bad_samples = SG_SAMPLES({"vector", SG_ON(SG_RANDN(3)), .error = "x has shape [3], expected matrices"}),
};

sg_tensor *sg_matrix_rank(sg_context *context, sg_tensor *x, const sg_pinv_options *options) {
  return sg_apply_one(context, &op_matrix_rank, 1, &x, options);
}
