// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef SELENOGRAD_GRADCHECK_CHECK_H
#define SELENOGRAD_GRADCHECK_CHECK_H

#include "autograd/gradcheck/verdict.h"

// ---- input.c

// pass 0, nondifferentiable 1, inconclusive 2, fail 3.
int gradcheck_verdict_rank(sg_gradcheck_verdict verdict);

// Compares all elements of input i. `revealing` false: the gradient is lost in noise under these weights.
sg_status gradcheck_check_input(sg_check_problem *problem, int i, const sg_gradcheck_options *options,
                                sg_gradcheck_input *input, bool *revealing);

// ---- second_order.c

// The function g(x, v) = gradient of sum(v * f(x)) in the checked inputs of f, for the same machinery.
typedef struct sg_check_second_order {
  const sg_check_problem *first;
} sg_check_second_order;

// Sets up the problem of checking g at the point of `first` and random v. Both structs must outlive it.
sg_status gradcheck_second_order(const sg_check_problem *first, uint64_t seed, sg_check_second_order *second,
                                 sg_check_problem *problem);

// ---- purity.c

// What the caller owns, as it was before the check.
typedef struct sg_check_purity {
  sg_context *context;
  int input_count;
  sg_tensor *const *inputs;
  sg_tensor *values[SG_GRADCHECK_MAX_INPUTS]; // copies
  sg_tensor *grads[SG_GRADCHECK_MAX_INPUTS];  // the very tensors
} sg_check_purity;

sg_status gradcheck_watch(sg_check_purity *w, sg_context *context, int input_count, sg_tensor *const *inputs);
// Puts back what was changed; a changed value is a defect. Works with an error pending.
void gradcheck_restore(sg_check_purity *w, sg_check_defect *defect);

#endif
