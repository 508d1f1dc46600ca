// SPDX-License-Identifier: GPL-3.0-or-later
//
// Strings and lists among the options of an op: a recorded node has copies of its own, whatever becomes of what the
// caller gave; and what is refused is named.
#include <math.h>
#include <string.h>

#include "tests/support/fixture.h"

typedef struct mixed_options {
  const char *word, *text;
  sg_int_list powers;
  sg_float_list weights;
  double scale;
} mixed_options;

static sg_status prepare(sg_plan *plan) {
  plan->output_shape[0] = *sg_plan_shape(plan, 0);
  return SG_OK;
}

// The derivative reads every option: y = scale * (the sum of the weights, of the powers, and the lengths of both
// strings) * x.
static double factor(const mixed_options *o) {
  double sum = (double)(strlen(o->word) + strlen(o->text));
  for (int i = 0; i < o->weights.count; i++) sum += o->weights.value[i];
  for (int i = 0; i < o->powers.count; i++) sum += (double)o->powers.value[i];
  return o->scale * sum;
}

static void forward(const sg_call *call) {
  for (int64_t i = 0; i < sg_tensor_elements(call->inputs[0]); i++) {
    ((double *)sg_output_data(call->outputs[0]))[i] = factor(call->options) * sg_tensor_value(call->inputs[0], i);
  }
}

static void vjp(const sg_call *call) {
  call->d_inputs[0] = sg_mul_scalar(call->context, call->d_outputs[0], factor(call->options));
}

static const char *const words[] = {"constant", "reflect", NULL};

static const sg_attribute attributes[] = {
    {"word", SG_ATTRIBUTE_STRING, offsetof(mixed_options, word), "", 0, 0, 0, words},
    {"powers", SG_ATTRIBUTE_INT_LIST, offsetof(mixed_options, powers), "", SG_AT_LEAST, 0, 0, NULL},
    {"text", SG_ATTRIBUTE_STRING, offsetof(mixed_options, text), "", 0, 0, 0, NULL},
    {"weights", SG_ATTRIBUTE_FLOAT_LIST, offsetof(mixed_options, weights), "", SG_BELOW, 0, 1000, NULL},
    {"scale", SG_ATTRIBUTE_FLOAT, offsetof(mixed_options, scale), "", 0, 0, 0, NULL},
    {.name = NULL},
};

static const sg_op op_mixed = {
    .name = "mixed",
    .inputs = SG_PORTS({"x", 0, "any shape"}),
    .outputs = SG_PORTS({"y", 0, "the shape of x"}),
    .attributes = attributes,
    .options_bytes = sizeof(mixed_options),
    .defaults = &(const mixed_options){"constant", "", SG_INTEGERS(1), SG_FLOATS(2, 3), 1},
    .prepare = prepare,
    .forward = forward,
    .vjp = vjp,
};

static void a_node_keeps_copies(void **state) {
  sg_context *context = *state;
  sg_tensor *x = LEAF(context, 1, 2), *gradient, *second;
  char word[] = "reflect", text[] = "twelve chars";
  int64_t powers[300];
  double weights[1000];
  for (int i = 0; i < 300; i++) powers[i] = i % 3;
  for (int i = 0; i < 1000; i++) weights[i] = 0.5;
  mixed_options options = {word, text, {300, powers}, {1000, weights}, 2};
  const double expected = factor(&options);
  sg_tensor *y = total(context, sg_apply_one(context, &op_mixed, 1, &x, &options));
  expect_ok(context);
  memset(word, 'x', sizeof word); // also without an end
  memset(text, 'x', sizeof text);
  memset(powers, -1, sizeof powers);
  memset(weights, -1, sizeof weights);
  options = (mixed_options){NULL, NULL, {-1, NULL}, {7, NULL}, 0};
  const sg_backward_options keep = {.create_graph = true};
  sg_grad(context, 1, &y, NULL, 1, &x, &keep, &gradient);
  EXPECT(gradient, expected, expected);
  y = total(context, sg_mul(context, gradient, x));
  sg_grad(context, 1, &y, NULL, 1, &x, NULL, &second);
  EXPECT(second, expected, expected);
}

