// SPDX-License-Identifier: GPL-3.0-or-later
//
// Gradients wrong by a factor for each channel or each pair of indices, and what that factor is said to be.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tests/gradcheck/fixture.h"

// y = sin(x) + b of x [N, C, L], b [C, 1]; the derivative by x is multiplied by a factor for each slice.
typedef enum mistake {
  BY_B,
  BY_B_SCALED,
  BY_B_SQUARED,
  BY_RSTD,
  BY_DEVIATION,
  BY_MEAN,
  BY_NOTHING,
  NEARLY_RSTD
} mistake;

typedef struct options {
  mistake m;
  unsigned kept; // dimensions that the slice depends on
} options;

enum { N = 4, C = 3, L = 6, count = N * C * L };
static const double eps = 1e-3;

static int slice_of(unsigned kept, int i) {
  const int n = i / (C * L), c = i / L % C;
  return (kept & 1 ? n : 0) * C + (kept & 2 ? c : 0);
}

static void factors(const options *o, const double *x, const double *b, double *factor) {
  double mean[N * C] = {0}, variance[N * C] = {0};
  int members = 0;
  for (int i = 0; i < count; i++) members += slice_of(o->kept, i) == 0;
  for (int i = 0; i < count; i++) mean[slice_of(o->kept, i)] += x[i] / members;
  for (int i = 0; i < count; i++)
    variance[slice_of(o->kept, i)] += pow(x[i] - mean[slice_of(o->kept, i)], 2) / members;
  for (int i = 0; i < count; i++) {
    const int s = slice_of(o->kept, i), c = i / L % C;
    const double values[] = {
        [BY_B] = b[c],
        [BY_B_SCALED] = 0.37 * b[c],
        [BY_B_SQUARED] = 3 * b[c] * b[c],
        [BY_RSTD] = 1 / sqrt(variance[s] + eps),
        [BY_DEVIATION] = sqrt(variance[s]),
        [BY_MEAN] = mean[s],
        [BY_NOTHING] = 1.3 + sin(37.0 * s * s),
        [NEARLY_RSTD] = 1 / sqrt(variance[s] + eps) + 1e-6 * sin(37.0 * s * s + 1),
    };
    factor[i] = values[o->m];
  }
}

static sg_status shape_of_first(sg_plan *plan) {
  plan->output_shape[0] = *sg_plan_shape(plan, 0);
  return SG_OK;
}

static void forward(const sg_call *call) {
  const double *x = sg_tensor_data(call->inputs[0]), *b = sg_tensor_data(call->inputs[1]);
  double *y = sg_output_data(call->outputs[0]);
  for (int i = 0; i < count; i++) y[i] = sin(x[i]) + b[i / L % C];
}

static void backward(const sg_call *call) {
  const double *x = sg_tensor_data(call->inputs[0]), *b = sg_tensor_data(call->inputs[1]);
  const double *w = sg_tensor_data(call->d_outputs[0]);
  double *dx = call->d_inputs[0] ? sg_output_data(call->d_inputs[0]) : NULL;
  double *db = call->d_inputs[1] ? sg_output_data(call->d_inputs[1]) : NULL, factor[count];
  factors(call->options, x, b, factor);
  for (int c = 0; c < C && db; c++) db[c] = 0;
  for (int i = 0; i < count; i++) {
    if (dx) dx[i] = w[i] * cos(x[i]) * factor[i];
    if (db) db[i / L % C] += w[i];
  }
}

static const sg_op op_sliced = {
    .name = "sliced",
    .inputs = SG_PORTS({.name = "x"}, {.name = "b"}),
    .outputs = SG_PORTS({.name = "y"}),
    .options_bytes = sizeof(options),
    .defaults = &(const options){BY_B, 2},
    .save_inputs = 3,
    .prepare = shape_of_first,
    .forward = forward,
    .backward = backward,
};

static const struct {
  options o;
  const char *words, *too, *never;
} expectations[] = {
    {{BY_B, 2}, "the numeric one times b.", NULL, NULL},
    {{BY_B_SCALED, 2}, "depends on the index along dimension 1 only", "; it is 0.37 times b.", NULL},
    {{BY_B_SQUARED, 2}, "depends on the index along dimension 1 only", "; it is 3 times (b)^2.", NULL},
    {{BY_RSTD, 2},
     "depends on the index along dimension 1 only",
     "it is 1/sqrt(var + eps), of x over the other "
     "dimensions, with eps = 0.001.",
     NULL},
    {{BY_RSTD, 1}, "depends on the index along dimension 0 only", "1/sqrt(var + eps)", NULL},
    {{BY_RSTD, 3}, "depends on the indices along dimensions 0, 1 only", "1/sqrt(var + eps)", NULL},
    {{BY_DEVIATION, 2}, "depends on the index along dimension 1 only", "it is sqrt(var), of x over", "eps"},
    {{BY_MEAN, 1},
     "depends on the index along dimension 0 only",
     "it is mean, of x over the other dimensions.",
     "eps"},
    {{BY_NOTHING, 2}, "depends on the index along dimension 1 only", NULL, "it is"},
    {{BY_NOTHING, 3}, "depends on the indices along dimensions 0, 1 only", NULL, "it is"},
    {{NEARLY_RSTD, 2}, "depends on the index along dimension 1 only", NULL, "it is"},
    {{NEARLY_RSTD, 3}, "depends on the indices along dimensions 0, 1 only", NULL, "it is"},
};

static void test_factors(void **state) {
  sg_context *c = *state;
  for (size_t i = 0; i < sizeof expectations / sizeof *expectations; i++) {
    const sg_scope scope = sg_scope_open(c);
    sg_tensor *inputs[] = {uniform(c, (sg_shape){3, {N, C, L}}, 0.3, 1.2),
                           uniform(c, (sg_shape){2, {C, 1}}, 0.3, 1.2)};
    subject s = {.op = &op_sliced, .options = &expectations[i].o};
    const char *const names[] = {"x", "b"};
    const sg_gradcheck_options o = {.mode = SG_GRADCHECK_FULL, .names = names};
    sg_gradcheck_report *report;
    assert_int_equal(sg_gradcheck(c, apply_op, &s, 2, inputs, &o, &report), SG_OK);
    const char *text = report->inputs[0].diagnosis;
    const bool said = strstr(text, expectations[i].words) &&
                      (!expectations[i].too || strstr(text, expectations[i].too)) &&
                      (!expectations[i].never || !strstr(text, expectations[i].never));
    if (!said) fail_msg("case %zu: \"%s\" does not say \"%s\"", i, text, expectations[i].words);
    sg_gradcheck_report_free(report);
    sg_scope_close(c, scope);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(test_factors, set_up, tear_down)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
