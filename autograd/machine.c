// SPDX-License-Identifier: GPL-3.0-or-later
#include "autograd/machine.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "autograd/context.h"

static bool is_limited(int resource) {
  struct rlimit limit;
  return getrlimit(resource, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
}

bool sg_address_space_has(uint64_t bytes) {
  if (!is_limited(RLIMIT_AS) && !is_limited(RLIMIT_DATA)) return true;
  if (bytes > SIZE_MAX / 2) return false;
  void *probe =
      mmap(NULL, (size_t)bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (probe == MAP_FAILED) return false;
  munmap(probe, (size_t)bytes);
  return true;
}

bool sg_is_forked(const sg_context *context) { return getpid() != context->process; }

int sg_process(void) { return getpid(); }

// One value for all threads: whoever computes it again finds the same.
sg_product_choice sg_product_choice_of(const sg_context *context, sg_dtype dtype) {
  return (sg_product_choice)__atomic_load_n(&context->product_choice[dtype == SG_F64], __ATOMIC_RELAXED);
}

void sg_product_choose(sg_context *context, sg_dtype dtype, sg_product_choice choice) {
  __atomic_store_n(&context->product_choice[dtype == SG_F64], (unsigned char)choice, __ATOMIC_RELAXED);
}
