// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/enlarge.h"

#include <stdlib.h>
#include <string.h>

static void replace(sg_shape *shape, int64_t from, int64_t to) {
  for (int d = 0; d < shape->rank; d++) {
    if (shape->size[d] == from) shape->size[d] = to;
  }
}

// Values given one by one are repeated from their beginning. None for a shape that no tensor can have.
static double *repeat(const sg_sample_input *input, const sg_shape *before) {
  int64_t count, given = sg_shape_elements(before);
  if (!sg_shape_count(&input->shape, &count)) return NULL;
  double *values = calloc((size_t)count + 1, sizeof *values);
  for (int64_t i = 0; i < count && given > 0; i++) values[i] = input->values[i % given];
  return values;
}

void reshape_sample(const sg_op *op, const sg_sample *sample, int64_t from, int64_t to, enlarged *result) {
  *result = (enlarged){.sample = *sample};
  result->sample.expected = NULL;
  for (int i = 0; i < SG_MAX_SAMPLE_INPUTS; i++) {
    sg_sample_input *input = &result->sample.inputs[i];
    sg_shape before = input->shape;
    if (input->kind == SG_SAMPLE_ABSENT) continue;
    replace(&input->shape, from, to);
    if (input->kind == SG_SAMPLE_VALUES) input->values = result->values[i] = repeat(input, &before);
  }
  if (!sample->options) return;
  result->options = malloc(sg_op_options_bytes(op));
  memcpy(result->options, sample->options, sg_op_options_bytes(op));
  result->sample.options = result->options;
  for (const sg_attribute *attribute = sg_op_attributes(op); attribute->name; attribute++) {
    if (attribute->type != SG_ATTRIBUTE_SHAPE) continue;
    replace((sg_shape *)(void *)((char *)result->options + attribute->offset), from, to);
  }
}

void enlarged_free(enlarged *result) {
  free(result->options);
  for (int i = 0; i < SG_MAX_SAMPLE_INPUTS; i++) free(result->values[i]);
}
