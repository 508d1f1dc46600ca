// SPDX-License-Identifier: GPL-3.0-or-later
//
// The eigenvalues w of a symmetric x.  d_x = the symmetric part of V diag(d_w) V', with the eigenvectors V found
// then.
#include "ops/linalg/matrices.h"

static sg_status shape(sg_plan *plan, sg_matrices *p) {
  const sg_dtype dtype = plan->output_dtype[0];
  sg_matrices_output(plan, p, 0, 1, 0, p->n);
  p->work_bytes = sg_matrix_bytes(dtype, p->n * p->n) + sg_lapack_eigen_bytes(dtype, p->n, false);
  return SG_OK;
}

static const char *compute(const sg_matrix *x) {
  if (x->n == 0) return NULL;
  if (!sg_matrix_is_finite(x)) return "has an element that is not finite";
  x->kernels->symmetrize(x->n, x->in[0], x->work);
  void *work = sg_matrix_work(x, sg_matrix_bytes(x->dtype, x->n * x->n));
  return sg_lapack_eigen(x->dtype, x->n, false, x->work, x->out[0], work) ? NULL
                                                                          : "has eigenvalues that were not found";
}

static void vjp(const sg_call *call) {
  sg_context *c = call->context;
  sg_tensor *v;
  sg_eigh(c, call->inputs[0], &v);
  sg_tensor *scaled = sg_mul(c, v, sg_unsqueeze(c, call->d_outputs[0], -2));
  call->d_inputs[0] = sg_matrices_symmetric(c, sg_matmul(c, scaled, sg_matrices_transposed(c, v)));
}

const sg_op op_eigvalsh = {
    SG_MATRICES(eigvalsh, shape, compute, vjp, .square = true),
    SG_WORDS(
        "Eigenvalues, ascending, of symmetric matrices, faster than eigh; of the symmetric part (x + x') / 2, as "
        "there. Where eigenvalues are equal the derivative is that along the eigenvectors of eigh, and has none "
        "itself, which is an error.",
        "(x + x') / 2 = V diag(w) V'; d_x = sym(V diag(d_w) V')", SG_GILES_EXTENDED("3.1")),
    .subgradient = "of equal eigenvalues, that of the vectors that were found",
    .outputs = SG_PORTS({"eigenvalues", 0, "(..., n)"}),
    .save_inputs = 1 << 0,
    .samples = sg_eigen_samples,
    .bad_samples = sg_eigen_bad_samples,
};

sg_tensor *sg_eigvalsh(sg_context *context, sg_tensor *x) {
  return sg_apply_one(context, &op_eigvalsh, 1, &x, NULL);
}
