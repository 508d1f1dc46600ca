// SPDX-License-Identifier: GPL-3.0-or-later
//
// A registered op is checked by several threads at once: the same verdicts, to the last bit, as by one thread,
// and the same as when it is called like any other function.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "autograd/gradcheck/gradcheck.h"
#include "ops/ops.h"
#include "tests/gradcheck/ops.h"

enum { inputs_of_batch_norm = 3 };

static sg_context *open_with(int threads) {
  return sg_open(&(sg_config){.ops = sg_builtin_ops(), .threads = threads, .seed = 5});
}

static void make_inputs(sg_context *c, sg_tensor **inputs) {
  const sg_shape images = {3, {5, 3, 7}}, channels = {1, {3}};
  for (int i = 0; i < inputs_of_batch_norm; i++) {
    inputs[i] = sg_random_normal(c, SG_F64, i ? &channels : &images, 0, 1);
    sg_tensor_set_requires_grad(inputs[i], true);
  }
}

static sg_gradcheck_report *check_op(sg_context *c, const char *name, int count, sg_tensor *const *inputs,
                                     int order) {
  sg_gradcheck_report *report;
  const sg_gradcheck_options options = {.order = order};
  sg_gradcheck_op(c, sg_op_find(c, name), NULL, count, inputs, &options, &report);
  assert_string_equal(sg_error_message(c), "");
  assert_non_null(report);
  return report;
}

static void assert_same_values(const sg_gradcheck_report *a, const sg_gradcheck_report *b) {
  assert_int_equal(a->input_count, b->input_count);
  for (int i = 0; i < a->input_count; i++) {
    const sg_gradcheck_input *x = &a->inputs[i], *y = &b->inputs[i];
    assert_int_equal(x->checked, y->checked);
    assert_true(x->checked > 0);
    for (int64_t j = 0; j < x->checked; j++) {
      assert_int_equal(x->values[j].position, y->values[j].position);
      assert_int_equal(x->values[j].verdict, y->values[j].verdict);
      assert_memory_equal(&x->values[j].numeric, &y->values[j].numeric, sizeof(double));
      assert_memory_equal(&x->values[j].error_bar, &y->values[j].error_bar, sizeof(double));
    }
  }
}

static void check_with_threads(void **state) {
  (void)state;
  sg_context *one = open_with(1);
  sg_tensor *inputs[inputs_of_batch_norm];
  make_inputs(one, inputs);
  sg_gradcheck_report *expected = check_op(one, "batch_norm", inputs_of_batch_norm, inputs, 1);
  assert_true(expected->ok);
  assert_string_equal(expected->inputs[1].name, "gamma");
  for (int threads = 2; threads <= 5; threads++) {
    sg_context *c = open_with(threads);
    make_inputs(c, inputs);
    sg_gradcheck_report *report = check_op(c, "batch_norm", inputs_of_batch_norm, inputs, 1);
    assert_same_values(report, expected);
    assert_int_equal(report->evaluations, expected->evaluations);
    sg_gradcheck_report_free(report);
    sg_close(c);
  }
  sg_gradcheck_report_free(expected);
  sg_close(one);
}

// With every output, also the hidden one.
static sg_status call_batch_norm(sg_context *c, void *user, int count, sg_tensor *const *inputs, int *output_count,
                                 sg_tensor **outputs) {
  (void)user;
  const sg_op *op = sg_op_find(c, "batch_norm");
  *output_count = sg_op_output_ports(op);
  return sg_apply(c, op, count, inputs, NULL, outputs);
}

static void check_like_any_function(void **state) {
  (void)state;
  sg_context *c = open_with(2);
  sg_tensor *inputs[inputs_of_batch_norm];
  make_inputs(c, inputs);
  sg_gradcheck_report *as_op = check_op(c, "batch_norm", inputs_of_batch_norm, inputs, 1), *as_function;
  assert_int_equal(sg_gradcheck(c, call_batch_norm, NULL, inputs_of_batch_norm, inputs, NULL, &as_function), SG_OK);
  assert_same_values(as_op, as_function);
  sg_gradcheck_report_free(as_op);
  sg_gradcheck_report_free(as_function);
  sg_close(c);
}

// y = x^2 / 2, and whether x is positive: a step, beside an output that has a derivative.

static sg_status ramp_prepare(sg_plan *plan) {
  plan->output_shape[0] = plan->output_shape[1] = *sg_plan_shape(plan, 0);
  return SG_OK;
}

static void ramp_forward(const sg_call *call) {
  const double *x = sg_input_data(call, 0);
  double *y = sg_output_data(call->outputs[0]), *positive = sg_output_data(call->outputs[1]);
  for (int64_t i = 0; i < sg_tensor_elements(call->inputs[0]); i++) {
    y[i] = x[i] * x[i] / 2;
    positive[i] = x[i] > 0;
  }
}

