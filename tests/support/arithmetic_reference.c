// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/reference_tables.h"

#include <math.h>

// ---- One input --------------------------------------------------------------------------------------

static long double lower(long double x, int n) { return n == 0 ? floorl(x) : 0; }
static long double upper(long double x, int n) { return n == 0 ? ceill(x) : 0; }
static long double nearest(long double x, int n) { return n == 0 ? rintl(x) : 0; }
static long double whole(long double x, int n) { return n == 0 ? truncl(x) : 0; }
static long double fraction(long double x, int n) { return n == 0 ? x - truncl(x) : n == 1; }

static long double log_odds(const reference_point *p, int n, int m) {
  (void)m;
  long double x = p->x[0], eps = p->parameter[0];
  bool outside = eps >= 0 && (x < eps || x > 1 - eps);
  if (outside) x = x < eps ? eps : 1 - eps;
  if (n > 0 && outside) return 0;
  long double q = x * (1 - x);
  return n == 0 ? logl(x / (1 - x)) : n == 1 ? 1 / q : (2 * x - 1) / q / q;
}

static long double as_number(const reference_point *p, int n, int m) {
  (void)m;
  long double x = p->x[0];
  if (isfinite(x)) return n == 0 ? x : n == 1;
  if (n > 0) return 0;
  const long double number = p->parameter[isnan(x) ? 0 : x > 0 ? 1 : 2];
  return fminl(fmaxl(number, -p->largest), p->largest);
}

// ---- Two inputs -------------------------------------------------------------------------------------

// A rest y of a by b; its derivative by b is minus the quotient that goes with it.
static long double rest(const reference_point *p, long double y, int n, int m) {
  if (n + m == 0) return y;
  return n + m > 1 ? 0 : n ? 1 : -rintl((p->x[0] - y) / p->x[1]);
}
static long double rest_like_a(const reference_point *p, int n, int m) {
  return rest(p, fmodl(p->x[0], p->x[1]), n, m);
}
static long double rest_like_b(const reference_point *p, int n, int m) {
  long double y = fmodl(p->x[0], p->x[1]);
  return rest(p, y != 0 && (y < 0) != (p->x[1] < 0) ? y + p->x[1] : y, n, m);
}
static long double whole_quotient(const reference_point *p, int n, int m) {
  long double a = p->x[0], b = p->x[1], y = fmodl(a, b);
  if (n + m > 0) return 0;
  if (b == 0) return a / b;
  return rintl((a - y) / b) - (y != 0 && (y < 0) != (b < 0));
}

// The angle of (b, a); by a it is Re 1/z, by b -Im 1/z, z = b + i a
static long double angle(const reference_point *p, int n, int m) {
  long double a = p->x[0], b = p->x[1], h = hypotl(a, b);
  if (n + m == 0) return atan2l(a, b);
  if (isinf(h) && !isnan(a) && !isnan(b)) return isinf(a) && isinf(b) ? (long double)NAN : 0;
  long double y = a / h, z = b / h;
  if (n + m == 1) return (n ? z : -y) / h;
  return (n == 1 ? (y - z) * (y + z) : n ? -2 * y * z : 2 * y * z) / h / h;
}
// Cosines below the smallest normal number are divided by the length; nothing is said of second derivatives with
// terms that overflow.
static long double angle_underflow(const reference_point *p, int n, int m) {
  long double h = hypotl(p->x[0], p->x[1]), factor = powl(h, -n - m);
  return n + m == 2 && factor > p->largest ? HUGE_VALL : factor;
}

static long double log_sum(const reference_point *p, int n, int m) {
  long double a = p->x[0], b = p->x[1], d = a - b;
  if (n + m == 0) {
    if (a == b) return a + logl(2);
    return (a > b || isnan(a) ? a : b) + log1pl(expl(-fabsl(d)));
  }
  return n + m == 1 ? logistic(n ? d : -d) : n == m ? -logistic_slope(d) : logistic_slope(d);
}

static long double times_log(const reference_point *p, int n, int m) {
  long double a = p->x[0], b = p->x[1];
  if (a == 0 && b <= 0) return 0;
  if (n + m == 0) return a == 0 && !isnan(b) ? 0 : a * logl(b);
  if (n > 1) return 0;
  return n == 0 ? (m == 1 ? a / b : -a / b / b) : m == 0 ? logl(b) : 1 / b;
}

static long double sign_given(const reference_point *p, int n, int m) {
  long double a = p->x[0];
  if (n + m == 0) return copysignl(a, p->x[1]);
  return n == 1 && m == 0 ? (a > 0 ? 1 : a < 0 ? -1 : a) * copysignl(1, p->x[1]) : 0;
}

// ---- Three inputs -----------------------------------------------------------------------------------

// a + c (b - a)
static long double on_line(const reference_point *p, int n, int m) {
  int k = p->order_2;
  if (n + m + k == 0) return p->x[0] + p->x[2] * (p->x[1] - p->x[0]);
  if (n + m > 1 || k > 1) return 0;
  return n ? (k ? -1 : 1 - p->x[2]) : m ? (k ? 1 : p->x[2]) : p->x[1] - p->x[0];
}
static long double with_product(const reference_point *p, int n, int m) {
  int k = p->order_2;
  if (n > 0) return n == 1 && m + k == 0;
  if (m > 1 || k > 1) return 0;
  return (m + k == 0 ? p->x[0] : 0) + p->parameter[0] * (m ? 1 : p->x[1]) * (k ? 1 : p->x[2]);
}
static long double with_quotient(const reference_point *p, int n, int m) {
  int k = p->order_2;
  if (n > 0) return n == 1 && m + k == 0;
  if (m > 1) return 0;
  long double y = p->parameter[0] * (m ? 1 : p->x[1]) / p->x[2];
  for (int i = 1; i <= k; i++) y *= -i / p->x[2];
  return m + k == 0 ? p->x[0] + y : y;
}

// A product that overflows may do so where the sum does not; what is multiplied last, or divided, may have lost
// digits.
static long double product_underflow(const reference_point *p, int n, int m) {
  reference_point q = *p;
  q.x[0] = 0;
  if (fabsl(with_product(&q, n, m)) > p->largest) return HUGE_VALL;
  return 1 + fabsl(p->parameter[0]);
}
static long double quotient_underflow(const reference_point *p, int n, int m) {
  reference_point q = *p;
  q.x[0] = 0;
  if (fabsl(with_quotient(&q, n, m)) > p->largest) return HUGE_VALL;
  return 1 + fabsl(p->parameter[0]) + (fabsl(p->parameter[0]) < 1 ? 1 / fabsl(p->x[2]) : 0);
}

const reference arithmetic_references[] = {
    {"addcdiv", .value = with_quotient, .underflow = quotient_underflow},
    {"addcmul", .value = with_product, .underflow = product_underflow},
    {"atan2", .value = angle, .underflow = angle_underflow},
    {"ceil", .of = upper},
    {"copysign", .value = sign_given},
    {"floor", .of = lower},
    {"floor_divide", .value = whole_quotient},
    {"fmod", .value = rest_like_a},
    {"frac", .of = fraction},
    {"lerp", .value = on_line},
    {"logaddexp", .value = log_sum},
    {"logit", .value = log_odds},
    {"nan_to_num", .value = as_number},
    {"remainder", .value = rest_like_b},
    {"round", .of = nearest},
    {"trunc", .of = whole},
    {"xlogy", .value = times_log},
    {.op = NULL},
};
