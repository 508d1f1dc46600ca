// SPDX-License-Identifier: GPL-3.0-or-later
//
// Tensors broadcast to a larger shape, under the names that this has.
#ifndef SELENOGRAD_EXPANSION_H
#define SELENOGRAD_EXPANSION_H

#include "autograd/op.h"

typedef struct sg_expansion_options {
  sg_shape shape;
} sg_expansion_options;

// The family of expand and broadcast_to; a member has a name and words.
extern const sg_op sg_expansion_family;
// What a descriptor begins with: SG_EXPANSION(expand),
#define SG_EXPANSION(op) .name = #op, .family = &sg_expansion_family

#endif
