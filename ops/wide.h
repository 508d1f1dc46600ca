// SPDX-License-Identifier: GPL-3.0-or-later
//
// Compositions in f64, where what is on the way leaves the range of f32, or its digits, and the result does not.
#ifndef SELENOGRAD_WIDE_H
#define SELENOGRAD_WIDE_H

#include "autograd/op.h"

// The call with all inputs of f32 in f64; `inputs` is room for them.
sg_call sg_widened(const sg_call *call, sg_tensor **inputs);
// Whether all elements of a floating tensor (NULL: none) are numbers up to a limit in size.
bool sg_is_within(sg_context *context, sg_tensor *x, double limit);
// The first element of an f32 or f64 tensor (NULL: none) outside of [low, high], or -1; a NaN is, unless it passes.
int64_t sg_first_outside(const sg_tensor *x, double low, double high, bool nan_passes);

#endif
