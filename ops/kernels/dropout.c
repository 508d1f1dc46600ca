// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/kernels/dropout.h"
#include "ops/kernels/real.h"

static void multiply(const void *arguments, int64_t begin, int64_t end) {
  const dropout_arguments *a = arguments;
  const real *restrict x = a->x, *restrict mask = a->mask;
  real *restrict y = a->y;
#pragma omp simd
  for (int64_t i = begin; i < end; i++) y[i] = x[i] * mask[i];
}

static void forward(const void *arguments, int64_t begin, int64_t end) {
  const dropout_arguments *a = arguments;
  real *restrict mask = a->mask;
  real kept = (real)(1 / (1 - a->p));
  for (int64_t i = begin; i < end; i++) {
    mask[i] = sg_stream_uniform(a->seed, a->position + (uint64_t)i) < a->p ? 0 : kept;
  }
  multiply(arguments, begin, end);
}

extern const dropout_kernels VARIANT(dropout);
const dropout_kernels VARIANT(dropout) = {.forward = forward, .backward = multiply};