static void ramp_backward(const sg_call *call) {
  const double *x = sg_input_data(call, 0), *dy = sg_tensor_data(call->d_outputs[0]);
  double *dx = sg_gradient_data(call, 0);
  for (int64_t i = 0; i < sg_tensor_elements(call->d_outputs[0]); i++) dx[i] = dy[i] * x[i];
}

static const sg_op ramp = {.name = "ramp",
                           .inputs = SG_PORTS({.name = "x"}),
                           .outputs = SG_PORTS({.name = "y"}, {.name = "positive", .flags = SG_STEP}),
                           .save_inputs = 1,
                           .prepare = ramp_prepare,
                           .forward = ramp_forward,
                           .backward = ramp_backward};

static sg_status call_with_steps(sg_context *c, void *user, int count, sg_tensor *const *inputs, int *output_count,
                                 sg_tensor **outputs) {
  const bool *all = user;
  sg_tensor *both[2] = {NULL};
  sg_apply(c, &ramp, count, inputs, NULL, both);
  if (*all) outputs[(*output_count)++] = both[0];
  outputs[(*output_count)++] = both[1];
  return sg_error_status(c);
}

// A step is declared constant: beside y it is left out, alone it leaves nothing to check.
static void check_constant_outputs(void **state) {
  (void)state;
  sg_context *c = open_with(2);
  sg_tensor *x = sg_random_normal(c, SG_F64, &(sg_shape){1, {9}}, 0, 1);
  sg_tensor_set_requires_grad(x, true);
  bool all = true;
  sg_gradcheck_report *report;
  assert_int_equal(sg_gradcheck(c, call_with_steps, &all, 1, &x, NULL, &report), SG_OK);
  assert_true(report->ok);
  assert_non_null(strstr(report->notes, "output 1 is a step"));
  sg_gradcheck_report_free(report);
  all = false;
  assert_int_equal(sg_gradcheck(c, call_with_steps, &all, 1, &x, NULL, &report), SG_INVALID_ARGUMENT);
  assert_non_null(strstr(sg_error_message(c), "nothing to differentiate"));
  sg_close(c);
}

// An input in which the op declares no derivative is left out with a note, and refused when it was asked for.
static void check_what_cannot_be_checked(void **state) {
  (void)state;
  sg_context *c = open_with(1);
  sg_tensor *inputs[3];
  for (int i = 0; i < 3; i++) {
    inputs[i] = sg_random_normal(c, SG_F64, &(sg_shape){1, {6}}, 0, 1);
    sg_tensor_set_requires_grad(inputs[i], true);
  }
  const sg_op *where = sg_op_find(c, "where");
  sg_gradcheck_report *report;
  assert_int_equal(sg_gradcheck_op(c, where, NULL, 3, inputs, NULL, &report), SG_OK);
  assert_int_equal(report->input_count, 2);
  assert_non_null(strstr(report->notes, "condition was not checked: the op declares no derivative in it"));
  sg_gradcheck_report_free(report);
  const bool all[3] = {true, true, true};
  const sg_gradcheck_options options = {.check = all};
  assert_int_equal(sg_gradcheck_op(c, where, NULL, 3, inputs, &options, &report), SG_INVALID_ARGUMENT);
  assert_null(report);
  assert_non_null(strstr(sg_error_message(c), "condition cannot be checked"));
  sg_close(c);
}

// dropout draws from the context's one stream, so it must not be computed in several threads.
static void check_random_op(void **state) {
  (void)state;
  sg_context *c = open_with(4);
  sg_tensor *x = sg_random_normal(c, SG_F64, &(sg_shape){1, {200}}, 0, 1);
  sg_tensor_set_requires_grad(x, true);
  const sg_random_state before = sg_random_get_state(c);
  sg_gradcheck_report *report = check_op(c, "dropout", 1, &x, 2);
  const sg_random_state after = sg_random_get_state(c);
  assert_true(report->ok);
  assert_memory_equal(&before, &after, sizeof before);
  sg_gradcheck_report_free(report);
  sg_close(c);
}

// Saturated, softmax has no derivative that rounding would not swallow: nothing can be told, and nothing is wrong.
static void check_saturated_softmax(void **state) {
  (void)state;
  sg_context *c = open_with(1);
  for (int seed = 0; seed < 20; seed++) {
    sg_tensor *x = sg_random_normal(c, SG_F64, &(sg_shape){2, {4, 5}}, 0, 1000);
    sg_tensor_set_requires_grad(x, true);
    sg_gradcheck_report *report;
    const sg_softmax_options last = {1};
    assert_int_equal(sg_gradcheck_op(c, sg_op_find(c, "softmax"), &last, 1, &x, NULL, &report), SG_OK);
    if (report->verdict == SG_GRADCHECK_FAIL) {
      char text[4000];
      sg_gradcheck_report_text(report, 0, text, sizeof text);
      fail_msg("%s", text);
    }
    sg_gradcheck_report_free(report);
  }
  sg_close(c);
}

// ---- An op that refuses values

static int forwards_beyond; // with a value that `check` refuses

static sg_status shape_of_x(sg_plan *plan) {
  plan->output_shape[0] = *sg_plan_shape(plan, 0);
  return SG_OK;
}

