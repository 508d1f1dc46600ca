// SPDX-License-Identifier: GPL-3.0-or-later
//
// The family of losses that are compositions of ops. A member is its words, its inputs, options of which the first
// is `int reduction`, samples, and the losses of single elements or rows; the family reduces them. The inputs have
// one shape, if the member has no prepare of its own.
//
// What is on the way between inputs and losses (squares, products, exponentials) may leave the range of f32 where
// the loss does not. A member with such parts is `wide`: it is computed in f64 and its result is rounded.
#ifndef SELENOGRAD_LOSS_COMPOSED_LOSS_H
#define SELENOGRAD_LOSS_COMPOSED_LOSS_H

#include "ops/loss/reduction.h"
#include "ops/ops.h"
#include "ops/wide.h"

typedef struct sg_composed_loss {
  sg_tensor *(*losses)(const sg_call *call);
  bool wide;
} sg_composed_loss;

extern const sg_op sg_composed_loss_family;

// What a descriptor begins with: its name, the family, and the losses.
//   SG_COMPOSED_LOSS(margin_ranking_loss, losses, false),
#define SG_COMPOSED_LOSS(op, of_elements, in_f64)                                                                  \
  .name = #op, .family = &sg_composed_loss_family, .member = &(const sg_composed_loss) { of_elements, in_f64 }

// Refuses inputs of different shapes, all that are given.
sg_status sg_composed_loss_prepare(sg_plan *plan);
// Refuses all but (N, D) and (D), of one shape, in the first `count` inputs.
sg_status sg_check_vectors(const sg_plan *plan, int count);

#define SG_MARGIN_OPTION(words) SG_OPTION(sg_margin_loss_options, margin, FLOAT, words)

// 1 and -1 in the shape [2, 3].
#define SG_SIGNS SG_VALUES(SG_NUMBERS(1, -1, 1, -1, -1, 1), SG_DIMS(2, 3))
// A sample of each reduction, with the options' type and the options:
//   SG_COMPOSED_LOSS_SAMPLES((SG_RANDN(2, 3), SG_SIGNS), sg_margin_loss_options, .margin = 2)
#define SG_COMPOSED_LOSS_SAMPLES(inputs, ...)                                                                      \
  {"mean", SG_ON inputs, SG_WITH(__VA_ARGS__, .reduction = SG_REDUCTION_MEAN)},                                    \
      {"sum", SG_ON inputs, SG_WITH(__VA_ARGS__, .reduction = SG_REDUCTION_SUM)}, {                                \
    "none", SG_ON inputs, SG_WITH(__VA_ARGS__, .reduction = SG_REDUCTION_NONE)                                     \
  }

#endif
