// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/shape/strided.h"

#include <stdlib.h>

void sg_strides(const sg_shape *shape, int64_t *strides) {
  int64_t stride = 1;
  for (int d = shape->rank - 1; d >= 0; d--) {
    strides[d] = stride;
    (void)__builtin_mul_overflow(stride, shape->size[d], &stride);
  }
}

sg_walk sg_walk_start(const sg_shape *through, const sg_shape *shape) {
  int64_t strides[SG_MAX_RANK];
  sg_walk walk = {.rank = through->rank};
  sg_strides(shape, strides);
  for (int d = 0; d < through->rank; d++) {
    const int own = d - (through->rank - shape->rank);
    walk.size[d] = through->size[d];
    walk.stride[d] = own < 0 || shape->size[own] == 1 ? 0 : strides[own];
  }
  return walk;
}

bool sg_strided_append(copy_arguments *a, int64_t size, int64_t target_stride, int64_t source_stride) {
  int last = a->rank - 1;
  if (size == 1) return true;
  if (last >= 0 && a->target_stride[last] == size * target_stride &&
      a->source_stride[last] == size * source_stride) {
    a->size[last] *= size;
  } else {
    if (a->rank == SG_MAX_RANK) return false;
    last = a->rank++;
    a->size[last] = size;
  }
  a->target_stride[last] = target_stride;
  a->source_stride[last] = source_stride;
  return true;
}

void sg_strided_complete(copy_arguments *a) {
  if (a->rank > 0) return;
  a->rank = 1;
  a->size[0] = a->target_stride[0] = a->source_stride[0] = 1;
}

copy_arguments sg_strided_simplified(const copy_arguments *a) {
  copy_arguments result = {.target = a->target, .source = a->source};
  for (int d = 0; d < a->rank; d++)
    sg_strided_append(&result, a->size[d], a->target_stride[d], a->source_stride[d]);
  sg_strided_complete(&result);
  return result;
}

// The dimension along which the source runs, when copying row by row would make it jump; else -1.
static int transposed_dimension(const copy_arguments *a) {
  int last = a->rank - 1;
  if (a->target_stride[last] != 1 || llabs(a->source_stride[last]) <= 1 || a->size[last] < 8) return -1;
  for (int d = 0; d < last; d++)
    if (llabs(a->source_stride[d]) == 1 && a->size[d] >= 8) return d;
  return -1;
}

void sg_strided_run(sg_context *context, sg_dtype dtype, const copy_arguments *a) {
  const move_kernels *kernels = sg_move_kernels(context, dtype);
  int64_t elements = 1;
  for (int d = 0; d < a->rank; d++) elements *= a->size[d];
  int along = transposed_dimension(a);
  if (along < 0 || elements == 0) {
    sg_parallel(context, elements, sg_grain(1), kernels->strided, a);
    return;
  }
  int last = a->rank - 1;
  transpose_arguments transpose = {.copy = *a,
                                   .along = along,
                                   .tiles_along = (a->size[along] + COPY_TILE - 1) / COPY_TILE,
                                   .tiles_last = (a->size[last] + COPY_TILE - 1) / COPY_TILE};
  int64_t tiles = elements / a->size[along] / a->size[last] * transpose.tiles_along * transpose.tiles_last;
  sg_parallel(context, tiles, sg_grain((int64_t)COPY_TILE * COPY_TILE), kernels->transpose, &transpose);
}

void sg_strided_copy(sg_context *context, sg_dtype dtype, const copy_arguments *arguments) {
  copy_arguments a = sg_strided_simplified(arguments);
  sg_strided_run(context, dtype, &a);
}

void sg_strided_zero(sg_context *context, sg_dtype dtype, void *target, int64_t elements) {
  sg_strided_fill(context, dtype, target, elements, (sg_number)SG_WHOLE(0));
}

void sg_strided_fill(sg_context *context, sg_dtype dtype, void *target, int64_t elements, sg_number number) {
  int64_t element;
  sg_number_fill(dtype, &element, 1, number);
  copy_arguments copy = {.rank = 1,
                         .size = {elements},
                         .target_stride = {1},
                         .source_stride = {0},
                         .target = target,
                         .source = &element};
  sg_strided_copy(context, dtype, &copy);
}
