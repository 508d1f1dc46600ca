// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef SELENOGRAD_LINALG_H
#define SELENOGRAD_LINALG_H

#include "autograd/selenograd.h"

SG_PUBLIC_BEGIN

// The matrix product over the last two dimensions; the dimensions before them broadcast. A tensor of one dimension
// is a row on the left and a column on the right, and that dimension is absent from the result.
sg_tensor *sg_matmul(sg_context *context, sg_tensor *a, sg_tensor *b);

// y = x weight' + bias: x is (..., in), weight (out, in), bias (out) or NULL, y (..., out).
sg_tensor *sg_linear(sg_context *context, sg_tensor *x, sg_tensor *weight, sg_tensor *bias);

// ---- Compositions of products -----------------------------------------------------------------------

// Products of tensors of given ranks: (n) (n), the same, (n, k) (k), (n, k) (k, m), (N, n, k) (N, k, m).
sg_tensor *sg_dot(sg_context *context, sg_tensor *a, sg_tensor *b);
sg_tensor *sg_vdot(sg_context *context, sg_tensor *a, sg_tensor *b);
sg_tensor *sg_mv(sg_context *context, sg_tensor *a, sg_tensor *b);
sg_tensor *sg_mm(sg_context *context, sg_tensor *a, sg_tensor *b);
sg_tensor *sg_bmm(sg_context *context, sg_tensor *a, sg_tensor *b);
// a[i] b[j]
sg_tensor *sg_outer(sg_context *context, sg_tensor *a, sg_tensor *b);
// The last dimension of a against that of b, for every index of the others; a scalar times everything.
sg_tensor *sg_inner(sg_context *context, sg_tensor *a, sg_tensor *b);
// Every element of a times all of b; at most 4 dimensions.
sg_tensor *sg_kron(sg_context *context, sg_tensor *a, sg_tensor *b);
// Square matrices (..., n, n) to the power n >= 0.
sg_tensor *sg_matrix_power(sg_context *context, sg_tensor *x, int64_t n);

// ---- Matrices by themselves -------------------------------------------------------------------------
//
// The last two dimensions are matrices, those in front of them a batch. A matrix that has no result, because it is
// singular or not positive definite, is an error (SG_INVALID_ARGUMENT) that says which one of the batch.

sg_tensor *sg_det(sg_context *context, sg_tensor *x);
// Cofactors, the derivative of det.
sg_tensor *sg_cofactor(sg_context *context, sg_tensor *x);
// The sign of det(x); `logabsdet` becomes log |det(x)|.
sg_tensor *sg_slogdet(sg_context *context, sg_tensor *x, sg_tensor **logabsdet);
sg_tensor *sg_logdet(sg_context *context, sg_tensor *x); // NaN where det(x) < 0
sg_tensor *sg_inverse(sg_context *context, sg_tensor *x);
sg_tensor *sg_inv(sg_context *context, sg_tensor *x); // inverse by another name
// a y = b, or y a = b where a is not on the left: a (..., n, n), b (..., n, k), or (..., k, n). On the left, b may
// be vectors: (n), or a's shape without the last dimension.
sg_tensor *sg_solve(sg_context *context, sg_tensor *a, sg_tensor *b, bool left);

typedef struct sg_solve_triangular_options {
  bool upper;         // which triangle of a is read
  bool left;          // default true
  bool unitriangular; // the diagonal is not read and counts as ones
} sg_solve_triangular_options;

sg_tensor *sg_solve_triangular(sg_context *context, sg_tensor *a, sg_tensor *b,
                               const sg_solve_triangular_options *options);
// l with l l' = (x + x') / 2, which must be positive definite, or u = l'.
sg_tensor *sg_cholesky(sg_context *context, sg_tensor *x, bool upper);
// Eigenvalues of (x + x') / 2, ascending (..., n); `vectors` becomes the eigenvectors, the columns of (..., n, n).
sg_tensor *sg_eigh(sg_context *context, sg_tensor *x, sg_tensor **vectors);
sg_tensor *sg_eigvalsh(sg_context *context, sg_tensor *x);

