// SPDX-License-Identifier: GPL-3.0-or-later
//
// Batch normalization, one channel after the other, so that a channel read from memory once is still in cache for
// the next pass over it. A channel is `batch` rows of `spatial` elements. Long rows are summed along the row; short
// rows (also (N,C), where a row is one element) are walked as panels: several neighbouring channels side by side,
// with one accumulator for each column.
//
// Sums run in `real` over at most 512 terms a lane, then in double. The variance is the corrected two-pass formula
// (Chan, Golub, LeVeque 1983): with d = x - shift, shift close to the mean,
//   var = (sum d^2 - (sum d)^2 / n) / n,     mean = shift + sum d / n.
// A channel for which that is not right in `real` is computed once more by batch_norm_wide.h.
#include "ops/kernels/batch_norm.h"

#include <float.h>
#include <math.h>
#include <stddef.h>

#include "ops/kernels/batch_norm_wide.h"
#include "ops/kernels/panel.h"
#include "ops/kernels/real.h"

// ---- The range of the loops over `real` ------------------------------------------------------------

#if defined(SG_KERNEL_F32)
static const double smallest = FLT_MIN, largest = FLT_MAX, digit = FLT_EPSILON, steepest = 1e12;
#else
static const double smallest = DBL_MIN, largest = DBL_MAX, digit = DBL_EPSILON, steepest = 1e60;
#endif

// Squares of deviations, their sums, and powers of it are normal numbers where 1 / sqrt(var + eps) lies
// between these.
static inline bool rstd_fits(double rstd) { return (rstd >= 1 / steepest) & (rstd <= steepest); }

// Whether a factor keeps its digits as a `real`. Nothing does when it is NaN.
static inline bool factor_fits(double factor) {
  double size = fabs(factor);
  return (size == 0) | ((size >= smallest) & (size <= largest));
}

// Whether a sum of products may be trusted: terms that have lost digits would show in one as small as this.
static bool sum_fits(double sum) {
  double size = fabs(sum);
  return size == 0 || (size >= smallest / digit && size <= largest);
}

// ---- Channels as maps ------------------------------------------------------------------------------

// y = (x - shift) * scale + offset, for each channel of a panel; not so where it is wide.
typedef struct channel_maps {
  double mean[PANEL_WIDTH], rstd[PANEL_WIDTH];
  real shift[PANEL_WIDTH], scale[PANEL_WIDTH], offset[PANEL_WIDTH];
  bool wide[PANEL_WIDTH];
  bool any_wide;
} channel_maps;

// Scale and offset from the rest.
static void finish_maps(const batch_norm_forward *a, int64_t first, int64_t channels, channel_maps *m) {
  const real *gammas = a->gamma ? (const real *)a->gamma + first : NULL;
  const real *betas = a->beta ? (const real *)a->beta + first : NULL;
  int any_wide = 0;
#pragma omp simd reduction(| : any_wide)
  for (int64_t c = 0; c < channels; c++) {
    double gamma = gammas ? (double)gammas[c] : 1, beta = betas ? (double)betas[c] : 0;
    double scale = gamma * m->rstd[c];
    m->scale[c] = (real)scale;
    m->offset[c] = (real)(beta - (m->mean[c] - (double)m->shift[c]) * scale);
    m->wide[c] |= !factor_fits(scale);
    any_wide |= m->wide[c];
  }
  m->any_wide = any_wide;
}

// The statistics of channels from sums of d = x - shift, stored, and their maps.
static void finish_statistics(const batch_norm_forward *a, int64_t first, int64_t channels, const double *sum,
                              const double *square, channel_maps *m) {
  real *means = (real *)a->mean + first, *vars = (real *)a->var + first;
  double count = (double)a->batch * (double)a->spatial, eps = a->eps;
#pragma omp simd
  for (int64_t c = 0; c < channels; c++) {
    double mean = (double)m->shift[c] + sum[c] / count;
    double var = (square[c] - sum[c] * sum[c] / count) / count;
    var = var < 0 ? 0 : var; // by rounding; NaN stays
    double rstd = 1 / sqrt(var + eps);
    means[c] = (real)mean;
    vars[c] = (real)var;
    m->mean[c] = mean;
    m->rstd[c] = rstd;
    m->wide[c] = !rstd_fits(rstd); // also when a sum has overflowed
  }
  finish_maps(a, first, channels, m);
}

