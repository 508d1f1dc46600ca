// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the checker does with functions and options it cannot work with: an error or a verdict that says why, and
// everything as it was before.
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "autograd/gradcheck/gradcheck.h"
#include "tests/support/fixture.h"

// ---- A function that goes wrong at a chosen call ---------------------------------------------------------------

typedef enum fault {
  FINE,
  GIVES_NOTHING,
  GIVES_NULL,
  GIVES_TOO_MANY,
  GIVES_INTEGERS,
  GIVES_OTHER_SHAPE,
  GIVES_OTHER_COUNT,
  GIVES_OTHER_DTYPE,
  FAILS,
  FAILS_WITHOUT_MESSAGE,
  FAILS_IN_AN_OP,
  LEAVES_MESS, // an open scope, another grad mode, a moved random stream
} fault;

typedef struct faulty {
  fault kind;
  int calls, at; // the first call is 1
} faulty;

static sg_status go_wrong(sg_context *c, fault kind, sg_tensor *const *x, int *output_count, sg_tensor **outputs) {
  switch (kind) {
  case GIVES_NOTHING:
    *output_count = 0;
    break;
  case GIVES_NULL:
    outputs[0] = NULL;
    break;
  case GIVES_TOO_MANY:
    *output_count = SG_GRADCHECK_MAX_OUTPUTS + 1;
    break;
  case GIVES_INTEGERS:
    outputs[0] = sg_tensor_full(c, SG_I64, sg_tensor_shape(x[0]), 1);
    break;
  case GIVES_OTHER_SHAPE:
    outputs[0] = sg_sum(c, outputs[0], NULL);
    break;
  case GIVES_OTHER_COUNT:
    *output_count = 2;
    outputs[1] = outputs[0];
    break;
  case GIVES_OTHER_DTYPE:
    outputs[0] = sg_to(c, outputs[0], SG_F32);
    break;
  case FAILS:
    return sg_error(c, SG_CALLBACK_FAILED, "the dog ate it");
  case FAILS_WITHOUT_MESSAGE:
    return SG_CALLBACK_FAILED;
  case FAILS_IN_AN_OP:
    outputs[0] = sg_add(c, x[0], sg_tensor_full(c, SG_F64, &(sg_shape){1, {17}}, 1));
    break;
  case LEAVES_MESS:
    sg_scope_open(c);
    sg_random_uniform(c, SG_F64, sg_tensor_shape(x[0]), 0, 1);
    sg_set_grad_enabled(c, false);
    return sg_error(c, SG_CALLBACK_FAILED, "the dog ate it");
  case FINE:
    break;
  }
  return sg_error_status(c);
}

static sg_status faulty_function(sg_context *c, void *user, int count, sg_tensor *const *x, int *output_count,
                                 sg_tensor **outputs) {
  faulty *f = user;
  (void)count;
  *output_count = 1;
  outputs[0] = sg_mul(c, sg_sin(c, x[0]), x[0]);
  return ++f->calls == f->at ? go_wrong(c, f->kind, x, output_count, outputs) : sg_error_status(c);
}

// ---- Everything as it was before -------------------------------------------------------------------------------

typedef struct belongings {
  sg_random_state random;
  sg_tensor *grad;
  sg_memory_usage memory;
  double values[3];
} belongings;

static belongings look(sg_context *c, const sg_tensor *x) {
  belongings b = {sg_random_get_state(c), sg_tensor_grad(x), sg_memory(c), {0}};
  memcpy(b.values, sg_tensor_data(x), sizeof b.values);
  return b;
}

static void expect_as_before(sg_context *c, const sg_tensor *x, const belongings *b) {
  const belongings now = look(c, x);
  assert_memory_equal(&now.random, &b->random, sizeof b->random);
  assert_memory_equal(now.values, b->values, sizeof b->values);
  assert_ptr_equal(now.grad, b->grad);
  assert_int_equal(now.memory.live_tensors, b->memory.live_tensors);
  assert_int_equal(now.memory.live_nodes, b->memory.live_nodes);
  assert_int_equal(now.memory.live_bytes, b->memory.live_bytes);
  assert_true(sg_grad_enabled(c));
}

static sg_tensor *point(sg_context *c) {
  sg_tensor *x = LEAF(c, 0.5, -1.5, 2);
  sg_tensor_set_grad(x, VECTOR(c, 7, 8, 9));
  expect_ok(c);
  return x;
}

