// SPDX-License-Identifier: GPL-3.0-or-later
//
// The matrices of the family: which pixels a position sees, and with what weights. Where no scale is given,
// positions are quotients of integers, whose whole part and rest are exact.
#include "ops/kernels/bands.h"
#include "ops/nn/resampling.h"

#include <math.h>

// The pixels that a position sees.
typedef struct span {
  int64_t first, count;
} span;

static int64_t within(int64_t value, int64_t low, int64_t high) {
  return value < low ? low : value > high ? high : value;
}

static span from_to(int64_t first, int64_t end, int64_t extent) {
  first = within(first, 0, extent);
  end = within(end, first, extent);
  return (span){first, end - first};
}

static bool is_mean(const sg_resampling *r) {
  return r->kind == SG_RESAMPLING_WINDOWS || r->kind == SG_RESAMPLING_AREA;
}

// Whether all weights of a position are one number.
static bool is_uniform(const sg_resampling *r) {
  return is_mean(r) || r->kind == SG_RESAMPLING_NEAREST || r->kind == SG_RESAMPLING_CENTRE;
}

// ---- Means ------------------------------------------------------------------------------------------

static span span_of_mean(const sg_resampling *r, int d, int64_t p) {
  const int64_t in = r->fine[d], out = r->coarse[d], start = p * r->stride[d] - r->padding[d];
  if (r->kind == SG_RESAMPLING_WINDOWS) return from_to(start, start + r->kernel[d], in);
  return from_to(p * in / out, ((p + 1) * in + out - 1) / out, in);
}

// What a sum is divided by. That of all dimensions, where it is given, stands in the last one.
static inline double divisor(const sg_resampling *r, int d, int64_t p, int64_t count) {
  const int64_t start = p * r->stride[d] - r->padding[d], end = start + r->kernel[d];
  if (r->kind != SG_RESAMPLING_WINDOWS) return (double)count;
  if (r->divisor > 0) return d == WIDTH ? (double)r->divisor : 1;
  if (!r->include_padding) return (double)count;
  return (double)((end < r->fine[d] + r->padding[d] ? end : r->fine[d] + r->padding[d]) - start);
}

// ---- Interpolation ----------------------------------------------------------------------------------

static int64_t floor_of(double value) {
  return value < -INT32_MAX ? -(int64_t)INT32_MAX : value > INT32_MAX ? INT32_MAX : (int64_t)floor(value);
}

static int64_t nearest(const sg_resampling *r, int d, int64_t p) {
  const int64_t in = r->fine[d], out = r->coarse[d], half = r->kind == SG_RESAMPLING_CENTRE;
  int64_t pixel =
      r->scale[d] > 0 ? floor_of(((double)p + 0.5 * (double)half) * r->scale[d]) : (2 * p + half) * in / (2 * out);
  return within(pixel, 0, in - 1);
}

// Where a position lies among the pixels: the one before it, or at it, and how far behind that.
typedef struct place {
  int64_t pixel;
  double rest;
} place;

static place place_of_quotient(int64_t numerator, int64_t denominator) {
  const int64_t pixel = numerator < 0 ? -((-numerator + denominator - 1) / denominator) : numerator / denominator;
  return (place){pixel, (double)(numerator - pixel * denominator) / (double)denominator};
}

static place place_of(const sg_resampling *r, int d, int64_t p) {
  const int64_t in = r->fine[d], out = r->coarse[d];
  if (r->corners) return out > 1 ? place_of_quotient(p * (in - 1), out - 1) : (place){0, 0};
  if (r->scale[d] <= 0) return place_of_quotient((2 * p + 1) * in - out, 2 * out);
  const double at = ((double)p + 0.5) * r->scale[d] - 0.5;
  const int64_t pixel = floor_of(at);
  const double rest = at - (double)pixel;
  return (place){pixel, rest < 0 ? 0 : rest > 1 ? 1 : rest};
}

// Whether every position of an interpolation is a pixel.
static bool is_copy(const sg_resampling *r, int d) {
  return !is_mean(r) && r->fine[d] == r->coarse[d] && (r->corners || r->scale[d] <= 0 || r->scale[d] == 1);
}

// Keys, "Cubic convolution interpolation for digital image processing", 1981, with his a.
static double cubic(double x, double a) {
  x = fabs(x);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
}

// The filter is widened where the image gets smaller. `unit`: pixels between positions, or 1.
typedef struct filter {
  double centre, unit, reach;
} filter;

static filter filter_of(const sg_resampling *r, int d, int64_t p) {
  const double in = (double)r->fine[d], out = (double)r->coarse[d];
  double scale = r->scale[d] > 0 ? r->scale[d] : in / out;
  if (r->corners) scale = out > 1 ? (in - 1) / (out - 1) : 0;
  const double unit = scale > 1 ? scale : 1;
  return (filter){scale * ((double)p + 0.5), unit, unit * (r->kind == SG_RESAMPLING_CUBIC ? 2 : 1)};
}

