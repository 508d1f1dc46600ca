// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/nn/plane.h"

sg_status sg_plane_check_index(const sg_plan *plan, sg_tensor *index, int64_t pixels) {
  const int64_t *value = sg_tensor_data(index);
  int64_t base = sg_index_base(plan->context), elements = sg_tensor_elements(index);
  for (int64_t i = 0; i < elements; i++)
    if (value[i] < base || value[i] - base >= pixels)
      return sg_reject(plan, "index has the value %lld, outside %lld..%lld", (long long)value[i], (long long)base,
                       (long long)(pixels - 1 + base));
  return SG_OK;
}
