// SPDX-License-Identifier: GPL-3.0-or-later
//
// All elements of one input: compared, counted and summed up.
#ifndef SELENOGRAD_GRADCHECK_ELEMENTS_H
#define SELENOGRAD_GRADCHECK_ELEMENTS_H

#include "autograd/gradcheck/verdict/verdict.h"

// ---- elements.c

// Compares all elements of input i. `revealing` false: the gradient is lost in noise under these weights.
sg_status elements_check(point *p, int i, const sg_gradcheck_options *options, sg_gradcheck_input *input,
                         bool *revealing);

// ---- summary.c

// Fills `input` from comparisons of elements (at `positions`; NULL: all of them, in order) and `values` for those
// not skipped. False: the gradient is lost in the noise everywhere although the function uses the input.
bool elements_summarize(sg_gradcheck_input *input, comparison *results, const int64_t *positions,
                        const double *analytic, int64_t count, sg_gradcheck_value *values);

// What the comparison of every element promises: the length that an error within all bars may have.
void elements_bound_error(sg_gradcheck_input *input);

// ---- sweep.c

// The first step of the differences in one element of an input whose elements vary over `length`.
double elements_first_step(double x, double length, double asked);

// Compares all elements of input i, whose gradient was taken, into results. Failures are the context's.
void elements_sweep(point *p, int i, const sg_gradcheck_options *options, comparison *results);
// The same for rows of the Jacobian, from `first_row` on: each is one output alone. The differences of one element
// serve all rows. analytic and results: [row_count, elements].
void elements_sweep_rows(point *p, int i, const sg_gradcheck_options *options, int64_t first_row, int64_t row_count,
                         const double *analytic, comparison *results);

#endif
