// SPDX-License-Identifier: GPL-3.0-or-later
//
// Groups whose numbers leave the range in which loops over `real` are right: squares, sums or factors that would
// overflow or lose their digits below the smallest normal number. They are rare, so this is written for range and
// not for speed: everything in double, and the data of a group scaled by a power of two, which is exact.
//
//   xhat = (x scale - mean) rstd,     mean and rstd those of x scale
#ifndef SELENOGRAD_NORM_WIDE_H
#define SELENOGRAD_NORM_WIDE_H

#include "ops/kernels/norm_backward.h"
#include "ops/kernels/norm_forward.h"
#include "ops/kernels/norm_range.h"
#include "ops/kernels/norm_rows.h"

typedef struct wide_group {
  norm_moments moments;
  double eps;
  int64_t group, offset; // the first element
  int64_t segments, run, stride;
  int64_t parameters, parts, spread; // the first parameter, their number, and the elements that share one
  double count;
} wide_group;

static inline wide_group wide_group_of(const norm_plan *p, int64_t group) {
  const norm_geometry *g = &p->geometry;
  return (wide_group){.moments = p->moments,
                      .eps = p->eps,
                      .group = group,
                      .offset = group_offset(g, group),
                      .segments = g->segments,
                      .run = norm_run(g),
                      .stride = g->groups * norm_run(g),
                      .parameters = group % g->groups * g->parts,
                      .parts = g->parts,
                      .spread = g->spread,
                      .count = norm_count(g)};
}

typedef struct wide_map {
  int exponent; // scale = 2^-exponent
  double scale, mean, rstd, var;
} wide_map;

// The largest magnitude of elements of the group; where there is one that is no number, it.
static inline double wide_largest(const wide_group *w, const real *x) {
  double most = 0;
  for (int64_t n = 0; n < w->segments; n++, x += w->stride) {
    for (int64_t i = 0; i < w->run; i++) {
      double size = fabs((double)x[i]);
      if (!isfinite(size)) return size;
      if (size > most) most = size;
    }
  }
  return most;
}

// What brings numbers up to `most` near 1, as far as a power of two that is a number itself can.
static inline int wide_exponent(double most) {
  int exponent = 0;
  if (isfinite(most)) frexp(most, &exponent);
  return exponent > 1000 ? 1000 : exponent < -1000 ? -1000 : exponent;
}

// Around the mean, or around 0.
static inline void wide_moments(const wide_group *w, const real *x, wide_map *map) {
  double sum = 0, rest = 0, square = 0;
  const real *row = x;
  for (int64_t n = 0; w->moments == NORM_CENTRED && n < w->segments; n++, row += w->stride) {
    for (int64_t i = 0; i < w->run; i++) sum += (double)row[i] * map->scale;
  }
  double shift = sum / w->count;
  row = x;
  for (int64_t n = 0; n < w->segments; n++, row += w->stride) {
    for (int64_t i = 0; i < w->run; i++) {
      double d = (double)row[i] * map->scale - shift;
      rest += d;
      square += d * d;
    }
  }
  if (w->moments == NORM_SQUARE) rest = 0;
  map->mean = shift + rest / w->count;
  map->var = (square - rest * rest / w->count) / w->count;
  if (map->var < 0) map->var = 0;
}

// The group's own. Of data that are no numbers they are none either.
static inline wide_map wide_statistics(const wide_group *w, const real *x) {
  wide_map map = {.exponent = wide_exponent(fmax(wide_largest(w, x), sqrt(w->eps)))};
  map.scale = ldexp(1, -map.exponent);
  wide_moments(w, x, &map);
  // eps scaled may be 0, though it is not.
  map.rstd =
      map.var == 0 ? ldexp(1 / sqrt(w->eps), map.exponent) : 1 / sqrt(map.var + w->eps * map.scale * map.scale);
  return map;
}

// Given ones. Half of x and of the mean have a difference that is a number.
static inline wide_map wide_given(double mean, double var, double eps) {
  return (wide_map){.exponent = 1, .scale = 0.5, .mean = 0.5 * mean, .rstd = 2 / sqrt(var + eps)};
}

static inline void wide_forward(const norm_forward_arguments *a, int64_t group) {
  wide_group w = wide_group_of(a->plan, group);
  const real *x = (const real *)a->x + w.offset;
  real *y = (real *)a->y + w.offset;
  wide_map map;
  if (w.moments == NORM_GIVEN) {
    map = wide_given(value_at(a->given_mean, w.parameters, 0), value_at(a->given_var, w.parameters, 0), w.eps);
  } else {
    map = wide_statistics(&w, x);
    store_at(a->mean, group, ldexp(map.mean, map.exponent));
    store_at(a->var, group, ldexp(map.var, 2 * map.exponent));
  }
  for (int64_t n = 0; n < w.segments; n++, x += w.stride, y += w.stride) {
    for (int64_t i = 0; i < w.run; i++) {
      double xhat = ((double)x[i] * map.scale - map.mean) * map.rstd;
      int64_t parameter = w.parameters + i / w.spread;
      y[i] = (real)(xhat * value_at(a->gamma, parameter, 1) + value_at(a->beta, parameter, 0));
    }
  }
}

// ---- Backward -----------------------------------------------------------------------------------------
//
// With g = gamma dy, S1 = sum(g), S2 = sum(g xhat):
//   d_x = rstd (g - S1/n - xhat S2/n) + mean'/n + var' 2 (x - mean)/n
// where mean' and var' are the cotangents of the moments. Without a mean, S1 and mean' have no part in it; where
// the moments are given, d_x = g rstd. dy and gamma are scaled by powers of two as well; a gamma that the group has
// in common comes last, where what it is multiplied by is the result for gamma = 1.

