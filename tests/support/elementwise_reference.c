// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/reference_tables.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define PI 3.14159265358979323846264338327950288L

// Picks the derivative of a function of one variable.
static long double pick(int order, long double value, long double first, long double second) {
  return order == 0 ? value : order == 1 ? first : second;
}

// A factor of something that decays exponentially, without infinity times 0.
long double tail(long double x) { return x > 20000 ? 20000 : x < -20000 ? -20000 : x; }

// ---- One input --------------------------------------------------------------------------------------

static long double identity(const reference_point *p, int n, int m) { return (void)m, pick(n, p->x[0], 1, 0); }
static long double negative(const reference_point *p, int n, int m) { return (void)m, pick(n, -p->x[0], -1, 0); }

static long double sign_of(long double x) { return x > 0 ? 1 : x < 0 ? -1 : x; }
static long double sign(const reference_point *p, int n, int m) {
  (void)m;
  return pick(n, sign_of(p->x[0]), 0, 0);
}
static long double absolute(const reference_point *p, int n, int m) {
  (void)m;
  return pick(n, fabsl(p->x[0]), sign_of(p->x[0]), 0);
}
static long double square(const reference_point *p, int n, int m) {
  (void)m;
  return pick(n, p->x[0] * p->x[0], 2 * p->x[0], 2);
}
static long double root(const reference_point *p, int n, int m) {
  (void)m;
  long double x = p->x[0], y = sqrtl(x);
  return pick(n, y, 0.5L / y, -0.25L / y / x);
}
static long double reciprocal_root(const reference_point *p, int n, int m) {
  (void)m;
  long double x = p->x[0], y = 1 / sqrtl(x);
  return pick(n, y, -0.5L * y / x, 0.75L * y / x / x);
}
static long double exponential(const reference_point *p, int n, int m) { return (void)n, (void)m, expl(p->x[0]); }
static long double logarithm(const reference_point *p, int n, int m) {
  (void)m;
  long double x = p->x[0];
  return pick(n, logl(x), 1 / x, -1 / x / x);
}
static long double sine(const reference_point *p, int n, int m) {
  (void)m;
  return pick(n, sinl(p->x[0]), cosl(p->x[0]), -sinl(p->x[0]));
}
static long double cosine(const reference_point *p, int n, int m) {
  (void)m;
  return pick(n, cosl(p->x[0]), -sinl(p->x[0]), -cosl(p->x[0]));
}

long double logistic(long double x) { return 1 / (1 + expl(-x)); }
long double logistic_slope(long double x) {
  long double e = expl(-fabsl(x));
  return e / (1 + e) / (1 + e);
}
long double logistic_bend(long double x) { return -logistic_slope(x) * tanhl(x / 2); }

static long double sigmoid(const reference_point *p, int n, int m) {
  (void)m;
  return pick(n, logistic(p->x[0]), logistic_slope(p->x[0]), logistic_bend(p->x[0]));
}
static long double sigmoid_slope(const reference_point *p, int n, int m) {
  (void)m;
  long double slope = logistic_slope(p->x[0]), t = tanhl(p->x[0] / 2);
  return pick(n, slope, -slope * t, slope * (t * t - 2 * slope));
}
static long double hyperbolic_tangent(const reference_point *p, int n, int m) {
  (void)m;
  return pick(n, tanhl(p->x[0]), 4 * logistic_slope(2 * p->x[0]), 8 * logistic_bend(2 * p->x[0]));
}
static long double error_slope(long double x) { return 2 / sqrtl(PI) * expl(-x * x); }
static long double error_function(const reference_point *p, int n, int m) {
  (void)m;
  long double x = p->x[0], slope = error_slope(x);
  return pick(n, erfl(x), slope, -2 * tail(x) * slope);
}
static long double complementary_error_function(const reference_point *p, int n, int m) {
  (void)m;
  long double x = p->x[0], slope = error_slope(x);
  return pick(n, erfcl(x), -slope, 2 * tail(x) * slope);
}