static double filtered(const sg_resampling *r, const filter *f, int64_t pixel) {
  const double x = fabs((double)pixel - f->centre + 0.5) / f->unit;
  if (r->kind == SG_RESAMPLING_CUBIC) return cubic(x, -0.5);
  return x < 1 ? 1 - x : 0;
}

static span span_of(const sg_resampling *r, int d, int64_t p) {
  const int64_t in = r->fine[d];
  if (is_mean(r)) return span_of_mean(r, d, p);
  if (is_copy(r, d)) return (span){p, 1};
  if (is_uniform(r)) return (span){nearest(r, d, p), 1};
  if (r->smooth) {
    const filter f = filter_of(r, d, p);
    return from_to(floor_of(f.centre - f.reach + 0.5), floor_of(f.centre + f.reach + 0.5), in);
  }
  const int64_t pixel = place_of(r, d, p).pixel;
  const int64_t first = within(r->kind == SG_RESAMPLING_CUBIC ? pixel - 1 : pixel, 0, in - 1);
  const int64_t last = within(r->kind == SG_RESAMPLING_CUBIC ? pixel + 2 : pixel + 1, 0, in - 1);
  return (span){first, last - first + 1};
}

// A row of the matrix of an interpolation, and its entries.
typedef struct matrix_row {
  span span;
  double common; // a factor of all weights
  place at;
  filter filter;
} matrix_row;

static matrix_row row_of(const sg_resampling *r, int d, int64_t p) {
  matrix_row row = {.span = span_of(r, d, p), .common = 1};
  if (is_copy(r, d)) return row;
  if (r->smooth) {
    double total = 0;
    row.filter = filter_of(r, d, p);
    for (int64_t t = 0; t < row.span.count; t++) total += filtered(r, &row.filter, row.span.first + t);
    if (total != 0) row.common = 1 / total;
  } else if (!is_uniform(r)) {
    row.at = place_of(r, d, p);
  }
  return row;
}

// The weight of tap t. What would lie outside of the image is its first or last pixel.
static double weight_of(const sg_resampling *r, int d, const matrix_row *row, int64_t t) {
  if (is_uniform(r) || is_copy(r, d)) return row->common;
  if (r->smooth) return row->common * filtered(r, &row->filter, row->span.first + t);
  const bool four = r->kind == SG_RESAMPLING_CUBIC;
  const int64_t begin = four ? -1 : 0, end = four ? 3 : 2, last = r->fine[d] - 1;
  double sum = 0;
  for (int64_t k = begin; k < end; k++) {
    if (within(row->at.pixel + k, 0, last) != row->span.first + t) continue;
    const double distance = fabs((double)k - row->at.rest);
    sum += four ? cubic(distance, -0.75) : 1 - distance;
  }
  return sum;
}

// ---- The matrix and its transpose -------------------------------------------------------------------

// Calls for every pixel which positions see it. From one pixel to the next, the first and the last of them do not
// go back.
typedef void taken(void *state, int64_t pixel, span positions);

static void transpose(const sg_resampling *r, int d, taken *take, void *state) {
  const int64_t out = r->coarse[d];
  int64_t first = 0, end = 0;
  span at_first = span_of(r, d, 0), at_end = at_first;
  for (int64_t pixel = 0; pixel < r->fine[d]; pixel++) {
    while (first < out && at_first.first + at_first.count <= pixel) {
      if (++first < out) at_first = span_of(r, d, first);
    }
    while (end < out && at_end.first <= pixel) {
      if (++end < out) at_end = span_of(r, d, end);
    }
    take(state, pixel, (span){first, end > first ? end - first : 0});
  }
}

static void take_most(void *state, int64_t pixel, span positions) {
  (void)pixel;
  int64_t *most = state;
  if (positions.count > *most) *most = positions.count;
}

typedef struct weights {
  sg_dtype dtype;
  void *data;
} weights;

static void put(const weights *w, int64_t at, double value) {
  if (w->dtype == SG_F32)
    ((float *)w->data)[at] = (float)value;
  else
    ((double *)w->data)[at] = value;
}

static bool is_one(const weights *w, int64_t at) {
  return w->dtype == SG_F32 ? ((const float *)w->data)[at] == 1 : ((const double *)w->data)[at] == 1;
}

enum { LINE = 64 };
static size_t whole_lines(size_t bytes) { return (bytes + LINE - 1) / LINE * LINE; }

// Many weights of which each row has one, or each column.
static bool is_shared(const sg_resampling *r, int d) { return r->taps[d] > BAND_SHORT && is_mean(r); }

// Of the widest row, or a bound that a row reaches wherever they are all alike.
static int64_t most_taps(const sg_resampling *r, int d) {
  const int64_t in = r->fine[d], out = r->coarse[d];
  if (is_copy(r, d) || (is_uniform(r) && !is_mean(r))) return 1;
  if (r->kind == SG_RESAMPLING_WINDOWS) return r->kernel[d] < in ? r->kernel[d] : in;
  if (r->kind == SG_RESAMPLING_AREA) return within(in / out + (in % out ? 2 : 0), 1, in);
  if (!r->smooth) return within(r->kind == SG_RESAMPLING_CUBIC ? 4 : 2, 1, in);
  int64_t most = 1;
  for (int64_t p = 0; p < out; p++) take_most(&most, p, span_of(r, d, p));
  return most;
}

