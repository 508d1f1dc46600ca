// SPDX-License-Identifier: GPL-3.0-or-later
//
// Reductions over any set of dimensions, brought to one form. Neighbouring dimensions that are all reduced or all
// kept count as one; the innermost of these groups is the `row`, contiguous in memory:
//   rows     the row is reduced:  out[k]    = reduce over (r, j) of x[kept(k) + reduced(r) + j]
//   columns  the row is kept:     out[k, j] = reduce over r      of x[kept(k) + reduced(r) + j]
#ifndef SELENOGRAD_KERNELS_REDUCE_H
#define SELENOGRAD_KERNELS_REDUCE_H

#include "ops/kernels/kernels.h"
#include <stdbool.h>

#define REDUCE_PIECE 8192  // a long row is reduced in pieces of this many elements
#define REDUCE_COLUMNS 512 // and a wide one in blocks of this many columns

typedef enum reduce_kind {
  REDUCE_SUM,
  REDUCE_DOUBLE_SUM,   // in double from the first element on: for a mean that deviations are taken from
  REDUCE_SQUARES,      // sum of (x - center)^2
  REDUCE_EXPONENTIALS, // sum of exp(x - center)
  REDUCE_MAX,          // NaN wins
  REDUCE_MIN,
  REDUCE_NUMBERS,      // sum of what is not NaN, in double, as all that follow
  REDUCE_NUMBER_COUNT, // how many are not NaN
  REDUCE_NONZERO,      // how many are not 0
  REDUCE_SIZES,        // sum of |x|
  REDUCE_EQUALS,       // how many |x| are center
  REDUCE_PURE_SQUARES, // sum of x^2
  REDUCE_POWERS,       // sum of (|x| / center)^exponent
  REDUCE_LARGEST,      // |x|; NaN wins
  REDUCE_SMALLEST,
} reduce_kind;

enum { REDUCE_AXES = 4 }; // of 8 dimensions, when kept and reduced ones alternate

typedef struct reduce_axes {
  int rank;
  int64_t count; // product of the sizes
  int64_t size[REDUCE_AXES], stride[REDUCE_AXES];
} reduce_axes;

// Where entry `index` of these axes begins, in elements.
static inline int64_t reduce_offset(const reduce_axes *axes, int64_t index) {
  int64_t offset = 0;
  for (int d = axes->rank - 1; d > 0; d--) {
    offset += index % axes->size[d] * axes->stride[d];
    index /= axes->size[d];
  }
  return axes->rank > 0 ? offset + index * axes->stride[0] : 0;
}

typedef struct reduce_layout {
  reduce_axes kept, reduced; // all groups but the row, outermost first
  int64_t row;
  bool columns;
  int64_t outputs;
  int64_t reduced_elements; // per output
  // How the work is split: what one output or block of columns needs is `units`, reduced rows or pieces of them,
  // which go to `chunks` of `chunk_units`.
  int64_t pieces, column_blocks, units, chunks, chunk_units;
} reduce_layout;

// The items are the triples (kept index, column block, chunk) or, for rows, the pairs (kept index, chunk). With one
// chunk the result goes to `out`; otherwise, or when `partials` is given, to partials[chunk * outputs + output].
typedef struct reduce_arguments {
  const reduce_layout *layout;
  reduce_kind kind;
  const void *x;
  const double *center; // one for each output, for the kinds that have one; else NULL
  double exponent;
  void *out;
  double *partials;
  double scale; // of what goes to out
} reduce_arguments;

// The items are outputs: out[i] = scale * (partials[0, i] combined with partials[1, i] ... in this order).
typedef struct combine_arguments {
  reduce_kind kind;
  const double *partials;
  int64_t chunks, outputs;
  double scale;
  void *out;          // of type real, or
  double *out_double; // when not NULL
} combine_arguments;

struct reduce_kernels {
  sg_kernel *rows, *columns, *combine;
};

#endif