static long double relu(const reference_point *p, int n, int m) {
  (void)m;
  return isnan(p->x[0]) ? pick(n, p->x[0], 1, 0) : p->x[0] > 0 ? pick(n, p->x[0], 1, 0) : 0;
}
static long double leaky_relu(const reference_point *p, int n, int m) {
  (void)m;
  long double slope = p->x[0] > 0 ? 1 : p->parameter[0];
  return pick(n, slope * p->x[0], slope, 0);
}
static long double clamp(const reference_point *p, int n, int m) {
  (void)m;
  long double x = p->x[0], low = p->parameter[0], high = p->parameter[1];
  long double y = x < low ? low : x;
  return pick(n, y > high ? high : y, !(x < low) && !(x > high) && low < high, 0);
}
static long double softplus(const reference_point *p, int n, int m) {
  (void)m;
  long double x = p->x[0], beta = p->parameter[0];
  if (beta * x > p->parameter[1]) return pick(n, x, 1, 0);
  return pick(n, fmaxl(x, 0) + log1pl(expl(-fabsl(beta * x))) / beta, logistic(beta * x),
              beta * logistic_slope(beta * x));
}
static long double silu(const reference_point *p, int n, int m) {
  (void)m;
  long double x = p->x[0], near = tail(x);
  return pick(n, (x < 0 ? near : x) * logistic(x), logistic(x) + near * logistic_slope(x),
              2 * logistic_slope(x) + near * logistic_bend(x));
}

// x P(x), P' = density, density' = -x density
static long double exact_gelu(long double x, int n) {
  long double probability = erfcl(-x / sqrtl(2)) / 2, density = expl(-x * x / 2) / sqrtl(2 * PI), near = tail(x);
  return pick(n, (x < 0 ? near : x) * probability, probability + near * density, (2 - near * near) * density);
}
// x s(u), u = k (x + 0.044715 x^3)
static long double approximate_gelu(long double x, int n) {
  long double k = 2 * sqrtl(2 / PI), near = tail(x), cubic = 0.044715L;
  long double u = k * (near + cubic * near * near * near), u_1 = k * (1 + 3 * cubic * near * near),
              u_2 = k * 6 * cubic * near;
  long double s = logistic(u), s_1 = logistic_slope(u), s_2 = logistic_bend(u);
  return pick(n, (x < 0 ? near : x) * s, s + near * s_1 * u_1,
              2 * s_1 * u_1 + near * (s_2 * u_1 * u_1 + s_1 * u_2));
}
static long double gelu(const reference_point *p, int n, int m) {
  (void)m;
  return p->parameter[0] == 0 ? exact_gelu(p->x[0], n) : approximate_gelu(p->x[0], n);
}

// Exponentials that decay are multiplied by x and its powers, at most the third; softplus divides by beta.
long double decaying(const reference_point *p, int n, int m) {
  (void)n, (void)m;
  long double x = fminl(fabsl(p->x[0]), 800);
  return powl(1 + x, 3);
}
static long double decaying_softplus(const reference_point *p, int n, int m) {
  (void)m;
  return powl(p->parameter[0], n - 1) + 1;
}

// ---- Two inputs -------------------------------------------------------------------------------------

// a and a multiple of b
static long double plus(const reference_point *p, long double alpha, int n, int m) {
  return n + m == 0 ? p->x[0] + alpha * p->x[1] : n + m > 1 ? 0 : n ? 1 : alpha;
}
static long double sum(const reference_point *p, int n, int m) { return plus(p, p->parameter[0], n, m); }
static long double difference(const reference_point *p, int n, int m) { return plus(p, -p->parameter[0], n, m); }
static long double product(const reference_point *p, int n, int m) {
  if (n > 1 || m > 1) return 0;
  return (n ? 1 : p->x[0]) * (m ? 1 : p->x[1]);
}
static long double quotient(const reference_point *p, int n, int m) {
  if (n > 1) return 0;
  long double y = (n ? 1 : p->x[0]) / p->x[1];
  return m == 0 ? y : m == 1 ? -y / p->x[1] : 2 * y / p->x[1] / p->x[1];
}
// d^m/db^m d^n/da^n a^b; 0^0 = 1 counts as a constant. m <= 7.
static long double derivative_of_power(long double a, long double b, int n, int m) {
  long double terms[8] = {1}, binomial = 1; // the derivatives of P(b) = b (b - 1) ... (b - n + 1)
  for (int i = 0; i < n; i++) {
    for (int j = m; j > 0; j--) terms[j] = terms[j] * (b - i) + j * terms[j - 1];
    terms[0] *= b - i;
  }
  if (a == 0 && b == 0) return n + m == 0;
  if (a < 0 && !isinf(a) && b != rintl(b)) return (long double)NAN;
  // A large b is even, and b - n need not be to be told from it.
  bool even = fabsl(b) > 0x1p60L;
  long double h = 0, p = powl(even ? fabsl(a) : a, b - n);
  if (even && a < 0 && n % 2) p = -p;
  for (int j = 0; j <= m; j++) {
    h = (h == 0 || a == 1 ? 0 : h * logl(a)) + binomial * terms[j];
    binomial *= (long double)(m - j) / (j + 1);
  }
  bool vanishes = p == 0 && !isnan(b) && (m == 0 || !isnan(logl(a)));
  return h == 0 || vanishes ? 0 : p * h;
}
static long double power(const reference_point *p, int n, int m) {
  return derivative_of_power(p->x[0], p->x[1], n, m);
}
static long double power_derivative(const reference_point *p, int n, int m) {
  return derivative_of_power(p->x[0], p->x[1], n + (int)p->parameter[0], m + (int)p->parameter[1]);
}
static long double power_underflow(const reference_point *p, int n, int m) {
  long double a = fabsl(p->x[0]), l = a > 0 && a < HUGE_VALL ? fabsl(logl(a)) : 0, b = fabsl(p->x[1]);
  long double divided = a > 0 ? powl(a, -n) : 0;
  return powl(1 + b, n) * powl(1 + l, m) * (1 + divided);
}

