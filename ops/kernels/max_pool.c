// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/kernels/max_pool.h"
#include "ops/kernels/real.h"

#include <stdbool.h>

// The taps of a window that lie in the image: first <= tap < last.
typedef struct taps {
  int64_t first, last;
} taps;

static taps taps_inside(int64_t start, int64_t extent, int64_t kernel, int64_t dilation) {
  taps t = {0, kernel};
  if (start < 0) t.first = (-start + dilation - 1) / dilation;
  if (start + (kernel - 1) * dilation >= extent) t.last = (extent - start + dilation - 1) / dilation;
  return t;
}

// The first of the largest values; a NaN wins over every number, and the last NaN over others.
static int64_t largest(const max_pool_arguments *a, const real *plane, int64_t oh, int64_t ow) {
  int64_t top = oh * a->stride_h - a->padding_h, left = ow * a->stride_w - a->padding_w;
  taps down = taps_inside(top, a->height, a->kernel_h, a->dilation_h);
  taps right = taps_inside(left, a->width, a->kernel_w, a->dilation_w);
  int64_t best = (top + down.first * a->dilation_h) * a->width + left + right.first * a->dilation_w;
  real value = plane[best];
  for (int64_t i = down.first; i < down.last; i++) {
    int64_t line = (top + i * a->dilation_h) * a->width + left;
    for (int64_t j = right.first; j < right.last; j++) {
      real candidate = plane[line + j * a->dilation_w];
      if (candidate > value || candidate != candidate) {
        value = candidate;
        best = line + j * a->dilation_w;
      }
    }
  }
  return best;
}

// Integers as wide as `real`, so that both fill the same vectors.
#if defined(SG_KERNEL_F32)
typedef int32_t integer;
#else
typedef int64_t integer;
#endif

enum { PAIRS = 64 };

// Up to PAIRS windows of 2 x 2 side by side; offset[i] is 0, 1 above and 2, 3 below, from the left. Without
// branches.
static void pool_pairs_run(const real *restrict upper, const real *restrict lower, int64_t count, real *restrict y,
                           integer *restrict offset) {
#pragma omp simd
  for (int64_t i = 0; i < count; i++) {
    real v00 = upper[2 * i], v01 = upper[2 * i + 1], v10 = lower[2 * i], v11 = lower[2 * i + 1];
    integer right_above = v01 > v00 ? 1 : 0, right_below = v11 > v10 ? 3 : 2;
    right_above = v01 != v01 ? 1 : right_above;
    right_below = v11 != v11 ? 3 : right_below;
    real above = right_above == 1 ? v01 : v00, below = right_below == 3 ? v11 : v10;
    integer pick = below > above ? right_below : right_above;
    pick = below != below ? right_below : pick;
    y[i] = pick > 1 ? below : above;
    offset[i] = pick;
  }
}

// Windows of 2 x 2 without overlap, padding or dilation: the usual ones.
static void pool_pairs(const max_pool_arguments *a, const real *plane, real *y, int64_t *index) {
  integer offset[PAIRS];
  for (int64_t oh = 0; oh < a->out_h; oh++)
    for (int64_t first = 0; first < a->out_w; first += PAIRS) {
      int64_t count = a->out_w - first < PAIRS ? a->out_w - first : PAIRS;
      int64_t corner = 2 * oh * a->width + 2 * first, at = oh * a->out_w + first;
      pool_pairs_run(plane + corner, plane + corner + a->width, count, y + at, offset);
      for (int64_t i = 0; i < count; i++)
        index[at + i] = corner + a->index_base + 2 * i + (offset[i] >> 1) * a->width + (offset[i] & 1);
    }
}

static bool is_pairs(const max_pool_arguments *a) {
  return a->kernel_h == 2 && a->kernel_w == 2 && a->stride_h == 2 && a->stride_w == 2 && a->padding_h == 0 &&
         a->padding_w == 0 && a->dilation_h == 1 && a->dilation_w == 1 && 2 * a->out_h <= a->height &&
         2 * a->out_w <= a->width;
}

static void forward(const void *arguments, int64_t begin, int64_t end) {
  const max_pool_arguments *a = arguments;
  bool pairs = is_pairs(a);
  for (int64_t item = begin; item < end; item++) {
    const real *plane = (const real *)a->x + item * a->height * a->width;
    real *y = (real *)a->y + item * a->out_h * a->out_w;
    int64_t *index = a->index + item * a->out_h * a->out_w;
    if (pairs) {
      pool_pairs(a, plane, y, index);
      continue;
    }
    for (int64_t oh = 0; oh < a->out_h; oh++)
      for (int64_t ow = 0; ow < a->out_w; ow++) {
        int64_t best = largest(a, plane, oh, ow);
        y[oh * a->out_w + ow] = plane[best];
        index[oh * a->out_w + ow] = best + a->index_base;
      }
  }
}

static void gather(const void *arguments, int64_t begin, int64_t end) {
  const plane_arguments *a = arguments;
  for (int64_t item = begin; item < end; item++) {
    const real *restrict from = (const real *)a->from + item * a->pixels - a->index_base;
    const int64_t *restrict index = a->index + item * a->picks;
    real *restrict to = (real *)a->to + item * a->picks;
    for (int64_t k = 0; k < a->picks; k++) to[k] = from[index[k]];
  }
}

extern const max_pool_kernels VARIANT(max_pool);
const max_pool_kernels VARIANT(max_pool) = {.forward = forward, .gather = gather};
