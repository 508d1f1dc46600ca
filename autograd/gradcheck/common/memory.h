// SPDX-License-Identifier: GPL-3.0-or-later
//
// Memory of a check: that of a tensor, so that the context counts it and the scope gives it back.
#ifndef SELENOGRAD_GRADCHECK_MEMORY_H
#define SELENOGRAD_GRADCHECK_MEMORY_H

#include "autograd/selenograd.h"

// Zeroed memory of the context: that of *owner, a tensor of the current scope. NULL on failure.
void *gradcheck_memory(sg_context *context, size_t bytes, sg_tensor **owner);

#endif
