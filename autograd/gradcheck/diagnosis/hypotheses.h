// SPDX-License-Identifier: GPL-3.0-or-later
//
// Each tells what it has found and returns true, or returns false.
#ifndef SELENOGRAD_GRADCHECK_HYPOTHESES_H
#define SELENOGRAD_GRADCHECK_HYPOTHESES_H

#include "autograd/gradcheck/diagnosis/evidence/evidence.h"

bool diagnose_not_finite(const diagnosis *d);
bool diagnose_kink(const diagnosis *d);
bool diagnose_zero(const diagnosis *d);
bool diagnose_cotangent(const diagnosis *d);
bool diagnose_factor(const diagnosis *d);
bool diagnose_layout(const diagnosis *d);
bool diagnose_swapped_inputs(const diagnosis *d);
bool diagnose_other_input(const diagnosis *d);
bool diagnose_place(const diagnosis *d);
bool diagnose_varying_factor(const diagnosis *d);
bool diagnose_slices(const diagnosis *d); // a factor for each index along some dimensions
bool diagnose_passed_on(const diagnosis *d);
bool diagnose_product(const diagnosis *d);      // a matrix product with other factors than its derivative has
bool diagnose_chain_factor(const diagnosis *d); // a factor that depends on the input alone
bool diagnose_extra_term(const diagnosis *d);
bool diagnose_nonlinear(const diagnosis *d);
bool diagnose_reduction(const diagnosis *d);
bool diagnose_in_general(const diagnosis *d);

// Appends what a factor looks like, such as ", which looks like 1/N for N = 8, ..."; nothing if it looks like
// nothing in particular.
void diagnosis_say_number(const diagnosis *d, const interval *factor);

#endif
