// SPDX-License-Identifier: GPL-3.0-or-later
//
// The family of Bessel functions of a whole order n, closed under differentiation: a member is what it computes,
// its words and its samples.
#ifndef SELENOGRAD_SPECIAL_BESSEL_H
#define SELENOGRAD_SPECIAL_BESSEL_H

#include "ops/elementwise/unary.h"

enum { SG_BESSEL_ORDERS = 16, SG_BESSEL_LARGEST_N = 100 }; // derivatives; |n|

typedef enum sg_bessel_kind { SG_BESSEL_J, SG_BESSEL_Y, SG_BESSEL_I, SG_BESSEL_K } sg_bessel_kind;

// The derivative of J_n, Y_n, I_n or K_n, `order` times.
typedef struct sg_bessel {
  int64_t n, order;
  int kind;
} sg_bessel;

// exp(-|x|) I_n(x) and exp(x) K_n(x), n 0 or 1, derived `order` times.
typedef enum sg_scaled_bessel_kind { SG_I0E, SG_I1E, SG_K0E, SG_K1E } sg_scaled_bessel_kind;

typedef struct sg_scaled_bessel {
  int64_t order;
  int kind;
} sg_scaled_bessel;

// The values, of x[0]; the options are an sg_bessel or an sg_scaled_bessel.
sg_scalar_function sg_bessel_value, sg_scaled_bessel_value;

// d_x of any of them.
sg_tensor *sg_bessel_d_x(const sg_single *s);
sg_tensor *sg_scaled_bessel_d_x(const sg_single *s);

// What a descriptor begins with. Of one order, with no options, or with the option `n` and samples of x from `low`
// on; and a scaled one.
#define SG_BESSEL(op, kind, n)                                                                                     \
  SG_SCALAR_UNARY(op, .scalar = sg_bessel_value, .constants = &(const sg_bessel){n, 0, kind},                      \
                  .d_x = {sg_bessel_d_x, SG_READS_X})
#define SG_BESSEL_N(op, kind, low)                                                                                 \
  SG_SCALAR_UNARY(op, .scalar = sg_bessel_value, .d_x = {sg_bessel_d_x, SG_READS_X}),                              \
      SG_OPTIONS(sg_bessel, (&(const sg_bessel){0, 0, kind}),                                                      \
                 SG_OPTION(sg_bessel, n, INT, "the order, from -100 to 100",                                       \
                           SG_REQUIRED | SG_AT_LEAST | SG_AT_MOST, -SG_BESSEL_LARGEST_N, SG_BESSEL_LARGEST_N)),    \
      .samples =                                                                                                   \
          SG_SAMPLES({"two", SG_ON(SG_UNIFORM(low, 12, SG_DIMS(3, 4))), SG_WITH(sg_bessel, 2, 0, kind)},           \
                     {"first", SG_ON(SG_UNIFORM(low, 12, SG_DIMS(4))), SG_WITH(sg_bessel, 1, 0, kind)},            \
                     {"minus three", SG_ON(SG_UNIFORM(low, 12, SG_DIMS(4))), SG_WITH(sg_bessel, -3, 0, kind)},     \
                     {"twelve", SG_ON(SG_UNIFORM(3, 30, SG_DIMS(6))), SG_WITH(sg_bessel, 12, 0, kind)})
#define SG_SCALED_BESSEL(op, kind)                                                                                 \
  SG_SCALAR_UNARY(op, .scalar = sg_scaled_bessel_value, .constants = &(const sg_scaled_bessel){0, kind},           \
                  .d_x = {sg_scaled_bessel_d_x, SG_READS_X})

// Samples of functions that are defined everywhere.
#define SG_BESSEL_BOTH_SIDES                                                                                       \
  {"both sides", SG_ON(SG_UNIFORM(-12, 12, SG_DIMS(3, 4)))}, { "large", SG_ON(SG_UNIFORM(20, 60, SG_DIMS(4))) }

#endif
