// SPDX-License-Identifier: GPL-3.0-or-later
//
// The family of functions of two elements, of tensors that broadcast. A member is its words and
//
//   - a row function (ops/kernels/row_list.h), which reads the op's options, or one of two doubles
//   (scalar_function.h);
//   - its derivatives as compositions, and which of a, b and y each of them reads, as that is what is saved for it;
//   - its domain, from which the family's samples are drawn, and samples of its own.
//
// Ports, shapes, layouts, the loops, the sum of a derivative over what was broadcast, common samples and what must
// be refused are the family's.
#ifndef SELENOGRAD_ELEMENTWISE_BINARY_H
#define SELENOGRAD_ELEMENTWISE_BINARY_H

#include "ops/elementwise/reads.h"
#include "ops/elementwise/scalar_function.h"
#include "ops/ops.h"
#include "ops/rows.h"

// What derivatives are made of; those of a, b and y are there that one of the wanted derivatives reads.
typedef struct sg_pair {
  sg_context *context;
  sg_tensor *d_y, *a, *b, *y;
  const void *options;
} sg_pair;

typedef struct sg_pair_derivative {
  sg_tensor *(*of)(const sg_pair *p); // in the shape of y; NULL: d_y itself
  unsigned reads;
} sg_pair_derivative;

// The options of what adds a multiple of b, or of `other` in place.
typedef struct sg_alpha_options {
  double alpha; // default 1
} sg_alpha_options;

extern const sg_alpha_options sg_alpha_defaults;
extern const sg_attribute sg_alpha_attributes[];
#define SG_ALPHA                                                                                                   \
  .attributes = sg_alpha_attributes, .options_bytes = sizeof(sg_alpha_options), .defaults = &sg_alpha_defaults
#define SG_ALPHA_SAMPLES                                                                                           \
  {"half of rows", SG_ON(SG_RANDN(2, 3), SG_RANDN(3)), SG_WITH(sg_alpha_options, 0.5)},                            \
      {"a multiple of columns", SG_ON(SG_RANDN(3), SG_RANDN(2, 1)), SG_WITH(sg_alpha_options, -2.5)}, {            \
    "a multiple of integers", SG_ON(SG_RANDINT(-5, 5, SG_DIMS(2, 3)), SG_RANDINT(-5, 5, SG_DIMS(3))),              \
        SG_WITH(sg_alpha_options, -3)                                                                              \
  }
#define SG_ALPHA_BAD_SAMPLES                                                                                       \
  SG_SAMPLES({"half of an integer", SG_ON(SG_INDICES(3, SG_DIMS(2)), SG_INDICES(3, SG_DIMS(2))),                   \
              SG_WITH(sg_alpha_options, 0.5), .error = "alpha is 0.5, expected a whole number for i64"})
// Refuses a fraction of integers.
sg_status sg_alpha_check(const sg_plan *plan, sg_dtype dtype);

typedef struct sg_binary {
  sg_row_name row;
  sg_row_name scaled;         // of a, b and alpha, where alpha is not 1; sg_row_none: there is no alpha
  double sign;                // of alpha
  sg_scalar_function *scalar; // in place of the row
  sg_pair_derivative d_a, d_b;
} sg_binary;

extern const sg_op sg_binary_family;         // of f32 and f64, and integers beside them
extern const sg_op sg_numeric_binary_family; // of i64 too

// What a descriptor begins with: its name, which is that of its row, the family, and fields of sg_binary beside the
// row.
//   SG_NUMERIC_BINARY(mul, .d_a = {d_a, SG_READS_B}, .d_b = {d_b, SG_READS_A}),
#define SG_BINARY(op, ...) SG_BINARY_OF(sg_binary_family, #op, .row = sg_row_##op, __VA_ARGS__)
#define SG_NUMERIC_BINARY(op, ...) SG_BINARY_OF(sg_numeric_binary_family, #op, .row = sg_row_##op, __VA_ARGS__)
//   SG_SCALAR_BINARY(zeta, .scalar = value, .d_b = {d_q, SG_READS_A | SG_READS_B}),
#define SG_SCALAR_BINARY(op, ...) SG_BINARY_OF(sg_binary_family, #op, __VA_ARGS__)
#define SG_BINARY_OF(of, op, ...)                                                                                  \
  .name = op, .family = &of, .member = &(const sg_binary) { __VA_ARGS__ }

// The output has the shape that inputs 0 and 1 broadcast to, or a rejection names both. The plan is their layout.
sg_status sg_pair_prepare(sg_plan *plan);
void sg_pair_forward(const sg_call *call, sg_row_name row);
extern const sg_sample sg_pair_bad_samples[];

// For the larger or smaller of two: d_y where this one is the result, half of it at a tie, 0 where the other one
// is.
sg_tensor *sg_pair_share(const sg_pair *p, sg_tensor *other);

// For the rest y of a by b: d_b = -d_y n, with the whole quotient n = a / b - y / b. It reads all three.
sg_tensor *sg_pair_d_divisor(const sg_pair *p);
// A check: refuses to divide integers by 0.
sg_status sg_pair_check_divisor(const sg_call *call);
extern const sg_sample sg_pair_divisor_bad_samples[];

#endif