// A difference with a mean this large may overflow, if x is large too.
static void given_statistics(const batch_norm_forward *a, int64_t first, int64_t channels, channel_maps *m) {
  const real *means = (const real *)a->given_mean + first, *vars = (const real *)a->given_var + first;
  for (int64_t c = 0; c < channels; c++) {
    m->shift[c] = means[c];
    m->mean[c] = (double)means[c];
    m->rstd[c] = 1 / sqrt((double)vars[c] + a->eps);
    m->wide[c] = fabs((double)means[c]) > largest * digit / 4;
  }
  finish_maps(a, first, channels, m);
}

// ---- Forward, long rows -----------------------------------------------------------------------------

static void row_statistics(const batch_norm_forward *a, int64_t channel, const real *x, int64_t stride,
                           channel_maps *m) {
  double total = 0, sum = 0, square = 0;
  for (int64_t n = 0; n < a->batch; n++) total += row_sum(x + n * stride, a->spatial);
  real shift = (real)(total / ((double)a->batch * (double)a->spatial));
  for (int64_t n = 0; n < a->batch; n++) row_deviations(x + n * stride, a->spatial, shift, &sum, &square);
  m->shift[0] = shift;
  finish_statistics(a, channel, 1, &sum, &square, m);
}

static void normalize_row(const real *restrict x, real *restrict y, int64_t count, const channel_maps *m) {
  real shift = m->shift[0], scale = m->scale[0], offset = m->offset[0];
#pragma omp simd
  for (int64_t i = 0; i < count; i++) y[i] = (x[i] - shift) * scale + offset;
}

static void forward_rows(const batch_norm_forward *a, int64_t begin, int64_t end) {
  int64_t stride = a->channels * a->spatial;
  for (int64_t channel = begin; channel < end; channel++) {
    const real *x = (const real *)a->x + channel * a->spatial;
    real *y = (real *)a->y + channel * a->spatial;
    channel_maps map;
    if (a->given_mean) {
      given_statistics(a, channel, 1, &map);
    } else {
      row_statistics(a, channel, x, stride, &map);
    }
    if (map.any_wide) {
      wide_forward(a, channel);
      continue;
    }
    for (int64_t n = 0; n < a->batch; n++) normalize_row(x + n * stride, y + n * stride, a->spatial, &map);
  }
}

// ---- Forward, panels of short rows --------------------------------------------------------------------

// One value for every column of a panel from one for every channel.
static void spread(const real *restrict values, int64_t channels, int64_t spatial, real *restrict columns) {
  for (int64_t c = 0; c < channels; c++) {
    for (int64_t s = 0; s < spatial; s++) columns[c * spatial + s] = values[c];
  }
}

typedef struct panel_affine {
  real shift[PANEL_WIDTH], scale[PANEL_WIDTH], offset[PANEL_WIDTH];
} panel_affine;

static void panel_statistics(const batch_norm_forward *a, int64_t first, panel p, const real *x, channel_maps *m) {
  double sum[PANEL_WIDTH], square[PANEL_WIDTH];
  real shift[PANEL_WIDTH];
  int64_t channels = p.width / a->spatial;
  double count = (double)a->batch * (double)a->spatial;
  panel_sum(p, x, sum);
  panel_fold(sum, channels, a->spatial);
  for (int64_t c = 0; c < channels; c++) m->shift[c] = (real)(sum[c] / count);
  spread(m->shift, channels, a->spatial, shift);
  panel_deviations(p, x, shift, sum, square);
  panel_fold(sum, channels, a->spatial);
  panel_fold(square, channels, a->spatial);
  finish_statistics(a, first, channels, sum, square, m);
}

static void normalize_panel(panel p, const real *restrict x, real *restrict y, const panel_affine *restrict map) {
  for (int64_t n = 0; n < p.rows; n++, x += p.stride, y += p.stride) {
#pragma omp simd
    for (int64_t j = 0; j < p.width; j++) y[j] = (x[j] - map->shift[j]) * map->scale[j] + map->offset[j];
  }
}

