// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/loss/row_losses.h"

#include <math.h>

static void store(const sg_call *call, int64_t position, double value) {
  void *y = sg_output_data(call->outputs[0]);
  if (call->dtype == SG_F32)
    ((float *)y)[position] = (float)value;
  else
    ((double *)y)[position] = value;
}

// The factor inside, as the sum alone may leave the range.
void sg_row_losses_store(const sg_call *call, sg_reduction reduction, const double *losses, int64_t rows,
                         double factor, double divisor) {
  double sum = reduction == SG_REDUCTION_MEAN && rows == 0 ? (double)NAN : 0;
  for (int64_t row = 0; row < rows; row++) {
    if (reduction == SG_REDUCTION_NONE) store(call, row, losses[row]);
    sum += losses[row] * factor;
  }
  if (reduction != SG_REDUCTION_NONE) store(call, 0, sum / divisor);
}
