// SPDX-License-Identifier: GPL-3.0-or-later
//
// All of it, for programs and plugins: the engine, the ops, what an op is, plugins and the gradient checker.
// docs/c.md begins with a program. Headers for special purposes are included beside it: "ops/sample.h" makes
// tensors of an op's samples, "autograd/hook.h" lets functions see gradients, "autograd/graph.h" says what was
// recorded, "autograd/custom.h" is for bindings that let users define ops in another language. Installed, these
// are <selenograd.h>, <selenograd/ops/sample.h>, <selenograd/autograd/custom.h>.
#ifndef SELENOGRAD_ALL_H
#define SELENOGRAD_ALL_H

#include "autograd/gradcheck/gradcheck.h"
#include "autograd/plugin.h"
#include "autograd/selenograd.h"
#include "ops/ops.h"

#endif
