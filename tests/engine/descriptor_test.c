// SPDX-License-Identifier: GPL-3.0-or-later
//
// Descriptors that are not sound, and plugins that do not fit: each is refused in words that name the fault, and
// nothing of it stays.
#include "autograd/plugin.h"
#include "tests/support/fixture.h"
#include <string.h>

typedef struct options {
  double eps;
  int64_t dim;
  int mode;
} options;

static const options defaults = {.eps = 1, .dim = 0, .mode = 0};
static const char *const modes[] = {"mean", "sum", NULL};
static const sg_sample samples[] = {{.name = "plain", .inputs = {SG_NORMAL(0, 1, SG_DIMS(3))}}, {0}};

static sg_status prepare(sg_plan *plan) {
  plan->output_shape[0] = *sg_plan_shape(plan, 0);
  return SG_OK;
}

static void forward(const sg_call *call) {
  memcpy(sg_output_data(call->outputs[0]), sg_input_data(call, 0), sg_tensor_bytes(call->outputs[0]));
}

static void vjp(const sg_call *call) { call->d_inputs[0] = call->d_outputs[0]; }

static const sg_op sound = {
    .name = "subject",
    .summary = "The identity.",
    .inputs = SG_PORTS({"x", 0, "any shape"}),
    .outputs = SG_PORTS({"y", 0, "the shape of x"}),
    .attributes = SG_ATTRIBUTES({"eps", SG_ATTRIBUTE_FLOAT, offsetof(options, eps), "", SG_AT_LEAST, .minimum = 0},
                                {"dim", SG_ATTRIBUTE_DIM, offsetof(options, dim), "", .flags = 0},
                                {"mode", SG_ATTRIBUTE_CHOICE, offsetof(options, mode), "", .choices = modes}),
    .options_bytes = sizeof(options),
    .defaults = &defaults,
    .prepare = prepare,
    .forward = forward,
    .vjp = vjp,
    .samples = samples,
};

// The sound op with lists of its own, in which a test breaks something.
typedef struct subject {
  sg_op op;
  sg_port inputs[SG_MAX_PORTS + 1], outputs[SG_MAX_PORTS + 1];
  sg_attribute attributes[SG_MAX_ATTRIBUTES + 1];
} subject;

static void reset(subject *s) {
  memset(s, 0, sizeof *s);
  s->op = sound;
  s->inputs[0] = sound.inputs[0];
  s->outputs[0] = sound.outputs[0];
  memcpy(s->attributes, sound.attributes, 3 * sizeof *sound.attributes);
  s->op.inputs = s->inputs;
  s->op.outputs = s->outputs;
  s->op.attributes = s->attributes;
}

// The context refuses the op, with a message that contains `part`, and has it not.
static void expect_refused(sg_context *context, const sg_op *op, const char *part) {
  size_t count = sg_op_count(context);
  assert_int_equal(sg_op_register(context, op), SG_INVALID_ARGUMENT);
  expect_error(context, SG_INVALID_ARGUMENT, part);
  assert_int_equal(sg_op_count(context), count);
}

static void names(void **state) {
  sg_context *context = *state;
  static const char *const wrong[] = {
      "",         "1st",         "two words",   "in_place_",
      "_private", "dotted.name", "caf\303\251", "a_name_that_is_longer_than_all_that_the_binding_has_room_for_in"};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    subject s;
    reset(&s);
    s.op.name = wrong[i];
    expect_refused(context, &s.op, "an op cannot be named '");
  }
  subject s;
  reset(&s);
  s.op.name = NULL;
  expect_refused(context, &s.op, "an op needs a name");
  expect_refused(context, NULL, "an op needs a name");
  s.op.name = "sum";
  expect_refused(context, &s.op, "there is already an op named sum");
}

