// SPDX-License-Identifier: GPL-3.0-or-later
//
// Products of so few elements that preparing anything for them would take longer than computing them.
#include "ops/linalg/products.h"

// How far the next element is in the row and in the column of op(matrix).
typedef struct strides {
  int64_t right, down;
} strides;

static strides strides_of(bool transpose, int64_t row_distance) {
  return transpose ? (strides){row_distance, 1} : (strides){1, row_distance};
}

static void small_f32(const sg_gemm *g, const float *a, const float *b, float *c) {
  const strides of_a = strides_of(g->transpose_a, g->ld_a), of_b = strides_of(g->transpose_b, g->ld_b);
  for (int64_t i = 0; i < g->m; i++)
    for (int64_t j = 0; j < g->n; j++) {
      double sum = 0;
      for (int64_t p = 0; p < g->k; p++)
        sum += (double)a[i * of_a.down + p * of_a.right] * (double)b[p * of_b.down + j * of_b.right];
      float *target = &c[i * g->ld_c + j];
      *target = (float)(g->beta == 0 ? sum : sum + g->beta * (double)*target);
    }
}

static void small_f64(const sg_gemm *g, const double *a, const double *b, double *c) {
  const strides of_a = strides_of(g->transpose_a, g->ld_a), of_b = strides_of(g->transpose_b, g->ld_b);
  for (int64_t i = 0; i < g->m; i++)
    for (int64_t j = 0; j < g->n; j++) {
      double sum = 0;
      for (int64_t p = 0; p < g->k; p++)
        sum += a[i * of_a.down + p * of_a.right] * b[p * of_b.down + j * of_b.right];
      double *target = &c[i * g->ld_c + j];
      *target = g->beta == 0 ? sum : sum + g->beta * *target;
    }
}

void sg_product_small(const sg_gemm *gemm, const void *a, const void *b, void *c) {
  if (gemm->dtype == SG_F32)
    small_f32(gemm, a, b, c);
  else
    small_f64(gemm, a, b, c);
}
