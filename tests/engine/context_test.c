// SPDX-License-Identifier: GPL-3.0-or-later
//
// Contexts: apart from each other, closed with tensors still held, op registration, settings.
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/fixture.h"

// ---- Two contexts in two threads --------------------------------------------------------------------------

enum { steps = 30, weights = 24 };

typedef struct work {
  uint64_t seed;
  double result[weights];
  bool ended_well;
} work;

// Gradient descent on a small network; what it gives depends on the seed alone.
static void *train(void *argument) {
  work *w = argument;
  sg_context *c = sg_open(&(sg_config){.ops = sg_builtin_ops(), .threads = 1, .seed = w->seed});
  sg_tensor *x = sg_random_normal(c, SG_F64, &(sg_shape){2, {50, weights}}, 0, 1);
  sg_tensor *v = sg_random_normal(c, SG_F64, &(sg_shape){2, {weights, 1}}, 0, 1);
  sg_tensor_set_requires_grad(v, true);
  for (int step = 0; step < steps; step++) {
    sg_scope scope = sg_scope_open(c);
    sg_tensor *y = sg_dropout(c, sg_tanh(c, sg_matmul(c, x, v)), NULL);
    sg_backward(c, sg_mean(c, sg_square(c, sg_add_scalar(c, y, -0.5)), NULL), NULL, NULL);
    sg_set_grad_enabled(c, false);
    sg_tensor_assign(v, sg_sub(c, v, sg_mul_scalar(c, sg_tensor_grad(v), 0.1)));
    sg_set_grad_enabled(c, true);
    sg_tensor_set_grad(v, NULL);
    sg_scope_close(c, scope);
  }
  w->ended_well = sg_error_status(c) == SG_OK;
  if (w->ended_well) memcpy(w->result, sg_tensor_data(v), sizeof w->result);
  sg_close(c);
  return NULL;
}

static void two_threads(void **state) {
  (void)state;
  work alone[2] = {{.seed = 1}, {.seed = 2}}, together[2] = {{.seed = 1}, {.seed = 2}};
  pthread_t threads[2];
  for (int i = 0; i < 2; i++) train(&alone[i]);
  for (int i = 0; i < 2; i++) assert_int_equal(pthread_create(&threads[i], NULL, train, &together[i]), 0);
  for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
  for (int i = 0; i < 2; i++) {
    assert_true(alone[i].ended_well && together[i].ended_well);
    assert_memory_equal(alone[i].result, together[i].result, sizeof alone[i].result);
  }
  assert_memory_not_equal(alone[0].result, alone[1].result, sizeof alone[0].result);
}

// ---- Closing ----------------------------------------------------------------------------------------------

// x.grad holds its graph, and that holds x: only closing takes the ring apart.
static void closed_with_a_recorded_gradient(void **state) {
  (void)state;
  test_allocator allocator = {0};
  sg_context *c = open_context(&allocator, 1, NULL);
  for (int i = 0; i < 3; i++) {
    sg_scope scope = sg_scope_open(c);
    sg_tensor *x = LEAF(c, 1, 2);
    sg_backward(c, total(c, sg_exp(c, sg_square(c, x))), NULL, &(sg_backward_options){.create_graph = true});
    expect_ok(c);
    sg_scope_close(c, scope);
  }
  assert_true(sg_memory(c).live_nodes > 0);
  sg_close(c);
  assert_int_equal(allocator.live_blocks, 0);
}

static void closed_with_tensors_held(void **state) {
  (void)state;
  test_allocator allocator = {0};
  sg_context *c = open_context(&allocator, 1, NULL);
  sg_tensor *x = sg_retain(LEAF(c, 1, 2)), *y = sg_retain(sg_exp(c, sg_square(c, x)));
  sg_backward(c, total(c, sg_square(c, x)), NULL, NULL);
  sg_close(c);
  assert_true(allocator.live_blocks > 0);
  EXPECT(x, 1, 2);
  EXPECT(sg_tensor_grad(x), 2, 4);
  sg_release(x); // closing took the graph of y apart, y itself stays
  assert_int_equal(sg_tensor_elements(y), 2);
  sg_release(y);
  assert_int_equal(allocator.live_blocks, 0);
}

static void closed_with_a_graph_and_an_error(void **state) {
  (void)state;
  test_allocator allocator = {0};
  sg_context *c = open_context(&allocator, 1, NULL);
  sg_tensor *x = LEAF(c, 1, 2), *y = sg_exp(c, sg_square(c, x));
  sg_backward(c, y, NULL, NULL);
  assert_int_not_equal(sg_error_status(c), SG_OK);
  sg_close(c);
  assert_int_equal(allocator.live_blocks, 0);
  sg_close(NULL);
}

// ---- Tensors of another context ---------------------------------------------------------------------------

static void strangers(void **state) {
  sg_context *context = *state, *other = sg_open(&(sg_config){.ops = sg_builtin_ops(), .threads = 1});
  sg_tensor *x = LEAF(context, 1, 2), *y = LEAF(other, 1, 2), *gradient;
  sg_mul(context, x, y);
  expect_error(context, SG_INVALID_ARGUMENT, "mul: b belongs to another context");
  sg_backward(context, y, y, NULL);
  expect_error(context, SG_INVALID_ARGUMENT, "backward: a tensor belongs to another context");
  sg_backward(context, x, y, NULL);
  expect_error(context, SG_INVALID_ARGUMENT, "backward: the cotangent");
  sg_grad(context, 1, &x, &x, 1, &y, NULL, &gradient);
  expect_error(context, SG_INVALID_ARGUMENT, "grad: input 0");
  sg_tensor_set_grad(x, y);
  expect_error(context, SG_INVALID_ARGUMENT, "the gradient");
  sg_close(other);
}

