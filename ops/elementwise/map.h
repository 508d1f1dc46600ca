// SPDX-License-Identifier: GPL-3.0-or-later
//
// The mechanics that elementwise ops share; an op's file says only what is particular to it.
#ifndef SELENOGRAD_ELEMENTWISE_MAP_H
#define SELENOGRAD_ELEMENTWISE_MAP_H

#include "ops/kernels/binary.h"
#include "ops/kernels/unary.h"
#include "ops/ops.h"

// Runs a kernel over `count` elements; few of them right here, without the machinery of threads.
void sg_map_run(sg_context *context, int64_t count, sg_kernel *kernel, const void *arguments);

// ---- One input --------------------------------------------------------------------------------------

// The output has the shape of x.
sg_status sg_unary_prepare(sg_plan *plan);
const unary_kernels *sg_unary_kernels(const sg_call *call);
void sg_unary_forward(const sg_call *call, sg_kernel *kernel);
void sg_unary_forward_with(const sg_call *call, sg_kernel *kernel, double parameter_0, double parameter_1);
// `saved` is what the derivative is worked out from: the op's input or its output.
void sg_unary_backward(const sg_call *call, sg_kernel *kernel, const sg_tensor *saved);
void sg_unary_backward_with(const sg_call *call, sg_kernel *kernel, const sg_tensor *saved, double parameter_0,
                            double parameter_1);

// x limited to where exp(-|x|) is not 0 in its dtype: a factor of something that decays at least like that, without
// infinity times 0, in derivatives of any order.
sg_tensor *sg_tails(sg_context *context, sg_tensor *x);

// ---- Two inputs that broadcast ----------------------------------------------------------------------

// The output has the shape that inputs 0 and 1 broadcast to, or a rejection names both.
sg_status sg_binary_prepare(sg_plan *plan);
const binary_kernels *sg_binary_kernels(const sg_call *call);
void sg_binary_forward(const sg_call *call, sg_kernel *kernel);
void sg_binary_forward_of_order(const sg_call *call, sg_kernel *kernel, int order_a, int order_b);

// Lays out operands (at most BROADCAST_OPERANDS) that broadcast to `result`, with as few and long rows as can be.
void sg_broadcast_layout(broadcast_layout *layout, const sg_shape *result, int count,
                         const sg_shape *const *operands);

#endif
