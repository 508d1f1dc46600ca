# SPDX-License-Identifier: GPL-3.0-or-later
"""References of generate_ops.py for normalizations by masks and of weights."""
import torch
from torch.nn import functional as F


def masked_batch_norm(x, mask, gamma, beta, o):
    """PyTorch's batch_norm of the rows that are left."""
    positions = x.movedim(1, -1)
    if mask.dtype != torch.bool:
        mask = torch.arange(x.shape[-1]) < mask.reshape([-1] + [1] * (x.dim() - 2))
    mask = mask.expand(positions.shape[:-1])
    rows = positions[mask]
    y = torch.zeros_like(positions)
    if x.shape[1] > 0:
        y[mask] = F.batch_norm(rows, None, None, gamma, beta, True, eps=o["eps"])
    return y.movedim(-1, 1), rows.mean(0), rows.var(0, unbiased=False)


def weight_norm(v, g, o):
    own = [d % v.dim() for d in o["dim"]]
    others = [d for d in range(v.dim()) if d not in own]
    return v * (g / (v.square().sum(others, keepdim=True).sqrt() if others else v.abs()))


def spectral_norm(weight, u, v, o):
    return weight / torch.dot(u, weight.movedim(o["dim"], 0).flatten(1).mv(v))


def spectral_norm_step(u, v, weight, o):
    matrix = weight.movedim(o["dim"], 0).flatten(1)
    for _ in range(o["n_power_iterations"]):
        v = F.normalize(matrix.t().mv(u), dim=0, eps=o["eps"])
        u = F.normalize(matrix.mv(v), dim=0, eps=o["eps"])
    return u, v


NORMS = {
    "masked_batch_norm": masked_batch_norm,
    "weight_norm": weight_norm,
    "spectral_norm": spectral_norm,
    "spectral_norm_step": spectral_norm_step,
}