static void ports(void **state) {
  sg_context *context = *state;
  subject s;
  reset(&s);
  s.inputs[0].flags = SG_HIDDEN;
  expect_refused(context, &s.op, "op subject: input 'x' has flags that do not go with it");
  s.inputs[0].flags = SG_UNCONVERTED;
  expect_refused(context, &s.op, "op subject: input 'x' is SG_UNCONVERTED and not SG_NUMERIC");
  s.inputs[0].flags = SG_BOOL_TOO | SG_NUMERIC;
  expect_refused(context, &s.op, "op subject: input 'x' is SG_BOOL_TOO and takes other dtypes as well");
  s.inputs[0] = (sg_port){"x", SG_VARIADIC, ""};
  s.inputs[1] = (sg_port){"z", 0, ""};
  expect_refused(context, &s.op, "op subject: input 'x' repeats and is not the last");
  s.inputs[0].flags = 0;
  s.inputs[1].name = "x";
  expect_refused(context, &s.op, "op subject: input 'x' is there twice");
  s.inputs[1].name = "x y";
  expect_refused(context, &s.op, "op subject: input 'x y' is not a name");
  reset(&s);
  for (int i = 0; i <= SG_MAX_PORTS; i++) s.outputs[i] = (sg_port){"y", 0, ""};
  expect_refused(context, &s.op, "op subject: more than 16 outputs, or no end of their list");
  reset(&s);
  s.outputs[0].flags = SG_OPTIONAL;
  expect_refused(context, &s.op, "op subject: output 'y' has flags");
  s.outputs[1] = (sg_port){"place", SG_OPTIONAL | SG_HIDDEN | SG_INDEX, ""};
  s.outputs[0].flags = 0;
  expect_refused(context, &s.op, "op subject: output 'place' is SG_OPTIONAL, and no boolean option return_...");
  s.outputs[1].name = NULL;
  s.outputs[0].flags = SG_HIDDEN;
  expect_refused(context, &s.op, "op subject: all its outputs are hidden");
  s.outputs[0].name = NULL;
  expect_refused(context, &s.op, "op subject: it has no outputs");
  reset(&s);
  s.op.save_inputs = 1u << 1;
  expect_refused(context, &s.op, "op subject: it saves a port that it does not have");
}

static void attributes(void **state) {
  sg_context *context = *state;
  subject s;
  reset(&s);
  s.attributes[0].offset = sizeof(options);
  expect_refused(context, &s.op, "op subject: attribute 'eps' lies outside the options");
  s.attributes[0].offset = SIZE_MAX - 3;
  expect_refused(context, &s.op, "op subject: attribute 'eps' lies outside the options");
  s.attributes[0].offset = 4;
  expect_refused(context, &s.op, "op subject: attribute 'eps' is not aligned");
  reset(&s);
  s.attributes[1].type = (sg_attribute_type)99;
  expect_refused(context, &s.op, "op subject: attribute 'dim' has a type that does not exist");
  s.attributes[1] = s.attributes[0];
  expect_refused(context, &s.op, "op subject: attribute 'eps' has the name of another attribute or of an input");
  s.attributes[1].name = "x";
  expect_refused(context, &s.op, "op subject: attribute 'x' has the name of another attribute or of an input");
  reset(&s);
  s.attributes[2].choices = NULL;
  expect_refused(context, &s.op, "op subject: attribute 'mode' has no choices");
  reset(&s);
  s.op.defaults = NULL;
  expect_refused(context, &s.op, "op subject: it has options and no defaults");
  s.op.defaults = &(const options){.eps = -1};
  expect_refused(context, &s.op,
                 "op subject: a default is refused: subject: eps is -1, expected a value of at least 0");
  s.op.defaults = &(const options){.mode = 2};
  expect_refused(context, &s.op, "op subject: a default is refused: subject: mode has no choice number 2");
  reset(&s);
  for (int i = 0; i <= SG_MAX_ATTRIBUTES; i++) s.attributes[i].name = "eps";
  expect_refused(context, &s.op, "op subject: more than 16 attributes, or no end of their list");
}

