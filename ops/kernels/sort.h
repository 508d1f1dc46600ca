// SPDX-License-Identifier: GPL-3.0-or-later
//
// Lines of any dtype in order, along the middle of (outer, count, inner).
#ifndef SELENOGRAD_KERNELS_SORT_H
#define SELENOGRAD_KERNELS_SORT_H

#include <stdbool.h>

#include "ops/kernels/kernels.h"

enum { SORT_PAIR_BYTES = 16 };

// From which rank on elements are put out.
typedef enum sort_rule {
  SORT_FROM_FIRST,
  SORT_NAN_FIRST,     // that of the first NaN, where there is one
  SORT_MIDDLE_NUMBER, // the one in the middle of what is not NaN, of an even number the lower; the first where all
                      // are
  SORT_MODE,          // the last of those elements that there are most of; of the smallest of such
} sort_rule;

// Equal elements stay in their order; NaN counts as larger than everything. Of each line `kept` ranks are put out,
// from `first` on or as the rule says, the last one for those behind it, along the middle of (outer, kept, inner):
// values (NULL: not wanted) and positions.
typedef struct sort_arguments {
  const void *x;
  int64_t count, inner;
  int64_t base; // added to the positions
  bool descending;
  sort_rule rule;
  int64_t first, kept;
  void *values;
  int64_t *positions;
  void *pairs; // scratch: 2 count pairs of SORT_PAIR_BYTES for each line
} sort_arguments;

// The items are lines.
struct sort_kernels {
  sg_kernel *sort;
};

#endif
