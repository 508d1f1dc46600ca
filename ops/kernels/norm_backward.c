// SPDX-License-Identifier: GPL-3.0-or-later
//
// Backward passes of normalizations. With n values in a group, g = gamma dy, xhat = (x - mean) rstd, and mean',
// var' the cotangents of the moments:
//   d_x     = rstd (g - mean(g) - xhat mean(g xhat)) + mean'/n + var' 2 (x - mean)/n
//   d_gamma = sum(dy xhat),     d_beta = sum(dy)
// Without a mean, those of g and mean' are 0. Moments that are given have gradients of their own:
//   d_x = gamma rstd dy,     d_mean = -gamma rstd sum(dy),     d_var = -gamma rstd^3 sum(dy (x - mean)) / 2.
#include "ops/kernels/norm_backward.h"
#include "ops/kernels/norm_back_maps.h"
#include "ops/kernels/norm_back_panels.h"
#include "ops/kernels/norm_elementwise.h"
#include "ops/kernels/norm_wide.h"

// ---- d_x of rows --------------------------------------------------------------------------------------

static void gradient_row(const real *restrict x, const real *restrict dy, real *restrict dx, int64_t count,
                         real mean, real pivot, real scale, real slope, real level) {
#pragma omp simd
  for (int64_t i = 0; i < count; i++) dx[i] = scale * (dy[i] - pivot) + (slope * (x[i] - mean) + level);
}

// What is not multiplied by x has no NaN of its infinities.
static void scale_row(const real *restrict dy, real *restrict dx, int64_t count, real scale) {
#pragma omp simd
  for (int64_t i = 0; i < count; i++) dx[i] = scale * dy[i];
}

static void gradient_parts(const norm_backward_arguments *a, int64_t first, const norm_back_map *map, const real *x,
                           const real *dy, real *dx, int64_t start, int64_t count) {
  const norm_geometry *g = &a->plan->geometry;
  for (int64_t i = 0; i < count;) {
    int64_t part = (start + i) / g->spread, end = least(count, (part + 1) * g->spread - start);
    double gamma = value_at(a->gamma, first + part, 1);
    double level = map->level + map->rstd * (gamma - map->gamma_mean) * map->pivot;
    if (a->plan->moments == NORM_GIVEN) {
      scale_row(dy + i, dx + i, end - i, (real)(gamma * map->rstd));
    } else {
      gradient_row(x + i, dy + i, dx + i, end - i, (real)map->mean, (real)map->pivot, (real)(gamma * map->rstd),
                   (real)map->slope, (real)level);
    }
    i = end;
  }
}

// d_x of the share of a group whose parameters do not change along the run.
static void apply_share(const norm_backward_arguments *a, int64_t group, int64_t share, const norm_back_map *map) {
  const norm_geometry *g = &a->plan->geometry;
  int64_t end = share_begin(&a->plan->cut, share + 1), first = group_parameter(g, group);
  for (int64_t u = share_begin(&a->plan->cut, share); u < end; u++) {
    row_unit unit = unit_at(a->plan, group, u);
    for (int64_t n = 0; n < unit.segments; n++) {
      int64_t at = unit.offset + n * unit.stride;
      gradient_parts(a, first, map, (const real *)a->x + at, (const real *)a->dy + at, (real *)a->d_x + at,
                     unit.start, unit.count);
    }
  }
}

// ---- Wide groups, and blocks at once --------------------------------------------------------------------

static void mend_group(const norm_backward_arguments *a, int64_t group) {
  const norm_geometry *g = &a->plan->geometry;
  double *to = NULL;
  if (a->contributions) {
    bool elementwise = norm_is_elementwise(g);
    to = contribution(a, elementwise ? 0 : group / g->groups, group_parameter(g, group));
  }
  wide_backward(a, group, to, to ? to + a->columns : NULL, g->spread);
}

static void mend_panel(const norm_backward_arguments *a, panel p, const norm_panel_back_map *map) {
  for (int64_t c = 0; map->any_wide && c < p.groups; c++) {
    if (map->wide[c]) mend_group(a, p.first + c);
  }
}

static void whole_panel(const norm_backward_arguments *a, int64_t block) {
  panel p = panel_of(a->plan, block, 0);
  norm_panel_products sums;
  norm_panel_back_map map;
  panel_pivots(a, p, &map);
  panel_share(a, p, &map, &sums);
  finish_panel(a, p, &sums, &map);
  apply_panel(a, p, &map);
  mend_panel(a, p, &map);
}

static void whole_group(const norm_backward_arguments *a, int64_t group) {
  norm_products *sums = (norm_products *)a->sums + group * a->plan->geometry.parts;
  real pivot = group_pivot(a, group);
  share_products(a, group, 0, pivot, sums);
  norm_back_map map = finish_parts(a, group, (double)pivot, sums);
  if (map.wide) {
    mend_group(a, group);
  } else if (a->d_x) {
    apply_share(a, group, 0, &map);
  }
}

static void whole(const void *arguments, int64_t begin, int64_t end) {
  const norm_backward_arguments *a = arguments;
  for (int64_t block = begin; block < end; block++) {
    if (a->plan->cut.panels) {
      whole_panel(a, block);
    } else {
      whole_group(a, block);
    }
  }
}

