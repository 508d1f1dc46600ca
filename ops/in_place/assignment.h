// SPDX-License-Identifier: GPL-3.0-or-later
//
// The family of assignments: copy_ and fill_, x = source converted to x's dtype.
#ifndef SELENOGRAD_ASSIGNMENT_H
#define SELENOGRAD_ASSIGNMENT_H

#include "autograd/op.h"

extern const sg_op sg_assignment;

#endif
