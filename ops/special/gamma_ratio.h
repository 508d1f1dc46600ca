// SPDX-License-Identifier: GPL-3.0-or-later
//
// Quotients of gamma functions and their logarithms in long double, with all digits where the functions themselves
// are huge and alike.
#ifndef SELENOGRAD_SPECIAL_GAMMA_RATIO_H
#define SELENOGRAD_SPECIAL_GAMMA_RATIO_H

// log gamma(a) - (a - 1/2) log(a) + a - log(2 pi) / 2, for a >= 20: what Stirling's formula leaves.
long double sg_stirling_rest(long double a);
// log gamma(1 + a), a >= 0
long double sg_log_gamma_1p(long double a);
// log(x / a) - (x / a - 1)
long double sg_log_less_slope(long double x, long double a);
// log(gamma(a) / gamma(a + b)), a, b >= 0, in the range of the long double
long double sg_log_gamma_ratio(long double a, long double b);

#endif
