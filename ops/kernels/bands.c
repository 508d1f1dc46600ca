// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/kernels/bands.h"
#include "ops/kernels/real.h"

static int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }
static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

static const real *weights_of(const band *b, int64_t row) {
  return (const real *)b->weight + (b->of_source ? b->first[row] : row * b->row_step);
}

// ---- Lines are mixed --------------------------------------------------------------------------------

enum { MIXED = 4, RUN = 256 };

// y = sum over t of w[t] x[t], or is added to.
ALWAYS_INLINE void mix_some(int taps, bool add, const real *const *x, const real *w, int64_t count,
                            real *restrict y) {
#pragma omp simd
  for (int64_t j = 0; j < count; j++) {
    real sum = w[0] * x[0][j];
    for (int t = 1; t < taps; t++) sum += w[t] * x[t][j];
    y[j] = add ? y[j] + sum : sum;
  }
}

ALWAYS_INLINE void mix_any(int taps, bool add, const real *const *x, const real *w, int64_t count, real *y) {
  if (taps == 1) mix_some(1, add, x, w, count, y);
  if (taps == 2) mix_some(2, add, x, w, count, y);
  if (taps == 3) mix_some(3, add, x, w, count, y);
  if (taps == MIXED) mix_some(MIXED, add, x, w, count, y);
}

// Source line t of position `row`: lines follow one another, or go around after `ring` of them.
static const real *source_line(const band *b, int64_t row, int64_t t, const real *x, int64_t step, int64_t ring) {
  int64_t line = b->first[row] + t;
  return x + (ring > 0 ? line % ring : line) * step;
}

static void mix_many(const band *b, int64_t row, const real *x, int64_t step, int64_t ring, int64_t count,
                     real *restrict y) {
  const real *w = weights_of(b, row);
  for (int64_t first = 0; first < count; first += RUN) {
    const int64_t width = smaller(count - first, RUN);
    double sums[RUN] = {0};
    for (int64_t t = 0; t < b->count[row]; t++) {
      const real *restrict from = source_line(b, row, t, x, step, ring) + first;
      const double weight = (double)w[t * b->tap_step];
#pragma omp simd
      for (int64_t j = 0; j < width; j++) sums[j] += weight * (double)from[j];
    }
    for (int64_t j = 0; j < width; j++) y[first + j] = (real)sums[j];
  }
}

// Position `row` of the result: `count` elements of each of its lines, which are `step` apart.
static void mix(const band *b, int64_t row, const real *x, int64_t step, int64_t ring, int64_t count, real *y) {
  const int64_t taps = b->count[row];
  if (taps > BAND_SHORT) {
    mix_many(b, row, x, step, ring, count, y);
    return;
  }
  if (taps == 0)
    for (int64_t j = 0; j < count; j++) y[j] = 0;
  const real *w = weights_of(b, row), *lines[MIXED];
  real weights[MIXED];
  for (int64_t t = 0; t < taps; t += MIXED) {
    const int some = (int)smaller(taps - t, MIXED);
    for (int i = 0; i < some; i++) {
      lines[i] = source_line(b, row, t + i, x, step, ring);
      weights[i] = w[(t + i) * b->tap_step];
    }
    if (t == 0)
      mix_any(some, false, lines, weights, count, y);
    else
      mix_any(some, true, lines, weights, count, y);
  }
}

// ---- A line is mapped -------------------------------------------------------------------------------

static real sum_few(const real *w, int64_t step, const real *x, int64_t taps) {
  real sum = 0;
  for (int64_t t = 0; t < taps; t++) sum += w[t * step] * x[t];
  return sum;
}

static real sum_many(const real *w, int64_t step, const real *x, int64_t taps) {
  double sum = 0;
  if (step == 0) {
    const double weight = (double)w[0];
#pragma omp simd reduction(+ : sum)
    for (int64_t t = 0; t < taps; t++) sum += weight * (double)x[t];
  } else {
#pragma omp simd reduction(+ : sum)
    for (int64_t t = 0; t < taps; t++) sum += (double)w[t * step] * (double)x[t];
  }
  return (real)sum;
}

static void map_one_by_one(const band *b, int64_t begin, int64_t end, const real *x, real *y) {
  for (int64_t o = begin; o < end; o++) {
    const real *w = weights_of(b, o), *from = x + b->first[o];
    y[o] = (b->count[o] > BAND_SHORT ? sum_many : sum_few)(w, b->tap_step, from, b->count[o]);
  }
}

// The taps [tap, tap + taps) of the positions begin .. end, side by side; their weights lie so too.
ALWAYS_INLINE void map_some(int taps, bool add, int64_t stride, const band *b, int64_t tap, const real *restrict x,
                            real *restrict y) {
  const real *restrict w = (const real *)b->weight + tap * b->tap_step;
  const int32_t *restrict first = b->first;
  const int64_t step = b->tap_step, begin = b->begin, count = b->end - begin;
  const real *restrict from = x + tap + first[begin];
#pragma omp simd
  for (int64_t i = 0; i < count; i++) {
    const real *source = stride > 0 ? from + i * stride : x + tap + first[begin + i];
    real sum = w[begin + i] * source[0];
    for (int t = 1; t < taps; t++) sum += w[t * step + begin + i] * source[t];
    y[begin + i] = add ? y[begin + i] + sum : sum;
  }
}

