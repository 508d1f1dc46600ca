// SPDX-License-Identifier: GPL-3.0-or-later
//
// The family of functions of one element. A member is its words and
//
//   - a row function, and where it is faster one for d_x (ops/kernels/row_list.h); they read the op's options. Or a
//     function of one double (scalar_function.h), where vectors are of no use;
//   - dy/dx as a composition, a function of x or of y, which then is what is saved; or d_x, and what it reads;
//   - its domain, from which the family's samples are drawn, and samples of its own: values by hand, kinks, tails.
//
// Ports, shapes, the loops, d_x = d_y dy/dx, common samples and what must be refused are the family's.
#ifndef SELENOGRAD_ELEMENTWISE_UNARY_H
#define SELENOGRAD_ELEMENTWISE_UNARY_H

#include "ops/elementwise/reads.h"
#include "ops/elementwise/scalar_function.h"
#include "ops/ops.h"
#include "ops/rows.h"

// What a derivative is made of; x and y are there if it reads them.
typedef struct sg_single {
  sg_context *context;
  sg_tensor *d_y, *x, *y;
  const void *options;
} sg_single;

typedef struct sg_unary {
  sg_row_name row;   // y
  sg_row_name fused; // d_x, from what is saved (x if both are) and d_y; the op's backward is sg_unary_backward then
  sg_scalar_function *scalar; // in place of the row
  const void *constants;      // what scalar and d_x read in place of options, in an op that has none
  sg_tensor *(*slope)(sg_context *context, sg_tensor *x);      // dy/dx from x, which is saved,
  sg_tensor *(*slope_of_y)(sg_context *context, sg_tensor *y); // or from y,
  struct {
    sg_tensor *(*of)(const sg_single *s);
    unsigned reads;
  } d_x; // or d_x itself, where it is no product of d_y, or needs the options
} sg_unary;

extern const sg_op sg_unary_family;         // of f32 and f64
extern const sg_op sg_numeric_unary_family; // of i64 too
extern const sg_op sg_step_family;          // of i64 too; without a derivative, as that is zero

// What a descriptor begins with: its name, which is that of its row, the family, and fields of sg_unary beside the
// row. FUSED: d_NAME is the row of the derivative.
//   SG_FUSED_UNARY(tanh, .slope = slope),
#define SG_UNARY(op, ...) SG_UNARY_OF(sg_unary_family, #op, .row = sg_row_##op, __VA_ARGS__)
#define SG_NUMERIC_UNARY(op, ...) SG_UNARY_OF(sg_numeric_unary_family, #op, .row = sg_row_##op, __VA_ARGS__)
#define SG_STEP_UNARY(op) SG_UNARY_OF(sg_step_family, #op, .row = sg_row_##op)
#define SG_FUSED_UNARY(op, ...) SG_UNARY(op, .fused = sg_row_d_##op, __VA_ARGS__), .backward = sg_unary_backward
#define SG_FUSED_NUMERIC_UNARY(op, ...)                                                                            \
  SG_NUMERIC_UNARY(op, .fused = sg_row_d_##op, __VA_ARGS__), .backward = sg_unary_backward
//   SG_SCALAR_UNARY(airy_ai, .scalar = value, .d_x = {d_x, SG_READS_X}),
#define SG_SCALAR_UNARY(op, ...) SG_UNARY_OF(sg_unary_family, #op, __VA_ARGS__)
#define SG_UNARY_OF(of, op, ...)                                                                                   \
  .name = op, .family = &of, .member = &(const sg_unary) { __VA_ARGS__ }

void sg_unary_backward(const sg_call *call);

// The same with a row of the caller's choice, for ops that have several.
void sg_unary_forward_by(const sg_call *call, sg_row_name row);
void sg_unary_backward_by(const sg_call *call, sg_row_name row);

// x limited to where exp(-|x|) is not 0 in its dtype: a factor of something that decays at least like that, without
// infinity times 0, in derivatives of any order.
sg_tensor *sg_tails(sg_context *context, sg_tensor *x);

// t, but 0 where x is not strictly between the bounds, or where it is within them. A NaN lets t through.
sg_tensor *sg_within(sg_context *context, sg_tensor *t, sg_tensor *x, double low, double high);
sg_tensor *sg_beyond(sg_context *context, sg_tensor *t, sg_tensor *x, double low, double high);

// min(x, 0): for an exponential on the side that is not chosen, where it would overflow.
sg_tensor *sg_nonpositive(sg_context *context, sg_tensor *x);

// 1 - x^2, under the roots and fractions of inverse functions.
sg_tensor *sg_one_minus_square(sg_context *context, sg_tensor *x);

#endif
