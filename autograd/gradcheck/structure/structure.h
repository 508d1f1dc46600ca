// SPDX-License-Identifier: GPL-3.0-or-later
//
// Structural checks: what must hold of a vector-Jacobian product v -> v'J whatever the function computes. They take
// about a dozen recorded calls and no differences.
#ifndef SELENOGRAD_GRADCHECK_STRUCTURE_H
#define SELENOGRAD_GRADCHECK_STRUCTURE_H

#include "autograd/gradcheck/point/point.h"

// The structural checks at the point, entered in the report. A derivative that writes an input is a defect.
sg_status structure_check(point *p, const sg_gradcheck_options *o, sg_gradcheck_report *report,
                          function_defect *defect);

#endif
