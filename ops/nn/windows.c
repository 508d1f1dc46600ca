// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/nn/windows.h"
#include <stdio.h>

bool sg_windows_list(const sg_plan *plan, const char *name, const sg_ints *list, int spatial, int64_t missing,
                     int64_t values[SPATIAL]) {
  for (int d = 0; d < SPATIAL - spatial; d++) values[d] = missing;
  return sg_plan_each(plan, name, list, spatial, values + SPATIAL - spatial) == SG_OK;
}

void sg_windows_last(const sg_shape *shape, int spatial, int64_t extents[SPATIAL]) {
  for (int d = 0; d < SPATIAL; d++) extents[d] = d < SPATIAL - spatial ? 1 : shape->size[shape->rank - SPATIAL + d];
}

void sg_windows_extents(const sg_shape *shape, int64_t extents[SPATIAL]) {
  sg_windows_last(shape, shape->rank - 2, extents);
}

sg_shape sg_windows_replaced(const sg_shape *shape, int spatial, const int64_t extents[SPATIAL]) {
  sg_shape result = *shape;
  for (int d = SPATIAL - spatial; d < SPATIAL; d++) result.size[shape->rank - SPATIAL + d] = extents[d];
  return result;
}

sg_shape sg_windows_shape(int64_t batch, int64_t channels, int spatial, const int64_t extents[SPATIAL]) {
  sg_shape shape = {.rank = 2 + spatial, .size = {batch, channels}};
  for (int d = 0; d < spatial; d++) shape.size[2 + d] = extents[SPATIAL - spatial + d];
  return shape;
}

bool sg_windows_count(const int64_t extents[SPATIAL], int64_t limit, int64_t *count) {
  *count = 1;
  for (int d = 0; d < SPATIAL; d++)
    if (__builtin_mul_overflow(*count, extents[d], count)) return false;
  return *count <= limit;
}

int64_t sg_windows_fitting(int64_t in, int64_t kernel, int64_t stride, int64_t padding, int64_t dilation) {
  int64_t room = in + 2 * padding - dilation * (kernel - 1) - 1;
  return room < 0 ? 0 : room / stride + 1;
}

int64_t sg_windows_pooled(const windows *w, int d, bool up) {
  int64_t stride = w->stride[d], room = w->in[d] + 2 * w->padding[d] - w->dilation[d] * (w->kernel[d] - 1) - 1;
  if (!up) return sg_windows_fitting(w->in[d], w->kernel[d], stride, w->padding[d], w->dilation[d]);
  if (room <= -stride) return 0;
  int64_t out = (room + stride - 1) / stride + 1;
  return (out - 1) * stride >= w->in[d] + w->padding[d] ? out - 1 : out; // none starts behind the image
}

sg_text sg_windows_text(const int64_t values[SPATIAL], int spatial) {
  sg_text text;
  int at = 0;
  for (int d = SPATIAL - spatial; d < SPATIAL; d++)
    at += snprintf(text.text + at, sizeof text.text - (size_t)at, "%s%lld", at == 0 ? "(" : ", ",
                   (long long)values[d]);
  snprintf(text.text + at, sizeof text.text - (size_t)at, ")");
  return text;
}
