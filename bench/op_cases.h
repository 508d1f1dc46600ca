// SPDX-License-Identifier: GPL-3.0-or-later
//
// The registry's samples as functions for the gradient checker, right or with a mistake of known size.
#ifndef SELENOGRAD_BENCH_OP_CASES_H
#define SELENOGRAD_BENCH_OP_CASES_H

#include "autograd/gradcheck/gradcheck.h"
#include "ops/ops.h"

typedef struct op_case {
  const sg_op *op;
  const sg_sample *sample;
  uint64_t seed;
  const char *family;
  sg_context *context;
  sg_scope scope;
  int argument_count;
  sg_tensor *arguments[SG_MAX_PORTS]; // NULL where one is absent
  int input_count;
  sg_tensor *inputs[SG_MAX_PORTS]; // those that are there
  int64_t elements;                // that can be differentiated by

  // The mistake: the gradient of every element of input `wrong_input` (-1: of all inputs), or of one of its
  // elements (position >= 0), is multiplied by 1 + wrong.
  double wrong;
  int wrong_input;
  int64_t wrong_position;
} op_case;

// Goes through all samples of all differentiable ops, each a number of times with other values.
typedef struct op_cases {
  sg_context *context;
  size_t op;
  int sample;
  uint64_t seed;
} op_cases;

// The next case, opened; once they are through it starts again with the next seed. Ends the program on failure.
op_case op_case_next(op_cases *cases);
void op_case_close(op_case *c);
// One thread: the cases are small.
sg_context *op_cases_context(void);

// Families in the order of the registry, NULL-terminated.
extern const char *const op_families[];

// The check of the op itself.
sg_gradcheck_report *op_case_check(const op_case *c, const sg_gradcheck_options *options);
// The check of the op with the mistake.
sg_gradcheck_report *op_case_check_wrong(op_case *c, const sg_gradcheck_options *options);

// Writes "done of all" over the line before, where standard error is a terminal; done = all ends the line.
void op_cases_progress(const char *what, long long done, long long all);

#endif
