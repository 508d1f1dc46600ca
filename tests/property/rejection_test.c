// SPDX-License-Identifier: GPL-3.0-or-later
//
// Every bad sample is refused with its message, by both faces of the index base, and nothing has changed. So is
// what the tables of a descriptor exclude, where all else is as in a good sample, by the name of what is wrong:
// tensors that are missing or of another dtype, options that are NaN, out of their range or no such dimension. An
// op need have no samples of these.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/registry.h"

static void check_rejected(test_case *test) {
  sg_context *context = test->context;
  const sg_op *op = test->op;
  sg_tensor *inputs[SG_MAX_PORTS], *outputs[SG_MAX_PORTS];
  for (int dtype = SG_F32; dtype <= SG_F64; dtype++) {
    int count = sg_sample_inputs(context, op, test->sample, (sg_dtype)dtype, 1, inputs);
    require_ok(test, context, "making the inputs");
    for (int i = 0; i < count; i++) {
      if (sg_op_input_is_differentiable(op, i, inputs[i])) sg_tensor_set_requires_grad(inputs[i], true);
    }
    reset_random(context);
    sg_memory_usage before = sg_memory(context);
    int output_count;
    sg_status status = apply_any(context, op, count, inputs, test->sample->options, &output_count, outputs);
    if (status == SG_OK) fail_case(test, "was accepted, expected an error with '%s'", test->sample->error);
    if (status != sg_error_status(context)) fail_case(test, "the status is not the pending one");
    if (!strstr(sg_error_message(context), test->sample->error)) {
      fail_case(test, "was refused with\n    %s\nexpected\n    %s", sg_error_message(context), test->sample->error);
    }
    size_t length = strlen(op->name);
    if (strncmp(sg_error_message(context), op->name, length) != 0 || sg_error_message(context)[length] != ':') {
      fail_case(test, "the message does not begin with the op: %s", sg_error_message(context));
    }
    sg_memory_usage after = sg_memory(context);
    if (after.live_bytes != before.live_bytes || after.live_tensors != before.live_tensors ||
        after.live_nodes != before.live_nodes) {
      fail_case(test, "the refused call left memory behind");
    }
    if (sg_random_get_state(context).position != 0) fail_case(test, "the refused call took random numbers");
    sg_error_clear(context);
  }
}

// A good sample of the op in which one thing is wrong.
static void refuse(test_case *test, sg_sample bad, const char *name, const char *what) {
  char error[160];
  snprintf(error, sizeof error, "%s%s", name, what);
  bad.error = error;
  test->sample = &bad;
  check_rejected(test);
  test->sample = NULL;
}

// ---- Options ----------------------------------------------------------------------------------------

static void refuse_field(test_case *test, const sg_attribute *attribute, const void *value, size_t size,
                         const char *name, const char *what) {
  const sg_sample *good = sg_op_sample(test->op, 0);
  const size_t bytes = sg_op_options_bytes(test->op);
  char *options = malloc(bytes);
  assert_non_null(options);
  memcpy(options, good->options ? good->options : sg_op_defaults(test->op), bytes);
  memcpy(options + attribute->offset, value, size);
  sg_sample bad = *good;
  bad.options = options;
  refuse(test, bad, name, what);
  free(options);
}

// The number, or the first of a list, that a good sample has otherwise.
static void refuse_number(test_case *test, const sg_attribute *attribute, double value, const char *name,
                          const char *what) {
  const sg_sample *good = sg_op_sample(test->op, 0);
  const char *options = good->options ? good->options : sg_op_defaults(test->op);
  const int64_t whole = isfinite(value) ? (int64_t)value : 0;
  const sg_int_list list = {1, &whole};
  sg_ints values;
  switch (attribute->type) {
  case SG_ATTRIBUTE_FLOAT:
    refuse_field(test, attribute, &value, sizeof value, name, what);
    break;
  case SG_ATTRIBUTE_INT:
  case SG_ATTRIBUTE_DIM:
    refuse_field(test, attribute, &whole, sizeof whole, name, what);
    break;
  case SG_ATTRIBUTE_INTS:
  case SG_ATTRIBUTE_DIMS:
    memcpy(&values, options + attribute->offset, sizeof values);
    if (values.count == 0) values.count = 1;
    values.value[0] = whole;
    refuse_field(test, attribute, &values, sizeof values, name, what);
    break;
  case SG_ATTRIBUTE_INT_LIST:
    refuse_field(test, attribute, &list, sizeof list, name, what);
    break;
  default:
    break;
  }
}

static void refuse_value(test_case *test, const sg_attribute *attribute, double value) {
  char what[48];
  snprintf(what, sizeof what, " is %g, expected", isnan(value) ? fabs(value) : value);
  refuse_number(test, attribute, value, attribute->name, what);
}