// Each call number at which the fault occurs at all; how often the check was told.
static int expect_fault(sg_context *c, fault kind, const char *part) {
  sg_tensor *x = point(c);
  const sg_gradcheck_options options = {.order = 2};
  int errors = 0;
  for (int at = 1;; at++) {
    const belongings before = look(c, x);
    faulty f = {kind, 0, at};
    sg_gradcheck_report *report = NULL;
    if (sg_gradcheck(c, faulty_function, &f, 1, &x, &options, &report) == SG_OK) {
      assert_non_null(report);
      if (f.calls >= at) fail_msg("fault %d at call %d of %d went unnoticed", (int)kind, at, f.calls);
      assert_true(report->ok);
      sg_gradcheck_report_free(report);
      expect_as_before(c, x, &before);
      return errors;
    }
    errors++;
    assert_null(report);
    if (!strstr(sg_error_message(c), part)) fail_msg("call %d: %s", at, sg_error_message(c));
    sg_error_clear(c);
    expect_as_before(c, x, &before);
  }
}

static void test_faults_at_every_call(void **state) {
  sg_context *c = *state;
  assert_true(expect_fault(c, GIVES_NOTHING, "gives 0 outputs") > 50);
  assert_true(expect_fault(c, GIVES_NULL, "output 0 is not a tensor") > 50);
  assert_true(expect_fault(c, GIVES_TOO_MANY, "gives 17 outputs, expected 1 to 16") > 50);
  assert_true(expect_fault(c, GIVES_INTEGERS, "output 0 has dtype i64") > 50);
  assert_true(expect_fault(c, GIVES_OTHER_SHAPE, "in the first call") > 50);
  assert_true(expect_fault(c, GIVES_OTHER_COUNT, "in its first call") > 50);
  assert_true(expect_fault(c, GIVES_OTHER_DTYPE, "in the first call") > 50);
  assert_true(expect_fault(c, FAILS, "the dog ate it") > 50);
  assert_true(expect_fault(c, FAILS_WITHOUT_MESSAGE, "the function under test failed") > 50);
  assert_true(expect_fault(c, FAILS_IN_AN_OP, "[17]") > 50);
  assert_true(expect_fault(c, LEAVES_MESS, "the dog ate it") > 50);
}

// ---- Functions that are not finite -----------------------------------------------------------------------------

typedef sg_tensor *one_argument(sg_context *c, sg_tensor *x);

static sg_status apply_one(sg_context *c, void *user, int count, sg_tensor *const *x, int *output_count,
                           sg_tensor **outputs) {
  one_argument *const *function = user;
  (void)count;
  *output_count = 1;
  outputs[0] = (*function)(c, x[0]);
  return sg_error_status(c);
}

// Fails the test unless the verdict is as expected and a reason contains `part`.
static void expect_verdict(sg_context *c, one_argument *function, sg_tensor *x, const sg_gradcheck_options *options,
                           sg_gradcheck_verdict verdict, const char *part) {
  sg_gradcheck_report *report = NULL;
  sg_gradcheck(c, apply_one, &function, 1, &x, options, &report);
  expect_ok(c);
  char text[4096];
  sg_gradcheck_report_text(report, 0, text, sizeof text);
  const char *reason = report->reason[0] ? report->reason : report->inputs[0].reason;
  if (report->verdict != verdict || !strstr(reason, part)) fail_msg("expected '%s', got\n%s", part, text);
  sg_gradcheck_report_free(report);
}

static sg_tensor *pole(sg_context *c, sg_tensor *x) { return sg_div(c, sg_scalar_like(c, x, 1), x); }
static sg_tensor *only_at_one(sg_context *c, sg_tensor *x) { // finite at 1 alone
  sg_tensor *off = sg_abs(c, sg_add_scalar(c, x, -1));
  return sg_add(c, x, sg_log(c, sg_add_scalar(c, sg_mul_scalar(c, off, -1e300), 1)));
}
static sg_tensor *root_of_square(sg_context *c, sg_tensor *x) { return sg_sqrt(c, sg_square(c, x)); }

