// SPDX-License-Identifier: GPL-3.0-or-later
//
// What a sample's golden values were computed from, in 16 digits: a sample that has changed since shows.
#ifndef SELENOGRAD_TEST_FINGERPRINT_H
#define SELENOGRAD_TEST_FINGERPRINT_H

#include "tests/support/registry.h"

typedef struct fingerprint_text {
  char text[17];
} fingerprint_text;

// Of the inputs' dtypes, shapes and values, as they are before an op writes into them, and of the options.
fingerprint_text fingerprint(const test_case *test);

#endif
