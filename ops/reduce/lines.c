// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/reduce/lines.h"

#include "ops/kernels/position.h"
#include "ops/select_kernels.h"

sg_status sg_lines_prepare(const sg_plan *plan, int64_t dim, sg_lines *lines) {
  const sg_shape *x = sg_plan_shape(plan, 0);
  *lines = (sg_lines){.outer = 1, .count = 1, .inner = 1};
  if (x->rank == 0 && (dim == 0 || dim == -1)) return SG_OK;
  if (sg_plan_dimension(plan, 0, dim, &lines->dimension)) return sg_error_status(plan->context);
  if (sg_shape_elements(x) == 0) return SG_OK;
  for (int i = 0; i < x->rank; i++)
    *(i < lines->dimension ? &lines->outer : i == lines->dimension ? &lines->count : &lines->inner) *= x->size[i];
  return SG_OK;
}

void sg_lines_return(const sg_call *call, const sg_lines *lines, int64_t kept, const void *d_y,
                     const sg_tensor *positions) {
  const return_arguments a = {.d_y = d_y,
                              .positions = sg_tensor_data(positions),
                              .kept = kept,
                              .count = lines->count,
                              .inner = lines->inner,
                              .base = sg_index_base(call->context),
                              .d_x = sg_gradient_data(call, 0)};
  sg_parallel(call->context, lines->outer * lines->inner, sg_grain(lines->count + kept),
              sg_kernels_for(call->context, call->dtype)->position->give_back, &a);
}
