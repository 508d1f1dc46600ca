// SPDX-License-Identifier: GPL-3.0-or-later
//
// All of the engine's own structures, for files that stand above them. Nothing outside autograd/ includes this
// file, or those that it includes.
#ifndef SELENOGRAD_INTERNAL_H
#define SELENOGRAD_INTERNAL_H

#include "autograd/context.h"
#include "autograd/guard.h"
#include "autograd/lifetime.h"
#include "autograd/node.h"
#include "autograd/scope.h"
#include "autograd/tensor.h"

#endif
