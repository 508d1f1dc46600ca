// SPDX-License-Identifier: GPL-3.0-or-later
//
// What a list of outputs takes, and refusals of a call that is being planned (plan.c): out of line, as the checks
// around them run for every op.
#ifndef SELENOGRAD_PLAN_H
#define SELENOGRAD_PLAN_H

#include "autograd/internal.h"

// The memory of the list that the caller gets, owned, with room for it in the scope; NULL on failure.
sg_tensor *sg_plan_list(const sg_plan *plan);
sg_status sg_refuse_dtype(const sg_plan *plan, const sg_port *port, sg_dtype given, sg_dtype common);
sg_status sg_refuse_undifferentiable(const sg_plan *plan, const sg_port *port, const sg_tensor *input);
// Of input i, which is written: it keeps its dtype.
void sg_refuse_other_dtype(const sg_plan *plan, int i, sg_dtype common);

#endif
