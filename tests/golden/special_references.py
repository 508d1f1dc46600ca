# SPDX-License-Identifier: GPL-3.0-or-later
"""References of generate_ops.py for special functions: mpmath's, in 40 digits, with its derivatives."""
import mpmath
import torch

mpmath.mp.dps = 40


class Elementwise(torch.autograd.Function):
    """f of numbers, element by element, with the derivatives by the inputs that require a gradient."""

    @staticmethod
    def forward(ctx, f, slope, wanted, *inputs):
        ctx.f, ctx.slope, ctx.wanted, ctx.points = f, slope, wanted, [x.flatten().tolist() for x in inputs]
        values = [float(mpmath.re(f(*map(mpmath.mpf, point)))) for point in zip(*ctx.points)]
        return torch.tensor(values, dtype=torch.float64).reshape(inputs[0].shape)

    @staticmethod
    def backward(ctx, d_y):
        if ctx.slope:
            slopes = [float(ctx.slope(*map(mpmath.mpf, point))) for point in zip(*ctx.points)]
            others = [None] * (len(ctx.points) - 1)
            return None, None, None, *others, d_y * torch.tensor(slopes, dtype=torch.float64).reshape(d_y.shape)
        gradients = []
        for i, wanted in enumerate(ctx.wanted):
            order = tuple(int(j == i) for j in range(len(ctx.wanted)))
            slopes = [float(mpmath.re(mpmath.diff(ctx.f, tuple(map(mpmath.mpf, point)), order))) if wanted else 0.0
                      for point in zip(*ctx.points)]
            gradients.append(d_y * torch.tensor(slopes, dtype=torch.float64).reshape(d_y.shape))
        return (None, None, None, *gradients)


def special(f, slope=None):
    """f(o, *numbers): of options and mpmath numbers; slope: its derivative by the last of them, where mpmath's
    differences take long or those by the others are not wanted. The inputs broadcast."""
    def reference(*arguments):
        *inputs, o = arguments
        inputs = torch.broadcast_tensors(*inputs)
        d = slope and (lambda *x: slope(o, *x))
        return Elementwise.apply(lambda *x: f(o, *x), d, [x.requires_grad for x in inputs], *inputs)
    return reference


BESSEL = {"j": mpmath.besselj, "y": mpmath.bessely, "i": mpmath.besseli, "k": mpmath.besselk}
SCALED = {
    "i0e": lambda x: mpmath.exp(-abs(x)) * mpmath.besseli(0, x),
    "i1e": lambda x: mpmath.exp(-abs(x)) * mpmath.besseli(1, x),
    "k0e": lambda x: mpmath.exp(x) * mpmath.besselk(0, x),
    "k1e": lambda x: mpmath.exp(x) * mpmath.besselk(1, x),
}


def bessel(kind, n=None):
    return special(lambda o, x: BESSEL[kind](int(o["n"]) if n is None else n, x))


def scaled_derivative(kind, order, x):
    """By Leibniz' rule: exp(-s x) Z_n(x), s the sign of x, or exp(x) K_n(x)."""
    z, n = (mpmath.besseli, mpmath.besselk)[kind[0] == "k"], int(kind[1])
    rate, sign = (1, -1) if kind[0] == "k" else (-mpmath.sign(x), 1)
    total = 0
    for j in range(order + 1):
        terms = [mpmath.binomial(j, i) * z(abs(n - j + 2 * i), x) for i in range(j + 1)]
        total += mpmath.binomial(order, j) * rate ** (order - j) * sum(terms) * (mpmath.mpf(sign) / 2) ** j
    return mpmath.re(mpmath.exp(rate * x) * total)


def zeta(o, x, q):
    """The sum up to where q + k > 0, and mpmath's function from there."""
    first = max(0, int(mpmath.ceil(-q)))
    return sum((q + k) ** -int(x) for k in range(first)) + mpmath.zeta(x, q + first)


def zeta_derivative(order, x, q):
    return (-1) ** order * mpmath.rf(x, order) * zeta(None, x + order, q)


def erfcx(x):
    return mpmath.exp(x * x) * mpmath.erfc(x)


def dilog_derivative(n, x):
    if n == 0:
        return mpmath.re(mpmath.polylog(2, x))
    if x == 0:
        return mpmath.factorial(n) / n ** 2
    return mpmath.diff(lambda t: -mpmath.log(abs(1 - t)) / t, x, n - 1)