static void hooks(void **state) {
  sg_context *context = *state;
  subject s;
  reset(&s);
  s.op.prepare = NULL;
  expect_refused(context, &s.op, "op subject: it has no prepare");
  reset(&s);
  s.op.vjp = NULL;
  expect_refused(context, &s.op, "op subject: it has neither vjp nor backward");
  s.inputs[0].flags = SG_STEP; // what an input that is no step gives need not be one
  expect_refused(context, &s.op, "op subject: it has neither vjp nor backward");
  s.inputs[0].flags = 0;
  s.outputs[0].flags = SG_STEP;
  assert_int_equal(sg_op_register(context, &s.op), SG_OK);
  subject refusing;
  reset(&refusing);
  refusing.op.name = "refusing";
  refusing.op.vjp = NULL;
  refusing.inputs[0].flags = SG_UNDIFFERENTIABLE;
  assert_int_equal(sg_op_register(context, &refusing.op), SG_OK);
}

static void families(void **state) {
  sg_context *context = *state;
  const sg_op member = {.name = "member", .summary = "The identity.", .family = &sound};
  assert_int_equal(sg_op_register(context, &member), SG_OK);
  const sg_op child = {.name = "child", .family = &member};
  expect_refused(context, &child, "op child: its family has a family");
  subject s;
  reset(&s);
  s.op.plan_bytes = SG_MAX_PLAN_BYTES + 1;
  expect_refused(context, &s.op, "op subject: its plan is too large");
}

// ---- Ports without a derivative ---------------------------------------------------------------------------------

static void self(void **state) {
  sg_context *context = *state;
  subject s;
  reset(&s);
  s.inputs[0].flags = SG_SELF;
  s.inputs[1] = (sg_port){"other", SG_SELF, "any shape"};
  expect_refused(context, &s.op, "op subject: input 'other' is SG_SELF, and so is one before it");
  s.inputs[0].flags = 0;
  s.inputs[1].flags |= SG_VARIADIC;
  expect_refused(context, &s.op, "op subject: input 'other' is SG_SELF and repeats");
  s.inputs[1].flags = SG_SELF;
  assert_int_equal(sg_op_register(context, &s.op), SG_OK);
}

static void lost_gradients(void **state) {
  sg_context *context = *state;
  subject s;
  reset(&s);
  s.outputs[1] = (sg_port){"mean", SG_UNDIFFERENTIABLE, "the mean of x"};
  expect_refused(context, &s.op, "op subject: output 'mean' is visible and SG_UNDIFFERENTIABLE");
  s.outputs[1].flags |= SG_STEP;
  expect_refused(context, &s.op, "op subject: output 'mean' is a step or undifferentiable, not both");
  s.outputs[1].flags = SG_UNDIFFERENTIABLE | SG_HIDDEN;
  s.op.save_outputs = 1 << 1;
  expect_refused(context, &s.op, "op subject: output 'mean' is SG_UNDIFFERENTIABLE and saved, and there is no");
  s.op.backward = vjp;
  assert_int_equal(sg_op_register(context, &s.op), SG_OK);
}

static const sg_op refusing = {
    .name = "refusing",
    .inputs = SG_PORTS({"a", 0, "any shape"}, {"scale", SG_UNDIFFERENTIABLE, "the shape of a"}),
    .outputs = SG_PORTS({"y", 0, "the shape of a"}),
    .prepare = prepare,
    .forward = forward,
    .vjp = vjp};

// The input that nobody differentiated by is refused when it would want a gradient, and only then.
static void undifferentiable_inputs_refuse(void **state) {
  sg_context *context = *state;
  sg_tensor *a = LEAF(context, 1, 2), *constant = VECTOR(context, 3, 4), *scale = LEAF(context, 3, 4);
  uint64_t nodes = sg_memory(context).live_nodes;
  assert_null(sg_apply_one(context, &refusing, 2, (sg_tensor *[]){a, scale}, NULL));
  expect_error(context, SG_INVALID_ARGUMENT,
               "refusing: scale [2] requires a gradient, and refusing has no derivative with respect to scale");
  assert_null(sg_apply_one(context, &refusing, 2, (sg_tensor *[]){constant, scale}, NULL));
  expect_error(context, SG_INVALID_ARGUMENT, "scale [2] requires a gradient");
  assert_int_equal(sg_memory(context).live_nodes, nodes);
  assert_true(sg_tensor_requires_grad(sg_apply_one(context, &refusing, 2, (sg_tensor *[]){a, constant}, NULL)));
  sg_set_grad_enabled(context, false);
  assert_non_null(sg_apply_one(context, &refusing, 2, (sg_tensor *[]){a, scale}, NULL));
  sg_set_grad_enabled(context, true);
}

