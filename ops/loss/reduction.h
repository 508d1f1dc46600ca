// SPDX-License-Identifier: GPL-3.0-or-later
//
// The option that every loss has.
#ifndef SELENOGRAD_LOSS_REDUCTION_H
#define SELENOGRAD_LOSS_REDUCTION_H

#include "autograd/op.h"
#include "ops/loss/loss.h"

// "mean", "sum", "none": the order of sg_reduction.
extern const char *const sg_reduction_names[];
extern const sg_loss_options sg_loss_defaults; // of a loss without other options

#define SG_REDUCTION_OPTION(options)                                                                               \
  SG_CHOICE(options, reduction, sg_reduction_names, "mean, sum or none; default mean")

#endif