// ---- Phases over shares -------------------------------------------------------------------------------

static int64_t sums_of_group(const norm_geometry *g) { return norm_is_elementwise(g) ? 1 : g->parts; }

static void sums(const void *arguments, int64_t begin, int64_t end) {
  const norm_backward_arguments *a = arguments;
  const norm_cut *cut = &a->plan->cut;
  int64_t parts = sums_of_group(&a->plan->geometry);
  for (int64_t item = begin; item < end; item++) {
    int64_t block = item / cut->shares, share = item % cut->shares, at = share * cut->blocks + block;
    if (cut->panels) {
      norm_panel_back_map map;
      panel_pivots(a, panel_of(a->plan, block, 0), &map);
      panel_share(a, panel_of(a->plan, block, share), &map, (norm_panel_products *)a->sums + at);
    } else {
      share_products(a, block, share, group_pivot(a, block), (norm_products *)a->sums + at * parts);
    }
  }
}

// The sums of the first share, to which those of the others are added.
static norm_products *all_shares(const norm_backward_arguments *a, int64_t group) {
  const norm_cut *cut = &a->plan->cut;
  int64_t parts = sums_of_group(&a->plan->geometry);
  norm_products *total = (norm_products *)a->sums + group * parts;
  for (int64_t s = 1; s < cut->shares; s++) {
    const norm_products *next = total + s * cut->blocks * parts;
    for (int64_t part = 0; part < parts; part++) {
      total[part].e += next[part].e;
      total[part].e_d += next[part].e_d;
      total[part].d += next[part].d;
    }
  }
  return total;
}

static norm_panel_products *all_panel_shares(const norm_backward_arguments *a, int64_t block, int64_t width) {
  const norm_cut *cut = &a->plan->cut;
  norm_panel_products *total = (norm_panel_products *)a->sums + block;
  for (int64_t s = 1; s < cut->shares; s++) {
    const norm_panel_products *next = total + s * cut->blocks;
    for (int64_t j = 0; j < width; j++) {
      total->e[j] += next->e[j];
      total->e_d[j] += next->e_d[j];
      total->d[j] += next->d[j];
    }
  }
  return total;
}

static void finish(const void *arguments, int64_t begin, int64_t end) {
  const norm_backward_arguments *a = arguments;
  for (int64_t block = begin; block < end; block++) {
    if (a->plan->cut.panels) {
      panel p = panel_of(a->plan, block, 0);
      norm_panel_back_map *map = (norm_panel_back_map *)a->maps + block;
      panel_pivots(a, p, map);
      finish_panel(a, p, all_panel_shares(a, block, p.width), map);
    } else {
      double pivot = (double)group_pivot(a, block);
      norm_back_map *map = (norm_back_map *)a->maps + block;
      *map = norm_is_elementwise(&a->plan->geometry) ? finish_elementwise(a, block, pivot, all_shares(a, block))
                                                     : finish_parts(a, block, pivot, all_shares(a, block));
    }
  }
}

static void apply(const void *arguments, int64_t begin, int64_t end) {
  const norm_backward_arguments *a = arguments;
  const norm_cut *cut = &a->plan->cut;
  for (int64_t item = begin; a->d_x && item < end; item++) {
    int64_t block = item / cut->shares, share = item % cut->shares;
    if (cut->panels) {
      apply_panel(a, panel_of(a->plan, block, share), (const norm_panel_back_map *)a->maps + block);
    } else {
      const norm_back_map *map = (const norm_back_map *)a->maps + block;
      if (!map->wide) apply_share(a, block, share, map);
    }
  }
}

static void mend(const void *arguments, int64_t begin, int64_t end) {
  const norm_backward_arguments *a = arguments;
  for (int64_t block = begin; block < end; block++) {
    if (a->plan->cut.panels) {
      mend_panel(a, panel_of(a->plan, block, 0), (const norm_panel_back_map *)a->maps + block);
    } else if (((const norm_back_map *)a->maps)[block].wide) {
      mend_group(a, block);
    }
  }
}

// The gradients of gamma and beta: the contributions of all rows, in their order.
static void parameters(const void *arguments, int64_t begin, int64_t end) {
  const norm_backward_arguments *a = arguments;
  int64_t fold = a->plan->fold;
  for (int64_t i = begin; i < end; i++) {
    double d_gamma = 0, d_beta = 0;
    for (int64_t row = 0; row < a->rows; row++) {
      const double *from = contribution(a, row, i * fold);
      for (int64_t j = 0; j < fold; j++) {
        d_gamma += from[j];
        d_beta += from[j + a->columns];
      }
    }
    store_at(a->d_gamma, i, d_gamma);
    store_at(a->d_beta, i, d_beta);
  }
}

extern const norm_backward_kernels VARIANT(norm_backward);
const norm_backward_kernels VARIANT(norm_backward) = {.whole = whole,
                                                      .rows = rows,
                                                      .sums = sums,
                                                      .finish = finish,
                                                      .apply = apply,
                                                      .columns = columns,
                                                      .mend = mend,
                                                      .parameters = parameters};
