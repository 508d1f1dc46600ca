// SPDX-License-Identifier: GPL-3.0-or-later
//
// Normalizations: what is normalized, how the loops over it are cut, and the kernels' arguments.
#ifndef SELENOGRAD_KERNELS_NORM_H
#define SELENOGRAD_KERNELS_NORM_H

#include <stdbool.h>
#include <stddef.h>

#include "ops/kernels/kernels.h"

// x is [outer, segments, groups, parts, spread], dense. The elements of one (outer, group), that is `segments` runs
// of parts * spread neighbours, share their moments: they are a group. Those of one (group, part) share gamma and
// beta.
//                   outer  segments  groups  parts   spread
//   batch_norm          1         N       C      1     H W
//   group_norm          N         1       G   C / G     H W
//   instance_norm       N         1       C      1     H W
//   layer_norm       rows         1       1      D       1
// Several segments have one part: parameters that change along a run come with runs that are a group.
typedef struct norm_geometry {
  int64_t outer, segments, groups, parts, spread;
} norm_geometry;

typedef enum norm_moments {
  NORM_CENTRED, // the group's mean and variance
  NORM_SQUARE,  // no mean, and the mean square in place of the variance
  NORM_GIVEN,   // a mean and a variance that are inputs
} norm_moments;

enum {
  NORM_PIECE = 8192,  // elements of a group that are summed around a mean of their own; they stay in cache for that
  NORM_COLUMNS = 128, // columns of short runs that are walked side by side: a panel
  NORM_STRETCH = 128, // rows of columns summed in `real`
  NORM_SLICE = 1024,  // columns of long runs that one item takes
};

// Where the loops are cut, which sizes alone decide. A block is a group, or a panel of `together` groups whose runs
// are neighbours. Its units are pieces of its runs, or the rows of the panel. With one share a block is computed at
// once, while it is in cache; else its units are dealt out to `shares` items, and the phases are loops of their
// own.
typedef struct norm_cut {
  bool panels;
  int64_t together;              // groups of a block
  int64_t blocks;                // outer * (blocks that hold all groups)
  int64_t piece, pieces, bundle; // a unit is `piece` elements of `bundle` segments; `pieces` to a run
  int64_t units, shares;         // of a block
  // The derivative where parameters change along a run: ranges of outer, with sums of their own for every
  // parameter; 0 for long runs, which are cut into columns instead.
  int64_t chunks;
} norm_cut;

typedef struct norm_plan {
  norm_moments moments;
  double eps;
  bool affine; // there is a gamma or a beta
  norm_geometry geometry;
  int64_t fold; // parts that share a parameter: short ones were made one element long, with parameters spread out
  norm_cut cut;
} norm_plan;

static inline int64_t norm_run(const norm_geometry *g) { return g->parts * g->spread; }
static inline int64_t norm_groups(const norm_geometry *g) { return g->outer * g->groups; }
static inline double norm_count(const norm_geometry *g) { return (double)g->segments * (double)norm_run(g); }
// Whether gamma and beta are vectors along the run.
static inline bool norm_is_elementwise(const norm_geometry *g) { return g->parts > 1 && g->spread == 1; }

#endif
