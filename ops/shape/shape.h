// SPDX-License-Identifier: GPL-3.0-or-later
//
// Ops that rearrange elements. They take tensors of any dtype; dimensions are 0-based, negative ones count from the
// end. Views share the storage of their input, everything else copies.
#ifndef SELENOGRAD_SHAPE_H
#define SELENOGRAD_SHAPE_H

#include "autograd/selenograd.h"

// Broadcasts t to a shape, in which -1 keeps an extent of t. Returns t itself when it has that shape.
sg_tensor *sg_expand(sg_context *context, sg_tensor *t, const sg_shape *shape);
// The same elements in another shape; one extent may be -1, to be worked out from the others. A view.
sg_tensor *sg_reshape(sg_context *context, sg_tensor *t, const sg_shape *shape);

#endif
