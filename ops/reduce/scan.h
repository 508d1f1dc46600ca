// SPDX-License-Identifier: GPL-3.0-or-later
//
// What runs along one dimension and keeps x's shape. A member is its words, the kind of its kernel and the
// derivative as a composition of ops; dimension, direction, loops and samples are the family's. "Before" and "next"
// are meant in the direction of the run.
#ifndef SELENOGRAD_SCAN_H
#define SELENOGRAD_SCAN_H

#include "ops/kernels/scan.h"
#include "ops/reduce/lines.h"
#include "ops/reduce/reduce.h"

typedef struct sg_scan_options {
  int64_t dim;
  bool reverse;
} sg_scan_options;

typedef struct sg_scan_member {
  scan_kind kind;
} sg_scan_member;

extern const sg_op sg_scan_family;

// What a member begins with; the options of a sample; those of an op.
#define SG_SCAN(op, of_kind)                                                                                       \
  .name = #op, .family = &sg_scan_family, .member = &(const sg_scan_member) { of_kind }
#define SG_ALONG(dimension, from_the_end) SG_WITH(sg_scan_options, .dim = dimension, .reverse = from_the_end)
#define SG_SCAN_OPTIONS                                                                                            \
  SG_OPTIONS(sg_scan_options, SG_CONSTANT(sg_scan_options, .dim = -1),                                             \
             SG_OPTION(sg_scan_options, dim, DIM, "the dimension to run along", SG_REQUIRED),                      \
             SG_OPTION(sg_scan_options, reverse, BOOL, "from the end to the beginning", SG_BY_NAME))

sg_tensor *sg_scan_apply(sg_context *context, const sg_op *op, sg_tensor *x, int64_t dim, bool reverse);

// Runs y_i = b_i + a_i y_{i-1} or its derivative (ops/kernels/scan.h) along the lines of the plan, where the
// options say; the arguments are the data alone.
void sg_scan_recurrence(const sg_call *call, bool adjoint, recurrence_arguments arguments);

// For vjp: t_{i+1} in the place of t_i, and at the end t_0; t_{i-1}, and at the beginning a number.
sg_tensor *sg_scan_next(sg_context *context, sg_tensor *t, int64_t dim, bool reverse);
sg_tensor *sg_scan_before(sg_context *context, sg_tensor *t, double first, int64_t dim, bool reverse);

#endif
