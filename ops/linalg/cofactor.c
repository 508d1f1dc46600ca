// SPDX-License-Identifier: GPL-3.0-or-later
//
// C = det(x) x^-T, and what that tends to where x is singular: with the singular values s of x = U diag(s) V',
//
//   C = det(U) det(V) U diag(c) V'    c_i = product of all s_j but s_i
//
// For a cotangent g of C, <g, dC> with dC = det(x) (tr(x^-1 dx) x^-T - x^-T dx' x^-T) gives
//
//   d_x = det(x) (<g, x^-T> x^-T - x^-T g' x^-T)
#include <math.h>
#include <string.h>

#include "ops/linalg/gemm.h"
#include "ops/linalg/matrices.h"

// Below this reciprocal condition the inverse loses more digits than singular values would, which take longer.
static double threshold(sg_dtype dtype) { return dtype == SG_F32 ? 0x1p-12 : 0x1p-26; }

// The work space: factors and exchanges, or x and the singular values; u and vh; what LAPACK wants.
typedef struct room {
  int64_t vectors, routine, bytes;
} room;

static room room_of(sg_dtype dtype, int64_t n) {
  const int64_t matrix = sg_matrix_bytes(dtype, n * n), row = sg_matrix_bytes(dtype, 8 * n);
  const int64_t svd = sg_lapack_svd_bytes(dtype, n, n, SG_VECTORS_SOME);
  const int64_t inverse = sg_matrix_bytes(dtype, n * SG_LAPACK_BLOCK);
  room r = {.vectors = matrix + row};
  r.routine = r.vectors + 2 * matrix;
  r.bytes = r.routine + (svd > inverse ? svd : inverse);
  return r;
}

static sg_status shape(sg_plan *plan, sg_matrices *p) {
  p->work_bytes = room_of(plan->output_dtype[0], p->n).bytes;
  return sg_matrices_same_shape(plan, p);
}

// ---- Small matrices -----------------------------------------------------------------------------------

static void small(const sg_matrix *x) {
  const matrix_kernels *k = x->kernels;
  if (x->n == 1) k->write(x->out[0], 0, 1);
  for (int64_t i = 0; i < 4 && x->n == 2; i++)
    k->write(x->out[0], i, (i == 1 || i == 2 ? -1 : 1) * k->read(x->in[0], 3 - i));
}

// ---- By the inverse -----------------------------------------------------------------------------------

static bool by_inverse(const sg_matrix *x, const room *r) {
  const matrix_number determinant = sg_matrix_lu(x, x->work);
  int32_t *exchanges = sg_matrix_work(x, sg_matrix_bytes(x->dtype, x->n * x->n));
  void *routine = sg_matrix_work(x, r->routine);
  if (determinant.mantissa == 0) return false;
  const double norm = x->kernels->largest_row_sum(x->n, x->n, x->in[0]);
  if (!(sg_lapack_reciprocal_condition(x->dtype, x->n, x->work, norm, routine) > threshold(x->dtype))) return false;
  sg_lapack_inverse(x->dtype, x->n, x->work, exchanges, routine);
  memcpy(x->out[0], x->work, (size_t)(x->n * x->n) * sg_dtype_bytes(x->dtype));
  x->kernels->transpose(x->n, x->out[0]);
  x->kernels->scale(x->n * x->n, determinant, x->out[0]);
  return true;
}

// ---- By singular values -------------------------------------------------------------------------------

static matrix_number product_of_others(const sg_matrix *x, const void *s, int64_t i) {
  matrix_number product = {0.5, 1};
  for (int64_t j = 0; j < x->n; j++) {
    int exponent;
    if (j == i) continue;
    product.mantissa = frexp(product.mantissa * x->kernels->read(s, j), &exponent);
    product.exponent += exponent;
  }
  return product;
}

// The sign of the determinant of an orthogonal matrix.
static double orientation(const sg_matrix *x, const void *orthogonal) {
  sg_matrix q = *x;
  q.in[0] = orthogonal;
  return copysign(1, sg_matrix_lu(&q, x->work).mantissa);
}

