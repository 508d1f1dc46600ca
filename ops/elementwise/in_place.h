// SPDX-License-Identifier: GPL-3.0-or-later
//
// Arithmetic that overwrites its target: for optimizers, running statistics and gradients. Nothing is recorded. The
// source has the target's dtype and a shape that broadcasts to the target's; it may share the target's storage.
// Errors: another dtype, a shape that does not broadcast, a target that requires a gradient while recording.
#ifndef SELENOGRAD_IN_PLACE_H
#define SELENOGRAD_IN_PLACE_H

#include "autograd/selenograd.h"

SG_PUBLIC_BEGIN

// target += alpha * source
sg_status sg_add_in_place(sg_context *context, sg_tensor *target, sg_tensor *source, double alpha);
// target *= source
sg_status sg_mul_in_place(sg_context *context, sg_tensor *target, sg_tensor *source);
// target /= source
sg_status sg_div_in_place(sg_context *context, sg_tensor *target, sg_tensor *source);
// target *= factor
sg_status sg_scale_in_place(sg_context *context, sg_tensor *target, double factor);

SG_PUBLIC_END

#endif
