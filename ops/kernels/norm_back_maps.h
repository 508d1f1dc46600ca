// SPDX-License-Identifier: GPL-3.0-or-later
//
// From the sums of a backward pass to what d_x is computed with.
//
// Of each part there are three sums, with d = x - (stored mean), e = dy - pivot:
//   S = sum(e),     P = sum(e d),     D = sum(d).
// delta = sum(D)/n is what rounding left in the stored mean. m values, of a part with gamma, then have
//   sum(dy)            = S + m pivot
//   sum(dy (x - mean)) = P - delta S + pivot (D - m delta)
// and as sum(D - m delta) over the parts is 0, the group's sums lose nothing to a large pivot where gamma is equal:
//   sum(g - gamma_mean pivot) = sum gamma S + ...,     sum(g (x - mean)) = sum gamma (P - delta S) +
//                                                      pivot (gamma - gamma_mean) (D - m delta).
#ifndef SELENOGRAD_NORM_BACK_MAPS_H
#define SELENOGRAD_NORM_BACK_MAPS_H

#include <math.h>

#include "ops/kernels/norm_backward.h"
#include "ops/kernels/norm_range.h"
#include "ops/kernels/norm_rows.h"

static inline double *contribution(const norm_backward_arguments *a, int64_t row, int64_t column) {
  return a->contributions + row * 2 * a->columns + column; // to gamma; that to beta is a->columns further on
}

static inline void contribute(const norm_backward_arguments *a, int64_t group, int64_t part, double d_gamma,
                              double d_beta) {
  const norm_geometry *g = &a->plan->geometry;
  if (!a->contributions) return;
  double *to = contribution(a, group / g->groups, group_parameter(g, group) + part);
  to[0] = d_gamma;
  to[a->columns] = d_beta;
}

static inline norm_back_map finish_given(const norm_backward_arguments *a, int64_t group,
                                         const norm_products *sums) {
  double gamma = value_at(a->gamma, group, 1);
  double rstd = 1 / sqrt(value_at(a->var, group, 0) + a->plan->eps), scale = gamma * rstd;
  double along_xhat = rstd * sums->e_d; // before another factor: it is of moderate size whatever rstd is
  bool fits = factor_fits(scale) && sum_fits(sums->e) && sum_fits(sums->e_d);
  contribute(a, group, 0, fits ? along_xhat : 0, fits ? sums->e : 0);
  store_at(a->d_mean, group, -scale * sums->e);
  store_at(a->d_var, group, -along_xhat * rstd * scale / 2);
  return (norm_back_map){.rstd = rstd, .gamma_mean = gamma, .wide = !fits};
}

// The coefficients of d_x that sums make: of_e = sum(g) but for the pivot's part, of_d = sum(g (x - mean)).
typedef struct coefficients {
  double slope, level;
  bool fits;
} coefficients;

ALWAYS_INLINE coefficients coefficients_of(double count, double rstd, double delta, double of_e, double of_d,
                                           double mean_cotangent, double var_cotangent) {
  double slope = (2 * var_cotangent - rstd * (rstd * of_d) * rstd) / count;
  double level = (mean_cotangent - rstd * of_e) / count - slope * delta;
  return (coefficients){slope, level, factor_fits(slope) & (fabs(level) <= largest)};
}

static inline void finish_map(const norm_backward_arguments *a, int64_t group, double of_e, double of_d,
                              norm_back_map *map) {
  if (a->plan->moments == NORM_SQUARE) of_e = 0;
  coefficients found = coefficients_of(norm_count(&a->plan->geometry), map->rstd, map->delta, of_e, of_d,
                                       value_at(a->mean_cotangent, group, 0), value_at(a->var_cotangent, group, 0));
  map->slope = found.slope;
  map->level = found.level;
  map->wide |= !found.fits;
}