static bool is_within(const sg_tensor *x) {
  for (int64_t i = 0; i < sg_tensor_elements(x); i++)
    if (sg_tensor_value(x, i) > 1) return false;
  return true;
}

static sg_status refuse_above_one(const sg_call *call) {
  return is_within(call->inputs[0]) ? SG_OK : sg_refuse(call, "x is above 1");
}

static void square_below_one(const sg_call *call) {
  const double *x = sg_tensor_data(call->inputs[0]);
  double *y = sg_output_data(call->outputs[0]);
  forwards_beyond += !is_within(call->inputs[0]);
  for (int64_t i = 0; i < sg_tensor_elements(call->inputs[0]); i++) y[i] = x[i] * x[i];
}

static void backward_of_square(const sg_call *call) {
  const double *x = sg_tensor_data(call->inputs[0]), *dy = sg_tensor_data(call->d_outputs[0]);
  double *dx = sg_output_data(call->d_inputs[0]);
  for (int64_t i = 0; i < sg_tensor_elements(call->inputs[0]); i++) dx[i] = 2 * x[i] * dy[i];
}

static const sg_op narrow = {.name = "square_below_one",
                             .inputs = SG_PORTS({"x", 0, "at most 1"}),
                             .outputs = SG_PORTS({"y", 0, "x^2"}),
                             .save_inputs = 1,
                             .prepare = shape_of_x,
                             .check = refuse_above_one,
                             .forward = square_below_one,
                             .backward = backward_of_square};

// What an op refuses it is never given, also where it is moved there by the differences.
static void check_op_that_refuses(void **state) {
  (void)state;
  sg_context *c = open_with(2);
  const double inside[] = {0.25, 0.5, 0.75}, close[] = {0.25, 0.5, 1 - 1e-6};
  sg_gradcheck_report *report;
  sg_tensor *x = sg_tensor_from(c, SG_F64, &(sg_shape){1, {3}}, inside);
  sg_tensor_set_requires_grad(x, true);
  assert_int_equal(sg_gradcheck_op(c, &narrow, NULL, 1, &x, NULL, &report), SG_OK);
  assert_int_equal(report->verdict, SG_GRADCHECK_PASS);
  sg_gradcheck_report_free(report);
  x = sg_tensor_from(c, SG_F64, &(sg_shape){1, {3}}, close);
  sg_tensor_set_requires_grad(x, true);
  assert_int_equal(sg_gradcheck_op(c, &narrow, NULL, 1, &x, NULL, &report), SG_INVALID_ARGUMENT);
  assert_non_null(strstr(sg_error_message(c), "x is above 1"));
  assert_null(report);
  assert_int_equal(forwards_beyond, 0);
  sg_close(c);
}

static void check_absent_inputs(void **state) {
  (void)state;
  sg_context *c = open_with(2);
  sg_tensor *inputs[inputs_of_batch_norm];
  make_inputs(c, inputs);
  inputs[1] = NULL;
  sg_gradcheck_report *report = check_op(c, "batch_norm", inputs_of_batch_norm, inputs, 1);
  assert_true(report->ok);
  assert_int_equal(report->input_count, 2);
  assert_string_equal(report->inputs[1].name, "beta");
  sg_gradcheck_report_free(report);
  inputs[0] = NULL;
  assert_int_not_equal(sg_gradcheck_op(c, sg_op_find(c, "batch_norm"), NULL, 3, inputs, NULL, &report), SG_OK);
  assert_null(report);
  assert_non_null(strstr(sg_error_message(c), "batch_norm: x is missing"));
  sg_close(c);
}

// Once an input has failed beyond doubt, its other elements cost a few evaluations each, not the whole ladder.
static void count_failures_quickly(void **state) {
  (void)state;
  const double mistakes[] = {1e-6, -1, -2};
  sg_context *c = open_with(2);
  sg_tensor *x = sg_random_normal(c, SG_F64, &(sg_shape){1, {1000}}, 0, 1);
  sg_tensor_set_requires_grad(x, true);
  for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
    const map_options sine = {MAP_SINE, 0, 1, mistakes[i]};
    sg_gradcheck_report *report;
    assert_int_equal(sg_gradcheck_op(c, &op_map, &sine, 1, &x, NULL, &report), SG_OK);
    assert_int_equal(report->verdict, SG_GRADCHECK_FAIL);
    assert_int_equal(report->inputs[0].failed, 1000);
    assert_true(report->evaluations < 16 * 1000);
    sg_gradcheck_report_free(report);
  }
  sg_close(c);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(check_with_threads),
      cmocka_unit_test(check_like_any_function),
      cmocka_unit_test(check_random_op),
      cmocka_unit_test(check_saturated_softmax),
      cmocka_unit_test(check_op_that_refuses),
      cmocka_unit_test(check_absent_inputs),
      cmocka_unit_test(check_constant_outputs),
      cmocka_unit_test(check_what_cannot_be_checked),
      cmocka_unit_test(count_failures_quickly),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
