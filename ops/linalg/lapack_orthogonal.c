// SPDX-License-Identifier: GPL-3.0-or-later
//
// The routines of LAPACK that end in orthogonal matrices; lapack.c says how they are declared. How much work space
// one wants, it says itself when it is told that there are -1 elements of it: in an element, which f32 rounds.
#include "ops/linalg/lapack.h"

#include <string.h>

static int smaller(int a, int b) { return a < b ? a : b; }
static int larger(int a, int b) { return a > b ? a : b; }
static int64_t aligned(int64_t bytes) { return (bytes + 63) / 64 * 64; }

typedef union answer {
  float f32;
  double f64;
} answer;

static int elements_of(sg_dtype dtype, const answer *found) {
  return (int)(dtype == SG_F32 ? (double)found->f32 * 1.000001 + 1 : found->f64);
}

static int64_t bytes_of(sg_dtype dtype, int64_t elements) {
  return aligned(elements * (int64_t)sg_dtype_bytes(dtype));
}

static void *behind(sg_dtype dtype, void *work, int64_t elements) {
  return (char *)work + bytes_of(dtype, elements);
}

// ---- Singular values --------------------------------------------------------------------------------

void sgesdd_(const char *jobz, const int *m, const int *n, float *a, const int *lda, float *s, float *u,
             const int *ldu, float *vt, const int *ldvt, float *work, const int *lwork, int *iwork, int *info,
             size_t length);
void dgesdd_(const char *jobz, const int *m, const int *n, double *a, const int *lda, double *s, double *u,
             const int *ldu, double *vt, const int *ldvt, double *work, const int *lwork, int *iwork, int *info,
             size_t length);

// x' = vh' diag(s) u' there: its left vectors are the rows of vh here, its right ones the columns of u.
static int svd(sg_dtype dtype, int m, int n, sg_vectors vectors, void *x, void *s, void *u, void *vh, void *work,
               int room, int *integers) {
  static const char *const jobs[] = {"N", "S", "A"};
  const int width = vectors == SG_VECTORS_ALL ? m : smaller(m, n);
  int info = 0;
  if (dtype == SG_F32)
    sgesdd_(jobs[vectors], &n, &m, x, &n, s, vh, &n, u, &width, work, &room, integers, &info, 1);
  else
    dgesdd_(jobs[vectors], &n, &m, x, &n, s, vh, &n, u, &width, work, &room, integers, &info, 1);
  return info;
}

static int svd_room(sg_dtype dtype, int m, int n, sg_vectors vectors) {
  answer room = {0};
  int integers[8];
  double nothing = 0;
  svd(dtype, m, n, vectors, &nothing, &nothing, &nothing, &nothing, &room, -1, integers);
  return elements_of(dtype, &room);
}

int64_t sg_lapack_svd_bytes(sg_dtype dtype, int64_t m, int64_t n, sg_vectors vectors) {
  if (m == 0 || n == 0) return 0;
  return bytes_of(dtype, svd_room(dtype, (int)m, (int)n, vectors)) + 8 * (m < n ? m : n) * (int64_t)sizeof(int);
}

bool sg_lapack_svd(sg_dtype dtype, int64_t m, int64_t n, sg_vectors vectors, void *x, void *s, void *u, void *vh,
                   void *work) {
  const int room = svd_room(dtype, (int)m, (int)n, vectors);
  return svd(dtype, (int)m, (int)n, vectors, x, s, u, vh, work, room, behind(dtype, work, room)) == 0;
}

// ---- Eigenvalues ------------------------------------------------------------------------------------

void ssyevd_(const char *jobz, const char *uplo, const int *n, float *a, const int *lda, float *w, float *work,
             const int *lwork, int *iwork, const int *liwork, int *info, size_t length_1, size_t length_2);
void dsyevd_(const char *jobz, const char *uplo, const int *n, double *a, const int *lda, double *w, double *work,
             const int *lwork, int *iwork, const int *liwork, int *info, size_t length_1, size_t length_2);

static int eigen(sg_dtype dtype, int n, bool vectors, void *x, void *w, void *work, int room, int *integers,
                 int integer_room) {
  const char *job = vectors ? "V" : "N";
  int info = 0;
  if (dtype == SG_F32)
    ssyevd_(job, "L", &n, x, &n, w, work, &room, integers, &integer_room, &info, 1, 1);
  else
    dsyevd_(job, "L", &n, x, &n, w, work, &room, integers, &integer_room, &info, 1, 1);
  return info;
}

static int eigen_room(sg_dtype dtype, int n, bool vectors, int *integer_room) {
  answer room = {0};
  double nothing = 0;
  eigen(dtype, n, vectors, &nothing, &nothing, &room, -1, integer_room, -1);
  return elements_of(dtype, &room);
}

int64_t sg_lapack_eigen_bytes(sg_dtype dtype, int64_t n, bool vectors) {
  int integers = 0;
  if (n == 0) return 0;
  const int room = eigen_room(dtype, (int)n, vectors, &integers);
  return bytes_of(dtype, room) + integers * (int64_t)sizeof(int);
}