// From one triple of sums for each part.
static inline norm_back_map finish_parts(const norm_backward_arguments *a, int64_t group, double pivot,
                                         const norm_products *sums) {
  const norm_geometry *g = &a->plan->geometry;
  if (a->plan->moments == NORM_GIVEN) return finish_given(a, group, sums);
  int64_t first = group_parameter(g, group);
  double count = norm_count(g), share = count / (double)g->parts, gammas = 0, deviations = 0, of_e = 0, of_d = 0;
  for (int64_t part = 0; part < g->parts; part++) {
    gammas += value_at(a->gamma, first + part, 1);
    deviations += sums[part].d;
  }
  norm_back_map map = {.mean = value_at(a->mean, group, 0),
                       .pivot = pivot,
                       .rstd = 1 / sqrt(value_at(a->var, group, 0) + a->plan->eps),
                       .gamma_mean = gammas / (double)g->parts,
                       .delta = a->plan->moments == NORM_SQUARE ? 0 : deviations / count};
  bool fits = rstd_fits(map.rstd);
  for (int64_t part = 0; part < g->parts; part++) {
    double gamma = value_at(a->gamma, first + part, 1), own = pivot * (sums[part].d - share * map.delta);
    double level = sums[part].e_d - map.delta * sums[part].e;
    of_e += gamma * sums[part].e;
    of_d += gamma * level + (gamma - map.gamma_mean) * own;
    fits &= factor_fits(gamma * map.rstd) && sum_fits(sums[part].e_d) && fabs(sums[part].e) <= largest;
    contribute(a, group, part, map.rstd * (level + (g->parts > 1 ? own : 0)), sums[part].e + share * pivot);
  }
  finish_map(a, group, of_e, of_d, &map);
  map.wide |= !fits;
  for (int64_t part = 0; map.wide && part < g->parts; part++) contribute(a, group, part, 0, 0);
  return map;
}

// From sums in which gamma is.
static inline norm_back_map finish_elementwise(const norm_backward_arguments *a, int64_t group, double pivot,
                                               const norm_products *sums) {
  bool square = a->plan->moments == NORM_SQUARE;
  norm_back_map map = {.mean = value_at(a->mean, group, 0),
                       .pivot = pivot,
                       .rstd = 1 / sqrt(value_at(a->var, group, 0) + a->plan->eps),
                       .delta = square ? 0 : sums->d / norm_count(&a->plan->geometry)};
  map.wide = !(rstd_fits(map.rstd) && sum_fits(sums->e_d) && sum_fits(sums->e));
  finish_map(a, group, sums->e, sums->e_d - map.delta * sums->e, &map);
  return map;
}

// ---- Pivots and sums ----------------------------------------------------------------------------------

static inline real group_pivot(const norm_backward_arguments *a, int64_t group) {
  const norm_geometry *g = &a->plan->geometry;
  const real *dy = (const real *)a->dy + group_offset(g, group);
  if (a->plan->moments != NORM_CENTRED) return 0;
  if (!norm_is_elementwise(g)) return pivot_of(g, dy);
  int64_t run = norm_run(g), middle = run / 2;
  const real *gamma = (const real *)a->gamma + group_parameter(g, group);
  return pivot_among(gamma[0] * dy[0], gamma[middle] * dy[middle], gamma[run - 1] * dy[run - 1]);
}

// Adds elements [start, start + count) of a run to the sums of their parts.
static inline void part_products(const norm_geometry *g, const real *x, const real *dy, int64_t start,
                                 int64_t count, real mean, real pivot, norm_products *sums) {
  for (int64_t i = 0; i < count;) {
    int64_t part = (start + i) / g->spread, end = least(count, (part + 1) * g->spread - start);
    rows_products(x + i, dy + i, NULL, 1, 0, end - i, mean, pivot, &sums[part]);
    i = end;
  }
}

static inline void share_products(const norm_backward_arguments *a, int64_t group, int64_t share, real pivot,
                                  norm_products *sums) {
  const norm_geometry *g = &a->plan->geometry;
  int64_t end = share_begin(&a->plan->cut, share + 1), first = group_parameter(g, group);
  bool elementwise = norm_is_elementwise(g);
  real mean = (real)value_at(a->mean, group, 0);
  for (int64_t part = 0; part < (elementwise ? 1 : g->parts); part++) sums[part] = (norm_products){0, 0, 0};
  for (int64_t u = share_begin(&a->plan->cut, share); u < end; u++) {
    row_unit unit = unit_at(a->plan, group, u);
    const real *x = (const real *)a->x + unit.offset, *dy = (const real *)a->dy + unit.offset;
    if (g->parts == 1) {
      rows_products(x, dy, NULL, unit.segments, unit.stride, unit.count, mean, pivot, sums);
    } else if (elementwise) {
      const real *gamma = (const real *)a->gamma + first + unit.start;
      rows_products(x, dy, gamma, 1, 0, unit.count, mean, pivot, sums);
    } else {
      part_products(g, x, dy, unit.start, unit.count, mean, pivot, sums);
    }
  }
}

#endif
