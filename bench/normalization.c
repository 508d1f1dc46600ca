// SPDX-License-Identifier: GPL-3.0-or-later
//
// Normalizations forward and backward, f32, against the memory traffic they need: x twice and y, x and dy twice and
// dx, eight passes over the tensor, at the bandwidth a plain copy reaches on one thread.
#include <stdio.h>
#include <stdlib.h>

#include "bench/bench.h"
#include "ops/ops.h"

typedef sg_tensor *norm_function(sg_context *c, sg_tensor *x, sg_tensor *gamma, sg_tensor *beta);

static sg_tensor *batch_norm(sg_context *c, sg_tensor *x, sg_tensor *gamma, sg_tensor *beta) {
  return sg_batch_norm(c, x, gamma, beta, NULL, NULL, NULL);
}

static sg_tensor *layer_norm(sg_context *c, sg_tensor *x, sg_tensor *gamma, sg_tensor *beta) {
  return sg_layer_norm(c, x, gamma, beta, &(sg_layer_norm_options){*sg_tensor_shape(gamma), 1e-5}, NULL, NULL);
}

static sg_tensor *group_norm(sg_context *c, sg_tensor *x, sg_tensor *gamma, sg_tensor *beta) {
  return sg_group_norm(c, x, gamma, beta, &(sg_group_norm_options){32, 1e-5}, NULL, NULL);
}

static sg_tensor *instance_norm(sg_context *c, sg_tensor *x, sg_tensor *gamma, sg_tensor *beta) {
  return sg_instance_norm(c, x, gamma, beta, NULL, NULL, NULL);
}

static sg_tensor *rms_norm(sg_context *c, sg_tensor *x, sg_tensor *gamma, sg_tensor *beta) {
  (void)beta;
  return sg_rms_norm(c, x, gamma, &(sg_rms_norm_options){*sg_tensor_shape(gamma), 1e-5}, NULL);
}

typedef struct norm_case {
  const char *name;
  norm_function *norm;
  int inputs;
  sg_shape x, parameters;
} norm_case;

static const norm_case cases[] = {
    {"batch_norm", batch_norm, 3, {4, {32, 64, 56, 56}}, {1, {64}}},
    {"batch_norm", batch_norm, 3, {4, {32, 256, 14, 14}}, {1, {256}}},
    {"batch_norm", batch_norm, 3, {4, {32, 512, 7, 7}}, {1, {512}}},
    {"batch_norm", batch_norm, 3, {3, {64, 64, 30}}, {1, {64}}},
    {"batch_norm", batch_norm, 3, {2, {100000, 64}}, {1, {64}}},
    {"batch_norm", batch_norm, 3, {2, {256, 1024}}, {1, {1024}}},
    {"batch_norm", batch_norm, 3, {2, {256, 128}}, {1, {128}}},
    {"layer_norm", layer_norm, 3, {2, {512, 1000}}, {1, {1000}}},
    {"layer_norm", layer_norm, 3, {3, {32, 128, 768}}, {1, {768}}},
    {"layer_norm", layer_norm, 3, {2, {4, 500000}}, {1, {500000}}},
    {"layer_norm", layer_norm, 3, {2, {100000, 16}}, {1, {16}}},
    {"group_norm, 32", group_norm, 3, {4, {32, 64, 28, 28}}, {1, {64}}},
    {"group_norm, 32", group_norm, 3, {3, {64, 256, 4}}, {1, {256}}},
    {"instance_norm", instance_norm, 3, {4, {32, 64, 28, 28}}, {1, {64}}},
    {"rms_norm", rms_norm, 2, {2, {512, 1000}}, {1, {1000}}},
};

typedef struct state {
  sg_context *context;
  const norm_case *norm;
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
  sg_tensor *y = s->norm->norm(c, s->x, s->gamma, s->beta), *gradients[3];
  if (sg_grad(c, 1, &y, &s->dy, s->norm->inputs, (sg_tensor *[]){s->x, s->gamma, s->beta}, NULL, gradients)) {
    fprintf(stderr, "%s\n", sg_error_message(c));
    exit(1);
  }
  sg_scope_close(c, scope);
}

static void run_case(const norm_case *norm, double second_per_byte, int threads) {
  sg_context *c = sg_open(&(sg_config){.ops = sg_builtin_ops(), .threads = threads});
  state s = {c,
             norm,
             normal(c, &norm->x, true),
             normal(c, &norm->parameters, true),
             normal(c, &norm->parameters, true),
             normal(c, &norm->x, false)};
  double seconds = bench_median(run_step, &s, 21);
  double floor = 8 * (double)sg_tensor_bytes(s.x) * second_per_byte;
  printf("%-16s %-20s %d thread%s  %9.3f ms   floor %9.3f ms   ratio %5.2f\n", norm->name,
         sg_shape_text(&norm->x).text, threads, threads > 1 ? "s" : " ", seconds * 1e3, floor * 1e3,
         seconds / floor);
  sg_close(c);
}

int main(void) {
  double second_per_byte = bench_copy_seconds_per_byte((size_t)64 << 20);
  printf("forward + backward, f32; floor: 8 passes over x at the copy bandwidth of one thread (%.1f GB/s)\n",
         1e-9 / second_per_byte);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    run_case(&cases[i], second_per_byte, 1);
    run_case(&cases[i], second_per_byte, 2);
  }
  return 0;
}
