// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the tests of the checker share: a context whose memory is counted and may run out, inputs, expectations.
#ifndef SELENOGRAD_TEST_GRADCHECK_FIXTURE_H
#define SELENOGRAD_TEST_GRADCHECK_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/gradcheck/subjects.h"

typedef struct allocator {
  int64_t countdown; // fails from here on; -1: never
  int64_t live;
} allocator;

extern allocator memory; // of the test's context

// *state is a context with the ops of ops.h. tear_down fails when memory was not given back.
int set_up(void **state);
int tear_down(void **state);

// Inputs that require a gradient, in f64.
sg_tensor *tensor(sg_context *c, sg_shape shape, const double *values);
sg_tensor *normal(sg_context *c, sg_shape shape, double mean, double deviation);
sg_tensor *uniform(sg_context *c, sg_shape shape, double low, double high);

// The report; a check that fails as such fails the test.
sg_gradcheck_report *check(sg_context *c, sg_gradcheck_function *function, void *user, int count,
                           sg_tensor *const *inputs, const sg_gradcheck_options *options);
// What holds of every report: the counts add up to the elements and are those of the values, verdicts follow from
// the counts, and nothing is promised that was not proven. `check` sees to it.
void expect_consistent(const sg_gradcheck_report *report);
// Frees the report.
void expect(sg_gradcheck_report *report, sg_gradcheck_verdict verdict, const char *what);
void expect_map(sg_context *c, map_options options, sg_tensor *x, int order, sg_gradcheck_verdict verdict);

#endif
