// SPDX-License-Identifier: GPL-3.0-or-later
//
// Places and numbers in messages.
#ifndef SELENOGRAD_GRADCHECK_WORDS_H
#define SELENOGRAD_GRADCHECK_WORDS_H

#include "autograd/gradcheck/gradcheck.h"

// The name of input i as the caller gave it, else "input 2", counted from `base`.
void gradcheck_name_input(char *name, size_t size, const sg_gradcheck_options *options, int i, int base);
// The index of a row-major position, counted from 0.
void gradcheck_split_position(const sg_shape *shape, int64_t position, int64_t index[SG_MAX_RANK]);
// The same as "2, 3", counted from `base`.
sg_text gradcheck_index_text(const sg_shape *shape, int64_t position, int base);
// Without the sign that some NaNs have.
double gradcheck_shown(double value);

#endif
