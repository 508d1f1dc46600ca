// SPDX-License-Identifier: GPL-3.0-or-later
//
// Runs properties over the registry: one test for every property, op and sample, named after all three, each in a
// context of its own that must give back every block it took.
#ifndef SELENOGRAD_TEST_REGISTRY_H
#define SELENOGRAD_TEST_REGISTRY_H

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "ops/ops.h"
#include "ops/sample.h"
#include "tests/support/allocator.h"

typedef struct test_case {
  const sg_op *op;
  const sg_sample *sample; // NULL in a test of the op as a whole
  int number;              // of the sample, as sg_op_sample counts
  sg_context *context;
  test_allocator *allocator;
} test_case;

typedef enum property_kind {
  PROPERTY_OF_OP,
  PROPERTY_OF_SAMPLE,
  PROPERTY_OF_BAD_SAMPLE,
  PROPERTY_OF_DERIVATIVE, // samples of differentiable ops
} property_kind;

typedef struct property {
  const char *name;
  property_kind kind;
  void (*check)(test_case *test);
} property;

// argv[1], where given, is a pattern of test names, such as "*batch_norm*". Returns main's status.
int run_properties(int argc, char **argv, const property *properties, size_t count);

// A context with all ops over the test's allocator; isa NULL and threads 0 mean 1 thread and the best.
sg_context *open_context(test_allocator *allocator, int threads, const char *isa);
// Closes it and fails when anything is still alive.
void close_context(sg_context *context, test_allocator *allocator);

// ---- Applying the op under test -------------------------------------------------------------------

typedef struct application {
  int input_count, output_count;
  sg_tensor *inputs[SG_MAX_PORTS];
  sg_tensor *outputs[SG_MAX_PORTS];
  sg_tensor *cotangents[SG_MAX_PORTS]; // NULL for constant outputs
} application;

// Puts the random stream where every application of a sample starts.
void reset_random(sg_context *context);
// sg_apply for any op, into arrays of SG_MAX_PORTS: of more outputs, those that have room.
sg_status apply_any(sg_context *context, const sg_op *op, int input_count, sg_tensor *const *inputs,
                    const void *options, int *output_count, sg_tensor **outputs);
// The sample's inputs with requires_grad on the differentiable ones in `mask`, applied.
void apply_sample(const test_case *test, sg_context *context, sg_dtype dtype, unsigned mask, application *a);
// The same over given inputs, which stay as they are. The second returns false where the op refuses, with the error
// pending.
void apply_inputs(const test_case *test, sg_context *context, const void *options, application *a);
bool try_inputs(const test_case *test, sg_context *context, const void *options, application *a);
unsigned differentiable_inputs(const test_case *test, const application *a);
// Gradients of sum(cotangents * outputs) for the inputs in `mask`; NULL elsewhere. Fails the test on an error.
void gradients_of(const test_case *test, sg_context *context, const application *a, unsigned mask,
                  const sg_backward_options *options, sg_tensor **gradients);

// ---- Verdicts -------------------------------------------------------------------------------------

// Fails naming op and sample.
void fail_case(const test_case *test, const char *format, ...) SG_PRINTF(2, 3);
// Fails with the pending message.
void require_ok(const test_case *test, sg_context *context, const char *what);
double largest(const sg_tensor *tensor);
// Every element within `bound`, NaN equal to NaN; infinities equal.
void require_close(const test_case *test, const char *what, const char *port, const sg_tensor *got,
                   const sg_tensor *want, double bound);
void require_same_bits(const test_case *test, const char *what, const char *port, const sg_tensor *got,
                       const sg_tensor *want);
void require_zero(const test_case *test, const char *what, const char *port, const sg_tensor *got);

#endif
