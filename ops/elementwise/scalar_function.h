// SPDX-License-Identifier: GPL-3.0-or-later
//
// Functions of so many operations an element that neither vectors nor the width of the dtype matter: one function
// of doubles, in the place of rows for each dtype and instruction set.
#ifndef SELENOGRAD_ELEMENTWISE_SCALAR_FUNCTION_H
#define SELENOGRAD_ELEMENTWISE_SCALAR_FUNCTION_H

#include "ops/rows.h"

// Of the operand at one place, x[0], and where there is a second one x[1]. It is thread-safe, cannot fail and
// gives what IEEE has for numbers outside of the domain or the range: NaN, infinity, 0.
typedef double sg_scalar_function(const double *x, const void *options);

// Computes rows->result[0] by it, in f64, rounded to the dtype of the call. rows->parameter: the options.
void sg_scalars_compute(const sg_call *call, sg_scalar_function *function, const sg_rows *rows);

#endif
