// SPDX-License-Identifier: GPL-3.0-or-later
//
// batch_norm forward and backward, f32, against the memory traffic it needs: x twice and y, x and dy twice and dx,
// eight passes over the tensor, at the bandwidth a plain copy reaches on one thread.
#include <stdio.h>
#include <stdlib.h>

#include "bench/bench.h"
#include "ops/ops.h"

typedef struct state {
  sg_context *context;
  sg_tensor *x, *gamma, *beta, *dy;
} state;

static sg_tensor *normal(sg_context *c, const sg_shape *shape, bool requires_grad) {
  sg_tensor *tensor = sg_random_normal(c, SG_F32, shape, 0, 1);
  if (tensor) sg_tensor_set_requires_grad(tensor, requires_grad);
  return tensor;
}

static void run_step(void *argument) {
  state *s = argument;
  sg_context *c = s->context;
  sg_scope scope = sg_scope_open(c);
  sg_tensor *y = sg_batch_norm(c, s->x, s->gamma, s->beta, NULL, NULL, NULL);
  sg_tensor *gradients[3];
  if (sg_grad(c, 1, &y, &s->dy, 3, (sg_tensor *[]){s->x, s->gamma, s->beta}, NULL, gradients)) {
    fprintf(stderr, "%s\n", sg_error_message(c));
    exit(1);
  }
  sg_scope_close(c, scope);
}

static void run_shape(const sg_shape *shape, double second_per_byte, int threads) {
  sg_context *c = sg_open(&(sg_config){.ops = sg_builtin_ops(), .threads = threads});
  sg_shape channels = {1, {shape->size[1]}};
  state s = {c, normal(c, shape, true), normal(c, &channels, true), normal(c, &channels, true),
             normal(c, shape, false)};
  double seconds = bench_median(run_step, &s, 21);
  double floor = 8 * (double)sg_tensor_bytes(s.x) * second_per_byte;
  printf("%-22s %d thread%s  %9.3f ms   floor %9.3f ms   ratio %5.2f\n", sg_shape_text(shape).text, threads,
         threads > 1 ? "s" : " ", seconds * 1e3, floor * 1e3, seconds / floor);
  sg_close(c);
}

int main(void) {
  static const sg_shape shapes[] = {
      {4, {32, 64, 56, 56}}, {4, {32, 256, 14, 14}}, {4, {32, 512, 7, 7}},
      {3, {64, 128, 30}},    {2, {100000, 64}},      {2, {256, 4096}},
  };
  double second_per_byte = bench_copy_seconds_per_byte((size_t)64 << 20);
  printf("batch_norm forward + backward, f32; floor: 8 passes over x at the copy bandwidth of one thread (%.1f "
         "GB/s)\n",
         1e-9 / second_per_byte);
  for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
    run_shape(&shapes[i], second_per_byte, 1);
    run_shape(&shapes[i], second_per_byte, 2);
  }
  return 0;
}
