// SPDX-License-Identifier: GPL-3.0-or-later
//
// The checker's structural checks: derivatives that break one of them, and awkward ones that break none.
#include <math.h>
#include <string.h>

#include "autograd/gradcheck/gradcheck.h"
#include "tests/gradcheck/odd_op.h"
#include "tests/support/fixture.h"

static sg_status odd(sg_context *c, void *user, int count, sg_tensor *const *x, int *output_count,
                     sg_tensor **outputs) {
  (void)count;
  *output_count = 1;
  outputs[0] = sg_apply_one(c, &op_odd, 1, x, user);
  return sg_error_status(c);
}

// ---- Saying what is expected -----------------------------------------------------------------------------------

static sg_gradcheck_report *check(sg_context *c, sg_gradcheck_function *function, void *user, int count,
                                  sg_tensor *const *inputs, const sg_gradcheck_options *options) {
  sg_gradcheck_report *report = NULL;
  sg_gradcheck(c, function, user, count, inputs, options, &report);
  expect_ok(c);
  assert_non_null(report);
  return report;
}

static void fail_with(const sg_gradcheck_report *report, const char *expected) {
  char text[4096];
  sg_gradcheck_report_text(report, 0, text, sizeof text);
  fail_msg("expected %s, got\n%s", expected, text);
}

static const sg_gradcheck_structure *structure(const sg_gradcheck_report *report, const char *name) {
  for (int i = 0; i < report->structure_count; i++)
    if (strcmp(report->structures[i].name, name) == 0) return &report->structures[i];
  fail_with(report, name);
  return NULL;
}

// The structural check `name` fails and says `part`; the report fails with it and fits 80 columns.
static void expect_failure(sg_gradcheck_report *report, const char *name, const char *part) {
  const sg_gradcheck_structure *s = structure(report, name);
  char text[4096];
  if (s->verdict != SG_GRADCHECK_FAIL || !strstr(s->text, part)) fail_with(report, part);
  assert_int_equal(report->verdict, SG_GRADCHECK_FAIL);
  assert_false(report->ok);
  sg_gradcheck_report_text(report, 0, text, sizeof text);
  for (const char *line = text; *line; line += strcspn(line, "\n") + 1) assert_true(strcspn(line, "\n") <= 80);
  assert_non_null(strstr(text, " fails"));
  sg_gradcheck_report_free(report);
}

// No structural check fails, and none but `untried` (NULL: none) was not possible.
static void expect_sound(sg_gradcheck_report *report, const char *untried) {
  assert_true(report->structure_count >= 6);
  for (int i = 0; i < report->structure_count; i++) {
    const sg_gradcheck_structure *s = &report->structures[i];
    const bool expected = untried && strcmp(s->name, untried) == 0;
    if (s->verdict != (expected ? SG_GRADCHECK_INCONCLUSIVE : SG_GRADCHECK_PASS)) fail_with(report, "no failure");
    assert_int_equal(s->text[0] != 0, expected);
  }
  if (report->verdict == SG_GRADCHECK_FAIL) fail_with(report, "no failure");
  sg_gradcheck_report_free(report);
}

static void expect_odd(sg_context *c, misbehaviour m, const char *name, const char *part) {
  int calls = 0;
  odd_options options = {m, &calls};
  sg_tensor *x = LEAF(c, 1, -2, 0.5, 3, -0.25);
  sg_gradcheck_report *report = check(c, odd, &options, 1, &x, NULL);
  if (m == NONE)
    expect_sound(report, NULL);
  else
    expect_failure(report, name, part);
  EXPECT(x, 1, -2, 0.5, 3, -0.25);
}

// ---- Derivatives that break a rule -----------------------------------------------------------------------------

static void test_misbehaving_derivatives_fail(void **state) {
  sg_context *c = *state;
  expect_odd(c, NONE, NULL, NULL);
  expect_odd(c, CLIPS, "linearity", "clips");
  expect_odd(c, CLIPS_LATE, "linearity", "clips");
  expect_odd(c, CLIPS_FAR, "linearity", "clips");
  expect_odd(c, DROPS_SMALL, "linearity", "clips");
  expect_odd(c, TAKES_SIZE, "linearity", "sign");
  expect_odd(c, TAKES_SIGN, "linearity", "sign");
  expect_odd(c, KEEPS_LARGEST, "linearity", "sum of two cotangents");
  expect_odd(c, ADDS, "zero cotangent", "input 0[0]");
  expect_odd(c, DIVIDES_BY_SUM, "zero cotangent", "nan");
  expect_odd(c, CHANGES, "determinism", "taken again");
  expect_odd(c, WRITES_INPUT, "purity", "its derivative writes input 0");
  expect_odd(c, WRITES_OUTPUT, "purity", "its derivative writes an output");
  expect_odd(c, WRITES_COTANGENT, "purity", "its derivative writes its cotangent");
  expect_odd(c, OTHER_GRAPH, "dual", "recorded gradient");
}