typedef struct sg_svd_options {
  bool full_matrices; // default true
} sg_svd_options;

// Returns u (..., m, k) and sets s (..., k) descending, and vh (..., k, n), k = min(m, n): x = u diag(s) vh. With
// full_matrices u is (..., m, m) and vh (..., n, n).
sg_tensor *sg_svd(sg_context *context, sg_tensor *x, bool full_matrices, sg_tensor **s, sg_tensor **vh);
sg_tensor *sg_svdvals(sg_context *context, sg_tensor *x);
// x = q r by mode: "reduced", "complete" or "r", where q has no elements; sets r.
sg_tensor *sg_qr(sg_context *context, sg_tensor *x, const char *mode, sg_tensor **r);

typedef struct sg_pinv_options {
  double atol; // singular values up to it, and up to rtol times the largest, count as 0; default 0
  double rtol; // negative, the default: max(m, n) times the rounding unit, or 0 where atol is above 0
} sg_pinv_options;

// The pseudoinverse (..., n, m) of x (..., m, n).
sg_tensor *sg_pinv(sg_context *context, sg_tensor *x, const sg_pinv_options *options);
// Least squares: returns y (..., n, k), the shortest that minimizes |a y - b|, and sets the sums of squares of a y
// - b over columns, of no elements unless m > n, and the rank of a. rcond < 0: max(m, n) times the rounding unit.
sg_tensor *sg_lstsq(sg_context *context, sg_tensor *a, sg_tensor *b, double rcond, sg_tensor **residuals,
                    sg_tensor **rank);
sg_tensor *sg_matrix_exp(sg_context *context, sg_tensor *x);

typedef struct sg_matrix_norm_options {
  int ord;     // the position in "fro", "nuc", "2", "-2", "1", "-1", "inf", "-inf"
  sg_ints dim; // of rows and columns
  bool keepdim;
} sg_matrix_norm_options;

// ord: one of these words; dim NULL: the last two dimensions.
sg_tensor *sg_matrix_norm(sg_context *context, sg_tensor *x, const char *ord, const sg_ints *dim, bool keepdim);
sg_tensor *sg_matrix_rank(sg_context *context, sg_tensor *x, const sg_pinv_options *options); // i64
// y[..., i, j] = 1 / (x[..., j] - x[..., i]), 0 on the diagonal; equal values are refused.
sg_tensor *sg_reciprocal_gaps(sg_context *context, sg_tensor *x);
// l l' y = b, or u' u y = b.
sg_tensor *sg_cholesky_solve(sg_context *context, sg_tensor *b, sg_tensor *factor, bool upper);

// Along a dimension of extent 3; the others broadcast.
sg_tensor *sg_cross(sg_context *context, sg_tensor *a, sg_tensor *b, int64_t dim);

typedef struct sg_tensordot_options {
  int64_t dims;           // how many dimensions, the last of a and the first of b, are summed over; default 2
  sg_ints dims_a, dims_b; // or which, in pairs
} sg_tensordot_options;

sg_tensor *sg_tensordot(sg_context *context, sg_tensor *a, sg_tensor *b, const sg_tensordot_options *options);

typedef struct sg_cov_options {
  double correction; // taken from the number of observations in the divisor; default 1
} sg_cov_options;

// Covariances (d, d) of the rows of x (d, n), a scalar of x (n). Weights (n) of the columns may be NULL.
sg_tensor *sg_cov(sg_context *context, sg_tensor *x, sg_tensor *fweights, sg_tensor *aweights, double correction);
sg_tensor *sg_corrcoef(sg_context *context, sg_tensor *x);

// Sums of products: "bi,oij,bj->bo" labels the dimensions of the operands, at most 16, and of the result; a label
// that the result has not is summed over, and "..." stands for dimensions without one, which broadcast.
sg_tensor *sg_einsum(sg_context *context, const char *equation, int count, sg_tensor *const *operands);

typedef struct sg_added_product_options {
  double beta;  // factor of x, which does not count where it is 0; default 1
  double alpha; // factor of the product; default 1
} sg_added_product_options;

