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
            slopes = [float(ctx.slope(mpmath.mpf(x))) for (x,) in zip(*ctx.points)]
            return None, None, None, d_y * torch.tensor(slopes, dtype=torch.float64).reshape(d_y.shape)
        gradients = []
        for i, wanted in enumerate(ctx.wanted):
            order = tuple(int(j == i) for j in range(len(ctx.wanted)))
            slopes = [float(mpmath.re(mpmath.diff(ctx.f, tuple(map(mpmath.mpf, point)), order))) if wanted else 0.0
                      for point in zip(*ctx.points)]
            gradients.append(d_y * torch.tensor(slopes, dtype=torch.float64).reshape(d_y.shape))
        return (None, None, None, *gradients)


def special(f, slope=None):
    """f(o, *numbers): of options and mpmath numbers; slope: its derivative, where mpmath's differences take long.
    The inputs broadcast."""
    def reference(*arguments):
        *inputs, o = arguments
        inputs = torch.broadcast_tensors(*inputs)
        d = slope and (lambda x: slope(o, x))
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


SPECIAL = {
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
