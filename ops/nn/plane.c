// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/nn/plane.h"
#include "ops/shape/indices.h"

sg_status sg_plane_check_index(const sg_plan *plan, sg_tensor *index, int64_t pixels) {
  const int64_t *value = sg_tensor_data(index);
  int64_t base = sg_index_base(plan->context), elements = sg_tensor_elements(index);
  for (int64_t i = 0; i < elements; i++)
    if (value[i] < base || value[i] - base >= pixels)
      return sg_reject(plan, "index has the value %lld, outside %lld..%lld", (long long)value[i], (long long)base,
                       (long long)(pixels - 1 + base));
  return SG_OK;
}

// Planes are lines of pixels.
static line_arguments lines_of(const plane_sums *sums) {
  int64_t picks = sums->x->size[2] * sums->x->size[3], pixels = sums->y->size[2] * sums->y->size[3];
  int64_t planes = sums->x->size[0] * sums->x->size[1];
  return (line_arguments){.rank = 1,
                          .size = {planes},
                          .line_stride = {picks},
                          .grid_stride = {pixels},
                          .count = picks,
                          .line_step = 1,
                          .grid_step = 1,
                          .extent = pixels,
                          .clear = true,
                          .lines = planes};
}

size_t sg_plane_scatter_scratch(const plane_sums *sums) {
  line_arguments a = lines_of(sums);
  return sg_lines_scatter_scratch(sums->dtype, a.lines, a.extent, a.count, sums->visits);
}

void sg_plane_scatter_run(sg_context *context, const plane_sums *sums, const int64_t *index, const void *x, void *y,
                          void *scratch) {
  line_arguments a = lines_of(sums);
  a.index = index;
  a.base = sg_index_base(context);
  a.source = x;
  a.target = y;
  sg_lines_scatter_run(context, sums->dtype, &a, sums->visits, scratch);
}
