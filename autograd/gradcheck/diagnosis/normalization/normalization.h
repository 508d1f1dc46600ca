// SPDX-License-Identifier: GPL-3.0-or-later
//
// Hypotheses about functions that are recognized as a normalization.
#ifndef SELENOGRAD_GRADCHECK_NORMALIZATION_H
#define SELENOGRAD_GRADCHECK_NORMALIZATION_H

#include "autograd/gradcheck/diagnosis/evidence/evidence.h"

bool diagnose_normalization(const diagnosis *d);
// Adds what is wrong in the elements that failed, which are a part.
bool diagnose_normalization_part(const diagnosis *d);
bool diagnose_normalization_sizes(const diagnosis *d); // terms of sizes that have no name

#endif
