// SPDX-License-Identifier: GPL-3.0-or-later
//
// x = Q R with orthonormal columns and an upper triangle.  With M = R d_R' - d_Q' Q, and copyltu(M) its lower
// triangle with a copy of it above the diagonal, where x has no more columns than rows
//
//   d_x = (d_Q + Q copyltu(M)) R^-T
//
// Else x = [A B] and R = [U V], with square A and U: Q and U are A's, and V = Q' B. Then d_B = Q d_V, and d_A is as
// above, for d_U and d_Q + B d_V'.
#include <math.h>
#include <string.h>

#include "ops/linalg/matrices.h"

typedef struct qr_options {
  int mode;
} qr_options;

enum { REDUCED, COMPLETE, R_ALONE };
static const char *const modes[] = {"reduced", "complete", "r", NULL};
static const qr_options defaults = {.mode = REDUCED};

static int mode_of(const void *options) { return ((const qr_options *)options)->mode; }

static sg_status shape(sg_plan *plan, sg_matrices *p) {
  const int mode = mode_of(plan->options);
  const sg_dtype dtype = plan->output_dtype[0];
  const int64_t k = p->m < p->n ? p->m : p->n;
  p->k = mode == COMPLETE ? p->m : k;
  sg_matrices_output(plan, p, 0, 2, p->m, p->k);
  if (mode == R_ALONE) plan->output_shape[0] = (sg_shape)SG_DIMS(0);
  sg_matrices_output(plan, p, 1, 2, p->k, p->n);
  if (mode == R_ALONE) plan->save_inputs = 1 << 0, plan->save_outputs = 0;
  p->work_bytes = sg_matrix_bytes(dtype, p->m * p->n) + sg_lapack_qr_bytes(dtype, p->m, p->n, p->k);
  return SG_OK;
}

static const char *compute(const sg_matrix *x) {
  const int64_t elements = x->m * x->n, small = x->m < x->n ? x->m : x->n;
  const bool wants_q = mode_of(x->options) != R_ALONE;
  const size_t bytes = sg_dtype_bytes(x->dtype);
  if (!sg_matrix_is_finite(x)) {
    if (wants_q) x->kernels->fill(x->m * x->k, (double)NAN, x->out[0]);
    x->kernels->fill(x->k * x->n, (double)NAN, x->out[1]);
    x->kernels->clear_lower(x->k, x->n, x->out[1]);
    return NULL;
  }
  if (elements == 0) {
    if (wants_q) sg_matrix_identity(x, x->m, x->k, x->out[0]);
    return NULL;
  }
  memcpy(x->work, x->in[0], (size_t)elements * bytes);
  sg_lapack_qr(x->dtype, x->m, x->n, x->k, x->work, wants_q ? x->out[0] : NULL,
               sg_matrix_work(x, sg_matrix_bytes(x->dtype, elements)));
  memcpy(x->out[1], x->work, (size_t)(small * x->n) * bytes);
  memset((char *)x->out[1] + (size_t)(small * x->n) * bytes, 0, (size_t)((x->k - small) * x->n) * bytes);
  x->kernels->clear_lower(x->k, x->n, x->out[1]);
  return NULL;
}

// ---- vjp ------------------------------------------------------------------------------------------

// R square. Either gradient may be NULL.
static sg_tensor *of_square(sg_context *c, sg_tensor *q, sg_tensor *r, sg_tensor *d_q, sg_tensor *d_r) {
  sg_tensor *m = NULL;
  if (d_r) m = sg_matmul(c, r, sg_matrices_transposed(c, d_r));
  if (d_q) {
    sg_tensor *part = sg_matmul(c, sg_matrices_transposed(c, d_q), q);
    m = m ? sg_sub(c, m, part) : sg_neg(c, part);
  }
  sg_tensor *lower = sg_add(c, sg_tril(c, m, 0), sg_matrices_transposed(c, sg_tril(c, m, -1)));
  sg_tensor *sum = sg_matmul(c, q, lower);
  if (d_q) sum = sg_add(c, sum, d_q);
  const sg_solve_triangular_options on_right = {.upper = false, .left = false};
  return sg_solve_triangular(c, sg_matrices_transposed(c, r), sum, &on_right);
}

