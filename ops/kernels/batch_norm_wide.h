// SPDX-License-Identifier: GPL-3.0-or-later
//
// Channels whose numbers leave the range in which loops over `real` are right: squares, sums or factors that would
// overflow or lose their digits below the smallest normal number. They are rare, so this is written for range and
// not for speed: everything in double, and the data of a channel scaled by a power of two, which is exact.
//
//   xhat = (x scale - mean) rstd,     mean and rstd those of x scale
#ifndef SELENOGRAD_BATCH_NORM_WIDE_H
#define SELENOGRAD_BATCH_NORM_WIDE_H

#include <math.h>

#include "ops/kernels/batch_norm.h"
#include "ops/kernels/real.h"

// One channel: `batch` pieces of `spatial` elements.
typedef struct wide_channel {
  int64_t batch, spatial, stride;
  double count;
} wide_channel;

typedef struct wide_map {
  int exponent; // scale = 2^-exponent
  double scale, mean, rstd, var;
} wide_map;

static double wide_value(const void *values, int64_t channel, double absent) {
  return values ? (double)((const real *)values)[channel] : absent;
}

static void wide_store(void *values, int64_t channel, double value) {
  if (values) ((real *)values)[channel] = (real)value;
}

// The largest magnitude; where there is one that is no number, it.
static double wide_largest(const wide_channel *w, const real *x) {
  double largest = 0;
  for (int64_t n = 0; n < w->batch; n++, x += w->stride) {
    for (int64_t i = 0; i < w->spatial; i++) {
      double size = fabs((double)x[i]);
      if (!isfinite(size)) return size;
      if (size > largest) largest = size;
    }
  }
  return largest;
}

// What brings numbers up to `largest` near 1, as far as a power of two that is a number itself can.
static int wide_exponent(double largest) {
  int exponent = 0;
  if (isfinite(largest)) frexp(largest, &exponent);
  return exponent > 1000 ? 1000 : exponent < -1000 ? -1000 : exponent;
}

static void wide_moments(const wide_channel *w, const real *x, wide_map *map) {
  double sum = 0, rest = 0, square = 0;
  const real *row = x;
  for (int64_t n = 0; n < w->batch; n++, row += w->stride) {
    for (int64_t i = 0; i < w->spatial; i++) sum += (double)row[i] * map->scale;
  }
  double shift = sum / w->count;
  row = x;
  for (int64_t n = 0; n < w->batch; n++, row += w->stride) {
    for (int64_t i = 0; i < w->spatial; i++) {
      double d = (double)row[i] * map->scale - shift;
      rest += d;
      square += d * d;
    }
  }
  map->mean = shift + rest / w->count;
  map->var = (square - rest * rest / w->count) / w->count;
  if (map->var < 0) map->var = 0;
}

// The batch's own statistics. With data that are no numbers they are none either.
static wide_map wide_statistics(const wide_channel *w, const real *x, double eps) {
  double largest = wide_largest(w, x);
  wide_map map = {.exponent = wide_exponent(fmax(largest, sqrt(eps)))};
  map.scale = ldexp(1, -map.exponent);
  wide_moments(w, x, &map);
  map.rstd = 1 / sqrt(map.var + eps * map.scale * map.scale);
  return map;
}

// Given ones. Half of x and of the mean have a difference that is a number.
static wide_map wide_given(double mean, double var, double eps) {
  return (wide_map){.exponent = 1, .scale = 0.5, .mean = 0.5 * mean, .rstd = 2 / sqrt(var + eps)};
}

static void wide_normalize(const wide_channel *w, const real *x, real *y, const wide_map *map, double gamma,
                           double beta) {
  for (int64_t n = 0; n < w->batch; n++, x += w->stride, y += w->stride) {
    for (int64_t i = 0; i < w->spatial; i++) {
      double xhat = ((double)x[i] * map->scale - map->mean) * map->rstd;
      y[i] = (real)(xhat * gamma + beta);
    }
  }
}

static wide_channel wide_channel_of(int64_t batch, int64_t channels, int64_t spatial) {
  return (wide_channel){batch, spatial, channels * spatial, (double)batch * (double)spatial};
}

static void wide_forward(const batch_norm_forward *a, int64_t channel) {
  wide_channel w = wide_channel_of(a->batch, a->channels, a->spatial);
  int64_t offset = channel * a->spatial;
  const real *x = (const real *)a->x + offset;
  wide_map map;
  if (a->given_mean) {
    map = wide_given(wide_value(a->given_mean, channel, 0), wide_value(a->given_var, channel, 0), a->eps);
  } else {
    map = wide_statistics(&w, x, a->eps);
    wide_store(a->mean, channel, ldexp(map.mean, map.exponent));
    wide_store(a->var, channel, ldexp(map.var, 2 * map.exponent));
  }
  wide_normalize(&w, x, (real *)a->y + offset, &map, wide_value(a->gamma, channel, 1),
                 wide_value(a->beta, channel, 0));
}

