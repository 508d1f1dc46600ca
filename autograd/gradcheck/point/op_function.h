// SPDX-License-Identifier: GPL-3.0-or-later
//
// A registered op as the function under test. While differencing, it is computed by several workers at once: each
// is a copy of the problem with inputs and outputs of its own, and an application of the op prepared for them.
#ifndef SELENOGRAD_GRADCHECK_OP_FUNCTION_H
#define SELENOGRAD_GRADCHECK_OP_FUNCTION_H

#include "autograd/gradcheck/point/point.h"
#include "autograd/prepared.h"

struct sg_check_op {
  const sg_op *op;
  const void *options; // NULL: the defaults
  int argument_count;
  int position[SG_GRADCHECK_MAX_INPUTS]; // of argument a among the inputs; -1: absent
};

struct sg_check_prepared {
  sg_prepared application;
  sg_tensor *arguments[SG_GRADCHECK_MAX_INPUTS];
  sg_tensor *outputs[SG_MAX_PORTS]; // those that are differentiated
};

// Whether the op declares that it has no derivative in an input; false without an op.
bool gradcheck_has_no_derivative(const sg_check_op *op, int input);

// An sg_gradcheck_function; `user` is the sg_check_op.
sg_gradcheck_function gradcheck_op_function;

// Computes the op from the worker's inputs; `value` holds the outputs.
void gradcheck_compute(sg_check_problem *worker);

// Makes workers of the measured problem `p`, which belong to the current scope, one for every thread. *count is 0
// when the function cannot be prepared: it is no op, draws random numbers, or keeps something between
// planning and computing.
sg_status gradcheck_make_workers(sg_check_problem *p, sg_check_problem **workers, int *count);

#endif