static void test_not_finite(void **state) {
  sg_context *c = *state;
  expect_verdict(c, sg_log, LEAF(c, 1, -1), NULL, SG_GRADCHECK_FAIL, "the function is not finite: element 1");
  expect_verdict(c, pole, LEAF(c, 1, 0), NULL, SG_GRADCHECK_FAIL, "the function is not finite: element 1");
  expect_verdict(c, only_at_one, LEAF(c, 1), NULL, SG_GRADCHECK_INCONCLUSIVE, "not finite around the point");
  expect_verdict(c, root_of_square, LEAF(c, 0, 1), NULL, SG_GRADCHECK_FAIL, "the analytic gradient is not finite");
  expect_verdict(c, sg_tanh, LEAF(c, 0, (double)NAN, 1), NULL, SG_GRADCHECK_FAIL,
                 "input 0 is not finite: element 1 is nan");
  expect_verdict(c, sg_tanh, LEAF(c, (double)INFINITY, 1), NULL, SG_GRADCHECK_FAIL,
                 "input 0 is not finite: element 0 is inf");
  sg_tensor *mask = VECTOR(c, 1, 0);
  const sg_gradcheck_options skipping = {.skip = &mask};
  expect_verdict(c, sg_tanh, LEAF(c, -(double)INFINITY, 1), &skipping, SG_GRADCHECK_PASS, "");
}

// ---- Absurd options --------------------------------------------------------------------------------------------

static void expect_refused(sg_context *c, const sg_gradcheck_options *options, const char *part) {
  sg_tensor *x = point(c);
  const belongings before = look(c, x);
  faulty f = {FINE, 0, 0};
  sg_gradcheck_report *report = NULL;
  sg_gradcheck(c, faulty_function, &f, 1, &x, options, &report);
  assert_null(report);
  expect_error(c, SG_INVALID_ARGUMENT, part);
  assert_int_equal(f.calls, 0);
  expect_as_before(c, x, &before);
}

static void test_senseless_options_are_refused(void **state) {
  sg_context *c = *state;
  expect_refused(c, &(sg_gradcheck_options){.order = -1}, "order is -1");
  expect_refused(c, &(sg_gradcheck_options){.order = 99}, "order is 99");
  expect_refused(c, &(sg_gradcheck_options){.mode = (sg_gradcheck_mode)7}, "mode is 7");
  expect_refused(c, &(sg_gradcheck_options){.step = (double)INFINITY}, "step is inf");
  expect_refused(c, &(sg_gradcheck_options){.step = -DBL_MIN}, "step is -");
  expect_refused(c, &(sg_gradcheck_options){.k = -16}, "k is -16");
  expect_refused(c, &(sg_gradcheck_options){.k = (double)INFINITY}, "k is inf");
  expect_refused(c, &(sg_gradcheck_options){.k = (double)NAN}, "k is nan");
}

// Whatever they make of it, they never pass what is wrong and never fail what is right.
static sg_tensor *wrong(sg_context *c, sg_tensor *x) {
  return sg_add(c, sg_sin(c, x), sg_tensor_detach(c, sg_square(c, x)));
}

static void test_extreme_options_are_harmless(void **state) {
  sg_context *c = *state;
  const char *const names[] = {NULL};
  const sg_gradcheck_options extremes[] = {
      {.k = 1e300},           {.k = DBL_MAX},   {.step = 1e308},      {.step = DBL_MAX}, {.step = 1e-300},
      {.step = DBL_TRUE_MIN}, {.names = names}, {.seed = UINT64_MAX}, {.seed = 1},       {.k = 1, .step = 1}};
  for (size_t i = 0; i < sizeof extremes / sizeof *extremes; i++) {
    one_argument *functions[] = {sg_sin, wrong};
    for (int k = 0; k < 2; k++) {
      sg_tensor *x = point(c);
      sg_gradcheck_report *report = NULL;
      sg_gradcheck(c, apply_one, &functions[k], 1, &x, &extremes[i], &report);
      expect_ok(c);
      if (k == 0 ? report->verdict == SG_GRADCHECK_FAIL : report->ok) {
        char text[4096];
        sg_gradcheck_report_text(report, 0, text, sizeof text);
        fail_msg("extreme %d:\n%s", (int)i, text);
      }
      sg_gradcheck_report_free(report);
    }
  }
}

