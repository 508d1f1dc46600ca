# SPDX-License-Identifier: GPL-3.0-or-later
"""References of generate_ops.py about decompositions of matrices, whose signs PyTorch leaves to LAPACK."""
import torch


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
