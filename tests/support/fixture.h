// SPDX-License-Identifier: GPL-3.0-or-later
//
// A context for each test, which must give back every block it took, and short ways to say what is expected of it.
#ifndef SELENOGRAD_TEST_FIXTURE_H
#define SELENOGRAD_TEST_FIXTURE_H

#include "tests/support/registry.h"

// For cmocka_unit_test_setup_teardown: *state becomes the context.
int fixture_open(void **state);
int fixture_close(void **state);
#define TEST_OF(function) cmocka_unit_test_setup_teardown(function, fixture_open, fixture_close)

// f64 vectors. The second one requires a gradient.
sg_tensor *vector(sg_context *context, int64_t count, const double *values);
sg_tensor *leaf(sg_context *context, int64_t count, const double *values);
#define VECTOR(context, ...)                                                                                       \
  vector(context, sizeof((double[]){__VA_ARGS__}) / sizeof(double), (double[]){__VA_ARGS__})
#define LEAF(context, ...) leaf(context, sizeof((double[]){__VA_ARGS__}) / sizeof(double), (double[]){__VA_ARGS__})

sg_tensor *total(sg_context *context, sg_tensor *x); // the sum of all elements

void expect_ok(const sg_context *context);
// An error is pending with this status and a message that contains `part`. Clears it.
void expect_error(sg_context *context, sg_status status, const char *part);
// Exactly these elements.
void expect_elements(const sg_tensor *tensor, int64_t count, const double *values);
#define EXPECT(tensor, ...)                                                                                        \
  expect_elements(tensor, sizeof((double[]){__VA_ARGS__}) / sizeof(double), (double[]){__VA_ARGS__})

// Runs the program again and again in new contexts, in each of which another allocation is refused, until none is:
// it ends well or out of memory, and leaves no tensor and no node.
void fail_every_allocation(sg_status (*program)(sg_context *context));

#endif
