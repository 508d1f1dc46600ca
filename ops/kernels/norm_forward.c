// SPDX-License-Identifier: GPL-3.0-or-later
//
// Forward passes of normalizations: moments of groups, then y.
//
// Moments are taken in pieces that stay in cache, each around a mean of its own: with d = x - shift, shift close to
// the piece's mean,
//   mean = shift + sum d / n,     square = sum d^2 - (sum d)^2 / n
// is the corrected two-pass formula (Chan, Golub, LeVeque 1983). Pieces are put together in double: with delta the
// difference of two means,
//   mean = mean_1 + delta n_2 / n,     square = square_1 + square_2 + delta^2 n_1 n_2 / n.
// A group for which the loops over `real` are not right is computed once more by norm_wide.h.
#include <math.h>

#include "ops/kernels/norm_forward.h"
#include "ops/kernels/norm_panels.h"
#include "ops/kernels/norm_range.h"
#include "ops/kernels/norm_rows.h"
#include "ops/kernels/norm_wide.h"

// ---- Moments of rows ----------------------------------------------------------------------------------

static void merge(norm_sums *m, double count, double shift, double mean, double square) {
  if (m->count == 0) {
    *m = (norm_sums){count, shift, mean, square};
    return;
  }
  double part = count / (m->count + count);
  double delta = (shift - m->shift) + mean - m->mean;
  m->mean += delta * part;
  m->square += square + delta * delta * part * m->count;
  m->count += count;
}

static void merge_unit(const norm_plan *p, const real *x, row_unit u, norm_sums *m) {
  double count = (double)u.segments * (double)u.count, sum = 0, square = 0;
  real shift = p->moments == NORM_SQUARE ? 0 : (real)(rows_sum(x, u.segments, u.stride, u.count) / count);
  rows_deviations(x, u.segments, u.stride, u.count, shift, &sum, &square);
  if (p->moments == NORM_SQUARE) sum = 0;
  merge(m, count, (double)shift, sum / count, square - sum * (sum / count));
}

static norm_sums share_sums(const norm_forward_arguments *a, int64_t group, int64_t share) {
  norm_sums sums = {0};
  if (a->plan->moments == NORM_GIVEN) return sums;
  int64_t end = share_begin(&a->plan->cut, share + 1);
  for (int64_t u = share_begin(&a->plan->cut, share); u < end; u++) {
    row_unit unit = unit_at(a->plan, group, u);
    merge_unit(a->plan, (const real *)a->x + unit.offset, unit, &sums);
  }
  return sums;
}

// ---- Maps of rows -------------------------------------------------------------------------------------

// A difference with a mean this large may overflow, if x is large too.
static bool given_fits(double mean) { return !(fabs(mean) > largest * digit / 4); }

static norm_map map_of(const norm_forward_arguments *a, int64_t group, const norm_sums *m) {
  const norm_plan *p = a->plan;
  norm_map map = {0};
  if (p->moments == NORM_GIVEN) {
    map.shift = value_at(a->given_mean, group % p->geometry.groups, 0);
    map.rstd = 1 / sqrt(value_at(a->given_var, group % p->geometry.groups, 0) + p->eps);
    map.wide = !given_fits(map.shift);
    return map;
  }
  double mean = m->shift + m->mean, var = m->square / m->count;
  var = var < 0 ? 0 : var; // by rounding; NaN stays
  store_at(a->mean, group, mean);
  store_at(a->var, group, var);
  map.shift = (double)(real)mean;
  map.rest = (m->shift - map.shift) + m->mean;
  map.rstd = 1 / sqrt(var + p->eps);
  map.wide = !rstd_fits(map.rstd); // also when a sum has overflowed
  return map;
}

// Whether what gamma makes of rstd loses no digits in one of the parts.
static bool parts_fit(const norm_forward_arguments *a, int64_t group, double rstd) {
  const norm_geometry *g = &a->plan->geometry;
  int64_t first = group_parameter(g, group);
  bool fit = true;
  for (int64_t part = 0; !norm_is_elementwise(g) && part < g->parts; part++) {
    fit &= factor_fits(value_at(a->gamma, first + part, 1) * rstd);
  }
  return fit;
}

static norm_map finish_group(const norm_forward_arguments *a, int64_t group, const norm_sums *m) {
  norm_map map = map_of(a, group, m);
  map.wide |= !parts_fit(a, group, map.rstd);
  return map;
}

// ---- y of rows ----------------------------------------------------------------------------------------

static void normalize_row(const real *restrict x, real *restrict y, int64_t count, real shift, real scale,
                          real offset) {
#pragma omp simd
  for (int64_t i = 0; i < count; i++) y[i] = (x[i] - shift) * scale + offset;
}