static void test_names_may_be_missing(void **state) {
  sg_context *c = *state;
  const char *const names[] = {NULL, "a name with more than forty-seven characters, which is cut"};
  const sg_gradcheck_options options = {.names = names};
  sg_tensor *inputs[] = {LEAF(c, 1, 2), LEAF(c, 3, 4)};
  one_argument *function = sg_sin;
  sg_gradcheck_report *report = NULL;
  sg_gradcheck(c, apply_one, &function, 2, inputs, &options, &report);
  expect_ok(c);
  assert_string_equal(report->inputs[0].name, "input 0");
  assert_string_equal(report->inputs[1].name, "a name with more than forty-seven characters, w");
  sg_gradcheck_report_free(report);
}

static void test_missing_tensors_and_dtypes(void **state) {
  sg_context *c = *state;
  const bool all[] = {true};
  one_argument *function = sg_sin;
  sg_tensor *x = NULL;
  sg_gradcheck_report *report = NULL;
  sg_gradcheck(c, apply_one, &function, 1, &x, NULL, &report);
  expect_error(c, SG_INVALID_ARGUMENT, "input 0 is not a tensor");
  sg_gradcheck(c, apply_one, &function, 0, &x, NULL, &report);
  expect_error(c, SG_INVALID_ARGUMENT, "got 0 inputs, expected 1 to 64");
  sg_gradcheck(c, apply_one, &function, 65, &x, NULL, &report);
  expect_error(c, SG_INVALID_ARGUMENT, "got 65 inputs");
  sg_gradcheck(c, NULL, NULL, 1, &x, NULL, &report);
  expect_error(c, SG_INVALID_ARGUMENT, "no function");
  x = sg_tensor_full(c, SG_I64, &(sg_shape){1, {3}}, 1);
  sg_gradcheck(c, apply_one, &function, 1, &x, &(sg_gradcheck_options){.check = all}, &report);
  expect_error(c, SG_INVALID_ARGUMENT, "input 0 has dtype i64");
  x = sg_tensor_to(c, LEAF(c, 1, 2), SG_F32);
  sg_gradcheck(c, apply_one, &function, 1, &x, &(sg_gradcheck_options){.check = all}, &report);
  expect_ok(c);
  assert_string_equal(report->notes, "input 0 is f32 and was checked in f64\n");
  assert_true(report->ok);
  sg_gradcheck_report_free(report);
}

// ---- A closure that writes what the caller owns ----------------------------------------------------------------

typedef struct intruder {
  sg_tensor *x;
  bool fails;
} intruder;

static sg_status intrude(sg_context *c, void *user, int count, sg_tensor *const *x, int *output_count,
                         sg_tensor **outputs) {
  const intruder *i = user;
  (void)count;
  const bool recording = sg_set_grad_enabled(c, false);
  sg_tensor_fill(i->x, 3);
  if (sg_tensor_grad(i->x)) sg_tensor_fill(sg_tensor_grad(i->x), 4);
  sg_set_grad_enabled(c, recording);
  *output_count = 1;
  outputs[0] = sg_sin(c, x[0]);
  return i->fails ? sg_error(c, SG_CALLBACK_FAILED, "the dog ate it") : sg_error_status(c);
}

static void test_intruders_are_undone(void **state) {
  sg_context *c = *state;
  for (int fails = 0; fails < 2; fails++) {
    intruder i = {point(c), fails != 0};
    sg_tensor *grad = sg_tensor_grad(i.x);
    sg_gradcheck_report *report = NULL;
    sg_gradcheck(c, intrude, &i, 1, &i.x, NULL, &report);
    if (fails) {
      assert_null(report);
      expect_error(c, SG_CALLBACK_FAILED, "the dog ate it");
    } else {
      expect_ok(c);
      assert_int_equal(report->verdict, SG_GRADCHECK_FAIL);
      assert_non_null(strstr(report->reason, "writes the tensor that was given as input 0"));
      sg_gradcheck_report_free(report);
    }
    EXPECT(i.x, 0.5, -1.5, 2);
    assert_ptr_equal(sg_tensor_grad(i.x), grad);
    EXPECT(grad, 7, 8, 9);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST_OF(test_faults_at_every_call),          TEST_OF(test_not_finite),
      TEST_OF(test_senseless_options_are_refused), TEST_OF(test_extreme_options_are_harmless),
      TEST_OF(test_names_may_be_missing),          TEST_OF(test_missing_tensors_and_dtypes),
      TEST_OF(test_intruders_are_undone),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
