# SPDX-License-Identifier: GPL-3.0-or-later
"""References of generate_ops.py for reductions, what runs along a dimension, and what is in order."""
import math

import torch


def every_dim(x, options):
    return options["dim"] or list(range(x.dim()))


def counted(x, o):
    """torch.any and torch.all take one dimension, count_nonzero does not keep it."""
    return (x != 0).sum(every_dim(x, o), o["keepdim"])


def variance(x, o):
    """torch.var has whole corrections only."""
    dims = every_dim(x, o)
    count = math.prod(x.shape[d] for d in dims)
    centred = x - x.mean(dims, keepdim=True)
    return (centred * centred).sum(dims, keepdim=o["keepdim"]) / max(0, count - o["correction"])


def prod(x, o):
    """torch.prod takes one dimension."""
    for d in every_dim(x, o):
        x = x.prod(d, keepdim=True)
    return x if o["keepdim"] else x.sum(every_dim(x, o)) if x.dim() else x.sum()


def prod_slopes(x, o):
    """One factor after the other is 1."""
    y = torch.zeros_like(x)
    for i in range(x.numel()):
        here = (torch.arange(x.numel()) == i).reshape(x.shape)
        y = y + here * prod(torch.where(here, 1.0, x), {"dim": o["dim"], "keepdim": True})
    return y


def topk(x, o):
    """Of equal elements the first; PyTorch leaves that open."""
    values, indices = torch.sort(x, stable=True, dim=o["dim"], descending=o["largest"])
    return (values, indices) if x.dim() == 0 else tuple(y.narrow(o["dim"], 0, o["k"]) for y in (values, indices))


def middle(function):
    def one(x, o):
        if o["dim"]:
            return tuple(function(x, o["dim"][0], o["keepdim"]))
        values, indices = function(x.flatten(), 0)
        shape = [1] * x.dim() if o["keepdim"] else []
        return values.reshape(shape), indices.reshape(shape)
    return one


median, nanmedian = middle(torch.median), middle(torch.nanmedian)


def bincount(x, *rest):
    """With weights as index_add, which has a derivative."""
    weights, o = rest if len(rest) == 2 else (None, rest[0])
    if weights is None:
        return torch.bincount(x, minlength=o["minlength"])
    bins = max(o["minlength"], int(x.max()) + 1)
    return torch.zeros(bins, dtype=weights.dtype).index_add(0, x, weights)


COUNTS = {
    "searchsorted": lambda s, v, o: torch.searchsorted(s, v, right=o["right"]),
    "bucketize": lambda x, b, o: torch.bucketize(x, b, right=o["right"]),
    "histc": lambda x, o: torch.histc(x, o["bins"], o["min"], o["max"]),
    "bincount": bincount,
    "unique": lambda x, o: torch.unique(x, return_inverse=True, return_counts=True),
}


def mode(x, o):
    """The position is the last one; PyTorch leaves that open."""
    values = torch.mode(x, o["dim"], True)[0]
    places = torch.arange(x.shape[o["dim"]] if x.dim() else 1)
    places = places.reshape([-1] + [1] * (x.dim() - 1)).movedim(0, o["dim"]) if x.dim() else places.reshape([])
    indices = torch.where(x == values, places, -1).amax(o["dim"], keepdim=True) if x.numel() else values.long()
    outputs = torch.gather(x, o["dim"], indices), indices
    return outputs if o["keepdim"] or not x.dim() else tuple(y.squeeze(o["dim"]) for y in outputs)


def quantile(function):
    def of_one(x, q, o):
        whole = not o["dim"] or not x.dim()
        line = x.reshape(-1) if whole else x.movedim(o["dim"][0], -1)
        values = function(line, q, -1, False, interpolation=o["interpolation"]) if line.numel() else line.sum(-1)
        if not o["keepdim"]:
            return values
        return values.reshape([1] * x.dim()) if whole else values.unsqueeze(o["dim"][0])

    def reference(x, o):
        return torch.stack([of_one(x, q, o) for q in o["qs"]]) if o["qs"] else of_one(x, o["q"][0], o)
    return reference


def running(function):
    """Along one dimension, or from its end."""
    def along(*arguments):
        *inputs, o = arguments
        turned = (lambda x: x.flip(o["dim"])) if o["reverse"] and inputs[0].dim() else (lambda x: x)
        outputs = function(*(turned(x) for x in inputs), o["dim"])
        return tuple(turned(y) for y in outputs) if isinstance(outputs, tuple) else turned(outputs)
    return along


def linear_recurrence(a, b, dim):
    if a.dim() == 0 or a.shape[dim] == 0:
        return 0 * a + b
    y = []
    for a_i, b_i in zip(a.unbind(dim), b.unbind(dim)):
        y.append(b_i + a_i * y[-1] if y else b_i)
    return torch.stack(y, dim)


def logcumsumexp_slopes(x, dim):
    """Relative to the largest of all, which changes nothing."""
    x = x - x.detach().max() if x.numel() else x
    y = torch.logcumsumexp(x, dim)
    if x.dim() == 0 or x.shape[dim] == 0:
        return torch.exp(x - y), 0 * x
    before = y.narrow(dim, 0, y.shape[dim] - 1)
    first = torch.full_like(y.narrow(dim, 0, 1), -math.inf)
    return torch.exp(x - y), torch.exp(torch.cat([first, before], dim) - y)


def cumulative(function):
    def along(x, o):
        return tuple(function(x.to(torch.uint8) if x.dtype == torch.bool else x, o["dim"]))
    return along


def deviation(x, o):
    """Whose gradient is 0 where it is 0, as that of torch.std."""
    v = variance(x, o)
    return torch.where(v == 0, v.detach(), torch.sqrt(torch.where(v == 0, 1.0, v)))


def centre(x, o):
    """Twice, for the first mean carries its own rounding."""
    dims = every_dim(x, o)
    for _ in range(2):
        x = x - x.mean(dims, keepdim=True)
    return x


def standardize(x, o):
    centred = centre(x, o) if o["centred"] else x
    rstd = 1 / torch.sqrt((centred * centred).mean(every_dim(x, o), keepdim=True) + o["eps"])
    return centred * rstd, rstd


def position(function):
    """Positions along one dimension, or along all as one."""
    def along(x, o):
        x = x.to(torch.uint8) if x.dtype == torch.bool else x
        if o["dim"]:
            return function(x, o["dim"][0], o["keepdim"])
        return function(x).reshape([1] * x.dim() if o["keepdim"] else [])
    return along


def extremum(function, arg_function):
    """The same with values. Their gradient goes to the position; over all dimensions, ties share it."""
    def along(x, o):
        x = x.to(torch.uint8) if x.dtype == torch.bool else x
        if o["dim"]:
            return tuple(function(x, o["dim"][0], o["keepdim"]))
        return function(x).reshape([1] * x.dim() if o["keepdim"] else []), position(arg_function)(x, o)
    return along