static void normalize_elementwise(const real *restrict x, const real *restrict gamma, const real *restrict beta,
                                  real *restrict y, int64_t count, const norm_map *map) {
  real shift = (real)map->shift, scale = (real)map->rstd, offset = (real)(-map->rest * map->rstd);
#pragma omp simd
  for (int64_t i = 0; i < count; i++) y[i] = ((x[i] - shift) * scale + offset) * gamma[i] + beta[i];
}

// Elements [start, start + count) of a run, with a gamma and a beta for each part.
static void normalize_parts(const norm_forward_arguments *a, int64_t first, const norm_map *map, const real *x,
                            real *y, int64_t start, int64_t count) {
  const norm_geometry *g = &a->plan->geometry;
  for (int64_t i = 0; i < count;) {
    int64_t part = (start + i) / g->spread, end = least(count, (part + 1) * g->spread - start);
    double scale = value_at(a->gamma, first + part, 1) * map->rstd;
    double offset = value_at(a->beta, first + part, 0) - map->rest * scale;
    normalize_row(x + i, y + i, end - i, (real)map->shift, (real)scale, (real)offset);
    i = end;
  }
}

static void apply_share(const norm_forward_arguments *a, int64_t group, int64_t share, const norm_map *map) {
  const norm_geometry *g = &a->plan->geometry;
  int64_t end = share_begin(&a->plan->cut, share + 1), first = group_parameter(g, group);
  for (int64_t u = share_begin(&a->plan->cut, share); u < end; u++) {
    row_unit unit = unit_at(a->plan, group, u);
    for (int64_t n = 0; n < unit.segments; n++) {
      const real *x = (const real *)a->x + unit.offset + n * unit.stride;
      real *y = (real *)a->y + unit.offset + n * unit.stride;
      if (norm_is_elementwise(g)) {
        int64_t at = first + unit.start;
        normalize_elementwise(x, (const real *)a->gamma + at, (const real *)a->beta + at, y, unit.count, map);
      } else {
        normalize_parts(a, first, map, x, y, unit.start, unit.count);
      }
    }
  }
}

// ---- Panels -------------------------------------------------------------------------------------------

static void panel_sums(const norm_forward_arguments *a, panel p, norm_panel_sums *sums) {
  const real *x = (const real *)a->x + p.offset;
  sums->count = 0;
  if (a->plan->moments == NORM_GIVEN) return;
  for (int64_t begin = 0; begin < p.rows; begin += NORM_STRETCH) {
    merge_stretch(sums, x + begin * p.stride, least(NORM_STRETCH, p.rows - begin), p.width, p.stride,
                  a->plan->moments == NORM_CENTRED);
  }
}

// Columns to groups: every `run` neighbouring columns are one. In place, but for the count.
static void fold_panel(norm_panel_sums *s, int64_t groups, int64_t run) {
  for (int64_t c = 0; run > 1 && c < groups; c++) {
    double shift = s->shift[c * run], mean = 0, square = 0;
    for (int64_t j = c * run; j < (c + 1) * run; j++) mean += (s->shift[j] - shift) + s->mean[j];
    mean /= (double)run;
    for (int64_t j = c * run; j < (c + 1) * run; j++) {
      double delta = (s->shift[j] - shift) + s->mean[j] - mean;
      square += s->square[j] + s->count * (delta * delta);
    }
    s->shift[c] = shift;
    s->mean[c] = mean;
    s->square[c] = square;
  }
}

// The moments of the groups, stored; shift, rest and rstd of their maps, and which are wide.
static void panel_moments(const norm_forward_arguments *a, panel p, const norm_panel_sums *s, norm_panel_map *map,
                          double *restrict rest, double *restrict rstd) {
  real *means = a->mean ? (real *)a->mean + p.first : NULL, *vars = (real *)a->var + p.first;
  double count = norm_count(&a->plan->geometry), eps = a->plan->eps;
#pragma omp simd
  for (int64_t c = 0; c < p.groups; c++) {
    double mean = s->shift[c] + s->mean[c], var = s->square[c] / count;
    var = var < 0 ? 0 : var; // by rounding; NaN stays
    if (means) means[c] = (real)mean;
    vars[c] = (real)var;
    map->shift[c] = (double)(real)mean;
    rest[c] = (s->shift[c] - map->shift[c]) + s->mean[c];
    rstd[c] = 1 / sqrt(var + eps);
    map->wide[c] = !rstd_fits(rstd[c]); // also when a sum has overflowed
  }
}

static void given_moments(const norm_forward_arguments *a, panel p, norm_panel_map *map, double *rest,
                          double *rstd) {
  for (int64_t c = 0; c < p.groups; c++) {
    int64_t group = (p.first + c) % a->plan->geometry.groups;
    map->shift[c] = value_at(a->given_mean, group, 0);
    rest[c] = 0;
    rstd[c] = 1 / sqrt(value_at(a->given_var, group, 0) + a->plan->eps);
    map->wide[c] = !given_fits(map->shift[c]);
  }
}

