// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/kernels/bounds.h"
#include "ops/kernels/real.h"

// By halves; with a comparison that is false for NaN it goes on to the end.
ALWAYS_INLINE int64_t before(const real *line, int64_t count, real value, bool right) {
  int64_t low = 0, high = count;
  while (low < high) {
    const int64_t middle = low + (high - low) / 2;
    const bool behind = right ? line[middle] > value : line[middle] >= value;
    high = behind ? middle : high;
    low = behind ? low : middle + 1;
  }
  return low;
}

static void find(const void *arguments, int64_t begin, int64_t end) {
  const bounds_arguments *a = arguments;
  for (int64_t i = begin; i < end; i++) {
    const real *line = (const real *)a->boundaries + i / a->each * a->count;
    a->y[i] = before(line, a->count, ((const real *)a->values)[i], a->right) + a->base;
  }
}

extern const bounds_kernels VARIANT(bounds);
const bounds_kernels VARIANT(bounds) = {.find = find};
