// SPDX-License-Identifier: GPL-3.0-or-later
//
// Every op as a C function with its natural signature, by family. What they return belongs to the innermost scope;
// NULL means failure, with the message in the context.
#ifndef SELENOGRAD_OPS_H
#define SELENOGRAD_OPS_H

#include "autograd/op.h"
#include "ops/create/create.h"
#include "ops/elementwise/elementwise.h"
#include "ops/in_place/in_place.h"
#include "ops/linalg/linalg.h"
#include "ops/loss/loss.h"
#include "ops/nn/nn.h"
#include "ops/norm/norm.h"
#include "ops/optimizer/optimizer.h"
#include "ops/reduce/reduce.h"
#include "ops/shape/shape.h"
#include "ops/special/special.h"

SG_PUBLIC_BEGIN

// The NULL-terminated list of all built-in ops, for sg_config.ops.
const sg_op *const *sg_builtin_ops(void);
// The folder of ops/ that a built-in op is of, and what is in it, in words; NULL for any other name.
const char *sg_builtin_op_room(const char *name, const char **title);

SG_PUBLIC_END

#endif
