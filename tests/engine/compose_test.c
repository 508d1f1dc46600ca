// SPDX-License-Identifier: GPL-3.0-or-later
//
// Ops that are compositions of others: applied, recorded and differentiated as their parts, refused, and without
// memory.
#include "autograd/prepared.h"
#include "tests/support/fixture.h"

// y = x^2 and z = scale x, of x and an optional y to be added.
typedef struct pair_options {
  double scale;
} pair_options;

static void compose(const sg_call *call, sg_tensor **outputs) {
  sg_context *c = call->context;
  sg_tensor *x = call->inputs[0];
  outputs[0] = sg_square(c, x);
  if (call->inputs[1]) outputs[0] = sg_add(c, outputs[0], call->inputs[1]);
  outputs[1] = sg_mul_scalar(c, x, ((const pair_options *)call->options)->scale);
}

static const sg_op op_square_and_line = {
    .name = "square_and_line",
    .summary = "The square and a multiple.",
    .formula = "y = x^2 + a, z = scale x",
    .inputs = SG_PORTS({"x", SG_NUMERIC, "any shape"}, {"a", SG_NUMERIC | SG_OPTIONAL, "any shape"}),
    .outputs = SG_PORTS({"y", 0, "the shape of x"}, {"z", 0, "the shape of x"}),
    .attributes =
        SG_ATTRIBUTES({"scale", SG_ATTRIBUTE_FLOAT, offsetof(pair_options, scale), "", SG_AT_LEAST, 0, 0, NULL}),
    .options_bytes = sizeof(pair_options),
    .defaults = &(const pair_options){3},
    .compose = compose,
};

static sg_op with(sg_compose_hook *hook) {
  sg_op op = op_square_and_line;
  op.compose = hook;
  return op;
}

// ---- Values and derivatives ---------------------------------------------------------------------------

static void it_is_what_its_parts_are(void **state) {
  sg_context *context = *state;
  sg_tensor *x = LEAF(context, 1, -2), *outputs[2], *first, *second;
  sg_apply(context, &op_square_and_line, 2, (sg_tensor *[]){x, NULL}, NULL, outputs);
  expect_ok(context);
  EXPECT(outputs[0], 1, 4);
  EXPECT(outputs[1], 3, -6);
  assert_string_equal(sg_tensor_producer(outputs[0])->name, "square");
  // d/dx of the sum of x^2 * 3 x is 9 x^2, and then 18 x.
  sg_tensor *y = total(context, sg_mul(context, outputs[0], outputs[1]));
  sg_grad(context, 1, &y, NULL, 1, &x, &(sg_backward_options){.create_graph = true}, &first);
  EXPECT(first, 9, 36);
  sg_tensor *sum = total(context, first);
  sg_grad(context, 1, &sum, NULL, 1, &x, NULL, &second);
  EXPECT(second, 18, -36);
}

static void it_records_nothing_without_recording(void **state) {
  sg_context *context = *state;
  sg_tensor *x = LEAF(context, 2), *outputs[2];
  const uint64_t nodes = sg_memory(context).live_nodes;
  sg_set_grad_enabled(context, false);
  sg_apply(context, &op_square_and_line, 2, (sg_tensor *[]){x, NULL}, &(pair_options){0.5}, outputs);
  sg_set_grad_enabled(context, true);
  EXPECT(outputs[1], 1);
  assert_false(sg_tensor_requires_grad(outputs[0]));
  assert_int_equal(sg_memory(context).live_nodes, nodes);
}

// What the parts made on the way ends with the call.
static void nothing_stays_but_its_outputs(void **state) {
  sg_context *context = *state;
  sg_tensor *x = VECTOR(context, 1, 2), *a = VECTOR(context, 1, 1), *outputs[2];
  const uint64_t tensors = sg_memory(context).live_tensors;
  sg_apply(context, &op_square_and_line, 2, (sg_tensor *[]){x, a}, NULL, outputs);
  EXPECT(outputs[0], 2, 5);
  assert_int_equal(sg_memory(context).live_tensors, tensors + 2);
}

static void integers_meet_floating_tensors(void **state) {
  sg_context *context = *state;
  sg_tensor *x = LEAF(context, 1, 2), *one = sg_tensor_scalar(context, SG_I64, 1), *outputs[2];
  sg_apply(context, &op_square_and_line, 2, (sg_tensor *[]){x, one}, NULL, outputs);
  expect_ok(context);
  EXPECT(outputs[0], 2, 5);
  assert_true(sg_tensor_requires_grad(outputs[0]));
}

static void it_gives_a_list(void **state) {
  sg_context *context = *state;
  sg_tensor *x = LEAF(context, 3);
  sg_tensors list;
  sg_scope scope = sg_scope_open(context);
  sg_apply_list(context, &op_square_and_line, 2, (sg_tensor *[]){x, NULL}, NULL, &list);
  expect_ok(context);
  assert_int_equal(list.count, 2);
  EXPECT(list.tensor[0], 9);
  EXPECT(list.tensor[1], 9);
  sg_scope_close(context, scope);
}