static void test_gradient_detached_from_its_cotangent_fails(void **state) {
  sg_context *c = *state;
  odd_options options = {FORGETS_V, NULL};
  sg_tensor *x = LEAF(c, 1, -2, 0.5);
  sg_gradcheck_report *report = check(c, odd, &options, 1, &x, NULL);
  // Its graph leads to x but not to v, so that v'(J u) is 0.
  expect_failure(report, "dual", "differ");
}

// ---- Functions that break a rule -------------------------------------------------------------------------------

typedef struct habit {
  int kind, calls;
  sg_tensor *captured;
} habit;

enum { SETS_GRAD, CLEARS_GRAD, SWITCHES_MODE, KNOWS_ITS_ARGUMENTS, DIFFERS_RECORDED, DETACHES };

static sg_status with_habit(sg_context *c, void *user, int count, sg_tensor *const *x, int *output_count,
                            sg_tensor **outputs) {
  const habit *h = user;
  sg_tensor *second = count > 1 ? x[1] : x[0];
  sg_tensor *y = sg_mul(c, x[0], second);
  if (h->kind == SETS_GRAD) sg_tensor_set_grad(x[0], sg_tensor_full(c, SG_F64, sg_tensor_shape(x[0]), 1));
  if (h->kind == CLEARS_GRAD) sg_tensor_set_grad(x[0], NULL);
  if (h->kind == SWITCHES_MODE) sg_set_grad_enabled(c, false);
  if (h->kind == KNOWS_ITS_ARGUMENTS && x[0] == second) y = sg_mul(c, x[0], sg_tensor_detach(c, x[0]));
  if (h->kind == DIFFERS_RECORDED && sg_grad_enabled(c)) y = sg_mul_scalar(c, y, 1.001);
  if (h->kind == DETACHES) y = sg_mul(c, x[0], sg_tensor_detach(c, second));
  *output_count = 1;
  outputs[0] = y;
  return sg_error_status(c);
}

static sg_gradcheck_report *check_habit(sg_context *c, int kind) {
  habit h = {kind, 0, NULL};
  sg_tensor *inputs[] = {LEAF(c, 1, -2, 0.5), LEAF(c, 3, 2, 1)};
  sg_gradcheck_report *report = check(c, with_habit, &h, 2, inputs, NULL);
  assert_null(sg_tensor_grad(inputs[0]));
  assert_true(sg_grad_enabled(c));
  return report;
}

static void test_functions_with_bad_habits_fail(void **state) {
  sg_context *c = *state;
  expect_failure(check_habit(c, SETS_GRAD), "purity", "the function changes the gradient of input 0");
  expect_failure(check_habit(c, CLEARS_GRAD), "accumulation", "do not add");
  expect_failure(check_habit(c, SWITCHES_MODE), "purity", "leaves recording");
  expect_failure(check_habit(c, KNOWS_ITS_ARGUMENTS), "aliasing", "sum of their gradients");
  expect_failure(check_habit(c, DIFFERS_RECORDED), "determinism", "recorded");
}

static void test_detached_input_is_named(void **state) {
  sg_gradcheck_report *report = check_habit(*state, DETACHES);
  assert_int_equal(report->inputs[0].verdict, SG_GRADCHECK_PASS);
  assert_int_equal(report->inputs[1].verdict, SG_GRADCHECK_FAIL);
  assert_string_equal(report->inputs[1].reason,
                      "the function gives no gradient for input 1 although its output depends on it");
  sg_gradcheck_report_free(report);
}

// ---- Awkward functions that break none -------------------------------------------------------------------------

// All digits of its gradient are noise: what enters a batch norm as the same for all of a channel leaves nothing.
static sg_status shifted_norm(sg_context *c, void *user, int count, sg_tensor *const *x, int *output_count,
                              sg_tensor **outputs) {
  (void)user, (void)count;
  *output_count = 1;
  outputs[0] = sg_batch_norm(c, sg_add(c, x[0], x[1]), NULL, NULL, NULL, NULL, NULL);
  return sg_error_status(c);
}

