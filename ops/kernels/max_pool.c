// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/kernels/max_pool.h"
#include "ops/kernels/real.h"

#include <stdbool.h>

// The pixels that a window sees along one dimension: first, first + step, ..., `count` of them.
typedef struct view {
  int64_t first, count, step;
} view;

static view view_of(const windows *w, int d, int64_t window) {
  const int64_t in = w->in[d], dilation = w->dilation[d];
  if (w->kernel[d] == 0) { // part of the image
    const int64_t first = window * in / w->out[d], end = ((window + 1) * in + w->out[d] - 1) / w->out[d];
    return (view){first, end - first, 1};
  }
  const int64_t start = window * w->stride[d] - w->padding[d];
  const int64_t first = start < 0 ? (-start + dilation - 1) / dilation : 0;
  const bool beyond = start + (w->kernel[d] - 1) * dilation >= in;
  const int64_t end = beyond ? (in - start + dilation - 1) / dilation : w->kernel[d];
  return (view){start + first * dilation, end - first, dilation};
}

// The first of the largest values that a window sees; a NaN wins over every number, and the last NaN over others.
static int64_t largest(const windows *w, const real *image, view deep, view down, view right) {
  int64_t best = (deep.first * w->in[HEIGHT] + down.first) * w->in[WIDTH] + right.first;
  real value = image[best];
  for (int64_t d = 0; d < deep.count; d++)
    for (int64_t i = 0; i < down.count; i++) {
      const int64_t plane = (deep.first + d * deep.step) * w->in[HEIGHT];
      const int64_t line = (plane + down.first + i * down.step) * w->in[WIDTH] + right.first;
      for (int64_t j = 0; j < right.count; j++) {
        real candidate = image[line + j * right.step];
        if (candidate > value || candidate != candidate) {
          value = candidate;
          best = line + j * right.step;
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
static void pool_run(const windows *w, const real *image, int64_t first, int64_t count, view deep, view down,
                     int64_t base, real *restrict y, int64_t *restrict index) {
  int64_t stride = w->stride[WIDTH], line = w->dilation[HEIGHT] * w->in[WIDTH];
  int64_t plane = w->dilation[DEPTH] * w->in[HEIGHT] * w->in[WIDTH];
  real value[RUN];
  integer pick[RUN];
  for (int64_t n = 0; n < count; n++) {
    value[n] = image[first + n * stride];
    pick[n] = 0;
  }
  for (int64_t d = 0; d < deep.count; d++)
    for (int64_t i = 0; i < down.count; i++)
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
  *begin = *end = 0;
  if (w->kernel[WIDTH] == 0) return; // parts are of different sizes
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
    view deep = view_of(w, DEPTH, od);
    for (int64_t oh = 0; oh < w->out[HEIGHT]; oh++, y += out, index += out) {
      view down = view_of(w, HEIGHT, oh);
      int64_t first = (deep.first * w->in[HEIGHT] + down.first) * width - w->padding[WIDTH];
      for (int64_t ow = begin; ow < end; ow += RUN)
        pool_run(w, image, first + ow * w->stride[WIDTH], end - ow < RUN ? end - ow : RUN, deep, down, base, y + ow,
                 index + ow);
      for (int64_t ow = begin > 0 ? 0 : end; ow < out; ow = ow + 1 == begin ? end : ow + 1) {
        int64_t best = largest(w, image, deep, down, view_of(w, WIDTH, ow));
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
