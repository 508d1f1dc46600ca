// SPDX-License-Identifier: GPL-3.0-or-later
//
// The full check of batch_norm (8, 16, 10, 10) in f64, all three inputs, against two others: a plain loop over
// gsl_deriv_central around the same op (the floor: differences alone, no noise model, no verdict), and PyTorch's
// gradcheck in its slow mode, where python3-torch is installed.
#include <gsl/gsl_deriv.h>
#include <stdio.h>
#include <stdlib.h>

#include "autograd/gradcheck/gradcheck.h"
#include "bench/bench.h"
#include "ops/ops.h"

typedef struct state {
  sg_context *context;
  sg_tensor *inputs[3], *weight, *gradients[3];
  sg_tensor *moved; // the input whose element ...
  int64_t position; // ... is differenced
  double largest_error;
} state;

static void die(state *s, const char *what) {
  fprintf(stderr, "%s: %s\n", what, sg_error_message(s->context));
  exit(1);
}

// ---- Selenograd --------------------------------------------------------------------------------------

static uint64_t evaluations;

static void check(void *argument) {
  state *s = argument;
  sg_gradcheck_report *report;
  const sg_gradcheck_options options = {.mode = SG_GRADCHECK_FULL};
  const sg_op *op = sg_op_find(s->context, "batch_norm");
  if (sg_gradcheck_op(s->context, op, NULL, 3, s->inputs, &options, &report)) die(s, "gradcheck");
  evaluations = report->evaluations;
  if (!report->ok) die(s, "the check failed");
  sg_gradcheck_report_free(report);
}

// ---- A plain loop ------------------------------------------------------------------------------------

static double scalar(double value, void *argument) {
  state *s = argument;
  const sg_scope scope = sg_scope_open(s->context);
  double *data = sg_tensor_write(s->moved, "bench");
  const double before = data[s->position];
  data[s->position] = value;
  const sg_tensor *y = sg_batch_norm(s->context, s->inputs[0], s->inputs[1], s->inputs[2], NULL, NULL, NULL);
  if (!y) die(s, "batch_norm");
  const double *w = sg_tensor_data(s->weight), *values = sg_tensor_data(y);
  double sum = 0;
  for (int64_t j = 0; j < sg_tensor_elements(y); j++) sum += w[j] * values[j];
  data[s->position] = before;
  sg_scope_close(s->context, scope);
  return sum;
}

static void plain_loop(void *argument) {
  state *s = argument;
  gsl_function function = {scalar, s};
  const bool recording = sg_set_grad_enabled(s->context, false);
  for (int i = 0; i < 3; i++) {
    s->moved = s->inputs[i];
    const double *analytic = sg_tensor_data(s->gradients[i]), *x = sg_tensor_data(s->moved);
    for (s->position = 0; s->position < sg_tensor_elements(s->moved); s->position++) {
      double value, error;
      gsl_deriv_central(&function, x[s->position], 1e-4, &value, &error);
      const double difference = value - analytic[s->position];
      if (difference > s->largest_error) s->largest_error = difference;
      if (-difference > s->largest_error) s->largest_error = -difference;
    }
  }
  sg_set_grad_enabled(s->context, recording);
}

// ---- PyTorch -----------------------------------------------------------------------------------------

// Seconds of its slow gradcheck, or 0 where there is none.
static double pytorch_seconds(void) {
  static const char command[] =
      "/usr/bin/python3 -c '\n"
      "import time, torch\n"
      "torch.manual_seed(0)\n"
      "x = torch.randn(8, 16, 10, 10, dtype=torch.float64, requires_grad=True)\n"
      "g = torch.randn(16, dtype=torch.float64, requires_grad=True)\n"
      "b = torch.randn(16, dtype=torch.float64, requires_grad=True)\n"
      "f = lambda x, g, b: torch.nn.functional.batch_norm(x, None, None, g, b, True)\n"
      "start = time.monotonic()\n"
      "torch.autograd.gradcheck(f, (x, g, b))\n"
      "print(time.monotonic() - start)' 2> /dev/null";
  double seconds = 0;
  FILE *output = popen(command, "r");
  if (!output) return 0;
  if (fscanf(output, "%lf", &seconds) != 1) seconds = 0;
  pclose(output);
  return seconds;
}

// ---- The whole ---------------------------------------------------------------------------------------

static void open_state(state *s, int threads) {
  const sg_shape images = {4, {8, 16, 10, 10}}, channels = {1, {16}};
  *s = (state){.context = sg_open(&(sg_config){.ops = sg_builtin_ops(), .threads = threads})};
  for (int i = 0; i < 3; i++) {
    s->inputs[i] = sg_random_normal(s->context, SG_F64, i ? &channels : &images, 0, 1);
    sg_tensor_set_requires_grad(s->inputs[i], true);
  }
  s->weight = sg_random_normal(s->context, SG_F64, &images, 0, 1);
  sg_tensor *y = sg_batch_norm(s->context, s->inputs[0], s->inputs[1], s->inputs[2], NULL, NULL, NULL);
  if (sg_grad(s->context, 1, &y, &s->weight, 3, s->inputs, NULL, s->gradients)) die(s, "the gradient");
}

int main(void) {
  printf("full gradient check of batch_norm [8, 16, 10, 10], f64, x, gamma and beta (12,832 elements)\n");
  double best = 0;
  for (int threads = 1; threads <= 2; threads++) {
    state s;
    open_state(&s, threads);
    best = bench_median(check, &s, 3);
    printf("  selenograd, %d thread%s     %8.3f s   %.1f evaluations an element\n", threads,
           threads > 1 ? "s" : " ", best, (double)evaluations / 12832);
    sg_close(s.context);
  }
  state s;
  open_state(&s, 1);
  const double plain = bench_median(plain_loop, &s, 1);
  printf("  plain loop over GSL        %8.3f s   ratio %6.2f   largest error %.1e\n", plain, plain / best,
         s.largest_error);
  sg_close(s.context);
  const double torch = pytorch_seconds();
  if (torch > 0)
    printf("  PyTorch gradcheck, slow    %8.3f s   ratio %6.1f\n", torch, torch / best);
  else
    printf("  PyTorch gradcheck: python3-torch is not installed\n");
  return 0;
}
