// SPDX-License-Identifier: GPL-3.0-or-later
//
// The family of ops that move channels: x is cut into shorter dimensions, those change places, and are joined
// again.
#ifndef SELENOGRAD_NN_SHUFFLE_H
#define SELENOGRAD_NN_SHUFFLE_H

#include "ops/ops.h"

typedef struct sg_shuffle_plan {
  sg_shape cut, joined;
  sg_ints order; // of the dimensions of `cut`
} sg_shuffle_plan;

extern const sg_op sg_shuffle_family; // a member has a prepare, which fills the plan
// What a descriptor begins with; its prepare fills the plan. SG_SHUFFLE(pixel_shuffle, prepare),
#define SG_SHUFFLE(op, plan) .name = #op, .family = &sg_shuffle_family, .prepare = plan

// Its one option, by how much: SG_SHUFFLE_OPTION(channel_shuffle_options, groups, "into which the channels
// divide"),
#define SG_SHUFFLE_OPTION(options, field, words)                                                                   \
  SG_OPTIONS(options, SG_CONSTANT(options, 1), SG_OPTION(options, field, INT, words, SG_REQUIRED | SG_AT_LEAST, 1))

// x of (..., C, H, W) as (N, C, H, W); false where it has less than three dimensions.
bool sg_shuffle_images(const sg_shape *x, sg_shape *images);

#endif