static void test_gradients_of_noise(void **state) {
  sg_context *c = *state;
  for (int64_t n = 3; n < 40; n++) {
    sg_tensor *x = sg_random_normal(c, SG_F64, &(sg_shape){2, {n, 2}}, 0, 1);
    sg_tensor *inputs[] = {x, LEAF(c, 0.7)};
    sg_tensor_set_requires_grad(x, true);
    expect_sound(check(c, shifted_norm, NULL, 2, inputs, NULL), NULL);
  }
}

typedef sg_tensor *one_argument(sg_context *c, sg_tensor *x);

static sg_status apply_one(sg_context *c, void *user, int count, sg_tensor *const *x, int *output_count,
                           sg_tensor **outputs) {
  one_argument *const *function = user;
  (void)count;
  *output_count = 1;
  outputs[0] = (*function)(c, x[0]);
  return sg_error_status(c);
}

static sg_tensor *in_f32(sg_context *c, sg_tensor *x) { return sg_to(c, sg_sin(c, sg_to(c, x, SG_F32)), SG_F64); }
static sg_tensor *to_f32(sg_context *c, sg_tensor *x) { return sg_to(c, sg_sin(c, x), SG_F32); }
static sg_tensor *cancelling(sg_context *c, sg_tensor *x) {
  return sg_add(c, sg_sub(c, sg_mul_scalar(c, x, 1e8), sg_mul_scalar(c, x, 1e8 + 1)), x);
}
static sg_tensor *constant(sg_context *c, sg_tensor *x) { return sg_tensor_full(c, SG_F64, sg_tensor_shape(x), 3); }
static sg_tensor *times_zero(sg_context *c, sg_tensor *x) { return sg_mul_scalar(c, x, -0.0); }
static sg_tensor *huge(sg_context *c, sg_tensor *x) { return sg_mul_scalar(c, sg_sin(c, x), 1e150); }
static sg_tensor *tiny(sg_context *c, sg_tensor *x) { return sg_mul_scalar(c, sg_sin(c, x), 1e-150); }
static sg_tensor *dropped(sg_context *c, sg_tensor *x) { return sg_dropout(c, x, NULL); }
static sg_tensor *identity(sg_context *c, sg_tensor *x) { return (void)c, x; }
static sg_tensor *softmax_sum(sg_context *c, sg_tensor *x) { return sg_sum(c, sg_softmax(c, x, NULL), NULL); }
static sg_tensor *steps(sg_context *c, sg_tensor *x) { return sg_sign(c, x); }
static sg_tensor *masked(sg_context *c, sg_tensor *x) {
  return sg_softmax(c, sg_add(c, x, VECTOR(c, 0, -(double)INFINITY, 0, 0, -(double)INFINITY, 0)), NULL);
}

static void test_awkward_functions(void **state) {
  sg_context *c = *state;
  one_argument *const functions[] = {in_f32,  to_f32,   cancelling,  constant, times_zero, huge,   tiny,
                                     dropped, identity, softmax_sum, steps,    sg_relu,    sg_abs, masked};
  for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
    one_argument *function = functions[i];
    sg_tensor *x = LEAF(c, 1, -2, 0.5, 3, -0.25, 0.125);
    expect_sound(check(c, apply_one, &function, 1, &x, NULL), NULL);
    sg_tensor *empty = sg_tensor_new(c, SG_F64, &(sg_shape){2, {0, 3}});
    sg_tensor_set_requires_grad(empty, true);
    if (function != masked) expect_sound(check(c, apply_one, &function, 1, &empty, NULL), NULL);
  }
  one_argument *kinked[] = {sg_relu, sg_abs};
  sg_tensor *kinks = LEAF(c, 0, -0.0, 1);
  for (int i = 0; i < 2; i++) expect_sound(check(c, apply_one, &kinked[i], 1, &kinks, NULL), NULL);
}

typedef sg_tensor *two_arguments(sg_context *c, sg_tensor *a, sg_tensor *b);

static sg_status apply_two(sg_context *c, void *user, int count, sg_tensor *const *x, int *output_count,
                           sg_tensor **outputs) {
  two_arguments *const *function = user;
  (void)count;
  *output_count = 1;
  outputs[0] = (*function)(c, x[0], x[1]);
  return sg_error_status(c);
}

static sg_tensor *ratio(sg_context *c, sg_tensor *a, sg_tensor *b) { return sg_div(c, a, sg_sub(c, a, b)); }

static void test_one_tensor_for_two_arguments(void **state) {
  sg_context *c = *state;
  two_arguments *const functions[] = {sg_mul, sg_sub, sg_maximum, sg_add, sg_div};
  sg_tensor *inputs[] = {LEAF(c, 1, 2, 0.5), LEAF(c, 3, 5, 1)};
  for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
    two_arguments *function = functions[i];
    expect_sound(check(c, apply_two, &function, 2, inputs, NULL), NULL);
  }
  two_arguments *function = ratio; // infinite for equal arguments
  expect_sound(check(c, apply_two, &function, 2, inputs, NULL), "aliasing");
}

