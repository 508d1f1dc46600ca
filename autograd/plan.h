// SPDX-License-Identifier: GPL-3.0-or-later
//
// Parts of planning a call: the inputs held against the ports (inputs.c); what a list of outputs takes, and
// refusals (plan.c), out of line, as the checks around them run for every op.
#ifndef SELENOGRAD_PLAN_H
#define SELENOGRAD_PLAN_H

#include "autograd/internal.h"

// Finds the dtype that the inputs have in common, whether a gradient may flow through one of them, and what the
// outputs take over of their marks.
sg_status sg_check_inputs(sg_plan *plan, const sg_port *port, sg_dtype *common, bool *differentiable,
                          sg_marks *marks);
// The memory of the list that the caller gets, owned, with room for it in the scope; NULL on failure.
sg_tensor *sg_plan_list(const sg_plan *plan);
sg_status sg_refuse_dtype(const sg_plan *plan, const sg_port *port, sg_dtype given, sg_dtype common);
sg_status sg_refuse_undifferentiable(const sg_plan *plan, const sg_port *port, const sg_tensor *input);
// Of input i, which is written: it keeps its dtype.
void sg_refuse_other_dtype(const sg_plan *plan, int i, sg_dtype common);

#endif
