// SPDX-License-Identifier: GPL-3.0-or-later
//
// Special functions, element by element, of f32 and f64, which both are computed in f64 or wider. In f64 they are
// right to 1e-13, and most to 1e-15, relative to the value, or where the function crosses zero to what it is
// nearby. Outside of the domain they are NaN, beyond the range infinite; derivatives are functions of the same
// kind, of every order up to 16. Errors: another dtype, options out of range.
#ifndef SELENOGRAD_SPECIAL_H
#define SELENOGRAD_SPECIAL_H

#include "autograd/selenograd.h"

SG_PUBLIC_BEGIN

// ---- Bessel functions -------------------------------------------------------------------------------

// Of the whole order n, -100..100: J, Y, and the modified I and K. Y and K are NaN below 0.
sg_tensor *sg_bessel_jn(sg_context *context, sg_tensor *x, int64_t n);
sg_tensor *sg_bessel_yn(sg_context *context, sg_tensor *x, int64_t n);
sg_tensor *sg_bessel_in(sg_context *context, sg_tensor *x, int64_t n);
sg_tensor *sg_bessel_kn(sg_context *context, sg_tensor *x, int64_t n);
// The derivative of one of them (kind 0: J, 1: Y, 2: I, 3: K), `order` times, 0..16.
sg_tensor *sg_bessel_derivative(sg_context *context, sg_tensor *x, int kind, int64_t n, int64_t order);

sg_tensor *sg_bessel_j0(sg_context *context, sg_tensor *x);
sg_tensor *sg_bessel_j1(sg_context *context, sg_tensor *x);
sg_tensor *sg_bessel_y0(sg_context *context, sg_tensor *x);
sg_tensor *sg_bessel_y1(sg_context *context, sg_tensor *x);
sg_tensor *sg_i0(sg_context *context, sg_tensor *x);
sg_tensor *sg_i1(sg_context *context, sg_tensor *x);
sg_tensor *sg_modified_bessel_k0(sg_context *context, sg_tensor *x);
sg_tensor *sg_modified_bessel_k1(sg_context *context, sg_tensor *x);

// exp(-|x|) I_n(x), exp(x) K_n(x); and their derivatives (kind 0: i0e, 1: i1e, 2: of K_0, 3: of K_1).
sg_tensor *sg_i0e(sg_context *context, sg_tensor *x);
sg_tensor *sg_i1e(sg_context *context, sg_tensor *x);
sg_tensor *sg_scaled_modified_bessel_k0(sg_context *context, sg_tensor *x);
sg_tensor *sg_scaled_modified_bessel_k1(sg_context *context, sg_tensor *x);
sg_tensor *sg_scaled_bessel_derivative(sg_context *context, sg_tensor *x, int kind, int64_t order);

// ---- Others, and their derivatives ------------------------------------------------------------------

sg_tensor *sg_airy_ai(sg_context *context, sg_tensor *x);
sg_tensor *sg_airy_ai_derivative(sg_context *context, sg_tensor *x, int64_t order); // 0..16 times
// y exp(y) = x, y >= -1; NaN below -1/e, where the derivative is infinite.
sg_tensor *sg_lambertw(sg_context *context, sg_tensor *x);
sg_tensor *sg_lambertw_derivative(sg_context *context, sg_tensor *x, int64_t order); // 0..16 times
// Legendre's polynomial of degree n, 0..100.
sg_tensor *sg_legendre_polynomial_p(sg_context *context, sg_tensor *x, int64_t n);
sg_tensor *sg_legendre_derivative(sg_context *context, sg_tensor *x, int64_t n, int64_t order); // 0..110 times
// exp(x^2) erfc(x), and the real part of Li_2(x), whose slope at 1 is infinite.
sg_tensor *sg_erfcx(sg_context *context, sg_tensor *x);
sg_tensor *sg_erfcx_derivative(sg_context *context, sg_tensor *x, int64_t order); // 0..16 times
sg_tensor *sg_dilog(sg_context *context, sg_tensor *x);
sg_tensor *sg_dilog_derivative(sg_context *context, sg_tensor *x, int64_t order); // 0..16 times

// ---- Of two tensors that broadcast; differentiable by the second ------------------------------------

// Hurwitz' zeta function, the sum over k >= 0 of (q + k)^-x, x > 1; q < 0 takes a whole x. Infinite at q = 0, -1,
// ...
sg_tensor *sg_zeta(sg_context *context, sg_tensor *x, sg_tensor *q);
sg_tensor *sg_zeta_derivative(sg_context *context, sg_tensor *x, sg_tensor *q, int64_t order); // by q, 0..16 times
// The regularized incomplete gamma functions P and Q = 1 - P, and the derivatives of P by x, 0..16 times. NaN where
// a or x is below 0.
sg_tensor *sg_gammainc(sg_context *context, sg_tensor *a, sg_tensor *x);
sg_tensor *sg_gammaincc(sg_context *context, sg_tensor *a, sg_tensor *x);
sg_tensor *sg_gammainc_derivative(sg_context *context, sg_tensor *a, sg_tensor *x, int64_t order);

SG_PUBLIC_END

#endif
