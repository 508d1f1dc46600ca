// SPDX-License-Identifier: GPL-3.0-or-later
//
// Changes to tensors of others that leave no trace, for a checker that puts back what it has changed before anybody
// looks. Nothing is checked here, and no version counts it.
#ifndef SELENOGRAD_UNTRACED_H
#define SELENOGRAD_UNTRACED_H

#include "autograd/selenograd.h"

// The memory of a tensor; NULL when it has no element. Graphs that saved the tensor stay valid, so its values
// have to be the same again when it is used.
void *sg_untraced_data(sg_tensor *tensor);

// Puts `grad` (or NULL) into the place of a leaf's gradient, which takes it over, and hands out the one that was
// there, which the caller owns then.
sg_tensor *sg_untraced_exchange_grad(sg_tensor *leaf, sg_tensor *grad);

// The leaves to which the live nodes of the context lead, a leaf as often as inputs of nodes lead to it; borrowed.
// Returns their number. `leaves` NULL: they are only counted.
size_t sg_untraced_leaves(const sg_context *context, sg_tensor **leaves);

#endif
