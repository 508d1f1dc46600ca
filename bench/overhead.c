// SPDX-License-Identifier: GPL-3.0-or-later
//
// What one recorded op costs beside its arithmetic: add of one element, recorded, differentiated and freed.
#include <stdio.h>
#include <stdlib.h>

#include "bench/bench.h"
#include "ops/ops.h"

enum { STEPS = 20000, CHAIN = 100 };

typedef struct state {
  sg_context *context;
  sg_tensor *a, *b;
} state;

static void check(sg_context *c) {
  if (!sg_error_status(c)) return;
  fprintf(stderr, "%s\n", sg_error_message(c));
  exit(1);
}

// One add and one backward, each time.
static void run_single(void *argument) {
  state *s = argument;
  for (int i = 0; i < STEPS; i++) {
    sg_scope scope = sg_scope_open(s->context);
    sg_backward(s->context, sg_add(s->context, s->a, s->b), NULL, NULL);
    sg_scope_close(s->context, scope);
  }
  check(s->context);
}

// A chain of adds and one backward through all of them.
static void run_chain(void *argument) {
  state *s = argument;
  for (int i = 0; i < STEPS / CHAIN; i++) {
    sg_scope scope = sg_scope_open(s->context);
    sg_tensor *y = s->a;
    for (int k = 0; k < CHAIN; k++) y = sg_add(s->context, y, s->b);
    sg_backward(s->context, y, NULL, NULL);
    sg_scope_close(s->context, scope);
  }
  check(s->context);
}

int main(void) {
  printf("recorded add of one element, forward + backward, f32, one thread (goal: under 200 ns for each op)\n");
  sg_context *c = sg_open(&(sg_config){.ops = sg_builtin_ops(), .threads = 1});
  sg_shape one = {1, {1}};
  state s = {c, sg_tensor_full(c, SG_F32, &one, 1), sg_tensor_full(c, SG_F32, &one, 2)};
  sg_tensor_set_requires_grad(s.a, true);
  sg_tensor_set_requires_grad(s.b, true);
  printf("one op and a backward of its own   %7.1f ns\n", bench_median(run_single, &s, 21) / STEPS * 1e9);
  printf("each op in a chain of %d          %7.1f ns\n", CHAIN, bench_median(run_chain, &s, 21) / STEPS * 1e9);
  sg_close(c);
  return 0;
}
