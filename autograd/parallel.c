// SPDX-License-Identifier: GPL-3.0-or-later
//
// Loops over threads. The blocks are fixed by the grain alone, so results do not depend on the number of threads.
#include <omp.h>

#include "autograd/context.h"
#include "autograd/machine.h"

int64_t sg_grain(int64_t item) {
  const int64_t block = 32768;
  return item <= 1 ? block : item >= block ? 1 : block / item;
}

void sg_parallel(sg_context *context, int64_t count, int64_t grain, sg_kernel *kernel, const void *arguments) {
  if (count <= 0) return;
  if (grain < 1) grain = 1;
  if (count <= grain) {
    kernel(arguments, 0, count);
    return;
  }
  int64_t blocks = (count - 1) / grain + 1;
  int threads = blocks < context->threads ? (int)blocks : context->threads;
  if (threads > 1 && sg_is_forked(context)) threads = 1;
#pragma omp parallel for schedule(dynamic) num_threads(threads) if (threads > 1 && !omp_in_parallel())
  for (int64_t block = 0; block < blocks; block++) {
    int64_t begin = block * grain, end = count - begin < grain ? count : begin + grain;
    kernel(arguments, begin, end);
  }
}