// Refuses equal arguments.
static sg_status choosy(sg_context *c, void *user, int count, sg_tensor *const *x, int *output_count,
                        sg_tensor **outputs) {
  (void)user, (void)count;
  if (sg_tensor_value(x[0], 0) == sg_tensor_value(x[1], 0)) return sg_error(c, SG_CALLBACK_FAILED, "not the same!");
  *output_count = 2;
  outputs[0] = sg_add(c, x[0], x[1]);
  outputs[1] = sg_neg(c, outputs[0]);
  return sg_error_status(c);
}

static void test_arguments_that_must_differ(void **state) {
  sg_context *c = *state;
  sg_tensor *inputs[] = {LEAF(c, 1, 2, 0.5), LEAF(c, 3, 5, 1)};
  sg_gradcheck_report *report = check(c, choosy, NULL, 2, inputs, NULL);
  assert_non_null(strstr(structure(report, "aliasing")->text, "not the same!"));
  expect_sound(report, "aliasing");
}

// Refuses in other words each time, and is interrupted at one call.
typedef struct moody {
  int refusals, interrupted_at;
} moody;

static sg_status moody_difference(sg_context *c, void *user, int count, sg_tensor *const *x, int *output_count,
                                  sg_tensor **outputs) {
  moody *m = user;
  (void)count;
  *output_count = 1;
  outputs[0] = sg_sub(c, x[0], x[1]);
  if (sg_tensor_value(x[0], 0) != sg_tensor_value(x[1], 0)) return sg_error_status(c);
  m->refusals++;
  if (m->interrupted_at == 0) return sg_error(c, SG_CALLBACK_FAILED, "refused for the %d. time", m->refusals);
  const bool interrupted = m->refusals == m->interrupted_at;
  return sg_error(c, SG_CALLBACK_FAILED, "%s", interrupted ? "interrupted" : "not the same!");
}

static void test_a_refusal_is_told_from_an_interrupt(void **state) {
  sg_context *c = *state;
  sg_tensor *inputs[] = {LEAF(c, 1, 2, 0.5), LEAF(c, 3, 5, 1)};
  moody varying = {0};
  sg_gradcheck_report *report = check(c, moody_difference, &varying, 2, inputs, NULL);
  assert_non_null(strstr(structure(report, "aliasing")->text, "refused for the "));
  expect_sound(report, "aliasing");
  for (int at = 1; at <= 2; at++) {
    moody interrupted = {.interrupted_at = at};
    assert_int_equal(sg_gradcheck(c, moody_difference, &interrupted, 2, inputs, NULL, &report), SG_CALLBACK_FAILED);
    assert_null(report);
    expect_error(c, SG_CALLBACK_FAILED, "interrupted");
  }
}

static sg_status without_second(sg_context *c, void *user, int count, sg_tensor *const *x, int *output_count,
                                sg_tensor **outputs) {
  static sg_op op;
  op = op_odd;
  op.vjp = NULL;
  (void)count;
  *output_count = 1;
  outputs[0] = sg_apply_one(c, &op, 1, x, user);
  return sg_error_status(c);
}

static void test_no_second_derivative(void **state) {
  sg_context *c = *state;
  odd_options options = {NONE, NULL};
  sg_tensor *x = LEAF(c, 1, 2, 0.5);
  sg_gradcheck_report *report = check(c, without_second, &options, 1, &x, NULL);
  assert_true(report->ok);
  assert_non_null(strstr(structure(report, "dual")->text, "the function has no second derivative"));
  expect_sound(report, "dual");
}

// ---- What others own --------------------------------------------------------------------------------------------

typedef struct closure {
  sg_tensor *weight, *graph; // a leaf and the result of a graph, both of the caller
} closure;

static sg_status with_closure(sg_context *c, void *user, int count, sg_tensor *const *x, int *output_count,
                              sg_tensor **outputs) {
  const closure *k = user;
  (void)count;
  *output_count = 2;
  outputs[0] = sg_mul(c, sg_mul(c, x[0], k->weight), k->weight);
  outputs[1] = sg_mul(c, x[0], k->graph);
  return sg_error_status(c);
}

