// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/kernels/norm_slopes.h"

#include "ops/kernels/norm_slope_rows.h"

static void apply(const void *arguments, int64_t begin, int64_t end) {
  const norm_slope_arguments *a = arguments;
  const reduce_layout *layout = a->layout;
  for (int64_t item = begin; item < end; item++) {
    const int64_t row = item / a->pieces, start = item % a->pieces * REDUCE_PIECE, rest = layout->row - start;
    const int64_t kept = row / layout->reduced.count, reduced = row % layout->reduced.count;
    const int64_t offset = reduce_offset(&layout->kept, kept) + reduce_offset(&layout->reduced, reduced) + start;
    const int64_t output = layout->columns ? kept * layout->row + start : kept;
    piece(a->order, layout->columns,
          (stretch){(const real *)a->x + offset, a->norm + output, a->d_y + output, (real *)a->d_x + offset,
                    rest < REDUCE_PIECE ? rest : REDUCE_PIECE});
  }
}

extern const norm_slopes_kernels VARIANT(norm_slopes);
const norm_slopes_kernels VARIANT(norm_slopes) = {.apply = apply};
