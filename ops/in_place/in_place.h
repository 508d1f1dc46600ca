// SPDX-License-Identifier: GPL-3.0-or-later
//
// Ops that write into a tensor that is there. Nothing is recorded: they refuse tensors that require a gradient
// while recording is on. What reads a tensor that it also writes reads each element before it is written; where
// memory overlaps in any other way, a copy is read.
#ifndef SELENOGRAD_IN_PLACE_OPS_H
#define SELENOGRAD_IN_PLACE_OPS_H

#include "autograd/selenograd.h"
#include "ops/shape/shape.h"

SG_PUBLIC_BEGIN

// x = source, in x's dtype. source has x's shape or broadcasts to it. What an integer dtype cannot hold is refused,
// before anything is written.
sg_status sg_copy_(sg_context *context, sg_tensor *x, sg_tensor *source);
// The same for one value, a tensor of a single element in any shape: x = value everywhere.
sg_status sg_fill_(sg_context *context, sg_tensor *x, sg_tensor *value);
sg_status sg_zero_(sg_context *context, sg_tensor *x);

// x = x + alpha other and the like. other has x's dtype, or is of integers or bools where x is floating; its shape
// is that of x or broadcasts to it. For an x of i64, alpha is whole and there is no div_.
sg_status sg_add_(sg_context *context, sg_tensor *x, sg_tensor *other, double alpha);
sg_status sg_sub_(sg_context *context, sg_tensor *x, sg_tensor *other, double alpha);
sg_status sg_mul_(sg_context *context, sg_tensor *x, sg_tensor *other);
sg_status sg_div_(sg_context *context, sg_tensor *x, sg_tensor *other);

// The values at positions of x, as sg_index_put says it, in x's dtype; or added there.
sg_status sg_index_put_(sg_context *context, sg_tensor *x, sg_tensor *values, int count, sg_tensor *const *index,
                        bool accumulate);
// The range of x that sg_slice would take = source, in x's dtype. source has the range's shape or broadcasts to it.
sg_status sg_slice_put_(sg_context *context, sg_tensor *x, sg_tensor *source, const sg_slice_options *range);
// The same for one number, sg_real(0.5) or sg_whole(3).
sg_status sg_slice_fill_(sg_context *context, sg_tensor *x, sg_number value, const sg_slice_options *range);

SG_PUBLIC_END

#endif
