// SPDX-License-Identifier: GPL-3.0-or-later
//
// Writes every op's samples as JSON to the standard output, for generate_ops.py to compute with PyTorch:
//
//   [{"op", "sample", "fingerprint", "options": {attribute: value},
//     "inputs": [{"dtype", "shape", "values", "differentiable"} or null],
//     "outputs": [{"name", "dtype", "shape", "values", "cotangent" where there is one}]}]
//
// Real numbers are text, which holds infinities too, and integers are integers. Indices and dimensions count from
// 0. The values of outputs are there for those that are random; shapes, so that a cotangent can be given.
#include <jansson.h>
#include <stdio.h>

#include "tests/golden/fingerprint.h"
#include "tests/support/registry.h"

static json_t *real_json(double value) {
  char text[40];
  snprintf(text, sizeof text, "%.17g", value);
  return json_string(text);
}

static json_t *integers_json(const int64_t *values, int count) {
  json_t *list = json_array();
  for (int i = 0; i < count; i++) json_array_append_new(list, json_integer(values[i]));
  return list;
}

static json_t *shape_json(const sg_shape *shape) { return integers_json(shape->size, shape->rank); }

static json_t *values_json(const sg_tensor *tensor) {
  json_t *list = json_array();
  const bool floating = sg_dtype_is_floating(sg_tensor_dtype(tensor));
  for (int64_t i = 0; i < sg_tensor_elements(tensor); i++) {
    json_array_append_new(list, floating ? real_json(sg_tensor_value(tensor, i))
                                         : json_integer(sg_tensor_integer(tensor, i)));
  }
  return list;
}

static json_t *tensor_json(const sg_tensor *tensor) {
  return json_pack("{s:s, s:o, s:o}", "dtype", sg_dtype_name(sg_tensor_dtype(tensor)), "shape",
                   shape_json(sg_tensor_shape(tensor)), "values", values_json(tensor));
}

static json_t *reals_json(const sg_float_list *list) {
  json_t *array = json_array();
  for (int i = 0; i < list->count; i++) json_array_append_new(array, real_json(list->value[i]));
  return array;
}

static json_t *attribute_json(const sg_attribute *attribute, const void *options) {
  const void *at = (const char *)options + attribute->offset;
  const sg_ints *ints = at;
  const sg_int_list *integers = at;
  const sg_number *number = at;
  switch (attribute->type) {
  case SG_ATTRIBUTE_NUMBER: return number->whole ? json_integer(number->integer) : real_json(number->value);
  case SG_ATTRIBUTE_FLOAT: return real_json(*(const double *)at);
  case SG_ATTRIBUTE_INT:
  case SG_ATTRIBUTE_DIM: return json_integer(*(const int64_t *)at);
  case SG_ATTRIBUTE_BOOL: return json_boolean(*(const bool *)at);
  case SG_ATTRIBUTE_INTS:
    if (ints->count < 0) return json_string(attribute->choices[sg_ints_word(ints)]);
    return integers_json(ints->value, ints->count);
  case SG_ATTRIBUTE_DIMS: return integers_json(ints->value, ints->count);
  case SG_ATTRIBUTE_SHAPE: return shape_json(at);
  case SG_ATTRIBUTE_DTYPE:
    return json_string(sg_dtype_name(*(const sg_dtype *)at));
  case SG_ATTRIBUTE_CHOICE: return json_string(attribute->choices[*(const int *)at]);
  case SG_ATTRIBUTE_STRING:
    return json_string(*(const char *const *)at);
  case SG_ATTRIBUTE_INT_LIST:
    return integers_json(integers->value, integers->count);
  case SG_ATTRIBUTE_FLOAT_LIST:
    return reals_json(at);
  }
  return json_null();
}

static json_t *options_json(const sg_op *op, const void *options) {
  json_t *object = json_object();
  for (const sg_attribute *attribute = sg_op_attributes(op); attribute->name; attribute++) {
    json_object_set_new(object, attribute->name, attribute_json(attribute, options ? options : sg_op_defaults(op)));
  }
  return object;
}

static json_t *sample_json(const test_case *test) {
  application a;
  sg_tensor *given[SG_MAX_PORTS]; // as they are before an op writes into them
  sg_sample_inputs(test->context, test->op, test->sample, SG_F64, 1, given);
  apply_sample(test, test->context, SG_F64, ~0u, &a);
  json_t *inputs = json_array(), *outputs = json_array();
  for (int i = 0; i < a.input_count; i++) {
    json_t *input = given[i] ? tensor_json(given[i]) : json_null();
    if (given[i]) {
      json_object_set_new(input, "differentiable",
                          json_boolean(sg_op_input_is_differentiable(test->op, i, a.inputs[i])));
    }
    json_array_append_new(inputs, input);
  }
  for (int k = 0; k < a.output_count; k++) {
    json_t *output = tensor_json(a.outputs[k]);
    json_object_set_new(output, "name", json_string(sg_op_output_port(test->op, k)->name));
    if (a.cotangents[k]) json_object_set_new(output, "cotangent", values_json(a.cotangents[k]));
    json_array_append_new(outputs, output);
  }
  return json_pack("{s:s, s:s, s:s, s:o, s:o, s:o}", "op", test->op->name, "sample", test->sample->name,
                   "fingerprint", fingerprint(test).text, "options",
                   options_json(test->op, test->sample->options), "inputs", inputs, "outputs", outputs);
}

int main(void) {
  json_t *all = json_array();
  for (const sg_op *const *op = sg_builtin_ops(); *op; op++) {
    const sg_sample *sample;
    for (int i = 0; (sample = sg_op_sample(*op, i)) != NULL; i++) {
      test_allocator allocator = {0};
      test_case test = {.op = *op, .sample = sample, .context = open_context(&allocator, 1, NULL)};
      sg_scope scope = sg_scope_open(test.context);
      json_array_append_new(all, sample_json(&test));
      sg_scope_close(test.context, scope);
      close_context(test.context, &allocator);
    }
  }
  int status = json_dumpf(all, stdout, JSON_COMPACT);
  json_decref(all);
  return status != 0 || fflush(stdout) != 0;
}
