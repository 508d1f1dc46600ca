// SPDX-License-Identifier: GPL-3.0-or-later
//
// The values of other tensors as they meet the elements of an input.
#include "autograd/gradcheck/diagnosis/evidence/evidence.h"

#include <string.h>

static bool align(const sg_shape *target, const sg_shape *shape, int shift, diagnosis_view *view) {
  int64_t stride = 1;
  memset(view->stride, 0, sizeof view->stride);
  for (int i = shape->rank - 1; i >= 0; i--) {
    const int to = i + shift;
    if (to < 0 || to >= target->rank) return false;
    if (shape->size[i] != 1 && shape->size[i] != target->size[to]) return false;
    view->stride[to] = shape->size[i] == 1 ? 0 : stride;
    stride *= shape->size[i];
  }
  return true;
}

int diagnosis_views(const sg_shape *target, const sg_tensor *tensor, diagnosis_view views[2]) {
  const sg_shape *shape = sg_tensor_shape(tensor);
  int count = 0;
  if (sg_tensor_dtype(tensor) != SG_F64 || sg_tensor_elements(tensor) == 0) return 0;
  views[0].data = views[1].data = sg_tensor_data(tensor);
  if (shape->rank <= target->rank && align(target, shape, target->rank - shape->rank, &views[count])) count++;
  if (shape->rank == 1 && target->rank > 2 && align(target, shape, 1, &views[count])) count++;
  return count;
}

double diagnosis_look(const sg_shape *target, const diagnosis_view *view, int64_t place) {
  int64_t offset = 0;
  for (int i = target->rank - 1; i >= 0; i--) {
    offset += place % target->size[i] * view->stride[i];
    place /= target->size[i];
  }
  return view->data[offset];
}

void diagnosis_offsets(const sg_shape *target, const diagnosis_view *view, int64_t *offset) {
  const int last = target->rank - 1;
  const int64_t count = sg_shape_elements(target), length = last < 0 ? 1 : target->size[last];
  for (int64_t start = 0; start < count; start += length) {
    int64_t row = last < 0 ? 0 : start / length, from = 0;
    for (int k = last - 1; k >= 0; k--) {
      from += row % target->size[k] * view->stride[k];
      row /= target->size[k];
    }
    for (int64_t j = 0; j < length; j++) offset[start + j] = from + (last < 0 ? 0 : j * view->stride[last]);
  }
}

const found_output *diagnosis_output_like(const diagnosis *d, const sg_shape *shape) {
  for (int i = 0; i < d->findings->output_count; i++)
    if (sg_shape_equal(d->findings->outputs[i].shape, shape)) return &d->findings->outputs[i];
  return NULL;
}