static void forward_panel(const batch_norm_forward *a, int64_t first, int64_t channels) {
  panel p = {a->batch, channels * a->spatial, a->channels * a->spatial};
  const real *x = (const real *)a->x + first * a->spatial;
  channel_maps maps;
  panel_affine columns;
  if (a->given_mean) {
    given_statistics(a, first, channels, &maps);
  } else {
    panel_statistics(a, first, p, x, &maps);
  }
  spread(maps.shift, channels, a->spatial, columns.shift);
  spread(maps.scale, channels, a->spatial, columns.scale);
  spread(maps.offset, channels, a->spatial, columns.offset);
  normalize_panel(p, x, (real *)a->y + first * a->spatial, &columns);
  for (int64_t c = 0; maps.any_wide && c < channels; c++) {
    if (maps.wide[c]) wide_forward(a, first + c);
  }
}

static void forward_panels(const batch_norm_forward *a, int64_t begin, int64_t end) {
  int64_t together = PANEL_WIDTH / a->spatial;
  for (int64_t first = begin; first < end; first += together) {
    forward_panel(a, first, end - first < together ? end - first : together);
  }
}

static void forward(const void *arguments, int64_t begin, int64_t end) {
  const batch_norm_forward *a = arguments;
  if (a->batch == 0 || a->spatial == 0) return; // only with given statistics, and there is nothing to write
  if (a->spatial > PANEL_WIDTH / 2) {
    forward_rows(a, begin, end);
  } else {
    forward_panels(a, begin, end);
  }
}

// ---- Backward ---------------------------------------------------------------------------------------
//
// With n values in a channel, d = x - mean, delta = sum(d) / n (what rounding left in the stored mean), e = dy -
// pivot for any pivot, and the sums S1 = sum(e), S2 = sum(e d) - delta S1 = sum(e (x - true mean)) = sum(dy (x -
// true mean)):
//   d_beta  = S1 + n pivot
//   d_gamma = rstd S2
//   d_x     = gamma rstd (e - S1/n - (d - delta) rstd^2 S2/n)
// and through the statistics, whose cotangents are mean' and var',
//           + mean'/n + var' 2 (d - delta)/n
// which is, collected, A e + B d + C. Statistics that are given have gradients of their own instead, with pivot 0:
//   d_x = gamma rstd dy,     d_mean = -gamma rstd S1,     d_var = -gamma rstd^3 S2 / 2.

// d_x = A (dy - pivot) + B (x - mean) + C for one channel; not so where it is wide.
typedef struct backward_map {
  real mean, pivot, a, b, c;
  bool wide;
} backward_map;

static double cotangent_of(const void *cotangents, int64_t channel) {
  return cotangents ? (double)((const real *)cotangents)[channel] : 0;
}

static backward_map finish_given(const batch_norm_backward *a, int64_t channel, products sums) {
  double gamma = a->gamma ? (double)((const real *)a->gamma)[channel] : 1;
  double rstd = 1 / sqrt((double)((const real *)a->var)[channel] + a->eps), scale = gamma * rstd;
  double along_xhat = rstd * sums.e_d; // before another factor: it is of moderate size whatever rstd is
  if (a->d_beta) ((real *)a->d_beta)[channel] = (real)sums.e;
  if (a->d_gamma) ((real *)a->d_gamma)[channel] = (real)along_xhat;
  if (a->d_mean) ((real *)a->d_mean)[channel] = (real)(-scale * sums.e);
  if (a->d_var) ((real *)a->d_var)[channel] = (real)(-along_xhat * rstd * scale / 2);
  bool fits = factor_fits(scale) && sum_fits(sums.e) && sum_fits(sums.e_d);
  return (backward_map){.a = (real)scale, .wide = !fits};
}

