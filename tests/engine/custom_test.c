// SPDX-License-Identifier: GPL-3.0-or-later
//
// Ops whose forward runs outside the engine: how their results join the tape, what the functions may not do, and
// that a node lets go of what its options own.
#include "autograd/custom.h"
#include "tests/support/fixture.h"

// y = x^3. Saves x, or x^2, which forward computed and which has no history.
typedef struct options {
  bool saves_square;
  uint64_t number;
} options;

static int releases; // of nodes' options

static sg_status prepare(sg_plan *plan) { return sg_reject(plan, "is not applied by sg_apply"); }
static void forward(const sg_call *call) { (void)call; }

static void vjp(const sg_call *call) {
  sg_context *c = call->context;
  const options *o = call->options;
  sg_custom_region region = sg_custom_enter_backward(c, o->number);
  sg_tensor *square = o->saves_square ? call->inputs[1] : sg_square(c, call->inputs[0]);
  sg_tensor *factor = square ? sg_mul(c, square, sg_tensor_scalar(c, SG_F64, 3)) : NULL;
  if (factor) call->d_inputs[0] = sg_mul(c, call->d_outputs[0], factor);
  sg_custom_leave(c, region);
}

static void release(void *block) {
  (void)block;
  releases++;
}

static sg_text value_name(const void *block, bool output, int position) {
  (void)block;
  static const sg_text names[] = {{"the base"}, {"its square"}}, result = {"the cube"};
  return output ? result : names[position];
}

static const options defaults;
static const sg_op cube = {.name = "cube",
                           .inputs = SG_PORTS({"x", 0, NULL}),
                           .outputs = SG_PORTS({"y", 0, NULL}),
                           .options_bytes = sizeof(options),
                           .defaults = &defaults,
                           .prepare = prepare,
                           .forward = forward,
                           .vjp = vjp,
                           .release = release,
                           .value_name = value_name};

static sg_tensor *apply_cube(sg_context *c, const sg_op *op, sg_tensor *x, options o) {
  o.number = sg_custom_number(c);
  if (sg_custom_check(c, op, 1, &x)) return NULL;
  sg_tensor *given = sg_custom_argument(c, x);
  sg_custom_region region = sg_custom_enter_forward(c, o.number);
  sg_tensor *square = sg_square(c, given), *y = sg_mul(c, square, given), *output = NULL;
  sg_custom_leave(c, region);
  if (!y) return NULL;
  sg_custom_value inputs[] = {{x, false, !o.saves_square, sg_tensor_version(x)},
                              {square, true, true, sg_tensor_version(square)}};
  sg_custom_value result = {y, false, false, sg_tensor_version(y)};
  bool recorded;
  sg_custom_record(c, op, o.saves_square ? 2 : 1, inputs, 1, &result, &o, &recorded, &output);
  return output;
}

static const sg_backward_options graph = {.create_graph = true};

static void derivatives_of_every_order(void **state) {
  sg_context *c = *state;
  releases = 0;
  sg_scope scope = sg_scope_open(c);
  sg_tensor *x = LEAF(c, 2, -1), *first = NULL, *second = NULL;
  sg_tensor *y = apply_cube(c, &cube, x, (options){false, 0});
  EXPECT(y, 8, -1);
  assert_ptr_equal(sg_tensor_producer(y), &cube);
  sg_tensor *sum = total(c, y);
  sg_grad(c, 1, &sum, NULL, 1, &x, &graph, &first);
  EXPECT(first, 12, 3);
  sum = total(c, first);
  sg_grad(c, 1, &sum, NULL, 1, &x, NULL, &second);
  EXPECT(second, 12, -6);
  expect_ok(c);
  assert_int_equal(releases, 0);
  sg_scope_close(c, scope);
  assert_int_equal(releases, 1);
}

static void a_severed_value_serves_the_first_derivative_only(void **state) {
  sg_context *c = *state;
  sg_tensor *x = LEAF(c, 2, -1), *first = NULL;
  sg_tensor *sum = total(c, apply_cube(c, &cube, x, (options){true, 0}));
  sg_grad(c, 1, &sum, NULL, 1, &x, &(sg_backward_options){.retain_graph = true}, &first);
  EXPECT(first, 12, 3);
  sg_grad(c, 1, &sum, NULL, 1, &x, &graph, &first);
  expect_error(c, SG_INVALID_STATE, "backward of cube: mul: a [2] was computed in the forward of a custom op");
  assert_true(sg_grad_enabled(c));
}

