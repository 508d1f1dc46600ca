// SPDX-License-Identifier: GPL-3.0-or-later
//
// The family of ops that treat every matrix of a batch by itself, mostly with a factorization of LAPACK: the last
// two dimensions of the inputs are matrices, of the outputs what the member says, and the dimensions in front are
// the batch, which broadcasts where there are two inputs. The family has the checks of shapes, the loop over the
// batch on all threads with a work space for each, and the words in which a matrix without a result is refused.
#ifndef SELENOGRAD_LINALG_MATRICES_H
#define SELENOGRAD_LINALG_MATRICES_H

#include "ops/kernels/kernels.h"
#include "ops/kernels/matrix.h"
#include "ops/linalg/lapack.h"
#include "ops/ops.h"

enum { SG_MATRICES_INPUTS = 2, SG_MATRICES_OUTPUTS = 4 };

// The plan. `shape` of the member finds m, n and k and says what the outputs are, with sg_matrices_output.
typedef struct sg_matrices {
  int64_t m, n;       // the matrices of the first input
  int64_t k;          // the member's: those of the second have so many columns or rows
  bool vector;        // the second input has vectors, and k is 1
  int64_t work_bytes; // the member's, for one matrix

  // The family's.
  int64_t count, block; // matrices, and how many of them use one work space, one after the other
  int64_t in[SG_MATRICES_INPUTS], out[SG_MATRICES_OUTPUTS]; // elements for each matrix
  sg_shape batch;
  int64_t step[SG_MATRICES_INPUTS][SG_MAX_RANK]; // from matrix to matrix, along the batch
} sg_matrices;

// One matrix of every input and output.
typedef struct sg_matrix {
  sg_dtype dtype;
  int64_t m, n, k;
  const void *options;
  const matrix_kernels *kernels;
  const void *in[SG_MATRICES_INPUTS];
  void *out[SG_MATRICES_OUTPUTS];
  void *work; // aligned to 64 bytes
} sg_matrix;

typedef struct sg_matrices_member {
  // Checks what the family has not, fills the plan and the shapes of the outputs. The batch is known.
  sg_status (*shape)(sg_plan *plan, sg_matrices *matrices);
  // Computes the outputs of one matrix; NULL, or what keeps it from having any: "is singular".
  const char *(*compute)(const sg_matrix *x);
  bool square;        // the matrices of the first input
  bool takes_vectors; // in the place of matrices in the second
} sg_matrices_member;

extern const sg_op sg_matrices_family;

// What a descriptor begins with: its name, the hooks that are its own, and the other fields of sg_matrices_member.
// Its input is a square x where it says nothing else.
//   SG_MATRICES(inverse, shape, compute, vjp, .square = true),
#define SG_MATRICES(op, finds_shape, computes, derives, ...)                                                       \
  .name = #op, .family = &sg_matrices_family, .vjp = derives, .member = &(const sg_matrices_member) {              \
    finds_shape, computes, __VA_ARGS__                                                                             \
  }

// Output p is the batch of these: with extents (`rank` of them) behind the dimensions of the batch.
void sg_matrices_output(sg_plan *plan, sg_matrices *matrices, int p, int rank, int64_t rows, int64_t columns);
// A shape that is often the answer: one output that is what the input is.
sg_status sg_matrices_same_shape(sg_plan *plan, sg_matrices *matrices);

// For an unknown y on one side of the first input's square matrices a: a y = b, with `left`, or y a = b. Checks the
// shape of b, and the output is that of y.
sg_status sg_matrices_unknown(sg_plan *plan, sg_matrices *matrices, bool left);

// Whether the second input has vectors, as PyTorch tells them from matrices: their batch is the first's, or none.
bool sg_matrices_has_vectors(const sg_shape *a, const sg_shape *b);

// Whether the elements of the first input's matrix are finite.
static inline bool sg_matrix_is_finite(const sg_matrix *x) { return x->kernels->is_finite(x->m * x->n, x->in[0]); }
// Makes the factors of a square matrix in `factors`, n * n elements and after sg_matrix_bytes of these n exchanges,
// and returns the determinant: NaN, without factors, where an element is not finite.
matrix_number sg_matrix_lu(const sg_matrix *x, void *factors);
// Overwrites b with y, a y = b of `k` columns where a, which the factors are of, is on the left; else y a = b of k
// rows.
void sg_matrix_solve(const sg_matrix *x, bool left, const void *factors, int64_t k, void *b);

// Ones on the diagonal of y, else zeros.
void sg_matrix_identity(const sg_matrix *x, int64_t rows, int64_t columns, void *y);
// Up to which share of the largest one singular values of m x n matrices count as 0.
double sg_matrix_rtol(sg_dtype dtype, int64_t m, int64_t n, const sg_pinv_options *options);

// Work space: `at` bytes of it are taken already.
static inline void *sg_matrix_work(const sg_matrix *x, int64_t at) { return (char *)x->work + at; }
static inline int64_t sg_matrix_bytes(sg_dtype dtype, int64_t elements) {
  return (elements * (int64_t)sg_dtype_bytes(dtype) + 63) / 64 * 64;
}

// ---- Shared parts of descriptors --------------------------------------------------------------------

// References.
#define SG_GILES(section)                                                                                          \
  "Giles, Collected matrix derivative results for forward and reverse mode algorithmic differentiation, 2008, "    \
  "section " section
#define SG_GILES_EXTENDED(section)                                                                                 \
  "Giles, An extended collection of matrix derivative results for forward and reverse mode algorithmic "           \
  "differentiation, 2008, section " section

// Of ops on symmetric matrices whose first output is the eigenvalues.
extern const sg_sample sg_eigen_samples[], sg_eigen_bad_samples[];

// The options of sg_pinv_options.
#define SG_SINGULAR_VALUE_OPTIONS(defaults)                                                                        \
  SG_OPTIONS(                                                                                                      \
      sg_pinv_options, defaults,                                                                                   \
      SG_OPTION(sg_pinv_options, atol, FLOAT, "singular values up to it count as 0", SG_BY_NAME | SG_AT_LEAST, 0), \
      SG_OPTION(sg_pinv_options, rtol, FLOAT,                                                                      \
                "the same, relative to the largest; negative: max(m, n) times the rounding unit of the "           \
                "dtype, or 0 where atol is given",                                                                 \
                SG_BY_NAME))

// ---- For derivatives --------------------------------------------------------------------------------

// Of an unknown, which is saved: d_b = h and d_a = -h y', or -y' h, summed over what was broadcast.
void sg_matrices_unknown_vjp(const sg_call *call, sg_tensor *h, bool left);

// x', of matrices.
sg_tensor *sg_matrices_transposed(sg_context *context, sg_tensor *x);
// (x + x') / 2
sg_tensor *sg_matrices_symmetric(sg_context *context, sg_tensor *x);
// The columns x[..., i] as matrices of one column, or of numbers matrices of one element: one or two dimensions
// more.
sg_tensor *sg_matrices_column(sg_context *context, sg_tensor *x);
sg_tensor *sg_matrices_single(sg_context *context, sg_tensor *x);

#endif
