// SPDX-License-Identifier: GPL-3.0-or-later
//
// The tables that elementwise_reference looks into; each ends with an entry without a name.
#ifndef SELENOGRAD_TEST_REFERENCE_TABLES_H
#define SELENOGRAD_TEST_REFERENCE_TABLES_H

#include "tests/support/elementwise_reference.h"

extern const reference transcendental_references[], arithmetic_references[], activation_references[],
    special_references[], bessel_references[], function_references[], gamma_references[];

// 1 / (1 + exp(-x)) and its derivatives; a factor of something that decays exponentially, without infinity times 0;
// and the underflow of such a product.
long double logistic(long double x);
long double logistic_slope(long double x);
long double logistic_bend(long double x);
long double tail(long double x);
reference_function decaying;

#endif