static void a_change_in_place_is_named_by_the_op(void **state) {
  sg_context *c = *state;
  sg_tensor *x = LEAF(c, 2), *y = apply_cube(c, &cube, x, (options){false, 0});
  sg_set_grad_enabled(c, false);
  sg_tensor_fill(x, 5);
  sg_set_grad_enabled(c, true);
  sg_backward(c, y, NULL, NULL);
  expect_error(c, SG_INVALID_STATE, "backward of cube: the base [1], which its derivative needs, was changed");
}

static void an_op_may_be_differentiable_once(void **state) {
  sg_context *c = *state;
  sg_op once = cube;
  once.once_differentiable = true;
  sg_scope scope = sg_scope_open(c);
  sg_tensor *x = LEAF(c, 2), *y = apply_cube(c, &once, x, (options){false, 0});
  sg_backward(c, y, NULL, &graph);
  expect_error(c, SG_INVALID_STATE, "the op has no second derivative");
  sg_backward(c, y, NULL, NULL);
  EXPECT(sg_tensor_grad(x), 12);
  sg_scope_close(c, scope); // the descriptor ends with this function
}

static void a_forward_loses_no_gradient(void **state) {
  sg_context *c = *state;
  sg_tensor *w = LEAF(c, 2), *x = VECTOR(c, 3), *buffer = VECTOR(c, 0);
  sg_custom_region region = sg_custom_enter_forward(c, sg_custom_number(c));
  sg_mul(c, x, w);
  expect_error(c, SG_INVALID_STATE, "mul: b [1] requires a gradient, which would be lost");
  sg_tensor_assign(buffer, w);
  expect_error(c, SG_INVALID_STATE, "copy_: the source [1] requires a gradient, which would be lost");
  sg_tensor *product = sg_mul(c, x, sg_tensor_detach(c, w));
  EXPECT(product, 6);
  sg_custom_leave(c, region);
  assert_false(sg_tensor_is_severed(product));
  expect_ok(c);
}

static void severed_values_are_followed(void **state) {
  sg_context *c = *state;
  sg_tensor *x = LEAF(c, 3, 4), *state_of_caller = VECTOR(c, 0, 0);
  uint64_t number = sg_custom_number(c);
  sg_tensor *given = sg_custom_argument(c, x);
  sg_custom_region region = sg_custom_enter_forward(c, number);
  sg_tensor *buffer = VECTOR(c, 0, 0), *mask = sg_gt(c, given, buffer);
  assert_false(sg_tensor_is_severed(buffer));
  assert_true(sg_tensor_is_severed(sg_square(c, given)));
  assert_true(sg_tensor_is_severed(sg_tensor_detach(c, given)));
  assert_false(sg_tensor_is_severed(mask)); // no derivative flows through a comparison
  sg_tensor_assign(buffer, given);
  assert_true(sg_tensor_is_severed(buffer));
  sg_tensor_assign(state_of_caller, given);
  assert_true(sg_tensor_is_severed(state_of_caller));
  sg_tensor_take_numbers(mask, "item");
  assert_false(sg_custom_leave(c, region));
  region = sg_custom_enter_forward(c, sg_custom_number(c));
  sg_tensor_take_numbers(given, "item");
  assert_true(sg_custom_leave(c, region));
  expect_ok(c);
}

// Memory from outside is severed for the backward of the forward that wrote it, and state for later forwards.
static void state_is_severed_for_the_forward_that_wrote_it(void **state) {
  sg_context *c = *state;
  sg_tensor *x = LEAF(c, 3, 4), *average = VECTOR(c, 0, 0), *sum = VECTOR(c, 0, 0);
  sg_tensor *view = sg_reshape(c, average, &(sg_shape)SG_DIMS(2, 1));
  uint64_t first = sg_custom_number(c);
  sg_tensor *given = sg_custom_argument(c, x);
  sg_custom_region region = sg_custom_enter_forward(c, first);
  sg_tensor_assign(average, given);
  sg_add_(c, sum, given, 2);
  assert_true(sg_tensor_is_severed(sg_square(c, view)));
  sg_custom_leave(c, region);
  region = sg_custom_enter_backward(c, first);
  sg_square(c, view);
  expect_error(c, SG_INVALID_STATE, "square: x [2, 1] was computed in the forward of a custom op");
  sg_square(c, sum);
  expect_error(c, SG_INVALID_STATE, "square: x [2] was computed in the forward of a custom op");
  sg_custom_check_gradient(c, average, "cube", "x");
  expect_error(c, SG_INVALID_STATE, "backward of cube: the gradient of x [2] was computed in the forward");
  assert_false(sg_tensor_is_severed(sg_square(c, sg_tensor_detach(c, view))));
  sg_custom_leave(c, region);
  uint64_t second = sg_custom_number(c);
  region = sg_custom_enter_forward(c, second);
  assert_false(sg_tensor_is_severed(sg_square(c, view)));
  sg_custom_leave(c, region);
  region = sg_custom_enter_backward(c, second);
  assert_non_null(sg_square(c, view));
  sg_custom_leave(c, region);
  expect_ok(c);
}

