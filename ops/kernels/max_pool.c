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
  int64_t plane = front + deep.first * w->dilation[DEPTH], row = top + down.first * w->dilation[HEIGHT];
  int64_t best = (plane * w->in[HEIGHT] + row) * w->in[WIDTH] + left + right.first * step;
  real value = image[best];
  for (int64_t d = deep.first; d < deep.last; d++)
    for (int64_t i = down.first; i < down.last; i++) {
      plane = (front + d * w->dilation[DEPTH]) * w->in[HEIGHT];
      int64_t line = (plane + top + i * w->dilation[HEIGHT]) * w->in[WIDTH] + left;
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

// Integers as wide as `real`, so that both fill the same vectors.
#if defined(SG_KERNEL_F32)
typedef int32_t integer;
#else
typedef int64_t integer;
#endif

enum { RUN = 64 };

// What `count` neighbouring windows see with one more tap.
ALWAYS_INLINE void see(const real *restrict candidates, int64_t stride, int64_t count, integer offset,
                       real *restrict value, integer *restrict pick) {
#pragma omp simd
  for (int64_t n = 0; n < count; n++) {
    real candidate = candidates[n * stride];
    int taken = (candidate > value[n]) | (candidate != candidate);
    value[n] = taken ? candidate : value[n];
    pick[n] = taken ? offset : pick[n];
  }
}

// The same for up to RUN windows side by side that see a pixel with every tap of a line: tap by tap, without
// branches. first: of the pixels that their first taps see.
static void pool_run(const windows *w, const real *image, int64_t first, int64_t count, taps deep, taps down,
                     int64_t base, real *restrict y, int64_t *restrict index) {
  int64_t stride = w->stride[WIDTH], line = w->dilation[HEIGHT] * w->in[WIDTH];
  int64_t plane = w->dilation[DEPTH] * w->in[HEIGHT] * w->in[WIDTH];
  real value[RUN];
  integer pick[RUN];
  for (int64_t n = 0; n < count; n++) {
    value[n] = image[first + n * stride];
    pick[n] = 0;
  }
  for (int64_t d = 0; d < deep.last - deep.first; d++)
    for (int64_t i = 0; i < down.last - down.first; i++)
      for (int64_t j = 0; j < w->kernel[WIDTH]; j++) {
        int64_t offset = d * plane + i * line + j * w->dilation[WIDTH];
        const real *candidates = image + first + offset;
        if (stride == 1)
          see(candidates, 1, count, (integer)offset, value, pick);
        else if (stride == 2)
          see(candidates, 2, count, (integer)offset, value, pick);
        else
          see(candidates, stride, count, (integer)offset, value, pick);
      }
  for (int64_t n = 0; n < count; n++) {
    y[n] = value[n];
    index[n] = first + n * stride + pick[n] + base;
  }
}

// The windows of a line that see a pixel with every tap: [*begin, *end).
static void whole_windows(const windows *w, int64_t *begin, int64_t *end) {
  int64_t stride = w->stride[WIDTH], out = w->out[WIDTH];
  int64_t room = w->in[WIDTH] + w->padding[WIDTH] - (w->kernel[WIDTH] - 1) * w->dilation[WIDTH] - 1;
  *begin = (w->padding[WIDTH] + stride - 1) / stride;
  *end = room < 0 ? 0 : room / stride + 1;
  if (*end > out) *end = out;
  if (*begin > *end) *begin = *end;
}

static void pool_any(const windows *w, int64_t base, const real *image, real *y, int64_t *index) {
  int64_t begin, end, width = w->in[WIDTH], out = w->out[WIDTH];
  whole_windows(w, &begin, &end);
  if (w->in[DEPTH] * w->in[HEIGHT] * width > INT32_MAX) end = begin; // offsets must fit into an `integer`
  for (int64_t od = 0; od < w->out[DEPTH]; od++) {
    taps deep = taps_of(w, DEPTH, od);
    int64_t plane = od * w->stride[DEPTH] - w->padding[DEPTH] + deep.first * w->dilation[DEPTH];
    for (int64_t oh = 0; oh < w->out[HEIGHT]; oh++, y += out, index += out) {
      taps down = taps_of(w, HEIGHT, oh);
      int64_t row = oh * w->stride[HEIGHT] - w->padding[HEIGHT] + down.first * w->dilation[HEIGHT];
      int64_t first = (plane * w->in[HEIGHT] + row) * width - w->padding[WIDTH];
      for (int64_t ow = begin; ow < end; ow += RUN)
        pool_run(w, image, first + ow * w->stride[WIDTH], end - ow < RUN ? end - ow : RUN, deep, down, base, y + ow,
                 index + ow);
      for (int64_t ow = begin > 0 ? 0 : end; ow < out; ow = ow + 1 == begin ? end : ow + 1) {
        int64_t best = largest(w, image, deep, od, down, oh, ow);
        y[ow] = image[best];
        index[ow] = best + base;
      }
    }
  }
}

// Up to RUN windows of 2 x 2 side by side; offset[i] is 0, 1 above and 2, 3 below, from the left. Without
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
  integer offset[RUN];
  int64_t width = w->in[WIDTH], out = w->out[WIDTH];
  for (int64_t oh = 0; oh < w->out[HEIGHT]; oh++)
    for (int64_t first = 0; first < out; first += RUN) {
      int64_t count = out - first < RUN ? out - first : RUN;
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