static backward_map finish_backward(const batch_norm_backward *a, int64_t channel, real pivot, products sums) {
  if (a->given) return finish_given(a, channel, sums);
  double count = (double)a->batch * (double)a->spatial;
  double gamma = a->gamma ? (double)((const real *)a->gamma)[channel] : 1;
  double rstd = 1 / sqrt((double)((const real *)a->var)[channel] + a->eps);
  double delta = sums.d / count;
  double s2 = sums.e_d - delta * sums.e, total = sums.e + count * (double)pivot;
  if (a->d_beta) ((real *)a->d_beta)[channel] = (real)total;
  if (a->d_gamma) ((real *)a->d_gamma)[channel] = (real)(rstd * s2);
  double scale = gamma * rstd;
  double of_y = -scale * (rstd * s2) * rstd;
  double of_var = 2 * cotangent_of(a->var_cotangent, channel);
  double slope = (of_y + of_var) / count;
  double level = (cotangent_of(a->mean_cotangent, channel) - scale * sums.e) / count - slope * delta;
  bool fits = rstd_fits(rstd) && factor_fits(scale) && factor_fits(slope) && sum_fits(sums.e_d) &&
              fabs(sums.e) <= largest && fabs(level) <= largest;
  return (backward_map){((const real *)a->mean)[channel], pivot, (real)scale, (real)slope, (real)level, !fits};
}

static void input_gradient_row(const real *restrict x, const real *restrict dy, real *restrict dx, int64_t count,
                               backward_map map) {
#pragma omp simd
  for (int64_t i = 0; i < count; i++) dx[i] = map.a * (dy[i] - map.pivot) + (map.b * (x[i] - map.mean) + map.c);
}

// What is not multiplied by x has no NaN of its infinities.
static void scale_row(const real *restrict dy, real *restrict dx, int64_t count, real scale) {
#pragma omp simd
  for (int64_t i = 0; i < count; i++) dx[i] = scale * dy[i];
}

static void backward_rows(const batch_norm_backward *a, int64_t begin, int64_t end) {
  int64_t stride = a->channels * a->spatial;
  for (int64_t channel = begin; channel < end; channel++) {
    int64_t offset = channel * a->spatial;
    const real *x = (const real *)a->x + offset, *dy = (const real *)a->dy + offset;
    real mean = ((const real *)a->mean)[channel];
    real pivot = a->given ? 0 : pivot_of(dy, a->batch, stride, a->spatial);
    products sums = {0, 0, 0};
    for (int64_t n = 0; n < a->batch; n++) {
      row_products(x + n * stride, dy + n * stride, a->spatial, mean, pivot, &sums);
    }
    backward_map map = finish_backward(a, channel, pivot, sums);
    if (map.wide) wide_backward(a, channel);
    if (map.wide || !a->d_x) continue;
    real *dx = (real *)a->d_x + offset;
    for (int64_t n = 0; n < a->batch; n++) {
      if (a->given) {
        scale_row(dy + n * stride, dx + n * stride, a->spatial, map.a);
      } else {
        input_gradient_row(x + n * stride, dy + n * stride, dx + n * stride, a->spatial, map);
      }
    }
  }
}

typedef struct panel_backward_map {
  real mean[PANEL_WIDTH], pivot[PANEL_WIDTH], a[PANEL_WIDTH], b[PANEL_WIDTH], c[PANEL_WIDTH];
  bool pivoted; // else all pivots are 0
} panel_backward_map;

ALWAYS_INLINE void input_gradient_panel(panel p, const real *restrict x, const real *restrict dy, real *restrict dx,
                                        const panel_backward_map *restrict map, bool pivoted) {
  for (int64_t n = 0; n < p.rows; n++, x += p.stride, dy += p.stride, dx += p.stride) {
#pragma omp simd
    for (int64_t j = 0; j < p.width; j++) {
      real e = pivoted ? dy[j] - map->pivot[j] : dy[j];
      dx[j] = map->a[j] * e + (map->b[j] * (x[j] - map->mean[j]) + map->c[j]);
    }
  }
}

static void scale_panel(panel p, const real *restrict dy, real *restrict dx,
                        const panel_backward_map *restrict map) {
  for (int64_t n = 0; n < p.rows; n++, dy += p.stride, dx += p.stride) {
#pragma omp simd
    for (int64_t j = 0; j < p.width; j++) dx[j] = map->a[j] * dy[j];
  }
}

