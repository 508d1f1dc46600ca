// SPDX-License-Identifier: GPL-3.0-or-later
//
// Ops that are compositions of others (compose.c).
#ifndef SELENOGRAD_COMPOSE_H
#define SELENOGRAD_COMPOSE_H

#include "autograd/internal.h"

// Applies a planned op that has the hook `compose`. `made` has room for the plan's outputs; they go to `outputs`,
// or into `list` where there is one, and belong to the innermost scope.
sg_status sg_compose(const sg_plan *plan, const sg_call *call, sg_tensor **made, sg_tensor **outputs,
                     sg_tensors *list);

#endif
