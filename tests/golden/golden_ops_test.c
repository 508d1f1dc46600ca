// SPDX-License-Identifier: GPL-3.0-or-later
//
// Values and first gradients of every op's samples in f64, against PyTorch's (tests/golden/ops, written by
// generate_ops.py) and against what the samples themselves expect.
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/golden/fingerprint.h"

// Both sides sum at most some hundreds of terms in double precision, in another order and with other elementary
// functions: they differ by some hundred roundings of 1.1e-16, relative to the largest value of the tensor.
#define ROUNDINGS 1e-13

// ---- The files ------------------------------------------------------------------------------------

// NULL when the op has none; owned by the caller.
static json_t *golden_file(const test_case *test) {
  char path[512];
  snprintf(path, sizeof path, GOLDEN_FOLDER "/ops/%s.json", test->op->name);
  FILE *file = fopen(path, "rb");
  if (!file) return NULL;
  json_error_t error;
  json_t *entries = json_loadf(file, JSON_REJECT_DUPLICATES, &error);
  fclose(file);
  if (!entries) fail_case(test, "%s, line %d: %s", path, error.line, error.text);
  return entries;
}

static const char *text_of(const json_t *entry, const char *key) {
  const char *text = json_string_value(json_object_get(entry, key));
  return text ? text : "";
}

static json_t *entry_of(const json_t *entries, const sg_sample *sample) {
  size_t i;
  json_t *entry;
  json_array_foreach(entries, i, entry) {
    if (strcmp(text_of(entry, "sample"), sample->name) == 0) return entry;
  }
  return NULL;
}

// "nan", "inf" and "-inf" are text.
static double number_of(const json_t *value) {
  return json_is_string(value) ? strtod(json_string_value(value), NULL) : json_number_value(value);
}

// ---- Comparing ------------------------------------------------------------------------------------

static sg_tensor *tensor_of(const test_case *test, const char *port, const json_t *values, const sg_shape *shape) {
  int64_t count = sg_shape_elements(shape);
  if (json_array_size(values) != (size_t)count) {
    fail_case(test, "%s has %lld elements, PyTorch's %zu", port, (long long)count, json_array_size(values));
  }
  sg_tensor *tensor = sg_tensor_full(test->context, SG_F64, shape, 0);
  double *numbers = sg_tensor_write(tensor, "test");
  for (int64_t i = 0; i < count; i++) numbers[i] = number_of(json_array_get(values, (size_t)i));
  return tensor;
}

static sg_shape shape_of(const json_t *sizes) {
  sg_shape shape = {.rank = (int)json_array_size(sizes)};
  for (int d = 0; d < shape.rank; d++) shape.size[d] = json_integer_value(json_array_get(sizes, (size_t)d));
  return shape;
}

// Where the values are beyond 2^53.
static void require_same_integers(const test_case *test, const char *port, const json_t *values,
                                  const sg_tensor *got) {
  for (int64_t i = 0; i < sg_tensor_elements(got) && i < (int64_t)json_array_size(values); i++) {
    const json_t *want = json_array_get(values, (size_t)i);
    if (json_is_integer(want) && json_integer_value(want) != sg_tensor_integer(got, i))
      fail_case(test, "element %lld of %s is %lld, in PyTorch %lld", (long long)i, port,
                (long long)sg_tensor_integer(got, i), (long long)json_integer_value(want));
  }
}

static void compare_output(const test_case *test, const json_t *golden, int output, const sg_tensor *got) {
  const char *port = sg_op_output_port(test->op, output)->name;
  if (strcmp(text_of(golden, "name"), port) != 0) {
    fail_case(test, "output %d is %s, in the golden values %s", output, port, text_of(golden, "name"));
  }
  sg_shape shape = shape_of(json_object_get(golden, "shape"));
  const json_t *values = json_object_get(golden, "values");
  sg_tensor *want = tensor_of(test, port, values, &shape);
  if (sg_tensor_dtype(got) == SG_I64) require_same_integers(test, port, values, got);
  require_close(test, "against PyTorch", port, got, want, ROUNDINGS * largest(want));
}