def density(m, a, x):
    """The derivative of x^(a - 1) exp(-x) / gamma(a), m times, by Leibniz' rule."""
    terms = [mpmath.binomial(m, j) * (-1) ** (m - j) * mpmath.ff(a - 1, j) * x ** -j for j in range(m + 1)]
    return sum(terms) * mpmath.exp((a - 1) * mpmath.log(x) - x - mpmath.loggamma(a))


def incomplete(lower, a, x):
    """P or Q; of large a, where mpmath's series do not converge, the integral."""
    if a < 1000:
        return mpmath.gammainc(a, 0, x, regularized=True) if lower else mpmath.gammainc(a, x, regularized=True)
    width = mpmath.sqrt(a)
    ends = [min(a, x) - k * width for k in range(20, 0, -1)] + [x] if lower else \
        [x] + [max(a, x) + k * width for k in range(1, 21)]
    return mpmath.quad(lambda t: density(0, a, t), ends)


def gammainc_derivative(order, a, x):
    return density(order - 1, a, x) if order else incomplete(True, a, x)


SPECIAL = {
    "dilog": special(lambda o, x: dilog_derivative(0, x), lambda o, x: dilog_derivative(1, x)),
    "dilog_derivative": special(lambda o, x: dilog_derivative(int(o["order"]), x),
                                lambda o, x: dilog_derivative(int(o["order"]) + 1, x)),
    "erfcx": special(lambda o, x: erfcx(x)),
    "erfcx_derivative": special(lambda o, x: mpmath.diff(erfcx, x, int(o["order"])),
                                lambda o, x: mpmath.diff(erfcx, x, int(o["order"]) + 1)),
    "gammainc": special(lambda o, a, x: incomplete(True, a, x), lambda o, a, x: density(0, a, x)),
    "gammaincc": special(lambda o, a, x: incomplete(False, a, x), lambda o, a, x: -density(0, a, x)),
    "gammainc_derivative": special(lambda o, a, x: gammainc_derivative(int(o["order"]), a, x),
                                   lambda o, a, x: gammainc_derivative(int(o["order"]) + 1, a, x)),
    "zeta": special(zeta, lambda o, x, q: zeta_derivative(1, x, q)),
    "zeta_derivative": special(lambda o, x, q: zeta_derivative(int(o["order"]), x, q),
                               lambda o, x, q: zeta_derivative(int(o["order"]) + 1, x, q)),
    "airy_ai": special(lambda o, x: mpmath.airyai(x)),
    "airy_ai_derivative": special(lambda o, x: mpmath.airyai(x, derivative=int(o["order"]))),
    "lambertw": special(lambda o, x: mpmath.lambertw(x)),
    "lambertw_derivative": special(lambda o, x: mpmath.diff(mpmath.lambertw, x, int(o["order"]))),
    "legendre_polynomial_p": special(lambda o, x: mpmath.legendre(int(o["n"]), x)),
    "legendre_derivative": special(
        lambda o, x: mpmath.diff(lambda t: mpmath.legendre(int(o["n"]), t), x, int(o["order"]))),
    "bessel_j0": bessel("j", 0),
    "bessel_j1": bessel("j", 1),
    "bessel_y0": bessel("y", 0),
    "bessel_y1": bessel("y", 1),
    "bessel_jn": bessel("j"),
    "bessel_yn": bessel("y"),
    "bessel_in": bessel("i"),
    "bessel_kn": bessel("k"),
    "bessel_derivative": special(
        lambda o, x: mpmath.diff(lambda t: BESSEL[o["kind"]](o["n"], t), x, o["order"])),
    "i0": bessel("i", 0),
    "i1": bessel("i", 1),
    "modified_bessel_k0": bessel("k", 0),
    "modified_bessel_k1": bessel("k", 1),
    "i0e": special(lambda o, x: SCALED["i0e"](x)),
    "i1e": special(lambda o, x: SCALED["i1e"](x)),
    "scaled_modified_bessel_k0": special(lambda o, x: SCALED["k0e"](x)),
    "scaled_modified_bessel_k1": special(lambda o, x: SCALED["k1e"](x)),
    "scaled_bessel_derivative": special(
        lambda o, x: scaled_derivative(o["kind"], int(o["order"]), x),
        lambda o, x: scaled_derivative(o["kind"], int(o["order"]) + 1, x)),
}
