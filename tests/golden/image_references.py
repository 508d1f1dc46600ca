# SPDX-License-Identifier: GPL-3.0-or-later
"""References of generate_ops.py for pools and other ops on images, in PyTorch."""
import math

import torch
from torch.nn import functional as F

from references import uniform
from shape_references import scatter


def without_images(function):
    """PyTorch takes no empty batch in some of its functions: one image of ones has the shape of all."""
    def of(x, *rest):
        if x.numel() > 0 or 0 in x.shape[1:]:
            return function(x, *rest)
        one = function(x.new_ones([1] + list(x.shape[1:])), *rest)
        empty = x.sum() + one[:0] if not isinstance(one, tuple) else tuple(y[:0] for y in one)
        return empty
    return of


def each(values, spatial):
    """One value for each dimension, or None."""
    return (values * spatial if len(values) == 1 else values) or None


def pool_options(o):
    return o["kernel_size"], o["stride"] or None, o["padding"] or 0


def max_pool(function):
    return lambda x, o: function(x, *pool_options(o), o["dilation"] or 1, o["ceil_mode"], return_indices=True)


def adaptive(function, spatial, **more):
    @without_images
    def pool(x, o):
        sizes = each(o["output_size"], spatial)
        sizes = [n if s == -1 else s for s, n in zip(sizes, x.shape[-spatial:])]
        return function(x, sizes[0] if spatial == 1 else sizes, **more)
    return pool


def max_unpool(function):
    """Of several values at one place the last one stays, and it alone has a gradient; PyTorch leaves both open."""
    def unpool(x, indices, o):
        spatial = {F.max_unpool1d: 1, F.max_unpool2d: 2, F.max_unpool3d: 3}[function]
        options = [each(o[name], spatial) for name in ("kernel_size", "stride", "padding")]
        options.append(each(o["output_size"], spatial))
        ones = torch.ones([1] + list(x.shape[-spatial:]))
        extents = list(function(ones, torch.zeros_like(ones).long(), *options).shape[1:])
        images = math.prod(x.shape[:-spatial])
        positions = math.prod(x.shape[-spatial:])
        zeros = torch.zeros([images, math.prod(extents)], dtype=x.dtype)
        y = scatter(zeros, indices.reshape(images, positions), x.reshape(images, positions),
                    {"dim": 1, "reduce": "none"}).reshape(list(x.shape[:-spatial]) + extents)
        alone = all(len(set(row)) == len(row) for row in indices.reshape(images, positions).tolist())
        if alone and images > 0:
            assert torch.equal(y, function(x, indices, *options))
        return y
    return unpool


def avg_pool(function):
    @without_images
    def pool(x, o):
        more = {"divisor_override": o["divisor_override"] or None} if "divisor_override" in o else {}
        return function(x, *pool_options(o), o["ceil_mode"], o["count_include_pad"], **more)
    return pool


def lp_pool(function):
    @without_images
    def pool(x, o):
        kernel = o["kernel_size"] * 2 if function is F.lp_pool2d else o["kernel_size"][0]
        return function(x, o["norm_type"], kernel, o["stride"] or None, o["ceil_mode"])
    return pool


INTERPOLATION = {1: "linear", 2: "bilinear", 3: "trilinear"}


def resample(x, o):
    """The matrix of PyTorch's function, from what it makes of the unit vectors."""
    fine = o["fine"]
    spatial = len(fine)
    coarse = o["coarse"] * (spatial if len(o["coarse"]) == 1 else 1)
    count = math.prod(fine)
    unit = torch.eye(count, dtype=torch.float64).reshape([count, 1] + fine)
    if o["kind"] == "windows":
        function = (F.avg_pool1d, F.avg_pool2d, F.avg_pool3d)[spatial - 1]
        made = function(unit, o["kernel_size"], o["stride"], o["padding"],
                        count_include_pad=o["count_include_pad"])
    elif o["antialias"]:
        assert spatial == 1
        made = F.interpolate(unit.unsqueeze(2), scale_factor=(1, 1 / o["scale"][0]), mode="bilinear",
                             align_corners=False, antialias=True).squeeze(2)
    else:
        mode = {"area": "area", "nearest": "nearest", "nearest-exact": "nearest-exact",
                "linear": INTERPOLATION[spatial], "cubic": "bicubic"}[o["kind"]]
        corners = o["align_corners"] if o["kind"] in ("linear", "cubic") else None
        made = F.interpolate(unit, size=coarse, mode=mode, align_corners=corners)
    assert list(made.shape[2:]) == coarse, made.shape
    matrix = made.reshape(count, -1)
    matrix, extents = (matrix.t(), fine) if o["adjoint"] else (matrix, coarse)
    lead = list(x.shape[:-spatial])
    return (x.reshape(math.prod(lead), -1 if x.numel() else matrix.shape[0]) @ matrix).reshape(lead + extents)


def batched(x, rank, function):
    return function(x) if x.dim() == rank else function(x.unsqueeze(0)).squeeze(0)