static const char *by_singular_values(const sg_matrix *x, const room *r) {
  const int64_t n = x->n, matrix = sg_matrix_bytes(x->dtype, n * n);
  const size_t bytes = (size_t)(n * n) * sg_dtype_bytes(x->dtype);
  void *u = sg_matrix_work(x, r->vectors), *vh = sg_matrix_work(x, r->vectors + matrix);
  void *values = sg_matrix_work(x, matrix);
  memcpy(x->work, x->in[0], bytes);
  if (!sg_lapack_svd(x->dtype, n, n, SG_VECTORS_SOME, x->work, values, u, vh, sg_matrix_work(x, r->routine)))
    return "has singular values that were not found";
  void *kept = sg_matrix_work(x, r->routine); // orientation writes over the values
  memcpy(kept, values, (size_t)n * sg_dtype_bytes(x->dtype));
  const double sign = orientation(x, u) * orientation(x, vh);
  x->kernels->transpose(n, u); // rows are the left vectors
  for (int64_t i = 0; i < n; i++) {
    matrix_number factor = product_of_others(x, kept, i);
    factor.mantissa *= sign;
    x->kernels->scale(n, factor, (char *)u + (size_t)(i * n) * sg_dtype_bytes(x->dtype));
  }
  const sg_gemm product = {
      .dtype = x->dtype, .transpose_a = true, .m = n, .n = n, .k = n, .ld_a = n, .ld_b = n, .ld_c = n};
  sg_gemm_serial(&product, u, vh, x->out[0]);
  return NULL;
}

static const char *compute(const sg_matrix *x) {
  const room r = room_of(x->dtype, x->n);
  if (x->n <= 2) {
    small(x);
    return NULL;
  }
  if (!sg_matrix_is_finite(x)) {
    x->kernels->fill(x->n * x->n, (double)NAN, x->out[0]);
    return NULL;
  }
  if (by_inverse(x, &r)) return NULL;
  return by_singular_values(x, &r);
}

// The only cofactor of one element is the determinant of nothing, 1; those of a 2 x 2 matrix are its elements
// again, and the map is its own adjoint.
static void vjp(const sg_call *call) {
  sg_context *c = call->context;
  sg_tensor *x = call->inputs[0], *g = call->d_outputs[0];
  const int64_t n = call->input_shapes[0].size[call->input_shapes[0].rank - 1];
  if (n < 2) {
    call->d_inputs[0] = sg_mul_scalar(c, g, 0);
    return;
  }
  if (n == 2) {
    call->d_inputs[0] = sg_cofactor(c, g);
    return;
  }
  sg_tensor *inverse = sg_matrices_transposed(c, sg_inverse(c, x));
  sg_tensor *along = sg_sum(c, sg_mul(c, g, inverse), &(sg_reduce_options){.dim = {2, {-2, -1}}, .keepdim = true});
  sg_tensor *across = sg_matmul(c, sg_matmul(c, inverse, sg_matrices_transposed(c, g)), inverse);
  call->d_inputs[0] = sg_mul(c, sg_matrices_single(c, sg_det(c, x)), sg_sub(c, sg_mul(c, along, inverse), across));
}

const sg_op op_cofactor = {
    SG_MATRICES(cofactor, shape, compute, vjp, .square = true),
    SG_WORDS("The matrices of cofactors of square matrices, the derivative of det. Of a singular matrix too; its "
             "derivative is there for invertible ones.",
             "y[i, j] = (-1)^(i + j) det(x without row i and column j) = det(x) inverse(x)[j, i]",
             "Stewart, On the adjugate matrix, Linear Algebra and its Applications 283, 1998"),
    .outputs = SG_PORTS({"y", 0, "the shape of x"}),
    .save_inputs = 1 << 0,
    .samples =
        SG_SAMPLES({"by hand", SG_ON(SG_VALUES(SG_NUMBERS(1, 2, 3, 4), SG_DIMS(2, 2))), SG_GIVES(4, -3, -2, 1)},
                   {"matrix", SG_ON(SG_RANDN(3, 3))}, {"batch", SG_ON(SG_RANDN(2, 2, 4, 4))},
                   {"one element", SG_ON(SG_VALUES(SG_NUMBERS(-3), SG_DIMS(1, 1))), SG_GIVES(1)},
                   {"empty matrices", SG_ON(SG_RANDN(2, 0, 0))}, {"larger", SG_ON(SG_RANDN(6, 6))}),
    .bad_samples =
        SG_SAMPLES({"not square", SG_ON(SG_RANDN(2, 3)), .error = "x has shape [2, 3], expected square"}),
};

sg_tensor *sg_cofactor(sg_context *context, sg_tensor *x) {
  return sg_apply_one(context, &op_cofactor, 1, &x, NULL);
}
