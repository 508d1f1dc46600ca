// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/shape/grid.h"
#include "ops/ops.h"

sg_axis sg_grid_axis(const sg_shape *grid, int axis) {
  sg_axis a = {1, grid->size[axis], 1};
  for (int d = 0; d < grid->rank; d++) { // beside a zero, extents may be of any size
    int64_t *product = d < axis ? &a.before : &a.after;
    if (d != axis) (void)__builtin_mul_overflow(*product, grid->size[d], product);
  }
  return a;
}

void sg_grid_spread(sg_context *context, sg_dtype dtype, const sg_axis *axis, const void *vector, void *target,
                    int64_t step) {
  const copy_arguments copy = {.rank = 3,
                               .size = {axis->before, axis->extent, axis->after},
                               .target_stride = {axis->extent * axis->after * step, axis->after * step, step},
                               .source_stride = {0, 1, 0},
                               .target = target,
                               .source = vector};
  sg_strided_copy(context, dtype, &copy);
}

sg_tensor *sg_grid_collect(sg_context *context, sg_tensor *grid, const sg_axis *axis, const sg_shape *vector) {
  const sg_shape around = {3, {axis->before, axis->extent, axis->after}};
  const sg_reduce_options others = {.dim = SG_DIMS(0, 2)};
  return sg_reshape(context, sg_sum(context, sg_reshape(context, grid, &around), &others), vector);
}
