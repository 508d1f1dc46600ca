// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/shape/strided.h"

void sg_strides(const sg_shape *shape, int64_t *strides) {
  int64_t stride = 1;
  for (int d = shape->rank - 1; d >= 0; d--) {
    strides[d] = stride;
    stride *= shape->size[d];
  }
}

const copy_kernels *sg_copy_kernels(const sg_context *context, sg_dtype dtype) {
  return sg_kernels_for(context, sg_dtype_bytes(dtype) == 4 ? SG_F32 : SG_F64)->copy;
}

// Leaves out dimensions of extent 1 and joins neighbours that both sides run through as one.
static copy_arguments simplified(const copy_arguments *a) {
  copy_arguments result = {.target = a->target, .source = a->source};
  for (int d = 0; d < a->rank; d++) {
    if (a->size[d] == 1) continue;
    int last = result.rank - 1;
    if (last >= 0 && result.target_stride[last] == a->size[d] * a->target_stride[d] &&
        result.source_stride[last] == a->size[d] * a->source_stride[d]) {
      result.size[last] *= a->size[d];
    } else {
      last = result.rank++;
      result.size[last] = a->size[d];
    }
    result.target_stride[last] = a->target_stride[d];
    result.source_stride[last] = a->source_stride[d];
  }
  if (result.rank == 0) {
    result.rank = 1;
    result.size[0] = result.target_stride[0] = result.source_stride[0] = 1;
  }
  return result;
}

void sg_strided_copy(sg_context *context, sg_dtype dtype, const copy_arguments *arguments) {
  copy_arguments a = simplified(arguments);
  int64_t elements = 1;
  for (int d = 0; d < a.rank; d++) elements *= a.size[d];
  sg_parallel(context, elements, sg_grain(1), sg_copy_kernels(context, dtype)->strided, &a);
}
