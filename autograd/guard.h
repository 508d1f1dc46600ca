// SPDX-License-Identifier: GPL-3.0-or-later
//
// What functions of the user's may do with tensors (guard.c). custom.h says why.
#ifndef SELENOGRAD_GUARD_H
#define SELENOGRAD_GUARD_H

#include "autograd/tensor.h"

// Which function of a custom op is running and watched; see custom.h. In a backward pass nothing is watched but
// such functions, and marks do not spread.
enum { SG_GUARD_NONE, SG_GUARD_PASS, SG_GUARD_FORWARD, SG_GUARD_BACKWARD };

// What the outputs of an op take over from its inputs.
typedef struct sg_marks {
  uint64_t severed;
  bool detached;
} sg_marks;

static inline bool sg_is_watched(const sg_context *context) { return context->guard.kind >= SG_GUARD_FORWARD; }
// Whether the guard lets a function of the user's use a tensor for something a derivative flows through; `user` and
// `name` are for the message. Asked in watched functions.
sg_status sg_guard_use(sg_context *context, const char *user, const char *name, const sg_tensor *tensor);
// In a watched function: refuses inputs whose gradient would get lost, and looks what the outputs take over.
sg_status sg_guard_inputs(const sg_plan *plan, sg_marks *marks);
void sg_guard_outputs(const sg_op *op, sg_marks marks, int count, sg_tensor *const *outputs);
// For a copy or an alias that leaves the graph of its source behind.
void sg_guard_copy(const sg_tensor *source, sg_tensor *copy);
// For a gradient that a pass gave to a watched function, by itself or in a .grad.
void sg_guard_gradient(sg_tensor *gradient, bool create_graph);
void sg_guard_grad(sg_tensor *grad, bool create_graph);
// Whether numbers may be taken out of a tensor; noted in a forward.
sg_status sg_guard_numbers(const sg_tensor *tensor, const char *reader);
// Whether a watched function may turn requires_grad on or off.
sg_status sg_guard_requires_grad(const sg_tensor *tensor, bool requires_grad);

#endif