static void test_tensors_of_a_closure_stay_as_they_are(void **state) {
  sg_context *c = *state;
  sg_tensor *x = LEAF(c, 1, 2, 0.5), *weight = LEAF(c, 2, 3, 4), *other = LEAF(c, 5, 6, 7);
  closure k = {weight, sg_square(c, other)};
  sg_backward(c, total(c, sg_mul(c, x, weight)), NULL, NULL);
  sg_tensor *grad = sg_tensor_grad(weight), *own = sg_tensor_grad(x);
  expect_sound(check(c, with_closure, &k, 1, &x, NULL), NULL);
  assert_ptr_equal(sg_tensor_grad(weight), grad);
  assert_ptr_equal(sg_tensor_grad(x), own);
  assert_null(sg_tensor_grad(other));
  EXPECT(grad, 1, 2, 0.5);
  EXPECT(own, 2, 3, 4);
  sg_backward(c, total(c, k.graph), NULL, NULL); // its graph was not used up
  EXPECT(sg_tensor_grad(other), 10, 12, 14);
}

static void test_skipped_elements_are_left_alone(void **state) {
  sg_context *c = *state;
  one_argument *root = sg_sqrt;
  sg_tensor *x = LEAF(c, 0, 4, 9), *mask = VECTOR(c, 1, 0, 0);
  const sg_gradcheck_options options = {.skip = &mask};
  sg_gradcheck_report *report = check(c, apply_one, &root, 1, &x, &options);
  assert_true(report->ok);
  sg_gradcheck_report_free(report);
}

// ---- Steps -----------------------------------------------------------------------------------------------------

// y = x^2, and beside it, declared a step: x^2 again, or in which half-open interval [k, k + 1) x lies.
static sg_status two_faced_prepare(sg_plan *plan) {
  plan->output_shape[0] = plan->output_shape[1] = *sg_plan_shape(plan, 0);
  return SG_OK;
}
static void two_faced_forward(const sg_call *call) {
  const double *x = sg_input_data(call, 0);
  double *y = sg_output_data(call->outputs[0]), *step = sg_output_data(call->outputs[1]);
  const bool honest = *(const int *)call->options;
  for (int64_t i = 0; i < sg_tensor_elements(call->inputs[0]); i++) {
    y[i] = x[i] * x[i];
    step[i] = honest ? floor(x[i]) : y[i];
  }
}
static void two_faced_vjp(const sg_call *call) {
  sg_context *c = call->context;
  call->d_inputs[0] = sg_mul(c, call->d_outputs[0], sg_mul_scalar(c, call->inputs[0], 2));
}
static const sg_op op_two_faced = {.name = "two_faced",
                                   .inputs = SG_PORTS({"x", 0, "f64"}),
                                   .outputs = SG_PORTS({"y", 0, "x^2"}, {"step", SG_STEP, "said to be a step"}),
                                   .options_bytes = sizeof(int),
                                   .defaults = &(const int){0},
                                   .save_inputs = 1,
                                   .prepare = two_faced_prepare,
                                   .forward = two_faced_forward,
                                   .vjp = two_faced_vjp};

static sg_status two_faced(sg_context *c, void *user, int count, sg_tensor *const *x, int *output_count,
                           sg_tensor **outputs) {
  *output_count = 2;
  return sg_apply(c, &op_two_faced, count, x, user, outputs);
}

static void test_smooth_outputs_are_no_steps(void **state) {
  sg_context *c = *state;
  for (int honest = 0; honest <= 1; honest++) {
    sg_tensor *x = LEAF(c, 0.3, -2.5, 1000.25, 4); // at 4 floor jumps
    sg_gradcheck_report *report = check(c, two_faced, &honest, 1, &x, NULL);
    assert_non_null(strstr(report->notes, "output 1 is a step"));
    if (!honest) {
      expect_failure(report, "steps", "output 1 is declared a step function");
      continue;
    }
    assert_true(report->ok);
    assert_int_equal(structure(report, "steps")->verdict, SG_GRADCHECK_PASS);
    expect_sound(report, NULL);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST_OF(test_misbehaving_derivatives_fail),
      TEST_OF(test_gradient_detached_from_its_cotangent_fails),
      TEST_OF(test_functions_with_bad_habits_fail),
      TEST_OF(test_detached_input_is_named),
      TEST_OF(test_gradients_of_noise),
      TEST_OF(test_awkward_functions),
      TEST_OF(test_one_tensor_for_two_arguments),
      TEST_OF(test_arguments_that_must_differ),
      TEST_OF(test_a_refusal_is_told_from_an_interrupt),
      TEST_OF(test_no_second_derivative),
      TEST_OF(test_tensors_of_a_closure_stay_as_they_are),
      TEST_OF(test_skipped_elements_are_left_alone),
      TEST_OF(test_smooth_outputs_are_no_steps),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
