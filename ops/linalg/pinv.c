// SPDX-License-Identifier: GPL-3.0-or-later
//
// The pseudoinverse y = V diag(1 / s) U' of x = U diag(s) V', with 0 for 1 / s where s is small.  At a constant
// rank,
//
//   d_x = -y' d_y y' + (1 - x y) d_y' y y' + y' y d_y' (1 - y x)
#include <math.h>
#include <string.h>

#include "ops/linalg/gemm.h"
#include "ops/linalg/matrices.h"

static const sg_pinv_options defaults = {.atol = 0, .rtol = -1};

// The work space: x, u, s, vh and LAPACK's.
typedef struct room {
  int64_t u, s, vh, routine, bytes;
} room;

static room room_of(sg_dtype dtype, int64_t m, int64_t n, int64_t k) {
  room r = {.u = sg_matrix_bytes(dtype, m * n)};
  r.s = r.u + sg_matrix_bytes(dtype, m * k);
  r.vh = r.s + sg_matrix_bytes(dtype, k);
  r.routine = r.vh + sg_matrix_bytes(dtype, k * n);
  r.bytes = r.routine + sg_lapack_svd_bytes(dtype, m, n, SG_VECTORS_SOME);
  return r;
}

static sg_status shape(sg_plan *plan, sg_matrices *p) {
  p->k = p->m < p->n ? p->m : p->n;
  p->work_bytes = room_of(plan->output_dtype[0], p->m, p->n, p->k).bytes;
  sg_matrices_output(plan, p, 0, 2, p->n, p->m);
  return SG_OK;
}

static const char *compute(const sg_matrix *x) {
  const room r = room_of(x->dtype, x->m, x->n, x->k);
  const sg_pinv_options *options = x->options;
  const int64_t elements = x->m * x->n;
  void *u = sg_matrix_work(x, r.u), *s = sg_matrix_work(x, r.s), *vh = sg_matrix_work(x, r.vh);
  if (elements == 0) return NULL;
  if (!sg_matrix_is_finite(x)) return "has an element that is not finite";
  memcpy(x->work, x->in[0], (size_t)elements * sg_dtype_bytes(x->dtype));
  if (!sg_lapack_svd(x->dtype, x->m, x->n, SG_VECTORS_SOME, x->work, s, u, vh, sg_matrix_work(x, r.routine)))
    return "has singular values that were not found";
  const double bound = fmax(options->atol, sg_matrix_rtol(x->dtype, x->m, x->n, options) * x->kernels->read(s, 0));
  for (int64_t i = 0; i < x->k; i++) {
    const double value = x->kernels->read(s, i);
    const matrix_number factor = {value > bound ? 1 / value : 0, 0};
    x->kernels->scale(x->n, factor, (char *)vh + (size_t)(i * x->n) * sg_dtype_bytes(x->dtype));
  }
  const sg_gemm product = {.dtype = x->dtype,
                           .transpose_a = true,
                           .transpose_b = true,
                           .m = x->n,
                           .n = x->m,
                           .k = x->k,
                           .ld_a = x->n,
                           .ld_b = x->k,
                           .ld_c = x->m};
  sg_gemm_serial(&product, vh, u, x->out[0]);
  return NULL;
}

// a - b c
static sg_tensor *less(sg_context *c, sg_tensor *a, sg_tensor *b, sg_tensor *d) {
  return sg_sub(c, a, sg_matmul(c, b, d));
}

static void vjp(const sg_call *call) {
  sg_context *c = call->context;
  sg_tensor *x = call->inputs[0], *y = call->outputs[0], *turned = sg_matrices_transposed(c, y);
  sg_tensor *g = sg_matrices_transposed(c, call->d_outputs[0]);
  sg_tensor *outside = less(c, g, x, sg_matmul(c, y, g)), *inside = less(c, g, sg_matmul(c, g, y), x);
  sg_tensor *sum =
      sg_add(c, sg_matmul(c, sg_matmul(c, outside, y), turned), sg_matmul(c, turned, sg_matmul(c, y, inside)));
  call->d_inputs[0] = less(c, sum, sg_matmul(c, turned, call->d_outputs[0]), turned);
}

const sg_op op_pinv = {
    SG_MATRICES(pinv, shape, compute, vjp, .square = false),
    SG_WORDS(
        "Pseudoinverses (Moore, Penrose) of matrices. The derivative is that among matrices of the same rank; "
        "where a change of an element changes the rank, there is none.",
        "y = V diag(1 / s) U' over the singular values s > max(atol, rtol max(s)); d_x = -y' d_y y' + (1 - x y) "
        "d_y' y y' + y' y d_y' (1 - y x)",
        "Golub and Pereyra, The differentiation of pseudo-inverses and nonlinear least squares problems whose "
        "variables separate, SIAM Journal on Numerical Analysis 10, 1973"),
    .inputs = SG_PORTS({"x", 0, "(..., m, n)"}),
    .outputs = SG_PORTS({"y", 0, "(..., n, m)"}),
    SG_SINGULAR_VALUE_OPTIONS(&defaults),
    .save_inputs = 1 << 0,
    .save_outputs = 1 << 0,
    .samples = SG_SAMPLES(
        {"by hand", SG_ON(SG_VALUES(SG_NUMBERS(1, 2, 3, 4), SG_DIMS(2, 2))), SG_GIVES(-2, 1, 1.5, -0.5)},
        {"tall", SG_ON(SG_RANDN(4, 2))}, {"wide", SG_ON(SG_RANDN(2, 4))}, {"batch", SG_ON(SG_SPD(2, 2, 3, 3))},
        {"column", SG_ON(SG_VALUES(SG_NUMBERS(3, 4), SG_DIMS(2, 1))), SG_GIVES(0.12, 0.16)},
        {"no columns", SG_ON(SG_RANDN(3, 0))}, {"larger", SG_ON(SG_SPD(6, 6))}),
    .bad_samples = SG_SAMPLES(
        {"vector", SG_ON(SG_RANDN(3)), .error = "x has shape [3], expected matrices (..., m, n)"},
        {"not finite", SG_ON(SG_VALUES(SG_NUMBERS(1, 0, 0, HUGE_VAL), SG_DIMS(2, 2))), .error = "not finite"}),
};

sg_tensor *sg_pinv(sg_context *context, sg_tensor *x, const sg_pinv_options *options) {
  return sg_apply_one(context, &op_pinv, 1, &x, options);
}