bool sg_lapack_eigen(sg_dtype dtype, int64_t n, bool vectors, void *x, void *w, void *work) {
  int integers = 0;
  const int room = eigen_room(dtype, (int)n, vectors, &integers);
  return eigen(dtype, (int)n, vectors, x, w, work, room, behind(dtype, work, room), integers) == 0;
}

// ---- QR ---------------------------------------------------------------------------------------------

void sgelqf_(const int *m, const int *n, float *a, const int *lda, float *tau, float *work, const int *lwork,
             int *info);
void dgelqf_(const int *m, const int *n, double *a, const int *lda, double *tau, double *work, const int *lwork,
             int *info);
void sorglq_(const int *m, const int *n, const int *k, float *a, const int *lda, const float *tau, float *work,
             const int *lwork, int *info);
void dorglq_(const int *m, const int *n, const int *k, double *a, const int *lda, const double *tau, double *work,
             const int *lwork, int *info);

// x' = l q' there, with l = r' and q' the transpose of q, which is what is stored.
static void factor(sg_dtype dtype, int m, int n, void *x, void *tau, void *work, int room) {
  int info = 0;
  if (dtype == SG_F32)
    sgelqf_(&n, &m, x, &n, tau, work, &room, &info);
  else
    dgelqf_(&n, &m, x, &n, tau, work, &room, &info);
}

static void expand(sg_dtype dtype, int m, int width, int count, void *q, const void *tau, void *work, int room) {
  int info = 0;
  if (dtype == SG_F32)
    sorglq_(&width, &m, &count, q, &width, tau, work, &room, &info);
  else
    dorglq_(&width, &m, &count, q, &width, tau, work, &room, &info);
}

static int qr_room(sg_dtype dtype, int m, int n, int width) {
  answer first = {0}, second = {0};
  double nothing = 0;
  factor(dtype, m, n, &nothing, &nothing, &first, -1);
  expand(dtype, m, width, smaller(m, n), &nothing, &nothing, &second, -1);
  return larger(elements_of(dtype, &first), elements_of(dtype, &second));
}

int64_t sg_lapack_qr_bytes(sg_dtype dtype, int64_t m, int64_t n, int64_t width) {
  if (m == 0 || n == 0) return 0;
  return bytes_of(dtype, qr_room(dtype, (int)m, (int)n, (int)width)) + bytes_of(dtype, m < n ? m : n);
}

void sg_lapack_qr(sg_dtype dtype, int64_t m, int64_t n, int64_t width, void *x, void *q, void *work) {
  const int room = qr_room(dtype, (int)m, (int)n, (int)width), count = smaller((int)m, (int)n);
  void *tau = behind(dtype, work, room);
  const size_t bytes = sg_dtype_bytes(dtype), part = (size_t)count * bytes;
  factor(dtype, (int)m, (int)n, x, tau, work, room);
  if (!q) return;
  for (int64_t row = 0; row < m; row++) // the reflections, which lie beside r
    memcpy((char *)q + (size_t)(row * width) * bytes, (const char *)x + (size_t)(row * n) * bytes, part);
  expand(dtype, (int)m, (int)width, count, q, tau, work, room);
}

// ---- Least squares ----------------------------------------------------------------------------------

void sgelsy_(const int *m, const int *n, const int *nrhs, float *a, const int *lda, float *b, const int *ldb,
             int *jpvt, const float *rcond, int *rank, float *work, const int *lwork, int *info);
void dgelsy_(const int *m, const int *n, const int *nrhs, double *a, const int *lda, double *b, const int *ldb,
             int *jpvt, const double *rcond, int *rank, double *work, const int *lwork, int *info);

static int least_squares(sg_dtype dtype, int m, int n, int k, double threshold, void *x, void *b, int *order,
                         void *work, int room) {
  const int distance = larger(m, n);
  const float threshold_f32 = (float)threshold;
  int rank = 0, info = 0;
  if (dtype == SG_F32)
    sgelsy_(&m, &n, &k, x, &m, b, &distance, order, &threshold_f32, &rank, work, &room, &info);
  else
    dgelsy_(&m, &n, &k, x, &m, b, &distance, order, &threshold, &rank, work, &room, &info);
  return rank;
}

static int least_squares_room(sg_dtype dtype, int m, int n, int k) {
  answer room = {0};
  double nothing = 0;
  int order = 0;
  least_squares(dtype, m, n, k, 0, &nothing, &nothing, &order, &room, -1);
  return elements_of(dtype, &room);
}

int64_t sg_lapack_least_squares_bytes(sg_dtype dtype, int64_t m, int64_t n, int64_t k) {
  if (m == 0 || n == 0) return 0;
  return bytes_of(dtype, least_squares_room(dtype, (int)m, (int)n, (int)k)) + n * (int64_t)sizeof(int);
}

int64_t sg_lapack_least_squares(sg_dtype dtype, int64_t m, int64_t n, int64_t k, double threshold, void *x, void *b,
                                void *work) {
  const int room = least_squares_room(dtype, (int)m, (int)n, (int)k);
  int *order = behind(dtype, work, room);
  memset(order, 0, (size_t)n * sizeof *order); // any column may come first
  return least_squares(dtype, (int)m, (int)n, (int)k, threshold, x, b, order, work, room);
}
