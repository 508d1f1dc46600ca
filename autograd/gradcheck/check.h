// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef SELENOGRAD_GRADCHECK_CHECK_H
#define SELENOGRAD_GRADCHECK_CHECK_H

#include "autograd/gradcheck/gradcheck.h"
#include "autograd/gradcheck/point/op_function.h"

// sg_gradcheck; `op` is the function's op when it is a registered one, else NULL.
sg_status gradcheck_run(sg_context *context, sg_gradcheck_function *function, void *user, const op_function *op,
                        int input_count, sg_tensor *const *inputs, const sg_gradcheck_options *options,
                        sg_gradcheck_report **report);

#endif
