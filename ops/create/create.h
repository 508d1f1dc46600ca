// SPDX-License-Identifier: GPL-3.0-or-later
//
// Ops that make tensors out of nothing but their options. Ops that need a constant take sg_tensor_full or
// sg_tensor_scalar instead, which are no ops (docs/design.md says why).
#ifndef SELENOGRAD_CREATE_H
#define SELENOGRAD_CREATE_H

#include "autograd/selenograd.h"

SG_PUBLIC_BEGIN

sg_tensor *sg_zeros(sg_context *context, sg_dtype dtype, const sg_shape *shape);
sg_tensor *sg_ones(sg_context *context, sg_dtype dtype, const sg_shape *shape);
// A number that the dtype cannot hold is an error. sg_whole(7) is an integer, sg_real(0.5) a double.
sg_tensor *sg_full(sg_context *context, sg_dtype dtype, const sg_shape *shape, sg_number value);
// 1 on the diagonal, 0 elsewhere.
sg_tensor *sg_eye(sg_context *context, sg_dtype dtype, int64_t rows, int64_t columns);

// start, start + step, ... below stop (above it when step < 0): ceil((stop - start) / step) elements. Integers are
// exact in i64.
sg_tensor *sg_arange(sg_context *context, sg_dtype dtype, sg_number start, sg_number stop, sg_number step);
// `count` evenly spaced numbers, both ends among them and exact.
sg_tensor *sg_linspace(sg_context *context, sg_dtype dtype, sg_number start, sg_number stop, int64_t count);

// From the context's random stream: uniform in [0, 1); normal with mean 0 and standard deviation 1; i64 in
// [low, high); the numbers 0 .. n - 1, plus the context's index base, in random order.
sg_tensor *sg_rand(sg_context *context, sg_dtype dtype, const sg_shape *shape);
sg_tensor *sg_randn(sg_context *context, sg_dtype dtype, const sg_shape *shape);
sg_tensor *sg_randint(sg_context *context, int64_t low, int64_t high, const sg_shape *shape);
sg_tensor *sg_randperm(sg_context *context, int64_t n);

SG_PUBLIC_END

#endif
