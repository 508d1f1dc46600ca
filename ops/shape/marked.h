// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef SELENOGRAD_MARKED_H
#define SELENOGRAD_MARKED_H

#include "autograd/op.h"

// The numbers, in row-major order and counted from the index base, of the elements that are not 0. How many there
// are depends on values: what begins with them is a composition.
sg_tensor *sg_marked_positions(sg_context *context, sg_tensor *t);
// The positions of what a mask marks, a vector for each of its dimensions. Returns how many dimensions it has.
int sg_mask_positions(sg_context *context, sg_tensor *mask, sg_tensor **positions);

#endif