// y = x, and hidden beside it x again, which backward may read and vjp may not.
static sg_status prepare_hidden(sg_plan *plan) {
  plan->output_shape[1] = *sg_plan_shape(plan, 0);
  return prepare(plan);
}
static void forward_hidden(const sg_call *call) {
  forward(call);
  memcpy(sg_output_data(call->outputs[1]), sg_input_data(call, 0), sg_tensor_bytes(call->outputs[1]));
}
static void backward_hidden(const sg_call *call) {
  assert_non_null(call->outputs[1]);
  memcpy(sg_gradient_data(call, 0), sg_tensor_data(call->d_outputs[0]), sg_tensor_bytes(call->outputs[1]));
}
static void vjp_hidden(const sg_call *call) {
  assert_null(call->outputs[1]);
  call->d_inputs[0] = call->d_outputs[0];
}
static const sg_op hiding = {.name = "hiding",
                             .inputs = SG_PORTS({"x", 0, "any shape"}),
                             .outputs = SG_PORTS({"y", 0, "x"}, {"copy", SG_UNDIFFERENTIABLE | SG_HIDDEN, "x"}),
                             .save_outputs = 1 << 1,
                             .prepare = prepare_hidden,
                             .forward = forward_hidden,
                             .backward = backward_hidden,
                             .vjp = vjp_hidden};

static void vjp_sees_no_undifferentiable_output(void **state) {
  sg_context *context = *state;
  assert_int_equal(sg_op_check(context, &hiding), SG_OK);
  for (int create_graph = 0; create_graph <= 1; create_graph++) {
    sg_tensor *x = LEAF(context, 1, 2), *outputs[SG_MAX_PORTS], *gradient;
    sg_apply(context, &hiding, 1, &x, NULL, outputs);
    sg_tensor *ones = VECTOR(context, 1, 1);
    sg_grad(context, 1, outputs, &ones, 1, &x, &(sg_backward_options){.create_graph = create_graph}, &gradient);
    expect_ok(context);
    EXPECT(gradient, 1, 1);
  }
}

// ---- Plugins --------------------------------------------------------------------------------------------------

static sg_plugin plugin_of(const sg_op *const *ops) {
  return (sg_plugin){SG_PLUGIN_ABI,     sizeof(sg_op), sizeof(sg_plan), sizeof(sg_call),
                     sizeof(sg_sample), sg_engine,     "test",          ops};
}

static void expect_plugin_refused(sg_context *context, const sg_op *const *ops, const char *part) {
  sg_plugin plugin = plugin_of(ops);
  size_t count = sg_op_count(context);
  assert_int_equal(sg_plugin_register(context, &plugin), SG_INVALID_ARGUMENT);
  expect_error(context, SG_INVALID_ARGUMENT, part);
  assert_int_equal(sg_op_count(context), count);
}

static void plugins_are_whole(void **state) {
  sg_context *context = *state;
  sg_op second = sound, third = sound;
  const sg_op *ops[] = {&sound, &second, NULL};
  expect_plugin_refused(context, ops, "the plugin has two ops named subject");
  second.name = "second";
  second.options_bytes = 0;
  expect_plugin_refused(context, ops, "op second: attribute 'eps' lies outside the options");
  assert_null(sg_op_find(context, "subject"));
  second.options_bytes = sizeof(options);
  sg_plugin plugin = plugin_of(ops);
  for (int i = 0; i < 2; i++) { // the second time there is nothing to do
    assert_int_equal(sg_plugin_register(context, &plugin), SG_OK);
    assert_ptr_equal(sg_op_find(context, "subject"), &sound);
    assert_ptr_equal(sg_op_find(context, "second"), &second);
  }
  third.name = "third";
  sg_op clash = sound;
  expect_plugin_refused(context, (const sg_op *const[]){&third, &clash, NULL}, "already an op named subject");
  assert_null(sg_op_find(context, "third"));
  assert_int_equal(sg_plugin_register(context, NULL), SG_INVALID_ARGUMENT);
  expect_error(context, SG_INVALID_ARGUMENT, "there is no plugin");
}