// Overwrites the sums.
static void finish_panel(const norm_forward_arguments *a, panel p, norm_panel_sums *sums, norm_panel_map *map) {
  double rest[NORM_COLUMNS], rstd[NORM_COLUMNS];
  if (a->plan->moments == NORM_GIVEN) {
    given_moments(a, p, map, rest, rstd);
  } else {
    fold_panel(sums, p.groups, norm_run(&a->plan->geometry));
    panel_moments(a, p, sums, map, rest, rstd);
  }
  int64_t first = p.first % a->plan->geometry.groups;
  const real *gammas = a->gamma ? (const real *)a->gamma + first : NULL;
  const real *betas = a->beta ? (const real *)a->beta + first : NULL;
  int any_wide = 0;
#pragma omp simd reduction(| : any_wide)
  for (int64_t c = 0; c < p.groups; c++) {
    double scale = (gammas ? (double)gammas[c] : 1) * rstd[c];
    map->scale[c] = scale;
    map->offset[c] = (betas ? (double)betas[c] : 0) - rest[c] * scale;
    map->wide[c] |= !factor_fits(scale);
    any_wide |= map->wide[c];
  }
  map->any_wide = any_wide;
}

static void apply_panel(const norm_forward_arguments *a, panel p, const norm_panel_map *map) {
  real shift[NORM_COLUMNS], scale[NORM_COLUMNS], offset[NORM_COLUMNS];
  int64_t run = norm_run(&a->plan->geometry);
  spread_columns(map->shift, p.groups, run, shift);
  spread_columns(map->scale, p.groups, run, scale);
  spread_columns(map->offset, p.groups, run, offset);
  const real *restrict x = (const real *)a->x + p.offset;
  real *restrict y = (real *)a->y + p.offset;
  for (int64_t n = 0; n < p.rows; n++, x += p.stride, y += p.stride) {
#pragma omp simd
    for (int64_t j = 0; j < p.width; j++) y[j] = (x[j] - shift[j]) * scale[j] + offset[j];
  }
}

static void mend_panel(const norm_forward_arguments *a, panel p, const norm_panel_map *map) {
  for (int64_t c = 0; map->any_wide && c < p.groups; c++) {
    if (map->wide[c]) wide_forward(a, p.first + c);
  }
}

// ---- A block at once ----------------------------------------------------------------------------------

static void whole_panel(const norm_forward_arguments *a, int64_t block) {
  panel p = panel_of(a->plan, block, 0);
  norm_panel_sums sums;
  norm_panel_map map;
  panel_sums(a, p, &sums);
  finish_panel(a, p, &sums, &map);
  apply_panel(a, p, &map);
  mend_panel(a, p, &map);
}

static void complete_group(const norm_forward_arguments *a, int64_t group, const norm_map *map) {
  if (map->wide) {
    wide_forward(a, group);
  } else {
    apply_share(a, group, 0, map);
  }
}

static void whole_group(const norm_forward_arguments *a, int64_t group) {
  norm_sums sums = share_sums(a, group, 0);
  norm_map map = finish_group(a, group, &sums);
  complete_group(a, group, &map);
}

static void batch_sums(const norm_forward_arguments *a, int64_t first, int64_t groups, norm_panel_sums *sums) {
  const norm_geometry *g = &a->plan->geometry;
  int64_t run = norm_run(g), stride = g->groups * run;
  bool centred = a->plan->moments == NORM_CENTRED;
  double count = norm_count(g);
  sums->count = count;
  for (int64_t c = 0; c < groups; c++) {
    const real *x = (const real *)a->x + group_offset(g, first + c);
    sums->shift[c] = centred ? rows_sum(x, g->segments, stride, run) : 0;
    sums->mean[c] = sums->square[c] = 0;
  }
#pragma omp simd
  for (int64_t c = 0; c < groups; c++) sums->shift[c] = (double)(real)(sums->shift[c] / count);
  for (int64_t c = 0; c < groups; c++) {
    const real *x = (const real *)a->x + group_offset(g, first + c);
    rows_deviations(x, g->segments, stride, run, (real)sums->shift[c], &sums->mean[c], &sums->square[c]);
  }
#pragma omp simd
  for (int64_t c = 0; c < groups; c++) {
    double sum = centred ? sums->mean[c] : 0;
    sums->mean[c] = sum / count;
    sums->square[c] -= sum * sums->mean[c];
  }
}

