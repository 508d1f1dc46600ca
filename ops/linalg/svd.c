// SPDX-License-Identifier: GPL-3.0-or-later
//
// x = U diag(s) V'.  With E[i, j] = s[j]^2 - s[i]^2, k singular values and skew(P) = P - P',
//
//   d_x = U (skew(U' d_U) / E diag(s) + diag(s) skew(V' d_V) / E + diag(d_s)) V'
//         + (d_U - U U' d_U) diag(1 / s) V'       where x has more rows than k
//         + U diag(1 / s) (d_V' - d_V' V V')      where it has more columns
//
// 1 / E is the product of 1 / (s[j] - s[i]) and 1 / (s[j] + s[i]); and 1 / s is the gap to a 0 behind the values.
#include <math.h>
#include <string.h>

#include "ops/linalg/matrices.h"

static const sg_svd_options defaults = {.full_matrices = true};

static sg_status shape(sg_plan *plan, sg_matrices *p) {
  const bool full = ((const sg_svd_options *)plan->options)->full_matrices;
  const sg_dtype dtype = plan->output_dtype[0];
  const int64_t k = p->m < p->n ? p->m : p->n;
  p->k = k;
  sg_matrices_output(plan, p, 0, 2, p->m, full ? p->m : k);
  sg_matrices_output(plan, p, 1, 1, 0, k);
  sg_matrices_output(plan, p, 2, 2, full ? p->n : k, p->n);
  p->work_bytes = sg_matrix_bytes(dtype, p->m * p->n) +
                  sg_lapack_svd_bytes(dtype, p->m, p->n, full ? SG_VECTORS_ALL : SG_VECTORS_SOME);
  return SG_OK;
}

static const char *compute(const sg_matrix *x) {
  const bool full = ((const sg_svd_options *)x->options)->full_matrices;
  const int64_t elements = x->m * x->n, width = full ? x->m : x->k;
  if (elements == 0) { // and all vectors there are, are extra ones
    if (full) sg_matrix_identity(x, x->m, x->m, x->out[0]), sg_matrix_identity(x, x->n, x->n, x->out[2]);
    return NULL;
  }
  if (!sg_matrix_is_finite(x)) return "has an element that is not finite";
  memcpy(x->work, x->in[0], (size_t)elements * sg_dtype_bytes(x->dtype));
  if (!sg_lapack_svd(x->dtype, x->m, x->n, full ? SG_VECTORS_ALL : SG_VECTORS_SOME, x->work, x->out[1], x->out[0],
                     x->out[2], sg_matrix_work(x, sg_matrix_bytes(x->dtype, elements))))
    return "has singular values that were not found";
  x->kernels->fix_signs(x->k, x->n, x->out[2], x->m, width, x->out[0]);
  return NULL;
}

// ---- vjp ------------------------------------------------------------------------------------------

// What the derivative is made of; gradients are NULL where nobody used the output.
typedef struct parts {
  sg_context *c;
  int64_t m, n, k;
  sg_tensor *u, *s, *vh, *d_u, *d_s, *d_vh;
  sg_tensor *one_over_e, *one_over_s; // (..., k, k) and (..., 1, k)
} parts;

static sg_tensor *times(const parts *p, sg_tensor *a, sg_tensor *b) { return sg_matmul(p->c, a, b); }
static sg_tensor *turned(const parts *p, sg_tensor *x) { return sg_matrices_transposed(p->c, x); }
static sg_tensor *across(const parts *p, sg_tensor *row) { return sg_unsqueeze(p->c, row, -2); }
static sg_tensor *down(const parts *p, sg_tensor *column) { return sg_unsqueeze(p->c, column, -1); }
static sg_tensor *plus(const parts *p, sg_tensor *a, sg_tensor *b) { return !a ? b : !b ? a : sg_add(p->c, a, b); }

static sg_tensor *corner(const parts *p, sg_tensor *x, int64_t row, int64_t rows, int64_t columns) {
  return sg_narrow(p->c, sg_narrow(p->c, x, -2, row, rows), -1, 0, columns);
}

static void find_gaps(parts *p) {
  sg_context *c = p->c;
  sg_tensor *values = p->s;
  if (p->m != p->n) {
    sg_shape last = *sg_tensor_shape(p->s);
    last.size[last.rank - 1] = 1;
    sg_tensor *zero = sg_zeros(c, sg_tensor_dtype(p->s), &last);
    values = sg_cat(c, 2, (sg_tensor *[]){p->s, zero}, -1);
  }
  sg_tensor *gaps = sg_reciprocal_gaps(c, values);
  // Anything but 0 on the diagonal, which counts for nothing.
  sg_tensor *sums =
      sg_add(c, sg_add(c, across(p, p->s), down(p, p->s)), sg_eye(c, sg_tensor_dtype(p->s), p->k, p->k));
  p->one_over_e = sg_div(c, corner(p, gaps, 0, p->k, p->k), sums);
  if (p->m != p->n) p->one_over_s = corner(p, gaps, p->k, 1, p->k);
}

static sg_tensor *turning(const parts *p, sg_tensor *q) {
  return sg_mul(p->c, sg_sub(p->c, q, turned(p, q)), p->one_over_e);
}

