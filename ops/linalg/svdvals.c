// SPDX-License-Identifier: GPL-3.0-or-later
//
// The singular values s of x.  d_x = U diag(d_s) V', with the singular vectors found then.
#include <math.h>
#include <string.h>

#include "ops/linalg/matrices.h"

static sg_status shape(sg_plan *plan, sg_matrices *p) {
  const sg_dtype dtype = plan->output_dtype[0];
  sg_matrices_output(plan, p, 0, 1, 0, p->m < p->n ? p->m : p->n);
  p->work_bytes = sg_matrix_bytes(dtype, p->m * p->n) + sg_lapack_svd_bytes(dtype, p->m, p->n, SG_VECTORS_NONE);
  return SG_OK;
}

static const char *compute(const sg_matrix *x) {
  const int64_t elements = x->m * x->n;
  if (elements == 0) return NULL;
  if (!sg_matrix_is_finite(x)) return "has an element that is not finite";
  void *work = sg_matrix_work(x, sg_matrix_bytes(x->dtype, elements));
  memcpy(x->work, x->in[0], (size_t)elements * sg_dtype_bytes(x->dtype));
  const bool found = sg_lapack_svd(x->dtype, x->m, x->n, SG_VECTORS_NONE, x->work, x->out[0], NULL, NULL, work);
  return found ? NULL : "has singular values that were not found";
}

static void vjp(const sg_call *call) {
  sg_context *c = call->context;
  sg_tensor *s, *vh, *u = sg_svd(c, call->inputs[0], false, &s, &vh);
  call->d_inputs[0] = sg_matmul(c, sg_mul(c, u, sg_unsqueeze(c, call->d_outputs[0], -2)), vh);
}

const sg_op op_svdvals = {
    SG_MATRICES(svdvals, shape, compute, vjp, .square = false),
    SG_WORDS(
        "Singular values, descending, faster than svd. Where some are equal or 0 the derivative is that along the "
        "singular vectors of svd, and has none itself, which is an error.",
        "x = u diag(s) vh; d_x = u diag(d_s) vh", SG_GILES_EXTENDED("3.2")),
    .subgradient = "of equal values or 0, that of the vectors that were found",
    .inputs = SG_PORTS({"x", 0, "(..., m, n)"}),
    .outputs = SG_PORTS({"s", 0, "(..., min(m, n))"}),
    .save_inputs = 1 << 0,
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VALUES(SG_NUMBERS(0, -3, 2, 0), SG_DIMS(2, 2))), SG_GIVES(3, 2)},
                          {"square", SG_ON(SG_RANDN(3, 3))}, {"tall", SG_ON(SG_RANDN(4, 2))},
                          {"wide batch", SG_ON(SG_RANDN(2, 2, 4))}, {"one element", SG_ON(SG_RANDN(1, 1))},
                          {"no rows", SG_ON(SG_RANDN(0, 3))}, {"larger", SG_ON(SG_RANDN(6, 6))}),
    .bad_samples = SG_SAMPLES(
        {"vector", SG_ON(SG_RANDN(3)), .error = "x has shape [3], expected matrices (..., m, n)"},
        {"not finite", SG_ON(SG_VALUES(SG_NUMBERS(1, 0, 0, HUGE_VAL), SG_DIMS(2, 2))), .error = "not finite"}),
};

sg_tensor *sg_svdvals(sg_context *context, sg_tensor *x) { return sg_apply_one(context, &op_svdvals, 1, &x, NULL); }
