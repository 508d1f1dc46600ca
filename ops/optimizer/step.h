// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the steps of optimizers share: all their tensors have the parameter's shape.
#ifndef SELENOGRAD_STEP_H
#define SELENOGRAD_STEP_H

#include "ops/optimizer/optimizer.h"
#include "ops/rows.h"

sg_status sg_step_check_shapes(const sg_plan *plan);

// Options that every step has, in any options struct.
#define SG_STEP_OPTIONS(options)                                                                                   \
  SG_OPTION(options, lr, FLOAT, "the step size", SG_AT_LEAST | SG_BELOW, 0, INFINITY)
#define SG_STEP_DECAY(options)                                                                                     \
  SG_OPTION(options, weight_decay, FLOAT, "times the parameter it is added", SG_AT_LEAST | SG_BELOW, 0, INFINITY)
#define SG_STEP_MAXIMIZE(options)                                                                                  \
  SG_OPTION(options, maximize, BOOL, "whether to follow the gradient upwards")

#endif
