// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the caller asks for: options checked, inputs chosen, noted and copied.
#ifndef SELENOGRAD_GRADCHECK_OPTIONS_H
#define SELENOGRAD_GRADCHECK_OPTIONS_H

#include "autograd/gradcheck/point/point.h"

sg_status options_check(sg_context *c, sg_gradcheck_function *function, int input_count, sg_tensor *const *inputs,
                        const sg_gradcheck_options *o);
// checked[i]: input i is to be checked. Fails when an integer input is, or none.
sg_status options_choose_inputs(sg_context *c, int count, sg_tensor *const *inputs, const sg_gradcheck_options *o,
                                bool *checked);
// Private f64 copies, in the current scope.
sg_status options_copy_inputs(point *p, int count, sg_tensor *const *inputs, const sg_gradcheck_options *o,
                              sg_gradcheck_report *report);
// Private copies of the masks of elements that are left out, in the current scope.
sg_status options_copy_masks(point *p, int count, sg_tensor *const *inputs, const sg_gradcheck_options *o);

#endif
