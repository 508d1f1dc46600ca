// SPDX-License-Identifier: GPL-3.0-or-later
//
// LAPACK, which OpenBLAS carries, on row-major matrices. LAPACK counts columns first, so that it sees the transpose
// of what is stored; each routine is called on that such that nothing needs to be transposed, and the comments say
// what then comes out row-major.
//
// Every function computes on the calling thread alone, between sg_lapack_begin and sg_lapack_end: results do not
// depend on the number of threads. No extent is 0, and none is larger than SG_LAPACK_MAXIMUM. Matrices of elements
// that are not finite are not for it: some of its loops do not end on them, and some write outside of their arrays.
#ifndef SELENOGRAD_LAPACK_H
#define SELENOGRAD_LAPACK_H

#include <stdbool.h>

#include "autograd/op.h"

#define SG_LAPACK_MAXIMUM 30000 // so that 2 n^2 + 6 n + 1, a length of work space, is an int

// Returns what sg_lapack_end puts back.
int sg_lapack_begin(void);
void sg_lapack_end(int threads);

// x = L U of columns exchanged: overwrites x with factors and fills `exchanges` (n). False: x is singular, and the
// factors have a zero on the diagonal.
bool sg_lapack_lu(sg_dtype dtype, int64_t n, void *x, int32_t *exchanges);
// An estimate of 1 / condition number in the norm of the largest sum of a row's sizes, which is `norm`: from 0
// to 1. `work`: 4 n elements and n integers.
double sg_lapack_reciprocal_condition(sg_dtype dtype, int64_t n, const void *factors, double norm, void *work);
// Overwrites the factors with the inverse. `work`: n * SG_LAPACK_BLOCK elements.
void sg_lapack_inverse(sg_dtype dtype, int64_t n, void *factors, const int32_t *exchanges, void *work);
#define SG_LAPACK_BLOCK 64

// A triangular matrix on one side of an unknown: t y = b where it is on the left, else y t = b.
typedef struct sg_triangular {
  bool left, upper, transposed, unit; // unit: the diagonal counts as ones
  int64_t m, n;                       // of b
} sg_triangular;
// Overwrites b with y. The other triangle is not read.
void sg_lapack_solve_triangular(sg_dtype dtype, const sg_triangular *t, const void *triangle, void *b);

// Overwrites one triangle of a symmetric positive definite x = l l', or x = u' u, of which it reads that triangle
// alone; the rest stays. False: x is not positive definite.
bool sg_lapack_cholesky(sg_dtype dtype, int64_t n, bool upper, void *x);

// Which singular vectors: none, as many as singular values, all.
typedef enum sg_vectors { SG_VECTORS_NONE, SG_VECTORS_SOME, SG_VECTORS_ALL } sg_vectors;
// x = u diag(s) vh with s descending, u of m rows, vh of n columns; x (m x n) is overwritten. False: no
// convergence.
bool sg_lapack_svd(sg_dtype dtype, int64_t m, int64_t n, sg_vectors vectors, void *x, void *s, void *u, void *vh,
                   void *work);
int64_t sg_lapack_svd_bytes(sg_dtype dtype, int64_t m, int64_t n, sg_vectors vectors); // of `work`

// Overwrites a symmetric x with its eigenvectors, which are rows then, and fills w with the eigenvalues, ascending;
// with the eigenvalues alone x is left as anything. False: no convergence.
bool sg_lapack_eigen(sg_dtype dtype, int64_t n, bool vectors, void *x, void *w, void *work);
int64_t sg_lapack_eigen_bytes(sg_dtype dtype, int64_t n, bool vectors);

// x = q r: overwrites x (m x n), whose first min(m, n) rows then hold r in the upper triangle, and fills q, of m
// rows and `width` columns, at least min(m, n); q NULL: not wanted.
void sg_lapack_qr(sg_dtype dtype, int64_t m, int64_t n, int64_t width, void *x, void *q, void *work);
int64_t sg_lapack_qr_bytes(sg_dtype dtype, int64_t m, int64_t n, int64_t width);

// The shortest y for which |x y - b| is smallest, and the rank of x: x, column by column, is overwritten, b has
// columns of max(m, n) elements, `k` of them, and becomes y in its first n rows. Diagonal elements of the
// triangular factor that are below `threshold`, relative to the largest, do not count.
int64_t sg_lapack_least_squares(sg_dtype dtype, int64_t m, int64_t n, int64_t k, double threshold, void *x, void *b,
                                void *work);
int64_t sg_lapack_least_squares_bytes(sg_dtype dtype, int64_t m, int64_t n, int64_t k);

#endif
