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
  { "lr", SG_ATTRIBUTE_FLOAT, offsetof(options, lr), "the step size", SG_AT_LEAST | SG_BELOW, 0, INFINITY, NULL }
#define SG_STEP_DECAY(options)                                                                                     \
  {                                                                                                                \
    "weight_decay", SG_ATTRIBUTE_FLOAT, offsetof(options, weight_decay), "times the parameter it is added",        \
        SG_AT_LEAST | SG_BELOW, 0, INFINITY, NULL                                                                  \
  }
#define SG_STEP_MAXIMIZE(options)                                                                                  \
  {                                                                                                                \
    "maximize", SG_ATTRIBUTE_BOOL, offsetof(options, maximize), "whether to follow the gradient upwards", 0, 0, 0, \
        NULL                                                                                                       \
  }

#endif
