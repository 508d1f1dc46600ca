// SPDX-License-Identifier: GPL-3.0-or-later
//
// Where the elements of tensors are computed: every forward and every fused backward of an op runs here, from a
// call that is planned, checked and allocated, and so does the little that the engine itself does to elements.
// Whoever wants to replay calls, to fuse them or to compute them somewhere else has this one place to change.
#ifndef SELENOGRAD_EXECUTE_H
#define SELENOGRAD_EXECUTE_H

#include "autograd/drawing.h"

// Computes the outputs, and asks the op's verify. A view has nothing to compute, nor have outputs without an
// element.
sg_status sg_execute_forward(const sg_call *call, bool is_view);
// Computes the gradients that are not NULL in call->d_inputs.
void sg_execute_backward(const sg_call *call);

// What the engine does itself. Nothing is checked, and no write is counted but those of gradients that add up.
//
// Every element becomes one value, given in both forms: the dtype takes the one that it can hold exactly.
void sg_execute_fill(sg_tensor *target, double value, int64_t integer);
// The elements of a source of the same shape, in the target's dtype, which can hold them.
void sg_execute_convert(sg_tensor *target, const sg_tensor *source);
// Elements from outside in the target's dtype, for those from `start` on.
void sg_execute_take(sg_tensor *target, int64_t start, int64_t count, const void *data);
// Random elements; of the drawing, dtype and target are filled in here.
void sg_execute_draw(sg_tensor *target, sg_drawing drawing);
// target += source, both of one floating dtype and shape: gradients that add up.
void sg_execute_add(sg_tensor *target, const sg_tensor *source);
// The same for a part of the target, whose elements the source holds in row-major order.
void sg_execute_add_part(sg_tensor *target, const sg_part *part, const sg_tensor *source);

#endif