// ---- Backward -----------------------------------------------------------------------------------------
//
// With S1 = sum(dy), S2 = sum(dy xhat):
//   d_x = gamma rstd (dy - S1/n - xhat S2/n) + mean'/n + var' 2 (x - mean)/n
// where mean' and var' are the cotangents of the statistics; where these are given, d_x = gamma rstd dy.
// dy is scaled by 2^-dy_exponent too.

typedef struct wide_gradient {
  wide_map map;
  int dy_exponent;
  double gamma, s1, s2; // the sums of scaled dy
} wide_gradient;

static void wide_products(const wide_channel *w, const real *x, const real *dy, wide_gradient *g) {
  double scale = ldexp(1, -g->dy_exponent);
  g->s1 = g->s2 = 0;
  for (int64_t n = 0; n < w->batch; n++, x += w->stride, dy += w->stride) {
    for (int64_t i = 0; i < w->spatial; i++) {
      double d = (double)dy[i] * scale;
      g->s1 += d;
      double deviation = (double)x[i] * g->map.scale - g->map.mean;
      // rstd may be infinite where x is constant
      g->s2 += d * (deviation == 0 && !isnan(g->map.rstd) ? 0 : deviation * g->map.rstd);
    }
  }
}

static void wide_input_gradient(const batch_norm_backward *a, int64_t channel, const wide_channel *w,
                                const wide_gradient *g, const real *x, const real *dy, real *dx) {
  const wide_map *map = &g->map;
  double scale = ldexp(1, -g->dy_exponent), n1 = g->s1 / w->count, n2 = g->s2 / w->count;
  double of_mean = wide_value(a->mean_cotangent, channel, 0) / w->count;
  double of_var = 2 * wide_value(a->var_cotangent, channel, 0) / w->count;
  for (int64_t n = 0; n < w->batch; n++, x += w->stride, dy += w->stride, dx += w->stride) {
    for (int64_t i = 0; i < w->spatial; i++) {
      double d = (double)x[i] * map->scale - map->mean, xhat = d * map->rstd;
      double through_xhat =
          ldexp(map->rstd * (((double)dy[i] * scale - n1) - xhat * n2), g->dy_exponent - map->exponent);
      dx[i] = (real)(through_xhat * g->gamma + of_mean + of_var * ldexp(d, map->exponent));
    }
  }
}

// gamma comes last: what it is multiplied by is the result for gamma = 1.
static void wide_backward_given(const batch_norm_backward *a, int64_t channel, const wide_channel *w,
                                const wide_gradient *g, const real *dy) {
  double rstd = ldexp(g->map.rstd, -g->map.exponent);
  wide_store(a->d_mean, channel, -ldexp(g->s1, g->dy_exponent) * rstd * g->gamma);
  wide_store(a->d_var, channel, ldexp(g->s2 * rstd * rstd, g->dy_exponent) * -0.5 * g->gamma);
  if (!a->d_x) return;
  real *dx = (real *)a->d_x + channel * a->spatial;
  for (int64_t n = 0; n < w->batch; n++, dy += w->stride, dx += w->stride) {
    for (int64_t i = 0; i < w->spatial; i++) dx[i] = (real)((double)dy[i] * rstd * g->gamma);
  }
}

static void wide_backward(const batch_norm_backward *a, int64_t channel) {
  wide_channel w = wide_channel_of(a->batch, a->channels, a->spatial);
  int64_t offset = channel * a->spatial;
  const real *x = (const real *)a->x + offset, *dy = (const real *)a->dy + offset;
  wide_gradient g = {.dy_exponent = wide_exponent(wide_largest(&w, dy)), .gamma = wide_value(a->gamma, channel, 1)};
  g.map = a->given ? wide_given(wide_value(a->mean, channel, 0), wide_value(a->var, channel, 0), a->eps)
                   : wide_statistics(&w, x, a->eps);
  wide_products(&w, x, dy, &g);
  wide_store(a->d_beta, channel, ldexp(g.s1, g.dy_exponent));
  wide_store(a->d_gamma, channel, ldexp(g.s2, g.dy_exponent));
  if (a->given) {
    wide_backward_given(a, channel, &w, &g, dy);
  } else if (a->d_x) {
    wide_input_gradient(a, channel, &w, &g, x, dy, (real *)a->d_x + offset);
  }
}

#endif
