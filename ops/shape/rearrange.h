// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef SELENOGRAD_REARRANGE_H
#define SELENOGRAD_REARRANGE_H

#include "autograd/op.h"

// Declares output 0 as x with its dimensions in another order: dimension d of y is dimension order[d] of x.
void sg_rearrange_prepare(sg_plan *plan, const int *order);
// Copies x so.
void sg_rearrange_forward(const sg_call *call, const int *order);

#endif
