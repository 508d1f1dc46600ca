// SPDX-License-Identifier: GPL-3.0-or-later
//
// Backward passes where gamma and beta change along the run, as those of layer_norm do: their gradients are sums
// down the columns, in lanes of `real` for NORM_STRETCH rows and then in double.
#ifndef SELENOGRAD_NORM_ELEMENTWISE_H
#define SELENOGRAD_NORM_ELEMENTWISE_H

#include "ops/kernels/norm_back_maps.h"
#include "ops/kernels/norm_panels.h"
#include "ops/kernels/norm_wide.h"

// d_x, where it is not the constant NULL, and what this run adds to the sums of dy xhat and dy in every column,
// which likewise.
ALWAYS_INLINE void elementwise_row(const norm_back_map *map, const real *restrict x, const real *restrict dy,
                                   const real *restrict gamma, real *restrict dx, real *restrict d_gamma,
                                   real *restrict d_beta, int64_t count) {
  real mean = (real)map->mean, pivot = (real)map->pivot, scale = (real)map->rstd, slope = (real)map->slope;
  real level = (real)map->level, rest = (real)(-map->delta * map->rstd);
#pragma omp simd
  for (int64_t j = 0; j < count; j++) {
    real d = x[j] - mean, dy_j = dy[j];
    if (dx) dx[j] = scale * (gamma[j] * dy_j - pivot) + (slope * d + level);
    if (d_gamma) {
      d_gamma[j] += dy_j * (d * scale + rest);
      d_beta[j] += dy_j;
    }
  }
}

static inline void elementwise_run(const norm_backward_arguments *a, int64_t group, const norm_back_map *map,
                                   int64_t start, int64_t count, real *d_gamma, real *d_beta) {
  const norm_geometry *g = &a->plan->geometry;
  int64_t at = group_offset(g, group) + start;
  const real *x = (const real *)a->x + at, *dy = (const real *)a->dy + at;
  const real *gamma = (const real *)a->gamma + group_parameter(g, group) + start;
  real *dx = a->d_x ? (real *)a->d_x + at : NULL;
  if (!dx) {
    elementwise_row(map, x, dy, gamma, NULL, d_gamma, d_beta, count);
  } else if (d_gamma) {
    elementwise_row(map, x, dy, gamma, dx, d_gamma, d_beta, count);
  } else {
    elementwise_row(map, x, dy, gamma, dx, NULL, NULL, count);
  }
}

// Lanes that left the range of `real`, though what they are added to may not, once more. `maps` are `step` apart.
static inline void add_again(const norm_backward_arguments *a, int64_t group, int64_t start, int64_t width,
                             int64_t count, const norm_back_map *maps, int64_t step, double *to) {
  const norm_geometry *g = &a->plan->geometry;
  for (int64_t j = 0; j < width; j++) {
    long double d_gamma = 0, d_beta = 0;
    for (int64_t n = 0; n < count; n++) {
      const norm_back_map *map = maps + n * step;
      int64_t at = group_offset(g, group + n * g->groups) + start + j;
      double d = (double)((const real *)a->x)[at] - map->mean - map->delta;
      long double dy = ((const real *)a->dy)[at];
      if (map->wide) continue; // a wide group has added its own
      d_gamma += dy * (d * map->rstd);
      d_beta += dy;
    }
    to[j] += (double)d_gamma;
    to[j + a->columns] += (double)d_beta;
  }
}

// Adds the lanes of one group of `count` outers in a row, columns [start, start + width).
static inline void flush_lanes(const norm_backward_arguments *a, int64_t group, int64_t start, int64_t width,
                               int64_t count, const norm_back_map *maps, int64_t step, const real *d_gamma,
                               const real *d_beta, double *to) {
  int others = 0;
#pragma omp simd reduction(| : others)
  for (int64_t j = 0; j < width; j++) {
    others |= !(fabs((double)d_gamma[j]) <= largest) | !(fabs((double)d_beta[j]) <= largest);
  }
  if (others) {
    add_again(a, group, start, width, count, maps, step, to);
  } else {
    flush_columns(to, d_gamma, width);
    flush_columns(to + a->columns, d_beta, width);
  }
}

