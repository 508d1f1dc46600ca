// SPDX-License-Identifier: GPL-3.0-or-later
//
// What every normalization is made of: a description of what is normalized (norm_geometry), from which come the
// plan of its loops, its scratch space, and its forward and backward passes.
#ifndef SELENOGRAD_NORM_RUN_H
#define SELENOGRAD_NORM_RUN_H

#include "autograd/op.h"
#include "ops/kernels/norm_backward.h"
#include "ops/kernels/norm_forward.h"

// The product of dimensions [from, to): what stands in a norm_geometry. Beside a dimension of size 0, where only
// that is asked of the others, it is limited.
int64_t sg_norm_extent(const sg_shape *x, int from, int to);

// `affine`: whether there is a gamma or a beta.
norm_plan sg_norm_plan(norm_geometry geometry, norm_moments moments, double eps, bool affine);

size_t sg_norm_forward_scratch(const norm_plan *plan);
size_t sg_norm_backward_scratch(const norm_plan *plan);

// The passes, over arguments that lack the plan and what lies in scratch. x has elements in a forward pass; in a
// backward pass it may have none, and then the gradients of gamma and beta are 0.
void sg_norm_forward(const sg_call *call, const norm_plan *plan, norm_forward_arguments arguments);
void sg_norm_backward(const sg_call *call, const norm_plan *plan, norm_backward_arguments arguments);

#endif