static void plugins_have_samples(void **state) {
  sg_context *context = *state;
  sg_op op = sound;
  const sg_op *const ops[] = {&op, NULL};
  op.samples = NULL;
  expect_plugin_refused(context, ops, "op subject: it has no samples");
  op.samples = (const sg_sample[]){{.name = "none"}, {0}};
  expect_plugin_refused(context, ops, "op subject: sample 'none' leaves out an input");
  op.samples = (const sg_sample[]){
      {.name = "two", .inputs = {SG_NORMAL(0, 1, SG_DIMS(3)), SG_NORMAL(0, 1, SG_DIMS(3))}}, {0}};
  expect_plugin_refused(context, ops, "op subject: sample 'two' has more inputs than the op");
  op.samples = (const sg_sample[]){{.name = "large", .inputs = {SG_NORMAL(0, 1, SG_DIMS(1LL << 62, 4))}}, {0}};
  expect_plugin_refused(context, ops, "op subject: sample 'large' has an input of an impossible shape");
  op.samples = (const sg_sample[]){{.name = "hollow", .inputs = {SG_VALUES(NULL, SG_DIMS(3))}}, {0}};
  expect_plugin_refused(context, ops, "op subject: sample 'hollow' has an input without its values");
  op.samples = samples;
  op.bad_samples = samples;
  expect_plugin_refused(context, ops, "op subject: bad sample 'plain' does not say which error to expect");
  op.bad_samples = NULL;
  op.summary = NULL;
  expect_plugin_refused(context, ops, "op subject: it has no summary");
  op.summary = "A view.";
  op.forward = NULL;
  expect_plugin_refused(context, ops, "op subject: it has no forward");
}

// An op that is always a view needs no forward; one that is not is refused when it is applied.
static void forward_is_missing(void **state) {
  sg_context *context = *state;
  sg_op op = sound;
  op.forward = NULL;
  assert_int_equal(sg_op_register(context, &op), SG_OK);
  assert_null(sg_apply_one(context, &op, 1, (sg_tensor *[]){LEAF(context, 1, 2, 3)}, NULL));
  expect_error(context, SG_INVALID_ARGUMENT, "subject: the op has no forward, and this is no view");
}

// More ops than the context has room for, with no memory for more room: not one of them is registered.
static void plugins_without_memory(void **state) {
  sg_context *context = *state;
  enum { COUNT = 512 };
  static sg_op many[COUNT];
  static char texts[COUNT][8];
  static const sg_op *list[COUNT + 1];
  for (int i = 0; i < COUNT; i++) {
    texts[i][0] = 'p';
    for (int k = 0; k < 3; k++) texts[i][1 + k] = (char)('a' + (i >> (3 * k)) % 8);
    many[i] = sound;
    many[i].name = texts[i];
    list[i] = &many[i];
  }
  sg_plugin plugin = plugin_of(list);
  size_t count = sg_op_count(context);
  sg_memory_release_cache(context);
  sg_memory_set_limit(context, sg_memory(context).live_bytes + 64);
  assert_int_equal(sg_plugin_register(context, &plugin), SG_OUT_OF_MEMORY);
  sg_error_clear(context);
  assert_int_equal(sg_op_count(context), count);
  sg_memory_set_limit(context, 0);
  assert_int_equal(sg_plugin_register(context, &plugin), SG_OK);
  assert_int_equal(sg_op_count(context), count + COUNT);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST_OF(names),
      TEST_OF(ports),
      TEST_OF(attributes),
      TEST_OF(hooks),
      TEST_OF(families),
      TEST_OF(self),
      TEST_OF(lost_gradients),
      TEST_OF(undifferentiable_inputs_refuse),
      TEST_OF(vjp_sees_no_undifferentiable_output),
      TEST_OF(plugins_are_whole),
      TEST_OF(plugins_have_samples),
      TEST_OF(forward_is_missing),
      TEST_OF(plugins_without_memory),
  };
  return cmocka_run_group_tests_name("descriptor", tests, NULL, NULL);
}
