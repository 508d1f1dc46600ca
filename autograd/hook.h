// SPDX-License-Identifier: GPL-3.0-or-later
//
// Functions that see the gradient of a tensor, and gradients of results that are kept (hook.c).
#ifndef SELENOGRAD_HOOK_H
#define SELENOGRAD_HOOK_H

#include "autograd/selenograd.h"

SG_PUBLIC_BEGIN

// Called in every backward pass with the whole gradient of the tensor, once it is known and before anything is
// computed from it: of a leaf at the end of the pass. Returns the gradient that takes its place, of the same shape
// and dtype, which belongs to the innermost scope or to somebody else; or NULL, and it stays as it is. Must not
// write into it. May set an error, which ends the pass.
typedef sg_tensor *sg_hook_function(sg_context *context, sg_tensor *gradient, void *user);
typedef void sg_hook_release(void *user);
typedef struct sg_hook sg_hook;

// For a tensor that requires a gradient; hooks are called in the order in which they were added. The hook lasts
// until it is removed, or as long as the graph of the tensor (a leaf: the tensor); then `release`, which may be
// NULL, is called. NULL with the error set.
sg_hook *sg_tensor_add_hook(sg_tensor *tensor, sg_hook_function *function, sg_hook_release *release, void *user);
void sg_hook_remove(sg_hook *hook);

// sg_backward also adds to the .grad of this tensor from now on, the result of an op: the gradient that its hooks
// left. Of a leaf it does so anyway.
sg_status sg_tensor_retain_grad(sg_tensor *tensor);
bool sg_tensor_retains_grad(const sg_tensor *tensor);

SG_PUBLIC_END

#endif
