// SPDX-License-Identifier: GPL-3.0-or-later
//
// A linear map of every spatial dimension of an image, one after the other: means over windows, interpolation, and
// the adjoints of both. Along a dimension, position o of the result is a weighted sum over `count[o]` neighbours
// from first[o] on.
#ifndef SELENOGRAD_KERNELS_BANDS_H
#define SELENOGRAD_KERNELS_BANDS_H

#include "ops/kernels/kernels.h"
#include "ops/kernels/windows.h"

#include <stdbool.h>
#include <stddef.h>

enum { BAND_SHORT = 16 }; // so many taps are added up in the dtype, more in double

// Both first and first + count never fall from one position to the next, and count <= taps.
typedef struct band {
  int64_t in, out, taps;
  const int32_t *first, *count; // [out]
  // The weight of tap t of position o is weight[o * row_step + t * tap_step], or, where weights are those of the
  // source, weight[first[o] + t].
  const void *weight;
  int64_t row_step, tap_step;
  bool of_source;
  bool identity;      // every position has one tap, itself, of weight 1
  int64_t begin, end; // these positions have `taps` taps ...
  int64_t stride;     // ... and begin so far from each other; 0: somewhere
} band;

// Images lie one behind the other. An item of work is one of `strips` strips of lines of a plane of the result;
// block b does the items [b * items / blocks, (b + 1) * items / blocks).
typedef struct bands_arguments {
  band band[SPATIAL];
  int64_t strips, items, blocks;
  const void *x;
  void *y;
  char *space; // blocks x block_bytes: a plane of x where planes are mixed, then lines
  size_t plane_bytes, block_bytes;
} bands_arguments;

// Whether lines are mapped before they are mixed, and kept as long as they are needed: where the result has more.
static inline bool bands_map_lines_first(const band *height) { return height->in < height->out; }
// The lines that a block keeps, in elements.
static inline int64_t bands_line_elements(const band *height, const band *width) {
  return bands_map_lines_first(height) ? height->taps * width->out : width->in;
}

struct bands_kernels {
  sg_kernel *apply; // items are blocks
};

#endif
