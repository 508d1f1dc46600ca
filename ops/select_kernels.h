// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef SELENOGRAD_SELECT_KERNELS_H
#define SELENOGRAD_SELECT_KERNELS_H

#include "autograd/op.h"
#include "ops/kernels/kernels.h"

// The kernels for a floating dtype on the instruction set the context runs with.
const sg_kernels *sg_kernels_for(const sg_context *context, sg_dtype dtype);

// The kernels that move elements of any dtype.
const move_kernels *sg_move_kernels(const sg_context *context, sg_dtype dtype);

#endif