static long double power_derivative_underflow(const reference_point *p, int n, int m) {
  return power_underflow(p, n + (int)p->parameter[0], m + (int)p->parameter[1]);
}

static long double larger(const reference_point *p, int n, int m) {
  long double a = p->x[0], b = p->x[1];
  if (n + m == 0) return isnan(a) ? a : isnan(b) ? b : a > b ? a : b;
  return n + m > 1 ? 0 : a == b ? 0.5L : (n ? !(a < b) : !(a > b));
}
static long double smaller(const reference_point *p, int n, int m) {
  long double a = p->x[0], b = p->x[1];
  if (n + m == 0) return isnan(a) ? a : isnan(b) ? b : a < b ? a : b;
  return n + m > 1 ? 0 : a == b ? 0.5L : (n ? !(a > b) : !(a < b));
}
static long double gt(const reference_point *p, int n, int m) { return n + m == 0 && p->x[0] > p->x[1]; }
static long double ge(const reference_point *p, int n, int m) { return n + m == 0 && p->x[0] >= p->x[1]; }
static long double lt(const reference_point *p, int n, int m) { return n + m == 0 && p->x[0] < p->x[1]; }
static long double le(const reference_point *p, int n, int m) { return n + m == 0 && p->x[0] <= p->x[1]; }
static long double eq(const reference_point *p, int n, int m) { return n + m == 0 && p->x[0] == p->x[1]; }
static long double ne(const reference_point *p, int n, int m) { return n + m == 0 && p->x[0] != p->x[1]; }

static long double squared_difference(const reference_point *p, int n, int m) {
  long double d = p->x[0] - p->x[1];
  return n + m == 0 ? d * d : n + m == 1 ? 2 * d * (n - m) : n == m ? -2 : 2;
}
static long double absolute_difference(const reference_point *p, int n, int m) {
  long double d = p->x[0] - p->x[1];
  return n + m == 0 ? fabsl(d) : n + m == 1 ? sign_of(d) * (n - m) : 0;
}

// A limited slope: what huber_loss and smooth_l1_loss are, up to a factor. NaN counts as near.
static long double limited_square(long double d, long double limit, int n, int m) {
  bool far = fabsl(d) > limit;
  if (n + m == 0) return far ? limit * (fabsl(d) - limit / 2) : d * d / 2;
  return n + m == 1 ? (far ? limit * sign_of(d) : d) * (n - m) : far ? 0 : n == m ? -1 : 1;
}
static long double huber(const reference_point *p, int n, int m) {
  return limited_square(p->x[0] - p->x[1], p->parameter[1], n, m);
}
static long double smooth_l1(const reference_point *p, int n, int m) {
  return limited_square(p->x[0] - p->x[1], p->parameter[1], n, m) / p->parameter[1];
}

static long double softplus_of(long double x) { return (x > 0 ? x : 0) + log1pl(expl(-fabsl(x))); }

// log(1 + exp(-t x))
static long double soft_margin(const reference_point *p, int n, int m) {
  long double x = p->x[0], t = p->x[1], z = -(t * x), gate = logistic(z), slope = gate * logistic(-z);
  if (n + m == 0) return softplus_of(z);
  if (n + m == 1) return -(n ? t : x) * gate;
  return n == m ? t * slope * x - gate : n ? t * slope * t : x * slope * x;
}