def im2col(x, o):
    options = [each(o[name], 2) for name in ("kernel_size", "dilation", "padding", "stride")]
    return batched(x, 4, lambda x: F.unfold(x, *options))


def fold(x, o):
    options = [each(o[name], 2) for name in ("output_size", "kernel_size", "dilation", "padding", "stride")]
    return batched(x, 3, lambda x: F.fold(x, *options))


def interpolate(x, o):
    smooth = o["mode"] in ("linear", "bilinear", "bicubic", "trilinear")
    spatial = x.dim() - 2
    return F.interpolate(x, each(o["size"], spatial), each(o["scale_factor"], spatial), o["mode"],
                         o["align_corners"] if smooth else None, o["recompute_scale_factor"] or None,
                         antialias=o["antialias"])


def corner_sum(x, weight, index, o):
    pixels = torch.gather(x.unsqueeze(2).expand(-1, -1, index.shape[1], -1), 3,
                          index.unsqueeze(1).expand(-1, x.shape[1], -1, -1))
    return (pixels * weight.unsqueeze(1)).sum(3)


def corner_scatter(y, weight, index, o):
    """The adjoint of corner_sum, as autograd has it."""
    x = torch.zeros([y.shape[0], y.shape[1], o["extent"]], dtype=y.dtype, requires_grad=True)
    return torch.autograd.grad(corner_sum(x, weight, index, o), x, y, create_graph=True)[0]


def corner_weights(x, y, index, o):
    weight = torch.zeros(index.shape, dtype=x.dtype, requires_grad=True)
    return torch.autograd.grad(corner_sum(x, weight, index, o), weight, y, create_graph=True)[0]


def grid_sample(x, grid, o):
    if x.shape[0] == 0 or grid.numel() == 0:
        return (x.sum() + grid.sum()) * torch.zeros([x.shape[0], x.shape[1]] + list(grid.shape[1:-1]))
    return F.grid_sample(x, grid, o["mode"], o["padding_mode"], o["align_corners"])


def place(grid, n, o):
    """Where points lie among n pixels."""
    at = (grid + 1) / 2 * (n - 1) if o["align_corners"] else ((grid + 1) * n - 1) / 2
    if o["padding_mode"] == "reflection":
        low, span = (0, n - 1) if o["align_corners"] else (-0.5, n)
        distance = (at - low).abs()
        turns = torch.floor(distance / span).detach()
        rest = distance - turns * span
        at = torch.where(turns % 2 == 1, low + span - rest, low + rest)
    return at if o["padding_mode"] == "zeros" else at.clamp(0, n - 1)


def grid_points(grid, o):
    """By the formula; grid_sample is PyTorch's."""
    weights, slopes, index = [], [], torch.zeros(list(grid.shape[:2]) + [1], dtype=torch.int64)
    for j in reversed(range(grid.shape[2])):
        n = o["size"][-1 - j]
        at = place(grid[..., j], n, o)
        slope = torch.autograd.grad(at.sum(), grid, retain_graph=True)[0][..., j]
        if o["mode"] == "nearest":
            pixels = at.round().detach().unsqueeze(-1)
            weight, slope = torch.ones_like(pixels), [0 * slope]
        else:
            first = at.floor().detach()
            pixels = torch.stack([first, first + 1], -1)
            weight, slope = torch.stack([1 - (at - first), at - first], -1), [-slope, slope]
        inside = (pixels >= 0) & (pixels <= n - 1)
        weights.insert(0, weight * inside)
        slopes.insert(0, torch.stack(slope, -1) * inside)
        index = (index.unsqueeze(-1) * n + pixels.clamp(0, n - 1).long().unsqueeze(-2)).flatten(2)
    return torch.stack(weights) + 0 * grid.sum(), index, torch.stack(slopes)


def affine_grid(theta, o):
    if theta.shape[0] == 0:
        return theta.sum() * torch.zeros([0] + o["size"][2:] + [len(o["size"]) - 2])
    return F.affine_grid(theta, o["size"], o["align_corners"])


def dropping(channels, alone=0, alpha=False):
    """F.dropout and its relatives with the mask that the stream of the tests gives."""
    def drop(x, o):
        p, shape = o["p"], list(x.shape)
        lead = 1 if x.dim() == alone else 2
        if channels:
            shape = shape[:lead] + [1] * (x.dim() - lead)
        kept = torch.tensor([float(uniform(i) >= p) for i in range(math.prod(shape))]).double().reshape(shape)
        if not alpha or p == 1:
            return x * kept / (1 - p if p < 1 else 1)
        limit = 1.7580993408473766
        a = 1 / math.sqrt((limit * limit * p + 1) * (1 - p))
        return x * (kept * a) + ((kept - 1) * limit * a + limit * a * p)
    return drop


def local_response_norm(x, o):
    if x.numel() == 0:
        return x * 1
    return F.local_response_norm(x, o["size"], o["alpha"], o["beta"], o["k"])
