// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef SELENOGRAD_GRADCHECK_PURITY_H
#define SELENOGRAD_GRADCHECK_PURITY_H

#include "autograd/gradcheck/point/point.h"

// What the caller owns, as it was before the check.
typedef struct purity {
  sg_context *context;
  int input_count;
  sg_tensor *const *inputs;
  sg_tensor *values[SG_GRADCHECK_MAX_INPUTS]; // copies
  sg_tensor *grads[SG_GRADCHECK_MAX_INPUTS];  // the very tensors
  sg_tensor *grad_values[SG_GRADCHECK_MAX_INPUTS];
} purity;

sg_status purity_watch(purity *w, sg_context *context, int input_count, sg_tensor *const *inputs);
// Whether the function's outputs change with the caller's tensor that was given as input i, of which it has a copy.
sg_status purity_uses_original(purity *w, point *p, int i, bool *used);
// Puts back what was changed; a changed value is a defect. Works with an error pending.
void purity_restore(purity *w, function_defect *defect);

#endif