// exp(x) - t x or x - t log(x + eps), and Stirling's approximation of log t! where t > 1. It is computed in f64:
// where exp(x) and t x both are infinite there, their difference is NaN, as in PyTorch.
static long double poisson(const reference_point *p, int n, int m) {
  long double x = p->x[0], t = p->x[1], shifted = x + p->parameter[2], value;
  bool full = p->parameter[1] != 0 && t > 1;
  if (p->parameter[0] != 0 && n + m == 0 && expl(x) > DBL_MAX && t * x > DBL_MAX) return NAN;
  if (p->parameter[0] != 0) {
    value = n + m == 0 ? expl(x) - t * x : n == 0 ? (m == 1 ? -x : 0) : m == 0 ? expl(x) - (n == 1 ? t : 0) : -1;
  } else {
    long double of_x = n == 0 ? x - t * logl(shifted) : n == 1 ? 1 - t / shifted : t / (shifted * shifted);
    value = m == 0 ? of_x : m > 1 ? 0 : n == 0 ? -logl(shifted) : -1 / shifted;
  }
  if (!full || n > 0) return value;
  return value + (m == 0   ? t * logl(t) - t + logl(2 * acosl(-1) * t) / 2
                  : m == 1 ? logl(t) + 1 / (2 * t)
                           : 1 / t - 1 / (2 * t * t));
}

// (log v + (x - t)^2 / v) / 2, v at least eps, and log(2 pi) / 2
static long double gaussian(const reference_point *p, int n, int m) {
  const long double d = p->x[0] - p->x[1], eps = p->parameter[1], sign = m & 1 ? -1 : 1;
  const bool limited = p->x[2] < eps;
  const long double v = limited ? eps : p->x[2], more = p->parameter[0] != 0 ? logl(2 * acosl(-1)) / 2 : 0;
  if (limited && p->order_2 > 0) return 0;
  switch (p->order_2) {
  case 0:
    return sign * (n + m == 0 ? (logl(v) + d / v * d) / 2 + more : n + m == 1 ? d / v : 1 / v);
  case 1:
    return sign * (n + m == 0 ? (1 / v - d / v * d / v) / 2 : -d / v / v);
  default:
    return (2 * (d / v) * (d / v) / v - 1 / v / v) / 2;
  }
}

// x, or what it lacks of a margin, by the sign of t
static long double hinge_embedding(const reference_point *p, int n, int m) {
  long double x = p->x[0], lack = p->parameter[0] - x;
  bool alike = p->x[1] > 0, enough = lack <= 0;
  if (n + m == 0) return alike ? x : enough ? 0 : lack;
  return n + m > 1 || m > 0 ? 0 : alike ? 1 : enough ? 0 : -1;
}

// margin - t (x1 - x2), where that is above 0
static long double margin_ranking(const reference_point *p, int n, int m) {
  long double t = p->x[2], lack = p->parameter[0] - t * (p->x[0] - p->x[1]);
  if (n + m == 0) return lack <= 0 ? 0 : lack;
  return n + m > 1 || !(lack > 0) ? 0 : n ? -t : t;
}

static long double near(const reference_point *p, int n, int m) {
  long double a = p->x[0], b = p->x[1];
  bool both = p->parameter[2] != 0 && isnan(a) && isnan(b);
  bool close = isfinite(a - b) && fabsl(a - b) <= p->parameter[1] + p->parameter[0] * fabsl(b);
  return n + m == 0 && (a == b || close || both);
}

// t (log t - x)
static long double divergence(const reference_point *p, int n, int m) {
  long double x = p->x[0], t = p->x[1];
  if (n + m == 0) return t == 0 ? 0 : t * (logl(t) - x);
  if (n + m == 1) return n ? -t : logl(t) - x + 1;
  return n == m ? -1 : n ? 0 : 1 / t;
}

// log(1 + exp(x)) - t x
static long double logit_loss(const reference_point *p, int n, int m) {
  long double x = p->x[0], t = p->x[1], factor = x > 0 ? 1 - t : -t;
  if (n + m == 0) return (factor == 0 ? 0 : factor * x) + log1pl(expl(-fabsl(x)));
  if (n + m == 1) return m ? -x : x > 0 ? (1 - t) - logistic(-x) : logistic(x) - t;
  return n == m ? -1 : n ? logistic(x) * logistic(-x) : 0;
}

// ---- Three inputs -----------------------------------------------------------------------------------

static long double choice(const reference_point *p, int n, int m) {
  bool first = p->x[0] != 0;
  if (n + m + p->order_2 == 0) return first ? p->x[1] : p->x[2];
  return n + m + p->order_2 == 1 && (m ? first : !first);
}

// The derivative of g a / b by b, parameter[0] times and p->order_2 times more.
static long double quotient_derivative(const reference_point *p, int n, int m) {
  if (n > 1 || m > 1) return 0;
  int order = (int)p->parameter[0] + p->order_2;
  long double y = (n ? 1 : p->x[0]) * (m ? 1 : p->x[1]) / p->x[2];
  for (int k = 1; k <= order; k++) y *= -k / p->x[2];
  return y;
}

