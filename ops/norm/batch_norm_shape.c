// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/norm/batch_norm_shape.h"

sg_status sg_batch_norm_check_input(const sg_plan *plan) {
  const sg_shape *x = sg_plan_shape(plan, 0);
  if (x->rank >= 2 && x->rank <= 5) return SG_OK;
  return sg_reject(plan, "x has shape %s, expected (N,C), (N,C,L), (N,C,H,W) or (N,C,D,H,W)",
                   sg_shape_text(x).text);
}

norm_geometry sg_batch_norm_geometry(const sg_shape *x) {
  return (norm_geometry){
      .outer = 1, .segments = x->size[0], .groups = x->size[1], .parts = 1, .spread = sg_norm_pixels(x)};
}

int64_t sg_norm_pixels(const sg_shape *x) { return sg_norm_extent(x, 2, x->rank); }
