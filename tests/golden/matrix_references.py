# SPDX-License-Identifier: GPL-3.0-or-later
"""References of generate_ops.py about decompositions of matrices, whose signs PyTorch leaves to LAPACK."""
import torch
from torch.nn import functional as F

from references import binary, unary


def turning(rows):
    """1, or -1 for rows in which the first element within a tenth of the largest is negative; a constant."""
    size = rows.detach().abs()
    first = (size >= 0.9 * size.amax(-1, keepdim=True)).double().argmax(-1, keepdim=True)
    return torch.sign(rows.detach().gather(-1, first))


def eigh(x, o):
    values, vectors = torch.linalg.eigh((x + x.mT) / 2)
    return values, vectors * turning(vectors.mT).mT if vectors.numel() else vectors


def svd(x, o):
    u, s, vh = torch.linalg.svd(x, o["full_matrices"])
    if s.numel():
        turn = turning(vh[..., :s.shape[-1], :])
        u, vh = u * turn.mT, turn * vh
    return u, s, vh


def reciprocal_gaps(x, o):
    one = torch.eye(x.shape[-1], dtype=x.dtype)
    return (1 - one) / (x.unsqueeze(-2) - x.unsqueeze(-1) + one)


def qr(x, o):
    """PyTorch has no derivative of mode r."""
    q, r = torch.linalg.qr(x, "reduced" if o["mode"] == "r" else o["mode"])
    return (torch.zeros(0, dtype=x.dtype) if o["mode"] == "r" else q), r


def lstsq(a, b, o):
    """PyTorch does not broadcast, and its residuals have no derivative."""
    vector = b.dim() == 1 or b.shape == a.shape[:-1]
    b = b.unsqueeze(-1) if vector else b
    m, n = a.shape[-2:]
    y = torch.linalg.pinv(a) @ b
    residuals = ((a @ y - b) ** 2).sum(-2) if m > n else torch.zeros(0, dtype=a.dtype)
    rank = torch.linalg.matrix_rank(a).expand(y.shape[:-2])
    if vector:
        return y.squeeze(-1), residuals.squeeze(-1) if m > n else residuals, rank
    return y, residuals, rank


def matrix_norm(x, o):
    orders = {"inf": float("inf"), "-inf": -float("inf"), "1": 1, "-1": -1, "2": 2, "-2": -2}
    return torch.linalg.matrix_norm(x, orders.get(o["ord"], o["ord"]), o["dim"], o["keepdim"])


MATRICES = {
    "matmul": binary(torch.matmul),
    "linear": lambda x, weight, bias, o: F.linear(x, weight, bias),
    "dot": binary(torch.dot),
    "vdot": binary(torch.vdot),
    "mv": binary(torch.mv),
    "mm": binary(torch.mm),
    "bmm": binary(torch.bmm),
    "inner": binary(torch.inner),
    "outer": binary(torch.outer),
    "addmm": lambda x, a, b, o: torch.addmm(x, a, b, beta=o["beta"], alpha=o["alpha"]),
    "addmv": lambda x, a, b, o: torch.addmv(x, a, b, beta=o["beta"], alpha=o["alpha"]),
    "addr": lambda x, a, b, o: torch.addr(x, a, b, beta=o["beta"], alpha=o["alpha"]),
    "addbmm": lambda x, a, b, o: torch.addbmm(x, a, b, beta=o["beta"], alpha=o["alpha"]),
    "baddbmm": lambda x, a, b, o: torch.baddbmm(x, a, b, beta=o["beta"], alpha=o["alpha"]),
    "einsum": lambda *a: torch.einsum(a[-1]["equation"], *a[:-1]),
    "kron": binary(torch.kron),
    "det": unary(torch.linalg.det),
    "cofactor": lambda x, o: torch.linalg.det(x)[..., None, None] * torch.linalg.inv(x).mT,
    "slogdet": lambda x, o: tuple(torch.linalg.slogdet(x)),
    "logdet": unary(torch.logdet),
    "inverse": unary(torch.inverse),
    "inv": unary(torch.linalg.inv),
    "solve": lambda a, b, o: torch.linalg.solve(a, b, left=o["left"]),
    "solve_triangular": lambda a, b, o: torch.linalg.solve_triangular(a, b, **o),
    "cholesky": lambda x, o: torch.linalg.cholesky((x + x.mT) / 2, upper=o["upper"]),
    "cholesky_solve": lambda b, l, o: torch.cholesky_solve(
        b, (l.triu() if o["upper"] else l.tril()).expand(b.shape[:-2] + l.shape[-2:]), o["upper"]),
    "reciprocal_gaps": reciprocal_gaps,
    "eigh": eigh,
    "eigvalsh": lambda x, o: torch.linalg.eigvalsh((x + x.mT) / 2),
    "svd": svd,
    "svdvals": unary(torch.linalg.svdvals),
    "qr": qr,
    "pinv": lambda x, o: torch.linalg.pinv(x, atol=o["atol"], rtol=o["rtol"] if o["rtol"] >= 0 else None),
    "lstsq": lstsq,
    "matrix_exp": unary(torch.matrix_exp),
    "matrix_norm": matrix_norm,
    "matrix_rank": lambda x, o: torch.linalg.matrix_rank(
        x, atol=o["atol"], rtol=o["rtol"] if o["rtol"] >= 0 else None),
    "cross": lambda a, b, o: torch.linalg.cross(a, b, dim=o["dim"]),
    "tensordot": lambda a, b, o: torch.tensordot(a, b, (o["dims_a"], o["dims_b"]) if o["dims_a"] else o["dims"]),
    "cov": lambda x, f, a, o: torch.cov(x, correction=int(o["correction"]), fweights=f, aweights=a),
    "corrcoef": unary(torch.corrcoef),
    "matrix_power": lambda x, o: torch.matrix_power(x, o["n"]),
}
