// SPDX-License-Identifier: GPL-3.0-or-later
//
// x = V diag(w) V'.  With F[i, j] = 1 / (w[j] - w[i]), 0 on the diagonal,
//
//   d_x = the symmetric part of V (diag(d_w) + F (V' d_V)) V'
//
// F times V' d_V element by element, and without V' d_V where V was not used: equal eigenvalues do no harm then.
#include <math.h>

#include "ops/linalg/matrices.h"

static sg_status shape(sg_plan *plan, sg_matrices *p) {
  sg_matrices_output(plan, p, 0, 1, 0, p->n);
  sg_matrices_output(plan, p, 1, 2, p->n, p->n);
  p->work_bytes = sg_lapack_eigen_bytes(plan->output_dtype[0], p->n, true);
  return SG_OK;
}

static const char *compute(const sg_matrix *x) {
  void *vectors = x->out[1];
  if (x->n == 0) return NULL;
  if (!sg_matrix_is_finite(x)) return "has an element that is not finite";
  x->kernels->symmetrize(x->n, x->in[0], vectors);
  if (!sg_lapack_eigen(x->dtype, x->n, true, vectors, x->out[0], x->work))
    return "has eigenvalues that were not found";
  x->kernels->fix_signs(x->n, x->n, vectors, 0, 0, NULL);
  x->kernels->transpose(x->n, vectors);
  return NULL;
}

static void vjp(const sg_call *call) {
  sg_context *c = call->context;
  sg_tensor *w = call->outputs[0], *v = call->outputs[1], *d_w = call->d_outputs[0], *d_v = call->d_outputs[1];
  sg_tensor *transposed = sg_matrices_transposed(c, v), *inner = NULL;
  if (d_v) inner = sg_mul(c, sg_matmul(c, transposed, d_v), sg_reciprocal_gaps(c, w));
  if (d_w && d_v) inner = sg_add(c, inner, sg_diag_embed(c, d_w, 0, -2, -1));
  sg_tensor *left = inner ? sg_matmul(c, v, inner) : sg_mul(c, v, sg_unsqueeze(c, d_w, -2));
  call->d_inputs[0] = sg_matrices_symmetric(c, sg_matmul(c, left, transposed));
}

const sg_sample sg_eigen_samples[] = {
    {"by hand", SG_ON(SG_VALUES(SG_NUMBERS(2, 1, 1, 2), SG_DIMS(2, 2))), SG_GIVES(1, 3)},
    {"matrix", SG_ON(SG_RANDN(3, 3))},
    {"batch", SG_ON(SG_SPD(2, 2, 4, 4))},
    {"one element", SG_ON(SG_RANDN(1, 1))},
    {"not symmetric", SG_ON(SG_VALUES(SG_NUMBERS(2, 0, 2, 2), SG_DIMS(2, 2))), SG_GIVES(1, 3)},
    {"empty matrices", SG_ON(SG_SPD(2, 0, 0))},
    {"larger", SG_ON(SG_SPD(7, 7))},
    {.name = NULL}};

const sg_sample sg_eigen_bad_samples[] = {
    {"not square", SG_ON(SG_RANDN(2, 3)), .error = "x has shape [2, 3], expected square matrices"},
    {"not finite", SG_ON(SG_VALUES(SG_NUMBERS(1, 0, 0, HUGE_VAL), SG_DIMS(2, 2))), .error = "not finite"},
    {.name = NULL}};

const sg_op op_eigh = {
    SG_MATRICES(eigh, shape, compute, vjp, .square = true),
    SG_WORDS(
        "Eigenvalues, ascending, and eigenvectors, the columns, of symmetric matrices. What is decomposed is the "
        "symmetric part (x + x') / 2, which is x where x is symmetric (PyTorch reads one triangle), so that the "
        "derivative is symmetric. The first of the largest components of every eigenvector (within a tenth) is "
        "positive. Eigenvectors of equal eigenvalues have no derivative, which is an error where they are used; "
        "that of equal eigenvalues, whose derivative depends on the eigenvectors, is that along those returned.",
        "(x + x') / 2 = V diag(w) V'; d_x = sym(V (diag(d_w) + F * (V' d_V)) V'), F[i, j] = 1 / (w[j] - w[i])",
        SG_GILES_EXTENDED("3.1")),
    .outputs = SG_PORTS({"eigenvalues", 0, "(..., n)"}, {"eigenvectors", 0, "(..., n, n)"}),
    .save_outputs = 1 << 0 | 1 << 1,
    .samples = sg_eigen_samples,
    .bad_samples = sg_eigen_bad_samples,
};

sg_tensor *sg_eigh(sg_context *context, sg_tensor *x, sg_tensor **vectors) {
  sg_tensor *outputs[2] = {NULL, NULL};
  sg_apply(context, &op_eigh, 1, &x, NULL, outputs);
  *vectors = outputs[1];
  return outputs[0];
}