// ---- Registration -----------------------------------------------------------------------------------------

static sg_status prepare(sg_plan *plan) {
  plan->output_shape[0] = *sg_plan_shape(plan, 0);
  return SG_OK;
}
static void forward(const sg_call *call) {
  memcpy(sg_output_data(call->outputs[0]), sg_input_data(call, 0), sg_tensor_bytes(call->outputs[0]));
}

static void registration(void **state) {
  sg_context *context = *state;
  const sg_op nameless = {.prepare = prepare, .forward = forward},
              again = {"exp", .outputs = SG_PORTS({.name = "y"}), .prepare = prepare, .forward = forward},
              unprepared = {"unprepared", .forward = forward}, idle = {"idle", .prepare = prepare},
              mine = {"mine", .inputs = SG_PORTS({"x", SG_UNDIFFERENTIABLE, NULL}),
                      .outputs = SG_PORTS({.name = "y"}), .prepare = prepare, .forward = forward};
  size_t count = sg_op_count(context);
  assert_int_not_equal(sg_op_register(context, &nameless), SG_OK);
  expect_error(context, SG_INVALID_ARGUMENT, "an op needs a name");
  assert_int_not_equal(sg_op_register(context, &unprepared), SG_OK);
  expect_error(context, SG_INVALID_ARGUMENT, "op unprepared: it has no prepare");
  assert_int_not_equal(sg_op_register(context, &idle), SG_OK);
  expect_error(context, SG_INVALID_ARGUMENT, "op idle: it has no forward");
  assert_int_not_equal(sg_op_register(context, &again), SG_OK);
  expect_error(context, SG_INVALID_ARGUMENT, "there is already an op named exp");
  assert_int_equal(sg_op_count(context), count);
  assert_int_equal(sg_op_register(context, &mine), SG_OK);
  assert_ptr_equal(sg_op_find(context, "mine"), &mine);
  assert_ptr_equal(sg_op_at(context, count), &mine);
  assert_null(sg_op_at(context, count + 1));
  assert_null(sg_op_find(context, "nothing"));
  sg_tensor *x = VECTOR(context, 1, 2);
  EXPECT(sg_apply_one(context, &mine, 1, &x, NULL), 1, 2);
}

// ---- Settings ---------------------------------------------------------------------------------------------

static void settings(void **state) {
  sg_context *context = *state;
  sg_set_threads(context, 3);
  assert_int_equal(sg_threads(context), 3);
  sg_set_threads(context, 0);
  assert_true(sg_threads(context) >= 1);
  sg_set_threads(context, 1000000);
  assert_int_equal(sg_threads(context), 1024);
  sg_set_threads(context, 1);
  assert_int_equal(sg_index_base(context), 0);
  sg_context *plain = sg_open(NULL);
  assert_non_null(plain);
  assert_int_equal(sg_op_count(plain), 0);
  assert_true(sg_grad_enabled(plain));
  sg_close(plain);
}

static const char *isa_of(const char *name) {
  sg_context *context = sg_open(&(sg_config){.isa = name});
  const char *isa = sg_isa(context);
  sg_close(context);
  return isa;
}

static void instruction_sets(void **state) {
  (void)state;
  unsetenv("SELENOGRAD_ISA");
  const char *best = isa_of(NULL);
  assert_string_equal(isa_of("baseline"), "baseline");
  assert_string_equal(isa_of(best), best);
  if (strcmp(best, "baseline") != 0) assert_string_equal(isa_of("x86-64-v3"), "x86-64-v3");
  assert_string_equal(isa_of("x86-64-v4"), best); // never above what the machine has
  setenv("SELENOGRAD_ISA", "baseline", 1);
  assert_string_equal(isa_of(NULL), "baseline");
  assert_string_equal(isa_of(best), best);
  setenv("SELENOGRAD_ISA", "", 1);
  assert_string_equal(isa_of(NULL), best);
  unsetenv("SELENOGRAD_ISA");
}

static void expect_refused(const sg_config *config, const char *message) {
  sg_context *context = sg_open(config);
  expect_error(context, SG_INVALID_ARGUMENT, message);
  sg_close(context);
}

static void unknown_instruction_sets(void **state) {
  (void)state;
  setenv("SELENOGRAD_ISA", "avx2", 1);
  expect_refused(NULL, "the environment variable SELENOGRAD_ISA is 'avx2', expected baseline, x86-64-v3 or");
  unsetenv("SELENOGRAD_ISA");
  expect_refused(&(sg_config){.isa = "baselin"}, "the instruction set is 'baselin', expected baseline");
}

// What sg_open finds wrong is told, not swallowed.
static void unsound_ops(void **state) {
  (void)state;
  static const sg_op nameless = {.name = "No name"};
  expect_refused(&(sg_config){.ops = (const sg_op *const[]){&nameless, NULL}}, "No name");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(two_threads),
      cmocka_unit_test(closed_with_tensors_held),
      cmocka_unit_test(closed_with_a_recorded_gradient),
      cmocka_unit_test(closed_with_a_graph_and_an_error),
      TEST_OF(strangers),
      TEST_OF(registration),
      TEST_OF(settings),
      cmocka_unit_test(instruction_sets),
      cmocka_unit_test(unknown_instruction_sets),
      cmocka_unit_test(unsound_ops),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
