// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef SELENOGRAD_GRADCHECK_ROUNDS_H
#define SELENOGRAD_GRADCHECK_ROUNDS_H

#include "autograd/gradcheck/point/point.h"

// Measures the point and compares everything at it. `inputs`: the checked ones, described; they are filled. The
// structural checks of order 1 are entered in the report.
sg_status rounds_check(point *p, const sg_gradcheck_options *o, sg_gradcheck_input *inputs,
                       sg_gradcheck_report *report, function_defect *defect);

#endif
