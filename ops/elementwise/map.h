// SPDX-License-Identifier: GPL-3.0-or-later
//
// The mechanics that elementwise ops share; an op's file says only what is particular to it. Row functions get the
// options as their parameter.
#ifndef SELENOGRAD_ELEMENTWISE_MAP_H
#define SELENOGRAD_ELEMENTWISE_MAP_H

#include "ops/ops.h"
#include "ops/rows.h"

// ---- One input --------------------------------------------------------------------------------------

// The output has the shape of x.
sg_status sg_unary_prepare(sg_plan *plan);
void sg_unary_forward(const sg_call *call, sg_row_name row);
// `saved` is what the derivative is worked out from: the op's input or its output.
void sg_unary_backward(const sg_call *call, sg_row_name row, const sg_tensor *saved);

// x limited to where exp(-|x|) is not 0 in its dtype: a factor of something that decays at least like that, without
// infinity times 0, in derivatives of any order.
sg_tensor *sg_tails(sg_context *context, sg_tensor *x);

// ---- Two inputs that broadcast ----------------------------------------------------------------------

// The output has the shape that inputs 0 and 1 broadcast to, or a rejection names both.
sg_status sg_binary_prepare(sg_plan *plan);
void sg_binary_forward(const sg_call *call, sg_row_name row);

#endif