// One group of `count` <= NORM_STRETCH outers in a row.
static inline void elementwise_stretch(const norm_backward_arguments *a, int64_t first, int64_t count, real *lanes,
                                       double *to) {
  const norm_geometry *g = &a->plan->geometry;
  int64_t run = norm_run(g);
  real *d_gamma = to ? lanes : NULL, *d_beta = to ? lanes + run : NULL;
  norm_back_map maps[NORM_STRETCH];
  if (to) clear_columns(lanes, 2 * run);
  for (int64_t n = 0; n < count; n++) {
    int64_t group = first + n * g->groups;
    real pivot = group_pivot(a, group);
    norm_products sums;
    share_products(a, group, 0, pivot, &sums);
    maps[n] = finish_elementwise(a, group, (double)pivot, &sums);
    if (maps[n].wide) {
      wide_backward(a, group, to, to ? to + a->columns : NULL, 1);
    } else {
      elementwise_run(a, group, &maps[n], 0, run, d_gamma, d_beta);
    }
  }
  if (to) flush_lanes(a, first, 0, run, count, maps, 1, d_gamma, d_beta, to);
}

// The items are chunks of outers.
static inline void rows(const void *arguments, int64_t begin, int64_t end) {
  const norm_backward_arguments *a = arguments;
  const norm_geometry *g = &a->plan->geometry;
  int64_t chunks = a->plan->cut.chunks, run = norm_run(g);
  for (int64_t chunk = begin; chunk < end; chunk++) {
    int64_t first = g->outer * chunk / chunks, last = g->outer * (chunk + 1) / chunks;
    double *to = a->contributions ? contribution(a, chunk, 0) : NULL;
    for (int64_t j = 0; to && j < 2 * a->columns; j++) to[j] = 0;
    for (int64_t group = 0; group < g->groups; group++) {
      for (int64_t outer = first; outer < last; outer += NORM_STRETCH) {
        elementwise_stretch(a, outer * g->groups + group, least(NORM_STRETCH, last - outer),
                            (real *)a->lanes + chunk * 2 * run, to ? to + group * run : NULL);
      }
    }
  }
}

// The items are slices of the runs of all outers.
static inline void columns(const void *arguments, int64_t begin, int64_t end) {
  const norm_backward_arguments *a = arguments;
  const norm_geometry *g = &a->plan->geometry;
  int64_t run = norm_run(g), slices = (run - 1) / NORM_SLICE + 1;
  for (int64_t item = begin; item < end; item++) {
    int64_t group = item / slices, start = item % slices * NORM_SLICE, width = least(NORM_SLICE, run - start);
    double *to = a->contributions ? contribution(a, 0, group * run + start) : NULL;
    real d_gamma[NORM_SLICE], d_beta[NORM_SLICE];
    for (int64_t j = 0; to && j < width; j++) to[j] = to[j + a->columns] = 0;
    for (int64_t first = 0; first < g->outer; first += NORM_STRETCH) {
      int64_t count = least(NORM_STRETCH, g->outer - first), begins = first * g->groups + group;
      const norm_back_map *maps = (const norm_back_map *)a->maps + begins;
      clear_columns(d_gamma, width);
      clear_columns(d_beta, width);
      for (int64_t n = 0; n < count; n++) {
        const norm_back_map *map = maps + n * g->groups;
        if (map->wide) continue;
        elementwise_run(a, begins + n * g->groups, map, start, width, to ? d_gamma : NULL, to ? d_beta : NULL);
      }
      if (to) flush_lanes(a, begins, start, width, count, maps, g->groups, d_gamma, d_beta, to);
    }
  }
}

#endif