static sg_tensor *of_wide(sg_context *c, sg_tensor *q, sg_tensor *r, sg_tensor *d_q, sg_tensor *d_r, int64_t m,
                          int64_t n) {
  sg_tensor *u = sg_narrow(c, r, -1, 0, m), *v = sg_narrow(c, r, -1, m, n - m);
  sg_tensor *d_u = NULL, *d_b = sg_mul_scalar(c, v, 0);
  if (d_r) {
    sg_tensor *d_v = sg_narrow(c, d_r, -1, m, n - m);
    sg_tensor *through_v = sg_matmul(c, sg_matmul(c, q, v), sg_matrices_transposed(c, d_v));
    d_u = sg_narrow(c, d_r, -1, 0, m);
    d_q = d_q ? sg_add(c, d_q, through_v) : through_v;
    d_b = sg_matmul(c, q, d_v);
  }
  return sg_cat(c, 2, (sg_tensor *[]){of_square(c, q, u, d_q, d_u), d_b}, -1);
}

static void vjp(const sg_call *call) {
  sg_context *c = call->context;
  const int mode = mode_of(call->options);
  const sg_shape *x = &call->input_shapes[0];
  const int64_t m = x->size[x->rank - 2], n = x->size[x->rank - 1];
  sg_tensor *q = call->outputs[0], *r = call->outputs[1], *d_q = call->d_outputs[0], *d_r = call->d_outputs[1];
  if (mode == COMPLETE && m > n) {
    sg_refuse(call, "with mode complete, q %s has columns that x %s does not determine: there is no derivative",
              sg_shape_text(&call->output_shapes[0]).text, sg_shape_text(x).text);
    return;
  }
  if (mode == R_ALONE && !d_r) { // q was used, which has no element
    call->d_inputs[0] = sg_mul_scalar(c, call->inputs[0], 0);
    return;
  }
  if (mode == R_ALONE) {
    q = sg_qr(c, call->inputs[0], "reduced", &r);
    d_q = NULL;
  }
  call->d_inputs[0] = m < n ? of_wide(c, q, r, d_q, d_r, m, n) : of_square(c, q, r, d_q, d_r);
}

#define WITH(mode) SG_WITH(qr_options, mode)

const sg_op op_qr = {
    SG_MATRICES(qr, shape, compute, vjp, .square = false),
    SG_WORDS(
        "Matrices as products of one with orthonormal columns and an upper triangular one. The signs are those of "
        "Householder reflections, as in PyTorch. The derivative asks for linearly independent columns, the first "
        "m of them where x is wide. NaN where an element is not finite.",
        "x = q r; d_x = (d_q + q copyltu(r d_r' - d_q' q)) r^-T",
        "Walter and Lehmann, Algorithmic differentiation of linear algebra functions, 2012; Seeger et al., "
        "Auto-differentiating linear algebra, 2017, arXiv:1710.08717"),
    .subgradient = "none for columns that depend on each other, and no number that comes out is one",
    .inputs = SG_PORTS({"x", 0, "(..., m, n)"}),
    .outputs = SG_PORTS({"q", 0, "(..., m, k), k = min(m, n); complete: (..., m, m); r: (0)"},
                        {"r", 0, "(..., k, n); complete: (..., m, n)"}),
    SG_OPTIONS(qr_options, &defaults,
               SG_CHOICE(qr_options, mode, modes,
                         "reduced; complete: a square q, without a derivative where m > n; r: "
                         "no q")),
    .save_outputs = 1 << 0 | 1 << 1,
    .samples =
        SG_SAMPLES({"square", SG_ON(SG_RANDN(3, 3))}, {"tall", SG_ON(SG_RANDN(4, 2))},
                   {"wide", SG_ON(SG_RANDN(2, 4))}, {"batch", SG_ON(SG_RANDN(2, 2, 3, 3))},
                   {"tall batch", SG_ON(SG_RANDN(2, 5, 3))}, {"r alone", SG_ON(SG_RANDN(4, 3)), WITH(R_ALONE)},
                   {"no columns", SG_ON(SG_RANDN(3, 0))}, {"larger", SG_ON(SG_RANDN(7, 7))}),
    .bad_samples =
        SG_SAMPLES({"vector", SG_ON(SG_RANDN(3)), .error = "x has shape [3], expected matrices (..., m, n)"}),
};

sg_tensor *sg_qr(sg_context *context, sg_tensor *x, const char *mode, sg_tensor **r) {
  sg_tensor *outputs[2] = {NULL, NULL};
  qr_options options = {.mode = -1};
  for (int i = 0; modes[i]; i++)
    if (strcmp(modes[i], mode) == 0) options.mode = i;
  sg_apply(context, &op_qr, 1, &x, &options, outputs);
  *r = outputs[1];
  return outputs[0];
}