// ---- Questions ---------------------------------------------------------------------------------------

static long double both(const reference_point *p, int n, int m) { return !n && !m && p->x[0] != 0 && p->x[1] != 0; }
static long double either(const reference_point *p, int n, int m) {
  return !n && !m && (p->x[0] != 0 || p->x[1] != 0);
}
static long double one_only(const reference_point *p, int n, int m) {
  return !n && !m && (p->x[0] != 0) != (p->x[1] != 0);
}
static long double none(const reference_point *p, int n, int m) { return !n && !m && p->x[0] == 0; }
static long double is_nan(const reference_point *p, int n, int m) { return !n && !m && isnan(p->x[0]); }
static long double is_infinite(const reference_point *p, int n, int m) { return !n && !m && isinf(p->x[0]); }
static long double is_finite(const reference_point *p, int n, int m) { return !n && !m && isfinite(p->x[0]); }

// ---- The table --------------------------------------------------------------------------------------

static const reference references[] = {
    {"abs", .value = absolute},
    {"add", .value = sum},
    {"atleast_1d", .value = identity},
    {"binary_cross_entropy_with_logits", .value = logit_loss},
    {"clamp", .value = clamp},
    {"cos", .value = cosine},
    {"div", .value = quotient},
    {"div_derivative", .value = quotient_derivative},
    {"eq", .value = eq},
    {"erf", .value = error_function, .underflow = decaying},
    {"erfc", .value = complementary_error_function, .underflow = decaying},
    {"exp", .value = exponential},
    {"flatten", .value = identity},
    {"flip", .value = identity},
    {"gaussian_nll_loss", .value = gaussian, .refuses_negative = 1 << 2},
    {"ge", .value = ge},
    {"gelu", .value = gelu, .underflow = decaying},
    {"gt", .value = gt},
    {"hinge_embedding_loss", .value = hinge_embedding},
    {"huber_loss", .value = huber},
    {"isclose", .value = near},
    {"isfinite", .value = is_finite},
    {"isinf", .value = is_infinite},
    {"isnan", .value = is_nan},
    {"kl_div", .value = divergence},
    {"l1_loss", .value = absolute_difference},
    {"le", .value = le},
    {"leaky_relu", .value = leaky_relu},
    {"log", .value = logarithm},
    {"logical_and", .value = both},
    {"logical_not", .value = none},
    {"logical_or", .value = either},
    {"logical_xor", .value = one_only},
    {"lt", .value = lt},
    {"margin_ranking_loss", .value = margin_ranking},
    {"maximum", .value = larger},
    {"minimum", .value = smaller},
    {"mse_loss", .value = squared_difference},
    {"mul", .value = product},
    {"ne", .value = ne},
    {"neg", .value = negative},
    {"pad", .value = identity},
    {"poisson_nll_loss", .value = poisson},
    {"pow", .value = power, .underflow = power_underflow},
    {"pow_derivative", .value = power_derivative, .underflow = power_derivative_underflow},
    {"relu", .value = relu},
    {"movedim", .value = identity},
    {"repeat_interleave", .value = identity},
    {"reshape", .value = identity},
    {"rsqrt", .value = reciprocal_root},
    {"sigmoid", .value = sigmoid},
    {"sigmoid_slope", .value = sigmoid_slope},
    {"sign", .value = sign},
    {"silu", .value = silu, .underflow = decaying},
    {"sin", .value = sine},
    {"slice", .value = identity},
    {"smooth_l1_loss", .value = smooth_l1},
    {"soft_margin_loss", .value = soft_margin},
    {"softplus", .value = softplus, .underflow = decaying_softplus},
    {"sqrt", .value = root},
    {"square", .value = square},
    {"squeeze", .value = identity},
    {"sub", .value = difference},
    {"tanh", .value = hyperbolic_tangent},
    {"swapaxes", .value = identity},
    {"swapdims", .value = identity},
    {"to", .value = identity},
    {"t", .value = identity},
    {"transpose", .value = identity},
    {"where", .value = choice},
    {.op = NULL},
};

const reference *elementwise_reference(const char *op) {
  const reference *const tables[] = {
      references,         transcendental_references, arithmetic_references, activation_references,
      special_references, bessel_references,         function_references,   gamma_references};
  for (size_t t = 0; t < sizeof tables / sizeof *tables; t++) {
    for (const reference *r = tables[t]; r->op; r++)
      if (strcmp(r->op, op) == 0) return r;
  }
  return NULL;
}

long double reference_value(const reference *r, const reference_point *p, int order_0, int order_1) {
  return r->of ? r->of(p->x[0], order_0) : r->value(p, order_0, order_1);
}
