// SPDX-License-Identifier: GPL-3.0-or-later
//
// The routines of LAPACK are Fortran's. OpenBLAS's package has no header that declares them as such, and LAPACKE,
// the interface for C, is another library, which allocates memory and transposes: so they are declared here. An
// argument of characters has its length as one more at the end, as gfortran passes it.
#include "ops/linalg/lapack.h"

#include <cblas.h>
#include <omp.h>

int sg_lapack_begin(void) {
  int threads = omp_get_max_threads();
  omp_set_num_threads(1);
  return threads;
}

void sg_lapack_end(int threads) { omp_set_num_threads(threads); }

// ---- LU ---------------------------------------------------------------------------------------------

void sgetrf_(const int *m, const int *n, float *a, const int *lda, int32_t *ipiv, int *info);
void dgetrf_(const int *m, const int *n, double *a, const int *lda, int32_t *ipiv, int *info);
void sgetri_(const int *n, float *a, const int *lda, const int32_t *ipiv, float *work, const int *lwork, int *info);
void dgetri_(const int *n, double *a, const int *lda, const int32_t *ipiv, double *work, const int *lwork,
             int *info);
void sgecon_(const char *norm, const int *n, const float *a, const int *lda, const float *anorm, float *rcond,
             float *work, int *iwork, int *info, size_t length);
void dgecon_(const char *norm, const int *n, const double *a, const int *lda, const double *anorm, double *rcond,
             double *work, int *iwork, int *info, size_t length);

bool sg_lapack_lu(sg_dtype dtype, int64_t n, void *x, int32_t *exchanges) {
  const int size = (int)n;
  int info = 0;
  if (dtype == SG_F32)
    sgetrf_(&size, &size, x, &size, exchanges, &info);
  else
    dgetrf_(&size, &size, x, &size, exchanges, &info);
  return info == 0;
}

// Sums of LAPACK's columns are sums of rows here.
double sg_lapack_reciprocal_condition(sg_dtype dtype, int64_t n, const void *factors, double norm, void *work) {
  const int size = (int)n;
  int *integers = (int *)((char *)work + (size_t)(4 * n) * sg_dtype_bytes(dtype)), info = 0;
  if (dtype == SG_F32) {
    float result = 0, of = (float)norm;
    sgecon_("1", &size, factors, &size, &of, &result, work, integers, &info, 1);
    return (double)result;
  }
  double result = 0;
  dgecon_("1", &size, factors, &size, &norm, &result, work, integers, &info, 1);
  return result;
}

void sg_lapack_inverse(sg_dtype dtype, int64_t n, void *factors, const int32_t *exchanges, void *work) {
  const int size = (int)n, room = size * SG_LAPACK_BLOCK;
  int info = 0;
  if (dtype == SG_F32)
    sgetri_(&size, factors, &size, exchanges, work, &room, &info);
  else
    dgetri_(&size, factors, &size, exchanges, work, &room, &info);
}

// ---- Triangles --------------------------------------------------------------------------------------

void sg_lapack_solve_triangular(sg_dtype dtype, const sg_triangular *t, const void *triangle, void *b) {
  const CBLAS_SIDE side = t->left ? CblasLeft : CblasRight;
  const CBLAS_UPLO which = t->upper ? CblasUpper : CblasLower;
  const CBLAS_TRANSPOSE transposed = t->transposed ? CblasTrans : CblasNoTrans;
  const CBLAS_DIAG diagonal = t->unit ? CblasUnit : CblasNonUnit;
  const blasint m = (blasint)t->m, n = (blasint)t->n, distance = t->left ? m : n;
  if (dtype == SG_F32)
    cblas_strsm(CblasRowMajor, side, which, transposed, diagonal, m, n, 1, triangle, distance, b, n);
  else
    cblas_dtrsm(CblasRowMajor, side, which, transposed, diagonal, m, n, 1, triangle, distance, b, n);
}

void spotrf_(const char *uplo, const int *n, float *a, const int *lda, int *info, size_t length);
void dpotrf_(const char *uplo, const int *n, double *a, const int *lda, int *info, size_t length);

// What is the lower triangle here is the upper one there.
bool sg_lapack_cholesky(sg_dtype dtype, int64_t n, bool upper, void *x) {
  const int size = (int)n;
  int info = 0;
  if (dtype == SG_F32)
    spotrf_(upper ? "L" : "U", &size, x, &size, &info, 1);
  else
    dpotrf_(upper ? "L" : "U", &size, x, &size, &info, 1);
  return info == 0;
}
