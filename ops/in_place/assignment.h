// SPDX-License-Identifier: GPL-3.0-or-later
//
// The family of assignments: copy_ and fill_, x = source converted to x's dtype.
#ifndef SELENOGRAD_ASSIGNMENT_H
#define SELENOGRAD_ASSIGNMENT_H

#include "autograd/op.h"

extern const sg_op sg_assignment;

// Plans that the source's only element goes to all of x, whatever the shape it lies in.
void sg_assignment_of_one(sg_plan *plan);

#endif
