// SPDX-License-Identifier: GPL-3.0-or-later
//
// Every bad sample is refused with its message, by both faces of the index base, and nothing has changed; so is NaN
// for any option that is a number, by the option's name.
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

// What is no number is refused in each option that is one, where all else is as in a good sample.
static void check_nan(test_case *test) {
  const sg_op *op = test->op;
  const sg_sample *good = sg_op_sample(op, 0);
  const size_t bytes = sg_op_options_bytes(op);
  for (const sg_attribute *attribute = sg_op_attributes(op); attribute->name; attribute++) {
    if (attribute->type != SG_ATTRIBUTE_FLOAT) continue;
    char *options = malloc(bytes), error[80];
    assert_non_null(options);
    memcpy(options, good->options ? good->options : sg_op_defaults(op), bytes);
    *(double *)(void *)(options + attribute->offset) = (double)NAN;
    snprintf(error, sizeof error, "%s is nan", attribute->name);
    sg_sample bad = *good;
    bad.options = options, bad.error = error;
    test->sample = &bad;
    check_rejected(test);
    test->sample = NULL;
    free(options);
  }
}

static const property properties[] = {
    {"rejected", PROPERTY_OF_BAD_SAMPLE, check_rejected},
    {"not a number", PROPERTY_OF_OP, check_nan},
};

int main(int argc, char **argv) {
  return run_properties(argc, argv, properties, sizeof properties / sizeof *properties);
}
