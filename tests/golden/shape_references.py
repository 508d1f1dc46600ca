# SPDX-License-Identifier: GPL-3.0-or-later
"""References of generate_ops.py for ops that move elements, in PyTorch."""
import numpy as np
import torch
from torch.nn import functional as F


def diag(x, o):
    """torch.diag refuses a diagonal beside the matrix, and takes no bools."""
    return torch.diag_embed(x, o["diagonal"]) if x.dim() == 1 else x.diagonal(o["diagonal"])


def trace(x, o):
    """torch.trace takes no bools, and of bytes it gives wide integers as we do."""
    return x.diagonal().sum()


def pad(x, o):
    """NumPy's positions, as F.pad takes few shapes where it does not pad with a constant; and F.pad itself where it
    takes them. Dimensions that go around are cut first."""
    if o["mode"] == "constant":
        return F.pad(x, o["pad"], value=o["value"])
    y = x
    for i in range(len(o["pad"]) // 2):
        dim, low, high = x.dim() - 1 - i, o["pad"][2 * i], o["pad"][2 * i + 1]
        positions = np.arange(x.shape[dim])
        cut = (max(-low, 0), max(-high, 0))
        if o["mode"] == "circular":
            positions = positions[cut[0]:len(positions) - cut[1]]
        mode = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}[o["mode"]]
        positions = np.pad(positions, (max(low, 0), max(high, 0)), mode)
        if o["mode"] != "circular":
            positions = positions[cut[0]:len(positions) - cut[1]]
        y = y.index_select(dim, torch.tensor(positions))
    if x.is_floating_point() and x.numel() > 0 and x.dim() - len(o["pad"]) // 2 == 1:
        assert torch.equal(y, F.pad(x.unsqueeze(0), o["pad"], o["mode"]).squeeze(0))
    return y


def repeat_interleave(x, o):
    repeats = torch.tensor(o["repeats"])
    return torch.repeat_interleave(x, repeats, (o["dim"] or [None])[0])


def index(x, *rest):
    *indices, o = rest
    return x[(slice(None),) * (o["dim"] % x.dim()) + tuple(indices)]


def scattered(x, source, index, dim):
    """Slices put at positions of a dimension. Of several at one place the last one stays, and it alone has a
    gradient; PyTorch leaves both open."""
    index = index.reshape(-1).tolist()
    kept = list({p: i for i, p in enumerate(index)}.values())
    return torch.index_copy(x, dim, torch.tensor([index[i] for i in kept], dtype=torch.int64),
                            source.index_select(dim, torch.tensor(kept, dtype=torch.int64)))


def scatter_reduce(x, index, source, o):
    return torch.scatter_reduce(x, o["dim"], index, source.expand(index.shape),
                                {"multiply": "prod"}.get(o["reduce"], o["reduce"]), include_self=o["include_self"])


def scatter(x, index, source, o):
    """Likewise: element by element, of several at one place the last one along the dimension."""
    if o["reduce"] == "add":
        return torch.scatter_add(x, o["dim"], index, source.expand(index.shape))
    if o["reduce"] != "none":
        return scatter_reduce(x, index, source, o | {"include_self": True})
    dim = o["dim"] % x.dim()
    y = x.movedim(dim, -1)
    positions, values = index.movedim(dim, -1), source.expand(index.shape).movedim(dim, -1)
    for i in range(positions.shape[-1]):
        y = y.scatter(-1, positions[..., i:i + 1], values[..., i:i + 1])
    return y.movedim(-1, dim)


def take_along_dim(x, indices, o):
    return torch.take_along_dim(x, indices, o["dim"][0]) if o["dim"] else torch.take_along_dim(x, indices)


def embedding(index, weight, o):
    """F.embedding has integers and tables of more or fewer dimensions only as indexing."""
    if weight.dim() != 2 or not weight.is_floating_point():
        return weight[index]
    return F.embedding(index, weight, (o["padding_idx"] or [None])[0])


def embedding_bag(index, weight, offsets, shares, o):
    """F.embedding_bag takes neither bags without entries nor no bag, and wants offsets for the padding."""
    if index.dim() == 2 and index.shape[1] == 0:
        return weight[:index.shape[0]] * 0
    if offsets is not None and len(offsets) == 0:
        return weight[:0] * 1
    if index.dim() == 2 and o["padding_idx"]:
        offsets, index = torch.arange(0, index.numel(), index.shape[1]), index.reshape(-1)
        shares = None if shares is None else shares.reshape(-1)
    padding = (o["padding_idx"] or [None])[0]
    return F.embedding_bag(index, weight, offsets, mode=o["mode"], per_sample_weights=shares,
                           include_last_offset=o["include_last_offset"], padding_idx=padding)
