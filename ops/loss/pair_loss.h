// SPDX-License-Identifier: GPL-3.0-or-later
//
// The family of losses of x and target, element by element. A member is its words and
//
//   - the rows of the loss and of its derivatives (ops/kernels/pair_loss.c), and the p that they read, if any;
//   - the derivatives of an element's loss as compositions;
//   - options, of which the first is `int reduction`; samples for each reduction, SG_PAIR_LOSS_SAMPLES, and others.
//
// Ports, reductions, the factor of the mean, weights, what is saved, the chain rule, common samples and what must
// be refused are the family's. Its first two inputs are x and target; a member may have a third, the weight of each
// element, and a fourth, its p, which broadcast to x.
#ifndef SELENOGRAD_LOSS_PAIR_LOSS_H
#define SELENOGRAD_LOSS_PAIR_LOSS_H

#include "ops/loss/reduction.h"
#include "ops/ops.h"
#include "ops/rows.h"

typedef struct sg_pair_loss {
  sg_row_name row, fused;                   // of the loss, and of its derivatives
  double (*p)(const void *options);         // NULL: the rows read none, or 1 where the fourth input is absent
  sg_tensor *(*slope)(const sg_call *call); // dloss/dx, without weight
  sg_tensor *(*target_slope)(const sg_call *call); // dloss/dtarget; NULL: -dloss/dx, of a function of x - target
} sg_pair_loss;

extern const sg_op sg_pair_loss_family;

// What a descriptor begins with: its name, which is that of its rows, the family, and the other fields of
// sg_pair_loss.
//   SG_PAIR_LOSS(huber_loss, .p = delta, .slope = slope),
#define SG_PAIR_LOSS(op, ...)                                                                                      \
  .name = #op, .family = &sg_pair_loss_family, .member = &(const sg_pair_loss) {                                   \
    .row = sg_row_##op, .fused = sg_row_d_##op, __VA_ARGS__                                                        \
  }

// x - target
sg_tensor *sg_pair_difference(const sg_call *call);

// A sample of each reduction with the member's options: SG_PAIR_LOSS_SAMPLES(sg_huber_loss_options, .delta = 0.15).
// Well between 0 and 1, and x - target is a multiple of 0.05 less 0.02: no kink is near, if it is not at such a
// number.
#define SG_PAIR_LOSS_INPUTS SG_DISTINCT(0.25, 0.8, SG_DIMS(3, 4)), SG_DISTINCT(0.27, 0.82, SG_DIMS(3, 4))
#define SG_PAIR_LOSS_SAMPLES(...)                                                                                  \
  {"mean", SG_ON(SG_PAIR_LOSS_INPUTS), SG_WITH(__VA_ARGS__, .reduction = SG_REDUCTION_MEAN)},                      \
      {"sum", SG_ON(SG_PAIR_LOSS_INPUTS), SG_WITH(__VA_ARGS__, .reduction = SG_REDUCTION_SUM)},                    \
      {"none", SG_ON(SG_PAIR_LOSS_INPUTS), SG_WITH(__VA_ARGS__, .reduction = SG_REDUCTION_NONE)}, {                \
    "sum of nothing", SG_ON(SG_RANDN(0, 3), SG_RANDN(0, 3)), SG_WITH(__VA_ARGS__, .reduction = SG_REDUCTION_SUM)   \
  }

#endif
