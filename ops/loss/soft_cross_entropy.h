// SPDX-License-Identifier: GPL-3.0-or-later
//
// cross_entropy against a distribution over the classes for every row: the hooks of that case. What is given is
// a probability for each class, of x's shape and dtype.
#ifndef SELENOGRAD_SOFT_CROSS_ENTROPY_H
#define SELENOGRAD_SOFT_CROSS_ENTROPY_H

#include "autograd/op.h"

enum { SG_CROSS_ENTROPY_Y, SG_CROSS_ENTROPY_MAXIMUM, SG_CROSS_ENTROPY_REST }; // the outputs

// Whether the target is one.
bool sg_is_soft_target(const sg_tensor *target);

// Refuses other shapes; *rows is that of x without the classes.
sg_status sg_soft_cross_entropy_plan(sg_plan *plan, sg_shape *rows);
// Refuses what is no probability.
sg_status sg_soft_cross_entropy_check(const sg_call *call);
void sg_soft_cross_entropy_forward(const sg_call *call);
void sg_soft_cross_entropy_backward(const sg_call *call);
void sg_soft_cross_entropy_vjp(const sg_call *call);

#endif
