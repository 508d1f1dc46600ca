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
    "matrix_power": lambda x, o: torch.matrix_power(x, o["n"]),
}
