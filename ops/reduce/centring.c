// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/reduce/centring.h"
#include <math.h>

#include "ops/kernels/centre.h"
#include "ops/reduce/reduction.h"
#include "ops/select_kernels.h"

void sg_centring_apply(const sg_call *call, const reduce_layout *layout, const void *x, const double *mean,
                       const double *scale, const double *shift, void *y) {
  int64_t pieces = (layout->row + REDUCE_PIECE - 1) / REDUCE_PIECE;
  centre_arguments arguments = {
      .layout = *layout, .pieces = pieces, .x = x, .mean = mean, .scale = scale, .shift = shift, .y = y};
  int64_t longest = layout->row < REDUCE_PIECE ? layout->row : REDUCE_PIECE;
  sg_parallel(call->context, layout->kept.count * layout->reduced.count * pieces, sg_grain(longest),
              sg_kernels_for(call->context, call->dtype)->centre->apply, &arguments);
}

const void *sg_centring_means(const sg_call *call, const reduce_layout *layout, const void *x, void *y,
                              double *mean, double *scratch) {
  sg_reduction_means(call->context, call->dtype, layout, x, mean, scratch);
  if (call->dtype == SG_F32) return x;
  sg_centring_apply(call, layout, x, mean, NULL, NULL, y);
  sg_reduction_means(call->context, call->dtype, layout, y, mean, scratch);
  for (int64_t i = 0; i < layout->outputs; i++) mean[i] = isfinite(mean[i]) ? mean[i] : 0;
  return y;
}
