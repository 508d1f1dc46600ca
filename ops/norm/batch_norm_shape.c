// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/norm/batch_norm_shape.h"

norm_geometry sg_batch_norm_geometry(const sg_shape *x) {
  norm_geometry geometry = {.outer = 1, .segments = x->size[0], .groups = x->size[1], .parts = 1, .spread = 1};
  for (int d = 2; d < x->rank; d++) geometry.spread *= x->size[d];
  return geometry;
}

sg_status sg_batch_norm_check_input(const sg_plan *plan) {
  const sg_shape *x = sg_plan_shape(plan, 0);
  if (x->rank >= 2 && x->rank <= 5) return SG_OK;
  return sg_reject(plan, "x has shape %s, expected (N,C), (N,C,L), (N,C,H,W) or (N,C,D,H,W)",
                   sg_shape_text(x).text);
}

sg_status sg_batch_norm_check_channels(const sg_plan *plan, int input) {
  if (!plan->inputs[input]) return SG_OK;
  const sg_shape *x = sg_plan_shape(plan, 0), *shape = sg_plan_shape(plan, input);
  if (shape->rank == 1 && shape->size[0] == x->size[1]) return SG_OK;
  return sg_reject(plan, "%s has shape %s, expected [%lld] (channels of x %s)", sg_op_inputs(plan->op)[input].name,
                   sg_shape_text(shape).text, (long long)x->size[1], sg_shape_text(x).text);
}

sg_shape sg_batch_norm_column(const sg_shape *x) {
  sg_shape shape = {x->rank, {0}};
  for (int d = 0; d < x->rank; d++) shape.size[d] = d == 1 ? x->size[1] : 1;
  return shape;
}

sg_ints sg_batch_norm_dims(const sg_shape *x) {
  sg_ints dims = {0};
  for (int d = 0; d < x->rank; d++) {
    if (d != 1) dims.value[dims.count++] = d;
  }
  return dims;
}