ALWAYS_INLINE void map_taps(int taps, bool add, const band *b, int64_t tap, const real *x, real *y) {
  if (b->stride == 1)
    map_some(taps, add, 1, b, tap, x, y);
  else if (b->stride == 2)
    map_some(taps, add, 2, b, tap, x, y);
  else
    map_some(taps, add, 0, b, tap, x, y);
}

ALWAYS_INLINE void map_any(int taps, bool add, const band *b, int64_t tap, const real *x, real *y) {
  if (taps == 1) map_taps(1, add, b, tap, x, y);
  if (taps == 2) map_taps(2, add, b, tap, x, y);
  if (taps == 3) map_taps(3, add, b, tap, x, y);
  if (taps == MIXED) map_taps(MIXED, add, b, tap, x, y);
}

static void map_line(const band *b, const real *x, real *y) {
  const bool together = b->taps <= BAND_SHORT && b->row_step == 1 && !b->of_source && b->end - b->begin > MIXED;
  if (!together) {
    map_one_by_one(b, 0, b->out, x, y);
    return;
  }
  map_one_by_one(b, 0, b->begin, x, y);
  map_one_by_one(b, b->end, b->out, x, y);
  map_any((int)smaller(b->taps, MIXED), false, b, 0, x, y);
  for (int64_t tap = MIXED; tap < b->taps; tap += MIXED)
    map_any((int)smaller(b->taps - tap, MIXED), true, b, tap, x, y);
}

// ---- A strip ----------------------------------------------------------------------------------------

// Lines of the result [begin, end), from a plane of x.
static void map_plane(const bands_arguments *a, const real *x, int64_t begin, int64_t end, real *y, real *lines) {
  const band *height = &a->band[HEIGHT], *width = &a->band[WIDTH];
  const bool first = bands_map_lines_first(height) && !width->identity;
  int64_t done = 0;
  for (int64_t o = begin; o < end; o++, y += width->out) {
    if (height->identity) {
      map_line(width, x + o * width->in, y);
    } else if (width->identity) {
      mix(height, o, x, width->in, 0, width->in, y);
    } else if (first) {
      const int64_t last = height->first[o] + height->count[o];
      for (int64_t line = larger(done, height->first[o]); line < last; line++)
        map_line(width, x + line * width->in, lines + line % height->taps * width->out);
      done = larger(done, last);
      mix(height, o, lines, width->out, height->taps, width->out, y);
    } else {
      mix(height, o, x, width->in, 0, width->in, lines);
      map_line(width, lines, y);
    }
  }
}

// The strip [begin, end) of plane `o` of an image: its planes are mixed first, as far as the strip sees them.
static void map_strip(const bands_arguments *a, const real *image, int64_t o, int64_t begin, int64_t end, real *y,
                      char *space) {
  const band *depth = &a->band[DEPTH], *height = &a->band[HEIGHT], *width = &a->band[WIDTH];
  const int64_t pixels = height->in * width->in;
  real *lines = (real *)(void *)(space + a->plane_bytes);
  if (depth->identity) {
    map_plane(a, image + o * pixels, begin, end, y, lines);
    return;
  }
  real *plane = (real *)(void *)space;
  const int64_t from = height->first[begin], until = height->first[end - 1] + height->count[end - 1];
  const int64_t skipped = from * width->in;
  if (until > from) mix(depth, o, image + skipped, pixels, 0, (until - from) * width->in, plane + skipped);
  map_plane(a, plane, begin, end, y, lines);
}

// What an item is: a strip of plane `o` of an image.
typedef struct item {
  int64_t strip, o, image;
} item;

static inline void next_item(const bands_arguments *a, item *i) {
  if (++i->strip < a->strips) return;
  i->strip = 0;
  if (++i->o < a->band[DEPTH].out) return;
  i->o = 0;
  i->image++;
}

static void apply_block(const bands_arguments *a, int64_t first, int64_t last, char *space) {
  const band *depth = &a->band[DEPTH], *height = &a->band[HEIGHT], *width = &a->band[WIDTH];
  const int64_t pixels = depth->in * height->in * width->in, plane = height->out * width->out;
  item at = {first % a->strips, first / a->strips % depth->out, first / a->strips / depth->out};
  for (int64_t i = first; i < last; i++, next_item(a, &at)) {
    const bool whole = a->strips == 1;
    const int64_t begin = whole ? 0 : at.strip * height->out / a->strips;
    const int64_t end = whole ? height->out : (at.strip + 1) * height->out / a->strips;
    real *y = (real *)a->y + (at.image * depth->out + at.o) * plane + begin * width->out;
    map_strip(a, (const real *)a->x + at.image * pixels, at.o, begin, end, y, space);
  }
}

static void apply(const void *arguments, int64_t begin, int64_t end) {
  const bands_arguments *a = arguments;
  for (int64_t block = begin; block < end; block++)
    apply_block(a, block * a->items / a->blocks, (block + 1) * a->items / a->blocks,
                a->space + (size_t)block * a->block_bytes);
}

extern const bands_kernels VARIANT(bands);
const bands_kernels VARIANT(bands) = {.apply = apply};