static sg_tensor *derivative(const parts *p) {
  sg_tensor *inner = p->d_s ? sg_diag_embed(p->c, p->d_s, 0, -2, -1) : NULL, *outer = NULL;
  sg_tensor *u_part = NULL, *v_part = NULL;
  if (p->d_u) u_part = times(p, turned(p, p->u), p->d_u);
  if (p->d_vh) v_part = times(p, p->vh, turned(p, p->d_vh));
  if (u_part) inner = plus(p, inner, sg_mul(p->c, turning(p, u_part), across(p, p->s)));
  if (v_part) inner = plus(p, inner, sg_mul(p->c, down(p, p->s), turning(p, v_part)));
  if (u_part && p->m > p->k) {
    sg_tensor *outside = sg_sub(p->c, p->d_u, times(p, p->u, u_part));
    outer = times(p, sg_mul(p->c, outside, p->one_over_s), p->vh);
  }
  if (v_part && p->n > p->k) {
    sg_tensor *outside = sg_sub(p->c, p->d_vh, times(p, turned(p, v_part), p->vh));
    outer = plus(p, outer, times(p, sg_mul(p->c, p->u, p->one_over_s), outside));
  }
  return plus(p, outer, times(p, times(p, p->u, inner), p->vh));
}

static void vjp(const sg_call *call) {
  sg_context *c = call->context;
  const sg_shape *x = &call->input_shapes[0];
  parts p = {.c = c,
             .m = x->size[x->rank - 2],
             .n = x->size[x->rank - 1],
             .u = call->outputs[0],
             .s = call->outputs[1],
             .vh = call->outputs[2],
             .d_u = call->d_outputs[0],
             .d_s = call->d_outputs[1],
             .d_vh = call->d_outputs[2]};
  p.k = p.m < p.n ? p.m : p.n;
  if (((const sg_svd_options *)call->options)->full_matrices && p.m != p.n) {
    if (p.m > p.n ? p.d_u : p.d_vh) {
      sg_refuse(call, "with full_matrices, %s has vectors without a singular value, which have no derivative",
                p.m > p.n ? "u" : "vh");
      return;
    }
    p.u = sg_narrow(c, p.u, -1, 0, p.k);
    p.vh = sg_narrow(c, p.vh, -2, 0, p.k);
  }
  if (p.d_u || p.d_vh) find_gaps(&p);
  call->d_inputs[0] = derivative(&p);
}

#define WITH(full) SG_WITH(sg_svd_options, full)

const sg_op op_svd = {
    SG_MATRICES(svd, shape, compute, vjp, .square = false),
    SG_WORDS(
        "Singular values, descending, and singular vectors: the columns of u, the rows of vh. The first of the "
        "largest components of every row of vh (within a tenth) is positive. Singular vectors of equal singular "
        "values have no derivative, nor where x is not square those of a value of 0, nor those that full_matrices "
        "adds: an error where they are used. Where singular values are equal or 0, their derivative is that along "
        "the vectors returned.",
        "x = u diag(s) vh; d_x = u (skew(u' d_u) / E diag(s) + diag(s) skew(v' d_v) / E + diag(d_s)) vh + ..., "
        "E[i, j] = s[j]^2 - s[i]^2",
        "Townsend, Differentiating the singular value decomposition, 2016; " SG_GILES_EXTENDED("3.2")),
    .inputs = SG_PORTS({"x", 0, "(..., m, n)"}),
    .outputs = SG_PORTS({"u", 0, "(..., m, k), with k = min(m, n), or (..., m, m)"}, {"s", 0, "(..., k)"},
                        {"vh", 0, "(..., k, n), or (..., n, n)"}),
    SG_OPTIONS(sg_svd_options, &defaults,
               SG_OPTION(sg_svd_options, full_matrices, BOOL, "all vectors, m of u and n of vh")),
    .save_outputs = 1 << 0 | 1 << 1 | 1 << 2,
    .samples = SG_SAMPLES({"square", SG_ON(SG_RANDN(3, 3))}, {"tall", SG_ON(SG_RANDN(4, 2)), WITH(false)},
                          {"wide", SG_ON(SG_RANDN(2, 4)), WITH(false)}, {"batch", SG_ON(SG_RANDN(2, 2, 3, 3))},
                          {"tall batch", SG_ON(SG_RANDN(2, 3, 2)), WITH(false)},
                          {"column", SG_ON(SG_RANDN(3, 1)), WITH(false)}, {"one element", SG_ON(SG_RANDN(1, 1))},
                          {"larger", SG_ON(SG_RANDN(6, 6))}, {"no columns", SG_ON(SG_RANDN(3, 0)), WITH(false)}),
    .bad_samples = SG_SAMPLES(
        {"vector", SG_ON(SG_RANDN(3)), .error = "x has shape [3], expected matrices (..., m, n)"},
        {"not finite", SG_ON(SG_VALUES(SG_NUMBERS(1, 0, 0, HUGE_VAL), SG_DIMS(2, 2))), .error = "not finite"}),
};

sg_tensor *sg_svd(sg_context *context, sg_tensor *x, bool full_matrices, sg_tensor **s, sg_tensor **vh) {
  sg_tensor *outputs[3] = {NULL, NULL, NULL};
  sg_apply(context, &op_svd, 1, &x, &(sg_svd_options){full_matrices}, outputs);
  *s = outputs[1];
  *vh = outputs[2];
  return outputs[0];
}
