// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef SELENOGRAD_GRADCHECK_EXPLAIN_H
#define SELENOGRAD_GRADCHECK_EXPLAIN_H

#include "autograd/gradcheck/point/point.h"

// Says of every failed input what is wrong with its gradient. found: the checked inputs; current[n]: found[n] was
// compared under the weights and gradients that the point holds now. The point is afterwards as it was.
sg_status gradcheck_explain(point *p, const sg_gradcheck_options *o, sg_gradcheck_input *found,
                            const bool *current);

#endif