// Short groups: what comes after the sums of one costs more than they do, unless it is done for several at once.
static void whole_batch(const norm_forward_arguments *a, int64_t first, int64_t groups) {
  norm_panel_sums sums;
  norm_panel_map maps;
  double rest[NORM_COLUMNS], rstd[NORM_COLUMNS];
  batch_sums(a, first, groups, &sums);
  panel_moments(a, (panel){.first = first, .groups = groups}, &sums, &maps, rest, rstd);
  for (int64_t c = 0; c < groups; c++) {
    norm_map map = {maps.shift[c], rest[c], rstd[c], maps.wide[c]};
    map.wide |= !parts_fit(a, first + c, map.rstd);
    complete_group(a, first + c, &map);
  }
}

// How many groups are computed at once: as many as stay in cache, of short ones.
static int64_t batch_of(const norm_plan *p) {
  enum { SHORT_GROUP = 256 };
  int64_t elements = p->geometry.segments * norm_run(&p->geometry);
  if (p->moments == NORM_GIVEN || elements > SHORT_GROUP) return 1;
  return least(NORM_COLUMNS, NORM_PIECE / elements);
}

static void whole(const void *arguments, int64_t begin, int64_t end) {
  const norm_forward_arguments *a = arguments;
  const bool panels = a->plan->cut.panels;
  const int64_t together = panels ? 1 : batch_of(a->plan);
  for (int64_t block = begin; block < end; block += together) {
    if (panels) {
      whole_panel(a, block);
    } else if (together > 1) {
      whole_batch(a, block, least(together, end - block));
    } else {
      whole_group(a, block);
    }
  }
}

// ---- Phases over shares -------------------------------------------------------------------------------

static void moments(const void *arguments, int64_t begin, int64_t end) {
  const norm_forward_arguments *a = arguments;
  const norm_cut *cut = &a->plan->cut;
  for (int64_t item = begin; item < end; item++) {
    int64_t block = item / cut->shares, share = item % cut->shares, at = share * cut->blocks + block;
    if (cut->panels) {
      panel_sums(a, panel_of(a->plan, block, share), (norm_panel_sums *)a->sums + at);
    } else {
      ((norm_sums *)a->sums)[at] = share_sums(a, block, share);
    }
  }
}

static void finish(const void *arguments, int64_t begin, int64_t end) {
  const norm_forward_arguments *a = arguments;
  const norm_cut *cut = &a->plan->cut;
  for (int64_t block = begin; block < end; block++) {
    int64_t later = a->plan->moments == NORM_GIVEN ? 0 : cut->shares;
    if (cut->panels) {
      panel p = panel_of(a->plan, block, 0);
      norm_panel_sums *sums = (norm_panel_sums *)a->sums + block;
      for (int64_t s = 1; s < later; s++) {
        const norm_panel_sums *next = sums + s * cut->blocks;
        merge_columns(sums, next->count, next->shift, next->mean, next->square, p.width);
      }
      finish_panel(a, p, sums, (norm_panel_map *)a->maps + block);
    } else {
      norm_sums *sums = (norm_sums *)a->sums + block;
      for (int64_t s = 1; s < later; s++) {
        const norm_sums *next = sums + s * cut->blocks;
        merge(sums, next->count, next->shift, next->mean, next->square);
      }
      ((norm_map *)a->maps)[block] = finish_group(a, block, sums);
    }
  }
}

static void apply(const void *arguments, int64_t begin, int64_t end) {
  const norm_forward_arguments *a = arguments;
  const norm_cut *cut = &a->plan->cut;
  for (int64_t item = begin; item < end; item++) {
    int64_t block = item / cut->shares, share = item % cut->shares;
    if (cut->panels) {
      apply_panel(a, panel_of(a->plan, block, share), (const norm_panel_map *)a->maps + block);
    } else {
      const norm_map *map = (const norm_map *)a->maps + block;
      if (!map->wide) apply_share(a, block, share, map);
    }
  }
}

static void mend(const void *arguments, int64_t begin, int64_t end) {
  const norm_forward_arguments *a = arguments;
  for (int64_t block = begin; block < end; block++) {
    if (a->plan->cut.panels) {
      mend_panel(a, panel_of(a->plan, block, 0), (const norm_panel_map *)a->maps + block);
    } else if (((const norm_map *)a->maps)[block].wide) {
      wide_forward(a, block);
    }
  }
}

static void spread(const void *arguments, int64_t begin, int64_t end) {
  const norm_spread_arguments *a = arguments;
  for (int64_t i = begin; i < end; i++) ((real *)a->out)[i] = (real)value_at(a->values, i / a->fold, a->absent);
}

extern const norm_forward_kernels VARIANT(norm_forward);
const norm_forward_kernels VARIANT(norm_forward) = {
    .whole = whole, .moments = moments, .finish = finish, .apply = apply, .mend = mend, .spread = spread};
