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

static taps taps_of(const windows *w, int d, int64_t window) {
  return taps_inside(window * w->stride[d] - w->padding[d], w->in[d], w->kernel[d], w->dilation[d]);
}

// The first of the largest values that the window at (od, oh, ow) sees; a NaN wins over every number, and the last
// NaN over others.
static int64_t largest(const windows *w, const real *image, taps deep, int64_t od, taps down, int64_t oh,
                       int64_t ow) {
  int64_t front = od * w->stride[DEPTH] - w->padding[DEPTH], top = oh * w->stride[HEIGHT] - w->padding[HEIGHT];
  int64_t left = ow * w->stride[WIDTH] - w->padding[WIDTH], step = w->dilation[WIDTH];
  taps right = taps_of(w, WIDTH, ow);
  int64_t best = -1;
  real value = 0;
  for (int64_t d = deep.first; d < deep.last; d++)
    for (int64_t i = down.first; i < down.last; i++) {
      int64_t plane = (front + d * w->dilation[DEPTH]) * w->in[HEIGHT];
      int64_t line = (plane + top + i * w->dilation[HEIGHT]) * w->in[WIDTH] + left;
      if (best < 0) {
        best = line + right.first * step;
        value = image[best];
      }
      for (int64_t j = right.first; j < right.last; j++) {
        real candidate = image[line + j * step];
        if (candidate > value || candidate != candidate) {
          value = candidate;
          best = line + j * step;
        }
      }
    }
  return best;
}

static void pool_any(const windows *w, int64_t base, const real *image, real *y, int64_t *index) {
  for (int64_t od = 0; od < w->out[DEPTH]; od++) {
    taps deep = taps_of(w, DEPTH, od);
    for (int64_t oh = 0; oh < w->out[HEIGHT]; oh++) {
      taps down = taps_of(w, HEIGHT, oh);
      for (int64_t ow = 0; ow < w->out[WIDTH]; ow++) {
        int64_t best = largest(w, image, deep, od, down, oh, ow);
        *y++ = image[best];
        *index++ = best + base;
      }
    }
  }
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
static void pool_pairs(const windows *w, int64_t base, const real *plane, real *y, int64_t *index) {
  integer offset[PAIRS];
  int64_t width = w->in[WIDTH], out = w->out[WIDTH];
  for (int64_t oh = 0; oh < w->out[HEIGHT]; oh++)
    for (int64_t first = 0; first < out; first += PAIRS) {
      int64_t count = out - first < PAIRS ? out - first : PAIRS;
      int64_t corner = 2 * oh * width + 2 * first, at = oh * out + first;
      pool_pairs_run(plane + corner, plane + corner + width, count, y + at, offset);
      for (int64_t i = 0; i < count; i++)
        index[at + i] = corner + base + 2 * i + (offset[i] >> 1) * width + (offset[i] & 1);
    }
}

static bool is_pairs(const windows *w) {
  for (int d = HEIGHT; d <= WIDTH; d++)
    if (w->kernel[d] != 2 || w->stride[d] != 2 || w->padding[d] != 0 || w->dilation[d] != 1 ||
        2 * w->out[d] > w->in[d])
      return false;
  return w->in[DEPTH] == 1 && w->out[DEPTH] == 1;
}

static void forward(const void *arguments, int64_t begin, int64_t end) {
  const max_pool_arguments *a = arguments;
  const windows *w = a->windows;
  int64_t pixels = w->in[DEPTH] * w->in[HEIGHT] * w->in[WIDTH];
  int64_t positions = w->out[DEPTH] * w->out[HEIGHT] * w->out[WIDTH];
  bool pairs = is_pairs(w);
  for (int64_t item = begin; item < end; item++) {
    const real *image = (const real *)a->x + item * pixels;
    real *y = (real *)a->y + item * positions;
    if (pairs)
      pool_pairs(w, a->index_base, image, y, a->index + item * positions);
    else
      pool_any(w, a->index_base, image, y, a->index + item * positions);
  }
}

extern const max_pool_kernels VARIANT(max_pool);
const max_pool_kernels VARIANT(max_pool) = {.forward = forward};
