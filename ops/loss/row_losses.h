// SPDX-License-Identifier: GPL-3.0-or-later
//
// What becomes of the losses of rows that a kernel has computed in double.
#ifndef SELENOGRAD_LOSS_ROW_LOSSES_H
#define SELENOGRAD_LOSS_ROW_LOSSES_H

#include "ops/loss/reduction.h"

// Output 0: the losses, or for another reduction than none the sum of factor times each, over divisor. The mean of
// no rows is NaN.
void sg_row_losses_store(const sg_call *call, sg_reduction reduction, const double *losses, int64_t rows,
                         double factor, double divisor);

#endif
