// SPDX-License-Identifier: GPL-3.0-or-later
//
// The tables that elementwise_reference looks into; each ends with an entry without a name.
#ifndef SELENOGRAD_TEST_REFERENCE_TABLES_H
#define SELENOGRAD_TEST_REFERENCE_TABLES_H

#include "tests/support/elementwise_reference.h"

extern const reference transcendental_references[];

#endif
