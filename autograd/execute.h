// SPDX-License-Identifier: GPL-3.0-or-later
//
// Where the elements of tensors are computed: every forward and every fused backward of an op runs here, from a
// call that is planned, checked and allocated. Whoever wants to replay calls, to fuse them or to compute them
// somewhere else has this one place to change.
#ifndef SELENOGRAD_EXECUTE_H
#define SELENOGRAD_EXECUTE_H

#include "autograd/op.h"

// Computes the outputs. A view has nothing to compute, nor have outputs without an element.
void sg_execute_forward(const sg_call *call, bool is_view);
// Computes the gradients that are not NULL in call->d_inputs.
void sg_execute_backward(const sg_call *call);

#endif