// beta x + alpha product, x broadcasting to the shape of the product. `options` NULL: ones.
sg_tensor *sg_addmm(sg_context *context, sg_tensor *x, sg_tensor *mat1, sg_tensor *mat2,
                    const sg_added_product_options *options);
sg_tensor *sg_addmv(sg_context *context, sg_tensor *x, sg_tensor *mat, sg_tensor *vec,
                    const sg_added_product_options *options);
sg_tensor *sg_addr(sg_context *context, sg_tensor *x, sg_tensor *vec1, sg_tensor *vec2,
                   const sg_added_product_options *options);
sg_tensor *sg_baddbmm(sg_context *context, sg_tensor *x, sg_tensor *batch1, sg_tensor *batch2,
                      const sg_added_product_options *options);
// The sum over the batch.
sg_tensor *sg_addbmm(sg_context *context, sg_tensor *x, sg_tensor *batch1, sg_tensor *batch2,
                     const sg_added_product_options *options);

// ---- Distances and directions ----------------------------------------------------------------------

typedef struct sg_pairwise_distance_options {
  double p;     // order of the norm, as of sg_vector_norm; default 2
  double eps;   // added to the differences; default 1e-6
  bool keepdim; // default false
} sg_pairwise_distance_options;

// The norm of x1 - x2 + eps over the last dimension; they broadcast. `options` NULL: the defaults.
sg_tensor *sg_pairwise_distance(sg_context *context, sg_tensor *x1, sg_tensor *x2,
                                const sg_pairwise_distance_options *options);

typedef struct sg_cosine_similarity_options {
  int64_t dim; // of the vectors, in the shape that x1 and x2 broadcast to; default 1
  double eps;  // the least length; default 1e-8
} sg_cosine_similarity_options;

// The cosine of the angle between the vectors in x1 and x2, which broadcast. `options` NULL: the defaults.
sg_tensor *sg_cosine_similarity(sg_context *context, sg_tensor *x1, sg_tensor *x2,
                                const sg_cosine_similarity_options *options);

typedef struct sg_normalize_options {
  double p;    // order of the norm; default 2
  int64_t dim; // default 1
  double eps;  // the least divisor; default 1e-12
} sg_normalize_options;

// x / max(norm, eps). `options` NULL: the defaults.
sg_tensor *sg_normalize(sg_context *context, sg_tensor *x, const sg_normalize_options *options);

typedef struct sg_cdist_options {
  double p; // order of the norm, at least 0; default 2
} sg_cdist_options;

// The norms of x1[..., i, :] - x2[..., j, :], (..., P, R) for (..., P, M) and (..., R, M).
sg_tensor *sg_cdist(sg_context *context, sg_tensor *x1, sg_tensor *x2, double p);
// The same of x1 (B, P, M) and x2 (B, R, M): (B, P, R), computed at once.
sg_tensor *sg_pair_distances(sg_context *context, sg_tensor *x1, sg_tensor *x2, double p);

// ---- The library behind the products ----------------------------------------------------------------

typedef struct sg_products_info {
  const char *library;     // what OpenBLAS says of itself: "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH ..."
  const char *core;        // the processor whose routines it has chosen: "Haswell"
  const char *better_core; // the one it should have chosen for this processor, NULL when that will do: a value for
                           // the environment variable OPENBLAS_CORETYPE, which OpenBLAS reads when it is loaded
} sg_products_info;

sg_products_info sg_products_describe(void);

// Decides now, for both floating dtypes, what is otherwise decided before the first product: OpenBLAS computes
// products, unless it multiplies small matrices of whole numbers wrongly in any form, has chosen slow routines for
// the processor by itself, or has no address space for its buffers. Then Selenograd's own loops do. Takes a
// millisecond.
sg_status sg_products_decide(sg_context *context);
// Why products of this dtype are computed by Selenograd's own loops in this context: a sentence. NULL when OpenBLAS
// computes them, or nothing is decided yet.
const char *sg_products_warning(const sg_context *context, sg_dtype dtype);

SG_PUBLIC_END

#endif
