// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef SELENOGRAD_GRADCHECK_JACOBIAN_H
#define SELENOGRAD_GRADCHECK_JACOBIAN_H

#include "autograd/gradcheck/point/point.h"

// Refuses a Jacobian of too many entries.
sg_status jacobian_admit(point *p, const sg_gradcheck_input *found);
// Compares every entry of the Jacobian of every checked input and keeps both versions in `found`. Afterwards the
// weights and gradients of the point are those of the last row.
sg_status jacobian_check(point *p, const sg_gradcheck_options *options, sg_gradcheck_input *found,
                         function_defect *defect);

#endif
