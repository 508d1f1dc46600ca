// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/norm/trailing_shape.h"

sg_status sg_norm_describe_trailing(const sg_plan *plan, const sg_shape *normalized,
                                    sg_norm_description *description) {
  const sg_shape *x = sg_plan_shape(plan, 0);
  if (normalized->rank == 0) return sg_reject(plan, "normalized_shape is [], expected at least one dimension");
  int leading = x->rank - normalized->rank;
  bool same = leading >= 0;
  for (int d = 0; same && d < normalized->rank; d++) same = x->size[leading + d] == normalized->size[d];
  if (!same) {
    return sg_reject(plan, "x has shape %s, expected one that ends with normalized_shape %s", sg_shape_text(x).text,
                     sg_shape_text(normalized).text);
  }
  description->geometry = (norm_geometry){.outer = sg_norm_extent(x, 0, leading),
                                          .segments = 1,
                                          .groups = 1,
                                          .parts = sg_norm_extent(x, leading, x->rank),
                                          .spread = 1};
  description->moments = (sg_shape){leading, {0}};
  for (int d = 0; d < leading; d++) description->moments.size[d] = x->size[d];
  description->parameters = *normalized;
  return SG_OK;
}
