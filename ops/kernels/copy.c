// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/kernels/copy.h"
#include "ops/kernels/real.h"
#include <string.h>

#if defined(SG_KERNEL_F32)
typedef uint32_t word;
#else
typedef uint64_t word;
#endif

static void copy_row(word *restrict target, int64_t target_stride, const word *restrict source,
                     int64_t source_stride, int64_t count) {
  if (target_stride == 1 && source_stride == 1) {
    memcpy(target, source, (size_t)count * sizeof(word));
  } else if (target_stride == 1 && source_stride == 0) {
    word value = *source;
    for (int64_t i = 0; i < count; i++) target[i] = value;
  } else {
    for (int64_t i = 0; i < count; i++) target[i * target_stride] = source[i * source_stride];
  }
}

static void strided(const void *arguments, int64_t begin, int64_t end) {
  const copy_arguments *a = arguments;
  int last = a->rank - 1;
  int64_t index[8], target = 0, source = 0, rest = begin;
  for (int d = last; d >= 0; d--) {
    index[d] = rest % a->size[d];
    rest /= a->size[d];
    target += index[d] * a->target_stride[d];
    source += index[d] * a->source_stride[d];
  }
  for (int64_t item = begin; item < end;) {
    int64_t count = a->size[last] - index[last];
    if (count > end - item) count = end - item;
    copy_row((word *)a->target + target, a->target_stride[last], (const word *)a->source + source,
             a->source_stride[last], count);
    item += count;
    target -= index[last] * a->target_stride[last];
    source -= index[last] * a->source_stride[last];
    index[last] = 0;
    for (int d = last - 1; d >= 0; d--) {
      target += a->target_stride[d];
      source += a->source_stride[d];
      if (++index[d] < a->size[d]) break;
      target -= a->size[d] * a->target_stride[d];
      source -= a->size[d] * a->source_stride[d];
      index[d] = 0;
    }
  }
}

extern const copy_kernels VARIANT(copy);
const copy_kernels VARIANT(copy) = {.strided = strided};
