// SPDX-License-Identifier: GPL-3.0-or-later
#include <gsl/gsl_version.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "autograd/context.h"
#include "autograd/machine.h"

static void *default_allocate(void *user, size_t bytes) {
  (void)user;
  return aligned_alloc(64, bytes); // every size class is a multiple of 64
}

static void default_release(void *user, void *block, size_t bytes) {
  (void)user;
  (void)bytes;
  free(block);
}

sg_context *sg_open(const sg_config *config) {
  sg_config settings = config ? *config : (sg_config){0};
  if (!settings.allocate || !settings.release) {
    settings.allocate = default_allocate;
    settings.release = default_release;
    settings.allocator_user = NULL;
  }
  sg_context *context = settings.allocate(settings.allocator_user, SG_CONTEXT_BYTES);
  if (!context) return NULL;
  memset(context, 0, sizeof *context);
  context->allocate = settings.allocate;
  context->release = settings.release;
  context->allocator_user = settings.allocator_user;
  context->grad_enabled = true;
  context->index_base = settings.index_base ? 1 : 0;
  context->threads = 1;
  context->process = sg_process();
  sg_random_open(context, settings.seed);
  if (settings.ops) sg_registry_open(context, settings.ops);
  if (context->status == SG_OUT_OF_MEMORY) {
    sg_close(context);
    return NULL;
  }
  sg_isa_open(context, settings.isa);
  sg_set_threads(context, settings.threads);
  sg_memory_set_limit(context, settings.memory_limit); // what the context itself needs is not the user's concern
  return context;
}

int sg_threads(const sg_context *context) { return context->threads; }

// What OpenMP takes for the stack of a thread: the limit for that of the process, or 8 MB where it has none.
static uint64_t stack_bytes(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_STACK, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return UINT64_C(8) << 20;
  return limit.rlim_cur;
}

// OpenMP ends the process when it cannot start a thread.
void sg_set_threads(sg_context *context, int threads) {
  if (threads <= 0) threads = omp_get_num_procs();
  if (threads > 1024) threads = 1024;
  uint64_t stacks = (uint64_t)(threads - 1) * stack_bytes();
  if (threads > context->threads && !sg_address_space_has(stacks)) {
    sg_error(context, SG_OUT_OF_MEMORY,
             "there is no address space for %d threads, whose stacks take %llu MB; raise ulimit -v or compute with "
             "fewer threads",
             threads, (unsigned long long)(stacks >> 20));
    return;
  }
  context->threads = threads;
}

const char *sg_gsl_version(void) { return gsl_version; }

int sg_index_base(const sg_context *context) { return context->index_base; }

bool sg_set_grad_enabled(sg_context *context, bool enabled) {
  bool before = context->grad_enabled;
  context->grad_enabled = enabled;
  return before;
}

bool sg_grad_enabled(const sg_context *context) { return context->grad_enabled; }

void sg_set_place(sg_context *context, sg_place_function *place, void *user) {
  context->place = place;
  context->place_user = user;
}