void sg_resampling_measure(sg_resampling *r, int d, sg_dtype dtype) {
  const int64_t rows = r->adjoint ? r->fine[d] : r->coarse[d];
  r->taps[d] = 1;
  if (!r->adjoint)
    r->taps[d] = most_taps(r, d);
  else if (r->kind == SG_RESAMPLING_WINDOWS)
    r->taps[d] = within((r->kernel[d] - 1) / r->stride[d] + 1, 1, r->coarse[d]);
  else
    transpose(r, d, take_most, &r->taps[d]);
  const int64_t count = is_shared(r, d) ? r->coarse[d] : rows * r->taps[d];
  r->table_bytes[d] =
      2 * whole_lines((size_t)rows * sizeof(int32_t)) + whole_lines((size_t)count * sg_dtype_bytes(dtype));
}

// The longest run of rows with all taps, and how far from one another they begin.
static void find_regular(band *b) {
  const int32_t *first = b->first;
  for (int64_t o = 0; o < b->out; o++) {
    int64_t end = o;
    while (end < b->out && b->count[end] == b->taps) end++;
    if (end - o > b->end - b->begin) b->begin = o, b->end = end;
    o = end;
  }
  if (b->end - b->begin > 1) b->stride = first[b->begin + 1] - first[b->begin];
  for (int64_t o = b->begin + 1; o < b->end; o++)
    if (first[o] - first[o - 1] != b->stride) b->stride = 0;
}

typedef struct filling {
  int32_t *first, *count;
} filling;

static void take_span(void *state, int64_t pixel, span s) {
  const filling *f = state;
  f->first[pixel] = (int32_t)s.first;
  f->count[pixel] = (int32_t)s.count;
}

// Where the weight of tap t of row p goes: into row p of the band, of the transposed one into column p.
static inline int64_t place_of_weight(const sg_resampling *r, const band *b, int64_t p, span s, int64_t t) {
  const int64_t pixel = s.first + t;
  return r->adjoint ? pixel * b->row_step + (p - b->first[pixel]) * b->tap_step : p * b->row_step + t * b->tap_step;
}

// Most rows of a mean are divided by the same.
static void fill_means(const sg_resampling *r, int d, const weights *w, const band *b) {
  double by = 1, share = 1;
  for (int64_t p = 0; p < r->coarse[d]; p++) {
    const span s = span_of_mean(r, d, p);
    const double next = divisor(r, d, p, s.count);
    if (next != by) by = next, share = 1 / by;
    if (is_shared(r, d))
      put(w, p, share);
    else
      for (int64_t t = 0; t < s.count; t++) put(w, place_of_weight(r, b, p, s, t), share);
  }
}

static void fill_row(const sg_resampling *r, int d, int64_t p, const weights *w, const band *b) {
  const matrix_row row = row_of(r, d, p);
  if (is_shared(r, d)) {
    put(w, p, row.common);
    return;
  }
  for (int64_t t = 0; t < row.span.count; t++) {
    const int64_t pixel = row.span.first + t;
    const int64_t at =
        r->adjoint ? pixel * b->row_step + (p - b->first[pixel]) * b->tap_step : p * b->row_step + t * b->tap_step;
    put(w, at, weight_of(r, d, &row, t));
  }
}

void sg_resampling_fill(const sg_resampling *r, int d, sg_dtype dtype, char *table, band *b) {
  const int64_t in = r->adjoint ? r->coarse[d] : r->fine[d], out = r->adjoint ? r->fine[d] : r->coarse[d];
  const size_t integers = whole_lines((size_t)out * sizeof(int32_t));
  const bool few = r->taps[d] <= BAND_SHORT;
  filling f = {(int32_t *)(void *)table, (int32_t *)(void *)(table + integers)};
  const weights w = {dtype, table + 2 * integers};
  *b = (band){.in = in, .out = out, .taps = r->taps[d], .first = f.first, .count = f.count, .weight = w.data};
  b->of_source = is_shared(r, d) && r->adjoint;
  b->row_step = few || is_shared(r, d) ? 1 : b->taps;
  b->tap_step = few ? out : is_shared(r, d) && !r->adjoint ? 0 : 1;
  if (r->adjoint)
    transpose(r, d, take_span, &f);
  else
    for (int64_t p = 0; p < out; p++) take_span(&f, p, span_of(r, d, p));
  if (is_mean(r))
    fill_means(r, d, &w, b);
  else
    for (int64_t p = 0; p < r->coarse[d]; p++) fill_row(r, d, p, &w, b);
  find_regular(b);
  b->identity = in == out && b->taps == 1 && b->begin == 0 && b->end == out && (b->stride == 1 || out == 1);
  for (int64_t p = 0; p < out && b->identity; p++) b->identity = is_one(&w, p);
}
