// SPDX-License-Identifier: GPL-3.0-or-later
//
// An op that takes i64 tensors as values moves them exactly. Each sample runs over the numbers 1, 2, 3, ... in f64,
// which shows where every element goes, and again over odd numbers beyond 2^53, which no double holds.
#include <string.h>

#include "tests/support/registry.h"

static int64_t large(double number) { return (INT64_C(1) << 53) + 2 * (int64_t)number + 1; }

static bool takes_integers(const test_case *test, int i) {
  const sg_port *port = sg_op_input_port(test->op, i);
  return port->flags & SG_ANY_DTYPE && sg_port_is_differentiable(port) && !test->sample->inputs[i].dtype;
}

// Beside an integer of the sample's own, where does an element come from?
static bool mixes_dtypes(const test_case *test, int count) {
  for (int i = 0; i < count && i < SG_MAX_SAMPLE_INPUTS; i++) {
    const unsigned flags = sg_op_input_port(test->op, i)->flags;
    if (flags & SG_NUMERIC && flags & SG_ANY_DTYPE && test->sample->inputs[i].dtype) return true;
  }
  return false;
}

// The sample's inputs, with numbered elements where the op takes integers. False: it takes none.
static bool make_inputs(const test_case *test, sg_dtype dtype, sg_tensor **inputs, int *count) {
  int64_t number = 1;
  bool any = false;
  *count = sg_sample_inputs(test->context, test->op, test->sample, SG_F64, 1, inputs);
  if (mixes_dtypes(test, *count)) return false;
  for (int i = 0; i < *count; i++) {
    if (!inputs[i] || !takes_integers(test, i)) continue;
    any = true;
    inputs[i] = sg_tensor_new(test->context, dtype, sg_tensor_shape(inputs[i]));
    for (int64_t k = 0; k < sg_tensor_elements(inputs[i]); k++, number++) {
      if (dtype == SG_I64)
        ((int64_t *)sg_output_data(inputs[i]))[k] = large((double)number);
      else
        ((double *)sg_output_data(inputs[i]))[k] = (double)number;
    }
  }
  return any;
}

// An integer that becomes a float is rounded once.
static bool holds(const sg_tensor *output, int64_t k, int64_t expected) {
  const void *data = sg_tensor_data(output);
  if (sg_tensor_dtype(output) == SG_F32) return ((const float *)data)[k] == (float)expected;
  if (sg_tensor_dtype(output) == SG_F64) return ((const double *)data)[k] == (double)expected;
  if (sg_tensor_dtype(output) == SG_BOOL) return sg_tensor_integer(output, k) == (expected != 0);
  return sg_tensor_integer(output, k) == expected;
}

// Then an element is a sum of what was there and what came, and not one of them.
static bool accumulates(const test_case *test) {
  const sg_attribute *attribute = sg_op_attributes(test->op);
  for (; attribute->name && test->sample->options; attribute++) {
    const void *option = (const char *)test->sample->options + attribute->offset;
    if (strcmp(attribute->name, "accumulate") == 0) return *(const bool *)option;
    if (strcmp(attribute->name, "reduce") == 0)
      return strcmp(attribute->choices[*(const int *)option], "none") != 0;
  }
  return false;
}

static void moves_integers_exactly(test_case *test) {
  sg_context *context = test->context;
  const sg_op *op = test->op;
  sg_tensor *inputs[SG_MAX_PORTS], *numbers[SG_MAX_PORTS], *integers[SG_MAX_PORTS];
  int count, output_count;
  if (accumulates(test) || !make_inputs(test, SG_F64, inputs, &count)) return;
  apply_any(context, op, count, inputs, test->sample->options, &output_count, numbers);
  require_ok(test, context, "with numbers");
  if (sg_tensor_dtype(numbers[0]) == SG_U8) return; // cannot hold such integers
  make_inputs(test, SG_I64, inputs, &count);
  apply_any(context, op, count, inputs, test->sample->options, &output_count, integers);
  require_ok(test, context, "with integers");
  for (int p = 0; p < output_count; p++) {
    if (!(sg_op_output_port(op, p)->flags & SG_ANY_DTYPE)) continue;
    for (int64_t k = 0; k < sg_tensor_elements(integers[p]); k++) {
      double number = sg_tensor_value(numbers[p], k);
      if (!holds(integers[p], k, number == 0 ? 0 : large(number)))
        fail_case(test, "%s, element %lld is %.17g, expected %lld", sg_op_output_port(op, p)->name, (long long)k,
                  sg_tensor_value(integers[p], k), (long long)(number == 0 ? 0 : large(number)));
    }
  }
}

static const property properties[] = {{"integers", PROPERTY_OF_SAMPLE, moves_integers_exactly}};

int main(int argc, char **argv) {
  return run_properties(argc, argv, properties, sizeof properties / sizeof *properties);
}