static void check_ranges(test_case *test) {
  for (const sg_attribute *a = sg_op_attributes(test->op); a->name; a++) {
    if (a->type == SG_ATTRIBUTE_FLOAT) refuse_value(test, a, (double)NAN);
    if (a->flags & SG_AT_LEAST) refuse_value(test, a, a->minimum - 1);
    if (a->flags & SG_ABOVE) refuse_value(test, a, a->minimum);
    if (a->flags & SG_AT_MOST) refuse_value(test, a, a->maximum + 1);
    if (a->flags & SG_BELOW) refuse_value(test, a, a->maximum);
  }
}

// A choice or a dtype that there is not, and dimensions beyond all that a tensor can have. `start` is a position,
// which a range may cut.
static void check_places(test_case *test) {
  const int none = 99;
  const sg_dtype no_dtype = (sg_dtype)99;
  for (const sg_attribute *a = sg_op_attributes(test->op); a->name; a++) {
    if (a->type == SG_ATTRIBUTE_CHOICE) refuse_field(test, a, &none, sizeof none, a->name, " has no choice");
    if (a->type == SG_ATTRIBUTE_DTYPE) refuse_field(test, a, &no_dtype, sizeof no_dtype, a->name, " is no dtype");
    if ((a->type != SG_ATTRIBUTE_DIM && a->type != SG_ATTRIBUTE_DIMS) || strcmp(a->name, "start") == 0) continue;
    refuse_number(test, a, SG_MAX_RANK + 1, "", "outside");
    refuse_number(test, a, -SG_MAX_RANK - 2, "", "outside");
  }
}

// ---- Tensors ----------------------------------------------------------------------------------------

static void refuse_dtype(test_case *test, int input, sg_dtype dtype, const char *what) {
  sg_sample bad = *sg_op_sample(test->op, 0);
  bad.inputs[input].dtype = dtype;
  refuse(test, bad, sg_op_input_port(test->op, input)->name, what);
}

// Whether the dtype of a port's tensor must be that of the others.
static bool meets_others(const sg_op *op, int input) {
  const sg_port *port = sg_op_input_port(op, input);
  if (port->flags & SG_INDEX) return false;
  return !(port->flags & SG_ANY_DTYPE) || port->flags & SG_NUMERIC ||
         (sg_port_is_differentiable(port) && !sg_op_writes(op));
}

// f64 behind those that are f32.
static void check_meeting(test_case *test, int input) {
  sg_sample bad = *sg_op_sample(test->op, 0);
  int others = 0;
  for (int i = 0; i < input; i++) {
    if (!meets_others(test->op, i) || bad.inputs[i].dtype || bad.inputs[i].kind == SG_SAMPLE_ABSENT) continue;
    bad.inputs[i].dtype = SG_F32;
    others++;
  }
  bad.inputs[input].dtype = SG_F64;
  if (others > 0) refuse(test, bad, sg_op_input_port(test->op, input)->name, " has dtype f64");
}

static void check_tensors(test_case *test) {
  const sg_op *op = test->op;
  const sg_sample *good = sg_op_sample(op, 0);
  const int count = sg_sample_input_count(op, good);
  for (int i = 0; i < count && i < SG_MAX_SAMPLE_INPUTS; i++) {
    const unsigned flags = sg_op_input_port(op, i)->flags;
    if (good->inputs[i].kind == SG_SAMPLE_ABSENT) continue;
    if (!(flags & SG_OPTIONAL) && i < sg_op_input_ports(op)) {
      sg_sample bad = *good;
      bad.inputs[i] = (sg_sample_input){0};
      refuse(test, bad, sg_op_input_port(op, i)->name, " is missing");
    }
    if (flags & SG_INDEX)
      refuse_dtype(test, i, flags & SG_FLOATING_TOO ? SG_BOOL : SG_F64,
                   flags & SG_FLOATING_TOO ? " has dtype bool, expected i64, f32" : " has dtype f64, expected i64");
    else if (!(flags & (SG_NUMERIC | SG_ANY_DTYPE)))
      refuse_dtype(test, i, SG_I64, " has dtype i64, expected");
    if (meets_others(op, i) && !good->inputs[i].dtype) check_meeting(test, i);
  }
}

static const property properties[] = {
    {"rejected", PROPERTY_OF_BAD_SAMPLE, check_rejected},
    {"option out of range", PROPERTY_OF_OP, check_ranges},
    {"no such dimension, choice or dtype", PROPERTY_OF_OP, check_places},
    {"tensor missing, or of another dtype", PROPERTY_OF_OP, check_tensors},
};

int main(int argc, char **argv) {
  return run_properties(argc, argv, properties, sizeof properties / sizeof *properties);
}
