// SPDX-License-Identifier: GPL-3.0-or-later
//
// What one recorded op costs beside its arithmetic: a few elements, recorded, differentiated and freed; and what it
// costs to open a context. The fastest of the runs is told beside their median: on a busy machine it is the nearer.
#include <stdio.h>
#include <stdlib.h>

#include "bench/bench.h"
#include "ops/ops.h"

enum { STEPS = 2000, CHAIN = 100, OPENED = 20, REPEATS = 101 };

typedef struct state {
  sg_context *context;
  sg_tensor *a, *b;
} state;

typedef sg_tensor *application(const state *s);

static sg_tensor *apply_add(const state *s) { return sg_add(s->context, s->a, s->b); }
static sg_tensor *apply_sum(const state *s) { return sg_sum(s->context, s->a, NULL); }
static sg_tensor *apply_matmul(const state *s) { return sg_matmul(s->context, s->a, s->b); }

static void check(sg_context *c) {
  if (!sg_error_status(c)) return;
  fprintf(stderr, "%s\n", sg_error_message(c));
  exit(1);
}

typedef struct single {
  const state *state;
  application *apply;
  sg_tensor *cotangent;
} single;

// One op and one backward, each time.
static void run_single(void *argument) {
  const single *run = argument;
  sg_context *c = run->state->context;
  for (int i = 0; i < STEPS; i++) {
    sg_scope scope = sg_scope_open(c);
    sg_backward(c, run->apply(run->state), run->cotangent, NULL);
    sg_scope_close(c, scope);
  }
  check(c);
}

// A chain of adds and one backward through all of them.
static void run_chain(void *argument) {
  const state *s = argument;
  for (int i = 0; i < STEPS / CHAIN; i++) {
    sg_scope scope = sg_scope_open(s->context);
    sg_tensor *y = s->a;
    for (int k = 0; k < CHAIN; k++) y = sg_add(s->context, y, s->b);
    sg_backward(s->context, y, NULL, NULL);
    sg_scope_close(s->context, scope);
  }
  check(s->context);
}

static void run_open(void *argument) {
  (void)argument;
  for (int i = 0; i < OPENED; i++) {
    sg_context *c = sg_open(&(sg_config){.ops = sg_builtin_ops(), .threads = 1});
    check(c);
    sg_close(c);
  }
}

static void tell(const char *what, bench_function *run, void *argument, int steps, double goal) {
  const bench_times times = bench_measure(run, argument, REPEATS);
  printf("%-38s %8.1f ns, fastest %8.1f, goal %6.0f\n", what, times.median / steps * 1e9,
         times.fastest / steps * 1e9, goal);
}

static state state_of(sg_context *c, sg_shape shape) {
  state s = {c, sg_tensor_full(c, SG_F32, &shape, 1), sg_tensor_full(c, SG_F32, &shape, 2)};
  sg_tensor_set_requires_grad(s.a, true);
  sg_tensor_set_requires_grad(s.b, true);
  return s;
}

int main(void) {
  sg_context *c = sg_open(&(sg_config){.ops = sg_builtin_ops(), .threads = 1});
  state one = state_of(c, (sg_shape){1, {1}}), square = state_of(c, (sg_shape){2, {2, 2}});
  sg_tensor *cotangent = sg_tensor_full(c, SG_F32, &(sg_shape){2, {2, 2}}, 1);
  single add = {&one, apply_add, NULL}, sum = {&one, apply_sum, NULL}, matmul = {&square, apply_matmul, cotangent};
  printf("one recorded op, forward + backward, f32, one thread\n");
  tell("add of one element", run_single, &add, STEPS, 150);
  tell("add of one element, in a chain of 100", run_chain, &one, STEPS, 150);
  tell("sum of one element", run_single, &sum, STEPS, 150);
  tell("matmul of two matrices 2 x 2", run_single, &matmul, STEPS, 300);
  tell("sg_open with all ops, and sg_close", run_open, NULL, OPENED, 15000);
  sg_close(c);
  return 0;
}
