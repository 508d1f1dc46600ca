// SPDX-License-Identifier: GPL-3.0-or-later
//
// What an option of 0 stands for.
#ifndef SELENOGRAD_GRADCHECK_DEFAULTS_H
#define SELENOGRAD_GRADCHECK_DEFAULTS_H

#include "autograd/gradcheck/gradcheck.h"

// Bars are so many times GSL's error estimate.
static inline double gradcheck_k(const sg_gradcheck_options *o) { return o->k > 0 ? o->k : 16; }
// The probability with which a wrong gradient may slip through.
static inline double gradcheck_wanted_miss(const sg_gradcheck_options *o) { return o->miss > 0 ? o->miss : 0.01; }
static inline int gradcheck_order(const sg_gradcheck_options *o) { return o->order == 0 ? 1 : o->order; }

#endif
