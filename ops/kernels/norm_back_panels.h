// SPDX-License-Identifier: GPL-3.0-or-later
//
// Backward passes over panels.
#ifndef SELENOGRAD_NORM_BACK_PANELS_H
#define SELENOGRAD_NORM_BACK_PANELS_H

#include "ops/kernels/norm_back_maps.h"
#include "ops/kernels/norm_panels.h"

// Means and pivots of the groups, from the whole panel.
static inline void panel_pivots(const norm_backward_arguments *a, panel p, norm_panel_back_map *map) {
  const norm_geometry *g = &a->plan->geometry;
  const real *dy = (const real *)a->dy + p.offset, *means = a->mean ? (const real *)a->mean + p.first : NULL;
  int64_t run = norm_run(g), middle = g->segments / 2 * p.stride + run / 2,
          last = (g->segments - 1) * p.stride + run - 1;
  bool centred = a->plan->moments == NORM_CENTRED;
  map->pivoted = false;
  for (int64_t c = 0; c < p.groups; c++, dy += run) {
    map->mean[c] = means ? (double)means[c] : 0;
    map->pivot[c] = centred ? (double)pivot_among(dy[0], dy[middle], dy[last]) : 0;
    map->pivoted |= map->pivot[c] != 0;
  }
}

static inline void panel_share(const norm_backward_arguments *a, panel p, const norm_panel_back_map *map,
                               norm_panel_products *sums) {
  real mean[NORM_COLUMNS], pivot[NORM_COLUMNS];
  int64_t run = norm_run(&a->plan->geometry);
  const real *x = (const real *)a->x + p.offset, *dy = (const real *)a->dy + p.offset;
  spread_columns(map->mean, p.groups, run, mean);
  spread_columns(map->pivot, p.groups, run, pivot);
  if (map->pivoted) {
    panel_products(p, x, dy, mean, pivot, sums);
  } else {
    panel_products(p, x, dy, mean, NULL, sums);
  }
}

// Columns to groups, in place: every `run` neighbouring columns are one.
static inline void fold_columns(double *sums, int64_t groups, int64_t run) {
  for (int64_t c = 0; run > 1 && c < groups; c++) {
    double total = 0;
    for (int64_t j = c * run; j < (c + 1) * run; j++) total += sums[j];
    sums[c] = total;
  }
}

static inline void finish_panel_given(const norm_backward_arguments *a, panel p, const norm_panel_products *sums,
                                      norm_panel_back_map *map) {
  for (int64_t c = 0; c < p.groups; c++) {
    norm_products one = {sums->e[c], sums->e_d[c], sums->d[c]};
    norm_back_map group = finish_given(a, p.first + c, &one);
    map->a[c] = group.gamma_mean * group.rstd;
    map->wide[c] = group.wide;
  }
}

// finish_parts for groups of one part, side by side.
static inline void finish_panel_own(const norm_backward_arguments *a, panel p,
                                    const norm_panel_products *restrict sums, norm_panel_back_map *restrict map) {
  const norm_geometry *g = &a->plan->geometry;
  int64_t outer = p.first / g->groups, first = p.first % g->groups;
  double spare[2 * NORM_COLUMNS], count = norm_count(g), eps = a->plan->eps;
  double *restrict d_gamma = a->contributions ? contribution(a, outer, first) : spare;
  double *restrict d_beta = a->contributions ? d_gamma + a->columns : spare + NORM_COLUMNS;
  const real *gammas = a->gamma ? (const real *)a->gamma + first : NULL, *vars = (const real *)a->var + p.first;
  const real *of_mean = a->mean_cotangent ? (const real *)a->mean_cotangent + p.first : NULL;
  const real *of_var = a->var_cotangent ? (const real *)a->var_cotangent + p.first : NULL;
  bool square = a->plan->moments == NORM_SQUARE;
#pragma omp simd
  for (int64_t c = 0; c < p.groups; c++) {
    double gamma = gammas ? (double)gammas[c] : 1, rstd = 1 / sqrt((double)vars[c] + eps);
    double delta = square ? 0 : sums->d[c] / count, e_d = sums->e_d[c] - delta * sums->e[c];
    coefficients found = coefficients_of(count, rstd, delta, square ? 0 : gamma * sums->e[c], gamma * e_d,
                                         of_mean ? (double)of_mean[c] : 0, of_var ? (double)of_var[c] : 0);
    bool fits = found.fits & rstd_fits(rstd) & factor_fits(gamma * rstd) & sum_fits(sums->e_d[c]) &
                (fabs(sums->e[c]) <= largest);
    map->a[c] = gamma * rstd;
    map->slope[c] = found.slope;
    map->level[c] = found.level;
    map->wide[c] = !fits;
    d_gamma[c] = fits ? rstd * e_d : 0;
    d_beta[c] = fits ? sums->e[c] + count * map->pivot[c] : 0;
  }
}

