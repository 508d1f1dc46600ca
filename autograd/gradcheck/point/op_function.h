// SPDX-License-Identifier: GPL-3.0-or-later
//
// A registered op as the function under test. While differencing, it is computed by several workers at once: each
// is a copy of the point with inputs and outputs of its own, and an application of the op prepared for them.
#ifndef SELENOGRAD_GRADCHECK_OP_FUNCTION_H
#define SELENOGRAD_GRADCHECK_OP_FUNCTION_H

#include "autograd/gradcheck/point/point.h"
#include "autograd/prepared.h"

struct op_function {
  const sg_op *op;
  const void *options; // NULL: the defaults
  int argument_count;
  int position[SG_GRADCHECK_MAX_INPUTS]; // of argument a among the inputs; -1: absent
};

struct op_application {
  sg_prepared application;
  sg_tensor *arguments[SG_GRADCHECK_MAX_INPUTS];
  sg_tensor *outputs[SG_GRADCHECK_MAX_OUTPUTS]; // those that are differentiated
};

// Whether the op declares that it has no derivative in an input; false without an op.
bool op_function_lacks_derivative(const op_function *op, int input);

// An sg_gradcheck_function; `user` is the op_function.
sg_gradcheck_function op_function_call;

// Computes the op from the worker's inputs; `value` holds the outputs.
void op_function_compute(point *worker);

// Makes workers of the measured point `p`, which belong to the current scope, one for every thread. *count is 0
// when the function cannot be prepared: it is no op, is a composition of ops, draws random numbers, keeps something
// between planning and computing, or may refuse values that move.
sg_status op_function_make_workers(point *p, point **workers, int *count);

#endif