// ---- Refusals -----------------------------------------------------------------------------------------

static void errors_name_the_op_and_its_part(void **state) {
  sg_context *context = *state;
  sg_tensor *x = VECTOR(context, 1, 2), *a = VECTOR(context, 1, 2, 3), *outputs[2];
  sg_apply(context, &op_square_and_line, 2, (sg_tensor *[]){x, a}, NULL, outputs);
  expect_error(context, SG_INVALID_ARGUMENT, "square_and_line: add: a has shape [2], b has shape [3]");
  sg_apply(context, &op_square_and_line, 2, (sg_tensor *[]){x, NULL}, &(pair_options){-1}, outputs);
  expect_error(context, SG_INVALID_ARGUMENT, "square_and_line: scale is -1");
}

static void one_output(const sg_call *call, sg_tensor **outputs) {
  outputs[0] = sg_square(call->context, call->inputs[0]);
}

static void an_input(const sg_call *call, sg_tensor **outputs) {
  outputs[0] = sg_square(call->context, call->inputs[0]);
  outputs[1] = call->inputs[0];
}

static void a_composition_that_is_wrong_is_told(void **state) {
  sg_context *context = *state;
  sg_tensor *x = LEAF(context, 1, 2), *inputs[] = {x, NULL}, *outputs[2];
  sg_op op = with(one_output);
  sg_apply(context, &op, 2, inputs, NULL, outputs);
  expect_error(context, SG_INVALID_ARGUMENT, "square_and_line: its composition gave no z");
  op = with(an_input);
  sg_apply(context, &op, 2, inputs, NULL, outputs);
  expect_error(context, SG_INVALID_ARGUMENT, "square_and_line: its composition gave an input as z");
  op = op_square_and_line;
  op.outputs = SG_PORTS({"y", 0, ""}, {"z", SG_STEP, ""});
  sg_apply(context, &op, 2, inputs, NULL, outputs);
  expect_error(context, SG_INVALID_ARGUMENT, "its composition gave z a derivative, and the port");
}

static void nothing(const sg_call *call) { (void)call; }

static void a_descriptor_has_one_or_the_other(void **state) {
  sg_context *context = *state;
  assert_int_equal(sg_op_check(context, &op_square_and_line), SG_OK);
  sg_op op = op_square_and_line;
  op.vjp = nothing;
  sg_op_check(context, &op);
  expect_error(context, SG_INVALID_ARGUMENT, "op square_and_line: it is a composition, and has other hooks");
  op = op_square_and_line;
  op.save_inputs = 1;
  sg_op_check(context, &op);
  expect_error(context, SG_INVALID_ARGUMENT, "it is a composition, which saves nothing itself");
  op = op_square_and_line;
  op.outputs = SG_PORTS({"x", SG_WRITTEN, ""});
  op.name = "square_";
  sg_op_check(context, &op);
  expect_error(context, SG_INVALID_ARGUMENT, "it is a composition, which writes nothing itself");
}

static void it_cannot_be_planned_as_one(void **state) {
  sg_context *context = *state;
  sg_tensor *x = VECTOR(context, 1, 2);
  sg_prepared prepared;
  sg_prepare(context, &op_square_and_line, 2, (sg_tensor *[]){x, NULL}, NULL, &prepared);
  expect_error(context, SG_INVALID_ARGUMENT, "square_and_line: it is a composition of ops");
}

// ---- Without memory -----------------------------------------------------------------------------------

static sg_status run_program(sg_context *context) {
  sg_tensor *x = sg_tensor_full(context, SG_F64, &(sg_shape)SG_DIMS(20), 0.5), *outputs[2] = {NULL};
  if (!x) return sg_error_status(context);
  sg_tensor_set_requires_grad(x, true);
  sg_tensors list;
  sg_apply_list(context, &op_square_and_line, 2, (sg_tensor *[]){x, NULL}, NULL, &list);
  if (sg_apply(context, &op_square_and_line, 2, (sg_tensor *[]){x, NULL}, NULL, outputs))
    return sg_error_status(context);
  sg_tensor *sum = sg_sum(context, sg_add(context, outputs[0], list.tensor[1]), NULL);
  return sum ? sg_backward(context, sum, NULL, NULL) : sg_error_status(context);
}

static void every_allocation_may_fail(void **state) {
  (void)state;
  fail_every_allocation(run_program);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST_OF(it_is_what_its_parts_are),
      TEST_OF(it_records_nothing_without_recording),
      TEST_OF(nothing_stays_but_its_outputs),
      TEST_OF(integers_meet_floating_tensors),
      TEST_OF(it_gives_a_list),
      TEST_OF(errors_name_the_op_and_its_part),
      TEST_OF(a_composition_that_is_wrong_is_told),
      TEST_OF(a_descriptor_has_one_or_the_other),
      TEST_OF(it_cannot_be_planned_as_one),
      cmocka_unit_test(every_allocation_may_fail),
  };
  return cmocka_run_group_tests_name("compose", tests, NULL, NULL);
}