static void empty_ones_are_fine(void **state) {
  sg_context *context = *state;
  sg_tensor *x = LEAF(context, 1), *gradient;
  const mixed_options options = {"reflect", "", {0, NULL}, {0, NULL}, 1};
  sg_tensor *y = sg_apply_one(context, &op_mixed, 1, &x, &options);
  sg_grad(context, 1, &y, NULL, 1, &x, NULL, &gradient);
  EXPECT(gradient, 7);
  y = sg_apply_one(context, &op_mixed, 1, &x, NULL);
  EXPECT(y, 8 + 1 + 2 + 3);
}

static void refused(sg_context *context, mixed_options options, const char *message) {
  sg_tensor *x = LEAF(context, 1);
  assert_null(sg_apply_one(context, &op_mixed, 1, &x, &options));
  expect_error(context, SG_INVALID_ARGUMENT, message);
}

static void what_is_wrong_is_named(void **state) {
  sg_context *context = *state;
  const mixed_options good = *(const mixed_options *)op_mixed.defaults;
  mixed_options o = good;
  o.word = "mirror", refused(context, o, "mixed: word is 'mirror', expected one of constant, reflect");
  o.word = NULL, refused(context, o, "mixed: word is missing");
  o = good, o.text = NULL, refused(context, o, "mixed: text is missing");
  o = good, o.powers = (sg_int_list)SG_INTEGERS(1, -2);
  refused(context, o, "mixed: powers is -2, expected a value of at least 0");
  o.powers = (sg_int_list){-1, NULL}, refused(context, o, "mixed: powers has -1 values");
  o.powers = (sg_int_list){2, NULL}, refused(context, o, "mixed: powers has 2 values at NULL");
  o = good, o.weights = (sg_float_list)SG_FLOATS(1, 1000);
  refused(context, o, "mixed: weights is 1000, expected a value below 1000");
  o.weights = (sg_float_list)SG_FLOATS(1, NAN), refused(context, o, "mixed: weights is nan, expected");
  o.weights = (sg_float_list){1 << 21, o.weights.value}, refused(context, o, "mixed: weights has 2097152 values");
}

static void unsound(sg_context *context, const sg_op *op, const char *message) {
  assert_int_equal(sg_op_check(context, op), SG_INVALID_ARGUMENT);
  expect_error(context, SG_INVALID_ARGUMENT, message);
}

static void descriptors_are_checked(void **state) {
  sg_context *context = *state;
  static const char *const none[] = {NULL};
  sg_attribute own[sizeof attributes / sizeof *attributes];
  sg_op op = op_mixed;
  assert_int_equal(sg_op_check(context, &op), SG_OK);
  memcpy(own, attributes, sizeof own);
  op.attributes = own;
  own[0].choices = none;
  unsound(context, &op, "op mixed: attribute 'word' has a list of choices and none in it");
  own[0].choices = words;
  op.defaults = &(const mixed_options){"other", "", SG_INTEGERS(1), SG_FLOATS(2, 3), 1};
  unsound(context, &op, "op mixed: a default is refused: mixed: word is 'other'");
  op.defaults = op_mixed.defaults;
  own[3].offset = sizeof(mixed_options) - sizeof(double);
  unsound(context, &op, "op mixed: attribute 'weights' lies outside the options");
  own[3].offset = offsetof(mixed_options, weights) + 4;
  unsound(context, &op, "op mixed: attribute 'weights' is not aligned");
  own[3].offset = offsetof(mixed_options, weights);
  own[4].flags = SG_UNLESS_ALONE;
  unsound(context, &op, "op mixed: attribute 'scale' is left out where it stands alone, and no attribute follows");
}

static sg_status apply_and_differentiate(sg_context *context) {
  sg_tensor *x = sg_tensor_full(context, SG_F64, &(sg_shape)SG_DIMS(2), 1);
  if (x) sg_tensor_set_requires_grad(x, true);
  sg_tensor *y = x ? sg_apply_one(context, &op_mixed, 1, &x, NULL) : NULL;
  return y ? sg_backward(context, y, x, NULL) : sg_error_status(context);
}

static void every_allocation_may_fail(void **state) {
  (void)state;
  fail_every_allocation(apply_and_differentiate);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST_OF(a_node_keeps_copies),     TEST_OF(empty_ones_are_fine), TEST_OF(what_is_wrong_is_named),
      TEST_OF(descriptors_are_checked), cmocka_unit_test(every_allocation_may_fail),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
