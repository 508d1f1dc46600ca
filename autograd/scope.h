// SPDX-License-Identifier: GPL-3.0-or-later
//
// The stack of tensors that scopes are marks in (scope.c).
#ifndef SELENOGRAD_SCOPE_H
#define SELENOGRAD_SCOPE_H

#include "autograd/tensor.h"

// Makes room for `count` more tensors in the innermost scope, so that the adopting cannot fail.
sg_status sg_scope_reserve(sg_context *context, size_t count);
// Hands an owned tensor to the innermost scope. Needs reserved room. Returns the tensor.
sg_tensor *sg_scope_adopt(sg_context *context, sg_tensor *tensor);
// Reserves and adopts; on failure releases the tensor and returns NULL.
sg_tensor *sg_scope_give(sg_context *context, sg_tensor *tensor);
// Closes a scope that these were returned into, and puts them into the one around it: `tensors`, some of them maybe
// NULL, and `memory`, that they may lie in. Cannot fail.
void sg_scope_hand_on(sg_context *context, sg_scope scope, int count, sg_tensor *const *tensors, sg_tensor *memory);
// Memory that ends with the innermost scope: the data of a tensor. NULL on failure.
void *sg_scope_memory(sg_context *context, size_t bytes);

#endif