// What cancels on the way to a gradient is rounded too: a cotangent, of size 1, and a mean or the like of an input.
static double size_on_the_way(const application *a) {
  double size = 1;
  for (int i = 0; i < a->input_count; i++) {
    if (a->inputs[i]) size = fmax(size, largest(a->inputs[i]));
  }
  return size;
}

static void compare_gradients(const test_case *test, const json_t *golden, application *a) {
  sg_tensor *gradients[SG_MAX_PORTS] = {NULL};
  unsigned mask = differentiable_inputs(test, a);
  gradients_of(test, test->context, a, mask, NULL, gradients);
  for (int i = 0; i < a->input_count; i++) {
    const json_t *values = json_array_get(golden, (size_t)i);
    const char *port = sg_op_input_port(test->op, i)->name;
    if (json_is_array(values) != (gradients[i] != NULL)) {
      fail_case(test, "%s has %s", port, gradients[i] ? "a gradient, PyTorch's has none" : "no gradient");
    }
    if (!gradients[i]) continue;
    sg_tensor *want = tensor_of(test, port, values, sg_tensor_shape(gradients[i]));
    require_close(test, "gradient against PyTorch", port, gradients[i], want,
                  ROUNDINGS * fmax(size_on_the_way(a), largest(want)));
  }
}

static void compare_expected(const test_case *test, const sg_tensor *got) {
  const double *expected = test->sample->expected;
  sg_tensor *want = sg_tensor_from(test->context, SG_F64, sg_tensor_shape(got), expected);
  require_close(test, "against the value expected", sg_op_outputs(test->op)[0].name, got, want,
                1e-14 * largest(want));
}

static void check_sample(test_case *test) {
  application a;
  apply_sample(test, test->context, SG_F64, ~0u, &a);
  if (test->sample->expected) compare_expected(test, a.outputs[0]);
  json_t *entries = golden_file(test), *golden = entries ? entry_of(entries, test->sample) : NULL;
  if (!golden) {
    json_decref(entries);
    if (test->sample->expected) return;
    fail_case(test,
              "no golden values and nothing expected: see that REFERENCE in tests/golden/generate_ops.py has a "
              "line \"%s\": outputs from inputs and options, and run it",
              test->op->name);
  }
  if (strcmp(text_of(golden, "fingerprint"), fingerprint(test).text) != 0) {
    fail_case(test, "the sample has changed since its golden values were computed: run "
                    "tests/golden/generate_ops.py");
  }
  const json_t *outputs = json_object_get(golden, "outputs");
  assert_int_equal(json_array_size(outputs), a.output_count);
  for (int k = 0; k < a.output_count; k++) {
    compare_output(test, json_array_get(outputs, (size_t)k), k, a.outputs[k]);
  }
  compare_gradients(test, json_object_get(golden, "gradients"), &a);
  json_decref(entries);
}

// Every entry of the file belongs to a sample.
static void check_nothing_left_over(test_case *test) {
  json_t *entries = golden_file(test), *entry;
  size_t i;
  json_array_foreach(entries, i, entry) {
    const sg_sample *sample;
    int number = 0;
    while ((sample = sg_op_sample(test->op, number)) && strcmp(sample->name, text_of(entry, "sample")) != 0)
      number++;
    if (!sample) fail_case(test, "golden values of \"%s\", which is no sample", text_of(entry, "sample"));
  }
  json_decref(entries);
}

static const property properties[] = {
    {"golden values", PROPERTY_OF_SAMPLE, check_sample},
    {"no golden values left over", PROPERTY_OF_OP, check_nothing_left_over},
};

int main(int argc, char **argv) {
  return run_properties(argc, argv, properties, sizeof properties / sizeof *properties);
}
