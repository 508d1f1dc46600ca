// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/golden/fingerprint.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static uint64_t mix(uint64_t hash, uint64_t value) { return sg_sample_hash(hash ^ value); }

static uint64_t mix_real(uint64_t hash, double value) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  return mix(hash, bits);
}

static uint64_t mix_integers(uint64_t hash, const int64_t *values, int count) {
  hash = mix(hash, (uint64_t)count);
  for (int i = 0; i < count; i++) hash = mix(hash, (uint64_t)values[i]);
  return hash;
}

static uint64_t mix_beyond_double(uint64_t hash, int64_t value) {
  const int64_t largest = INT64_C(1) << 53;
  return value > largest || value < -largest ? mix(hash, (uint64_t)value) : hash;
}

static uint64_t mix_tensor(uint64_t hash, const sg_tensor *tensor) {
  if (!tensor) return mix(hash, 1);
  const sg_shape *shape = sg_tensor_shape(tensor);
  hash = mix_integers(mix(hash, (uint64_t)sg_tensor_dtype(tensor)), shape->size, shape->rank);
  for (int64_t i = 0; i < sg_tensor_elements(tensor); i++) {
    hash = mix_real(hash, sg_tensor_value(tensor, i));
    if (sg_tensor_dtype(tensor) == SG_I64) hash = mix_beyond_double(hash, sg_tensor_integer(tensor, i));
  }
  return hash;
}

static uint64_t mix_attribute(uint64_t hash, const sg_attribute *attribute, const void *options) {
  const void *at = (const char *)options + attribute->offset;
  const sg_ints *ints = at;
  const sg_shape *shape = at;
  const sg_int_list *integers = at;
  const sg_float_list *numbers = at;
  const sg_number *number = at;
  switch (attribute->type) {
  case SG_ATTRIBUTE_NUMBER: return mix(mix_real(hash, number->value), (uint64_t)number->integer);
  case SG_ATTRIBUTE_FLOAT: return mix_real(hash, *(const double *)at);
  case SG_ATTRIBUTE_INT:
  case SG_ATTRIBUTE_DIM: return mix(hash, (uint64_t)*(const int64_t *)at);
  case SG_ATTRIBUTE_BOOL: return mix(hash, *(const bool *)at);
  case SG_ATTRIBUTE_INTS:
  case SG_ATTRIBUTE_DIMS: return mix_integers(hash, ints->value, ints->count);
  case SG_ATTRIBUTE_SHAPE: return mix_integers(hash, shape->size, shape->rank);
  case SG_ATTRIBUTE_DTYPE:
    return mix(hash, (uint64_t) * (const sg_dtype *)at);
  case SG_ATTRIBUTE_CHOICE: return mix(hash, (uint64_t) * (const int *)at);
  case SG_ATTRIBUTE_STRING:
    for (const char *c = *(const char *const *)at; *c; c++) hash = mix(hash, (uint64_t)(unsigned char)*c);
    return hash;
  case SG_ATTRIBUTE_INT_LIST:
    return mix_integers(hash, integers->value, integers->count);
  case SG_ATTRIBUTE_FLOAT_LIST:
    hash = mix(hash, (uint64_t)numbers->count);
    for (int i = 0; i < numbers->count; i++) hash = mix_real(hash, numbers->value[i]);
    return hash;
  }
  return hash;
}

fingerprint_text fingerprint(const test_case *test) {
  sg_tensor *inputs[SG_MAX_PORTS];
  const int count = sg_sample_inputs(test->context, test->op, test->sample, SG_F64, 1, inputs);
  uint64_t hash = 0;
  for (int i = 0; i < count; i++) hash = mix_tensor(hash, inputs[i]);
  const void *options = test->sample->options ? test->sample->options : sg_op_defaults(test->op);
  for (const sg_attribute *attribute = sg_op_attributes(test->op); attribute->name; attribute++) {
    hash = mix_attribute(hash, attribute, options);
  }
  fingerprint_text text;
  snprintf(text.text, sizeof text.text, "%016" PRIx64, hash);
  return text;
}