static inline void finish_panel(const norm_backward_arguments *a, panel p, norm_panel_products *sums,
                                norm_panel_back_map *map) {
  int64_t run = norm_run(&a->plan->geometry);
  fold_columns(sums->e, p.groups, run);
  fold_columns(sums->e_d, p.groups, run);
  fold_columns(sums->d, p.groups, run);
  if (a->plan->moments == NORM_GIVEN) {
    finish_panel_given(a, p, sums, map);
  } else {
    finish_panel_own(a, p, sums, map);
  }
  map->any_wide = false;
  for (int64_t c = 0; c < p.groups; c++) map->any_wide |= map->wide[c];
}

typedef struct gradient_columns {
  real mean[NORM_COLUMNS], pivot[NORM_COLUMNS], a[NORM_COLUMNS], slope[NORM_COLUMNS], level[NORM_COLUMNS];
} gradient_columns;

ALWAYS_INLINE void gradient_panel(panel p, const real *restrict x, const real *restrict dy, real *restrict dx,
                                  const gradient_columns *restrict map, bool pivoted) {
  for (int64_t n = 0; n < p.rows; n++, x += p.stride, dy += p.stride, dx += p.stride) {
#pragma omp simd
    for (int64_t j = 0; j < p.width; j++) {
      real e = pivoted ? dy[j] - map->pivot[j] : dy[j];
      dx[j] = map->a[j] * e + (map->slope[j] * (x[j] - map->mean[j]) + map->level[j]);
    }
  }
}

static inline void scale_panel(panel p, const real *restrict dy, real *restrict dx, const real *restrict scale) {
  for (int64_t n = 0; n < p.rows; n++, dy += p.stride, dx += p.stride) {
#pragma omp simd
    for (int64_t j = 0; j < p.width; j++) dx[j] = scale[j] * dy[j];
  }
}

static inline void apply_panel(const norm_backward_arguments *a, panel p, const norm_panel_back_map *map) {
  if (!a->d_x) return;
  gradient_columns columns;
  int64_t run = norm_run(&a->plan->geometry);
  const real *x = (const real *)a->x + p.offset, *dy = (const real *)a->dy + p.offset;
  real *dx = (real *)a->d_x + p.offset;
  spread_columns(map->a, p.groups, run, columns.a);
  if (a->plan->moments == NORM_GIVEN) {
    scale_panel(p, dy, dx, columns.a);
    return;
  }
  spread_columns(map->mean, p.groups, run, columns.mean);
  spread_columns(map->pivot, p.groups, run, columns.pivot);
  spread_columns(map->slope, p.groups, run, columns.slope);
  spread_columns(map->level, p.groups, run, columns.level);
  if (map->pivoted) {
    gradient_panel(p, x, dy, dx, &columns, true);
  } else {
    gradient_panel(p, x, dy, dx, &columns, false);
  }
}

#endif