typedef struct wide_gradient {
  const wide_group *w;
  const real *x, *dy, *gamma;
  wide_map map;
  int dy_exponent, gamma_exponent;
  double dy_scale, gamma_scale;
  double common, s1, s2; // of scaled dy and gamma
} wide_gradient;

static inline double wide_xhat(const wide_gradient *g, int64_t i) {
  double deviation = (double)g->x[i] * g->map.scale - g->map.mean;
  bool nothing = deviation == 0 && g->w->moments == NORM_GIVEN && !isnan(g->map.rstd); // whatever rstd is
  return nothing ? 0 : deviation * g->map.rstd;
}

// gamma dy of element i of a run at `at`, scaled.
static inline double wide_cotangent(const wide_gradient *g, int64_t at, int64_t i) {
  double dy = (double)g->dy[at + i] * g->dy_scale;
  if (g->w->parts == 1 || !g->gamma) return dy;
  return dy * ((double)g->gamma[g->w->parameters + i / g->w->spread] * g->gamma_scale);
}

// Adds the group's sums of dy xhat and dy to the parts' gradients, which stand one for each `fold` elements.
static inline void wide_parameters(const wide_gradient *g, double *d_gamma, double *d_beta, int64_t fold) {
  for (int64_t n = 0, at = 0; n < g->w->segments; n++, at += g->w->stride) {
    for (int64_t i = 0; i < g->w->run; i++) {
      double dy = (double)g->dy[at + i] * g->dy_scale;
      d_gamma[i / fold] += ldexp(dy * wide_xhat(g, at + i), g->dy_exponent);
      d_beta[i / fold] += ldexp(dy, g->dy_exponent);
    }
  }
}

static inline void wide_sums(wide_gradient *g) {
  for (int64_t n = 0, at = 0; n < g->w->segments; n++, at += g->w->stride) {
    for (int64_t i = 0; i < g->w->run; i++) {
      double e = wide_cotangent(g, at, i);
      g->s1 += e;
      g->s2 += e * wide_xhat(g, at + i);
    }
  }
}

static inline void wide_input_gradient(const norm_backward_arguments *a, const wide_gradient *g, real *dx) {
  const wide_group *w = g->w;
  const wide_map *map = &g->map;
  double n1 = w->moments == NORM_SQUARE ? 0 : g->s1 / w->count, n2 = g->s2 / w->count;
  double of_mean = value_at(a->mean_cotangent, w->group, 0) / w->count;
  double of_var = 2 * value_at(a->var_cotangent, w->group, 0) / w->count;
  int exponent = g->dy_exponent + g->gamma_exponent - map->exponent;
  for (int64_t n = 0, at = 0; n < w->segments; n++, at += w->stride) {
    for (int64_t i = 0; i < w->run; i++) {
      double d = (double)g->x[at + i] * map->scale - map->mean, xhat = d * map->rstd;
      double through_xhat = ldexp(map->rstd * ((wide_cotangent(g, at, i) - n1) - xhat * n2), exponent);
      dx[at + i] = (real)(through_xhat * g->common + of_mean + of_var * ldexp(d, map->exponent));
    }
  }
}

static inline void wide_backward_given(const norm_backward_arguments *a, const wide_gradient *g, real *dx) {
  const wide_group *w = g->w;
  double rstd = ldexp(g->map.rstd, -g->map.exponent);
  store_at(a->d_mean, w->group, -ldexp(g->s1, g->dy_exponent) * rstd * g->common);
  store_at(a->d_var, w->group, ldexp(g->s2 * rstd * rstd, g->dy_exponent) * -0.5 * g->common);
  for (int64_t n = 0, at = 0; dx && n < w->segments; n++, at += w->stride) {
    for (int64_t i = 0; i < w->run; i++) dx[at + i] = (real)((double)g->dy[at + i] * rstd * g->common);
  }
}

static inline wide_gradient wide_gradient_of(const norm_backward_arguments *a, const wide_group *w) {
  const real *x = (const real *)a->x + w->offset, *dy = (const real *)a->dy + w->offset;
  wide_gradient g = {.w = w, .x = x, .dy = dy, .gamma = a->gamma, .common = 1, .gamma_scale = 1};
  g.dy_exponent = wide_exponent(wide_largest(w, dy));
  g.dy_scale = ldexp(1, -g.dy_exponent);
  if (w->parts == 1) {
    g.common = value_at(a->gamma, w->parameters, 1);
  } else if (a->gamma) {
    wide_group parameters = {.segments = 1, .run = w->parts};
    g.gamma_exponent = wide_exponent(wide_largest(&parameters, g.gamma + w->parameters));
    g.gamma_scale = ldexp(1, -g.gamma_exponent);
  }
  g.map = w->moments == NORM_GIVEN
              ? wide_given(value_at(a->mean, w->parameters, 0), value_at(a->var, w->parameters, 0), w->eps)
              : wide_statistics(w, x);
  return g;
}

// d_gamma and d_beta, where not NULL, are added to: one for each `fold` elements of a run.
static inline void wide_backward(const norm_backward_arguments *a, int64_t group, double *d_gamma, double *d_beta,
                                 int64_t fold) {
  wide_group w = wide_group_of(a->plan, group);
  wide_gradient g = wide_gradient_of(a, &w);
  real *dx = a->d_x ? (real *)a->d_x + w.offset : NULL;
  wide_sums(&g);
  if (d_gamma) wide_parameters(&g, d_gamma, d_beta, fold);
  if (w.moments == NORM_GIVEN) {
    wide_backward_given(a, &g, dx);
  } else if (dx) {
    wide_input_gradient(a, &g, dx);
  }
}

#endif
