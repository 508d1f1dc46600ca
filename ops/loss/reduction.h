// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the losses share.
#ifndef SELENOGRAD_LOSS_REDUCTION_H
#define SELENOGRAD_LOSS_REDUCTION_H

#include "autograd/op.h"
#include "ops/kernels/row.h"
#include "ops/loss/loss.h"

// "mean", "sum", "none": the order of sg_reduction.
extern const char *const sg_reduction_names[];

#define SG_REDUCTION_OPTION(options)                                                                               \
  SG_CHOICE(options, reduction, sg_reduction_names, "mean, sum or none; default mean")

// The losses of pairs of elements, which mse_loss and l1_loss are.
extern const sg_loss_options sg_loss_defaults;
sg_status sg_pair_loss_prepare(sg_plan *plan);
// `row` for no reduction, or of the derivative; `sums`, a kernel of the family pair_loss, for the others.
void sg_pair_loss_forward(const sg_call *call, sg_row_name row, sg_kernel *sums);
// `factor`: of the derivative.
void sg_pair_loss_backward(const sg_call *call, sg_row_name row, double factor);
// The factor of the sum: 1 / elements for the mean, else 1.
double sg_pair_loss_scale(const sg_call *call);

#endif
