// SPDX-License-Identifier: GPL-3.0-or-later
//
// What is wrong with a gradient that failed. Hypotheses are tried from the simplest to the most special; one is
// told only if it explains every element within its error bar and a thousand times better than "nothing is
// wrong". Verdicts are never touched.
#ifndef SELENOGRAD_GRADCHECK_DIAGNOSIS_H
#define SELENOGRAD_GRADCHECK_DIAGNOSIS_H

#include "autograd/gradcheck/diagnosis/evidence/findings.h"

// Writes the diagnosis of every input that failed under the weights in force. What fails is the context's.
sg_status diagnosis_tell(const findings *findings);

#endif