// The pivots of the channels and their sums; mean and pivot of the map.
static void panel_sums(const batch_norm_backward *a, int64_t first, panel p, const real *x, const real *dy,
                       panel_backward_map *map, real *pivots, products *sums) {
  double e[PANEL_WIDTH], e_d[PANEL_WIDTH], d[PANEL_WIDTH];
  int64_t channels = p.width / a->spatial;
  map->pivoted = false;
  for (int64_t c = 0; c < channels; c++) {
    pivots[c] = a->given ? 0 : pivot_of(dy + c * a->spatial, p.rows, p.stride, a->spatial);
    map->pivoted |= pivots[c] != 0;
  }
  spread((const real *)a->mean + first, channels, a->spatial, map->mean);
  spread(pivots, channels, a->spatial, map->pivot);
  if (map->pivoted) {
    panel_products(p, x, dy, map->mean, map->pivot, e, e_d, d);
  } else {
    panel_products(p, x, dy, map->mean, NULL, e, e_d, d);
  }
  panel_fold(e, channels, a->spatial);
  panel_fold(e_d, channels, a->spatial);
  panel_fold(d, channels, a->spatial);
  for (int64_t c = 0; c < channels; c++) sums[c] = (products){e[c], e_d[c], d[c]};
}

static void panel_gradient(const batch_norm_backward *a, panel p, const real *x, const real *dy, real *dx,
                           const panel_backward_map *map) {
  if (a->given) {
    scale_panel(p, dy, dx, map);
  } else if (map->pivoted) {
    input_gradient_panel(p, x, dy, dx, map, true);
  } else {
    input_gradient_panel(p, x, dy, dx, map, false);
  }
}

static void backward_panel(const batch_norm_backward *a, int64_t first, int64_t channels) {
  panel p = {a->batch, channels * a->spatial, a->channels * a->spatial};
  int64_t offset = first * a->spatial;
  const real *x = (const real *)a->x + offset, *dy = (const real *)a->dy + offset;
  products sums[PANEL_WIDTH];
  real pivots[PANEL_WIDTH];
  panel_backward_map map;
  bool wide[PANEL_WIDTH], any_wide = false;
  panel_sums(a, first, p, x, dy, &map, pivots, sums);
  for (int64_t c = 0; c < channels; c++) {
    backward_map one = finish_backward(a, first + c, pivots[c], sums[c]);
    any_wide |= wide[c] = one.wide;
    for (int64_t j = c * a->spatial; j < (c + 1) * a->spatial; j++) {
      map.a[j] = one.a;
      map.b[j] = one.b;
      map.c[j] = one.c;
    }
  }
  if (a->d_x) panel_gradient(a, p, x, dy, (real *)a->d_x + offset, &map);
  for (int64_t c = 0; any_wide && c < channels; c++) {
    if (wide[c]) wide_backward(a, first + c);
  }
}

// Without values the sums are empty, and so the gradients of the parameters are zero.
static void backward_empty(const batch_norm_backward *a, int64_t begin, int64_t end) {
  void *const gradients[] = {a->d_gamma, a->d_beta, a->d_mean, a->d_var};
  for (int g = 0; g < 4; g++) {
    for (int64_t c = begin; gradients[g] && c < end; c++) ((real *)gradients[g])[c] = 0;
  }
}

static void backward(const void *arguments, int64_t begin, int64_t end) {
  const batch_norm_backward *a = arguments;
  if (a->batch == 0 || a->spatial == 0) {
    backward_empty(a, begin, end);
  } else if (a->spatial > PANEL_WIDTH / 2) {
    backward_rows(a, begin, end);
  } else {
    int64_t together = PANEL_WIDTH / a->spatial;
    for (int64_t first = begin; first < end; first += together) {
      backward_panel(a, first, end - first < together ? end - first : together);
    }
  }
}

extern const batch_norm_kernels VARIANT(batch_norm);
const batch_norm_kernels VARIANT(batch_norm) = {.forward = forward, .backward = backward};