// What the backward of one op severs, the forward of another that it applies may not use.
static void an_inner_forward_takes_nothing_severed_from_around(void **state) {
  sg_context *c = *state;
  sg_tensor *x = LEAF(c, 3, 4), *y = VECTOR(c, 1, 1);
  uint64_t outer = sg_custom_number(c);
  sg_tensor *given = sg_custom_argument(c, x);
  sg_custom_region region = sg_custom_enter_forward(c, outer);
  sg_tensor *severed = sg_square(c, given);
  sg_custom_leave(c, region);
  region = sg_custom_enter_backward(c, outer);
  uint64_t inner = sg_custom_number(c);
  sg_tensor *argument = sg_custom_argument(c, y);
  sg_custom_region inside = sg_custom_enter_forward(c, inner);
  assert_true(sg_tensor_is_severed(sg_square(c, argument)));
  sg_mul(c, argument, severed);
  expect_error(c, SG_INVALID_STATE, "mul: b [2] was computed in the forward of a custom op");
  sg_tensor_take_numbers(severed, "item");
  expect_error(c, SG_INVALID_STATE, "item: a number has no graph");
  sg_tensor_take_numbers(argument, "item");
  expect_ok(c);
  assert_true(sg_custom_leave(c, inside));
  assert_false(sg_custom_leave(c, region));
}

static void results_are_checked(void **state) {
  sg_context *c = *state, *other = sg_open(NULL);
  sg_tensor *x = LEAF(c, 2), *w = LEAF(c, 3), *y = VECTOR(c, 8), *outputs[SG_MAX_PORTS + 1];
  sg_tensor *stranger = sg_tensor_scalar(other, SG_F64, 1);
  const options o = {false, sg_custom_number(c)};
  const sg_custom_value input = {x, false, true, 0};
  sg_custom_value results[SG_MAX_PORTS + 1] = {{y, false, false, 0}};
  bool recorded;
  sg_custom_record(c, &cube, 1, &input, 0, results, &o, &recorded, outputs);
  expect_error(c, SG_INVALID_ARGUMENT, "cube: forward gave 0 results, expected 1 to 16");
  sg_custom_record(c, &cube, 1, &input, SG_MAX_PORTS + 1, results, &o, &recorded, outputs);
  expect_error(c, SG_INVALID_ARGUMENT, "cube: forward gave 17 results");
  sg_custom_record(c, &cube, 1, &input, 2, results, &o, &recorded, outputs);
  expect_error(c, SG_INVALID_ARGUMENT, "cube: result 1 is missing");
  results[0].tensor = stranger;
  sg_custom_record(c, &cube, 1, &input, 1, results, &o, &recorded, outputs);
  expect_error(c, SG_INVALID_ARGUMENT, "cube: result 0 belongs to another context");
  results[0].tensor = w;
  sg_custom_record(c, &cube, 1, &input, 1, results, &o, &recorded, outputs);
  expect_error(c, SG_INVALID_STATE, "cube: result 0 of forward requires a gradient of its own");
  assert_false(recorded);
  results[0].tensor = x; // an argument may be the result
  sg_custom_record(c, &cube, 1, &input, 1, results, &o, &recorded, outputs);
  expect_ok(c);
  assert_true(recorded);
  sg_close(other);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST_OF(derivatives_of_every_order),
      TEST_OF(a_severed_value_serves_the_first_derivative_only),
      TEST_OF(a_change_in_place_is_named_by_the_op),
      TEST_OF(an_op_may_be_differentiable_once),
      TEST_OF(a_forward_loses_no_gradient),
      TEST_OF(severed_values_are_followed),
      TEST_OF(state_is_severed_for_the_forward_that_wrote_it),
      TEST_OF(an_inner_forward_takes_nothing_severed_from_around),
      TEST_OF(results_are_checked),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
