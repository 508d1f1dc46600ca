// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef SELENOGRAD_LINALG_H
#define SELENOGRAD_LINALG_H

#include "autograd/selenograd.h"

#pragma GCC visibility push(default)

// The matrix product over the last two dimensions; the dimensions before them broadcast. A tensor of one dimension
// is a row on the left and a column on the right, and that dimension is absent from the result.
sg_tensor *sg_matmul(sg_context *context, sg_tensor *a, sg_tensor *b);

// y = x weight' + bias: x is (..., in), weight (out, in), bias (out) or NULL, y (..., out).
sg_tensor *sg_linear(sg_context *context, sg_tensor *x, sg_tensor *weight, sg_tensor *bias);

#pragma GCC visibility pop

#endif
