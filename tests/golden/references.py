# SPDX-License-Identifier: GPL-3.0-or-later
"""References of generate_ops.py that take more than a line: outputs from inputs and options, in PyTorch."""
import math

import numpy as np
import torch
from torch.nn import functional as F

DTYPES = {"f32": torch.float32, "f64": torch.float64, "i64": torch.int64, "bool": torch.bool, "u8": torch.uint8}


def ranges(rank, o):
    def at(name, d):
        return o[name][d] if d < len(o[name]) else None
    return tuple(slice(at("start", d), at("stop", d), at("step", d)) for d in range(rank))


def embed(x, o):
    y = torch.zeros(o["shape"], dtype=x.dtype)
    y[ranges(y.dim(), o)] = x
    return y


def split(x, o):
    sizes = o["split_size"]
    return torch.split(x, sizes if len(sizes) > 1 else sizes[0], o["dim"])


def slice_put(x, source, o):
    y = x.detach().clone()
    y[ranges(y.dim(), o)] = source.to(y.dtype)
    return y


def index_put(*arguments):
    """The positions, counted in the indexed dimensions, come with it. Of values at one position the last one stays,
    and it alone has a gradient; PyTorch leaves both open."""
    x, values, *index, o = arguments
    values = values.to(x.dtype)
    spread = False
    if index[0].dtype == torch.bool:
        indexed = index[0].dim()
        spread = values.dim() <= x.dim() - indexed or values.shape[0] == 1
        index = index[0].nonzero(as_tuple=True)
    else:
        indexed = len(index)
        index = torch.broadcast_tensors(*index)
    extent = math.prod(x.shape[:indexed])
    position = torch.zeros_like(index[0])
    for size, i in zip(x.shape, index):
        position = position * size + i
    values = values.expand(position.shape + x.shape[indexed:]).reshape([position.numel()] + list(x.shape[indexed:]))
    position = position.flatten()
    kept = list({p: i for i, p in enumerate(position.tolist())}.values())
    if o["accumulate"]:
        kept = list(range(len(position)))
    y = x.reshape([extent] + list(x.shape[indexed:]))
    y = y.index_put((position[kept],), values[kept], o["accumulate"]).reshape(x.shape)
    return y, position[:0] if spread or x.numel() == 0 else position


def squeeze(x, o):
    if not o["dim"]:
        return x.squeeze()
    dims = [d % x.dim() for d in o["dim"]]
    return x.reshape([size for d, size in enumerate(x.shape) if d not in dims or size != 1])


def convolution(o):
    options = {name: o[name] for name in ("stride", "padding", "dilation") if o[name]}
    return dict(options, groups=o["groups"])


def conv(function):
    def with_bias(x, weight, bias, o):
        if x.shape[1] == 0:  # PyTorch gives no filters where there are no channels; one of zeros adds nothing
            x, weight = (torch.cat([t, t.new_zeros([t.shape[0], 1, *t.shape[2:]])], 1)
                         for t in (x, weight))
        return function(x, weight, bias, **convolution(o))
    return with_bias


def conv_transpose(function):
    def with_padding(x, weight, bias, o):
        if o["padding"] != "same":
            return function(x, weight, bias, output_padding=o["output_padding"], **convolution(o))
        spatial, channels = x.dim() - 2, weight.shape[1] * int(o["groups"])
        image = torch.zeros([x.shape[0], channels, *x.shape[2:]], dtype=x.dtype, requires_grad=True)
        forth = (F.conv1d, F.conv2d, F.conv3d)[spatial - 1](image, weight, **convolution(o))
        y = torch.autograd.grad(forth, image, x, create_graph=True)[0]
        return y if bias is None else y + bias.reshape(-1, *[1] * spatial)
    return with_padding


def conv_weight_grad(x, g, o):
    spatial = x.dim() - 2
    function = (F.conv1d, F.conv2d, F.conv3d)[spatial - 1]
    kernel = o["kernel_size"] * (spatial if len(o["kernel_size"]) == 1 else 1)
    weight = torch.zeros([g.shape[1], x.shape[1] // o["groups"]] + kernel, dtype=g.dtype, requires_grad=True)
    y = function(x, weight, **convolution(o))[tuple(slice(extent) for extent in g.shape)]
    return torch.autograd.grad(y, weight, g, create_graph=True)[0]


def dropout(x, o, drawn):
    """The mask is what was drawn: zeros and 1 / (1 - p)."""
    mask = drawn["mask"]
    scale = 1 / (1 - o["p"]) if o["p"] < 1 else 0
    assert bool(((mask == 0) | ((mask - scale).abs() <= 1e-15 * scale)).all())
    assert o["p"] > 0 or bool((mask == 1).all())
    return x * mask, mask


def batch_norm(x, gamma, beta, o):
    y = F.batch_norm(x, None, None, gamma, beta, True, 0, o["eps"]) if x.numel() else x * 1
    dims = [d for d in range(x.dim()) if d != 1]
    return y, x.mean(dims), x.var(dims, unbiased=False)


def running_stats_step(running_mean, running_var, tracked, mean, var, o):
    n = o["values_per_channel"]
    m = 1 / (tracked.item() + 1) if o["cumulative"] else o["momentum"]
    return torch.lerp(running_mean, mean, m), torch.lerp(running_var, var * n / (n - 1), m), tracked + 1


def batch_norm_inference(x, mean, var, gamma, beta, o):
    """F.batch_norm has no derivative in the statistics."""
    def column(t):
        return t.reshape([-1] + [1] * (x.dim() - 2))
    y = (x - column(mean)) / torch.sqrt(column(var) + o["eps"])
    y = y if gamma is None else y * column(gamma)
    y = y if beta is None else y + column(beta)
    if x.numel() == 0:  # F.batch_norm takes no empty batch
        return y
    same = F.batch_norm(x, mean.detach(), var.detach(), gamma, beta, False, 0, o["eps"])
    assert torch.allclose(y, same, rtol=1e-13, atol=1e-13)
    return y


def layer_norm(x, gamma, beta, o):
    dims = list(range(x.dim() - len(o["normalized_shape"]), x.dim()))
    y = F.layer_norm(x, o["normalized_shape"], gamma, beta, o["eps"])
    return y, x.mean(dims), x.var(dims, unbiased=False)


def group_norm(x, gamma, beta, o):
    groups = x.reshape(x.shape[0], o["num_groups"], math.prod(x.shape[1:]) // o["num_groups"])
    scale = x.new_ones(beta.shape) if gamma is None and beta is not None else gamma  # PyTorch takes no beta alone
    y = F.group_norm(x, o["num_groups"], scale, beta, o["eps"])
    return y, groups.mean(2), groups.var(2, unbiased=False)


def instance_norm(x, gamma, beta, o):
    y = F.instance_norm(x, None, None, gamma, beta, True, 0, o["eps"]) if x.numel() else x * 1
    dims = list(range(2, x.dim()))
    return y, x.mean(dims), x.var(dims, unbiased=False)


def rms_norm(x, gamma, o):
    """PyTorch 1.13 has none."""
    dims = list(range(x.dim() - len(o["normalized_shape"]), x.dim()))
    eps = torch.finfo(x.dtype).eps if o["eps"] == -1 else o["eps"]
    mean_square = (x * x).mean(dims)
    root = torch.sqrt(mean_square + eps).reshape(list(mean_square.shape) + [1] * len(dims))
    return x / root * (1 if gamma is None else gamma), mean_square


def alpha(a, b, o):
    """Of integers PyTorch wants an integer."""
    return o["alpha"] if a.is_floating_point() or b.is_floating_point() else int(o["alpha"])


def derivative(y, x):
    """dy/dx element by element, itself with a graph."""
    x = x if x.requires_grad else x.requires_grad_()
    return torch.autograd.grad(y(x).sum(), x, create_graph=True)[0]


def sigmoid_slope(x, o):
    return derivative(torch.sigmoid, x) if x.numel() else x * 1


def pow_derivative(a, b, o):
    a, b = torch.broadcast_tensors(a, b)
    y = torch.pow(a, b)
    for x, order in ((a, o["order_a"]), (b, o["order_b"])):
        for _ in range(order):
            y = torch.autograd.grad(y.sum(), x, create_graph=True)[0]
    return y


def div_derivative(g, a, b, o):
    g, a, b = torch.broadcast_tensors(g, a, b)
    y = g * a / b
    for _ in range(o["order"]):
        y = torch.autograd.grad(y.sum(), b, create_graph=True)[0]
    return y


def polygamma(x, n):
    """By zeta, as torch.polygamma(1, x) has nine digits; and with it the first derivative."""
    def value(at, order):
        if order == 0:
            return torch.digamma(at)
        return (-1) ** (order + 1) * math.factorial(order) * torch.special.zeta(float(order + 1), at)
    at = x.detach()
    return value(at, n) + value(at, n + 1) * (x - at)


def sinc_derivative(x, n):
    """The derivatives of the mean of cos(pi x t) over t in [0, 1]: torch.sinc cancels around 0."""
    nodes, weights = np.polynomial.legendre.leggauss(40)
    t, w = torch.tensor((nodes + 1) / 2), torch.tensor(weights / 2)
    y = (w * (math.pi * t) ** n * torch.cos(math.pi * x.unsqueeze(-1) * t + n * math.pi / 2)).sum(-1)
    return y


def clamp(x, o):
    """PyTorch 1.13 gives min = max a derivative of 1 there, though y is constant."""
    y = torch.clamp(x, o["min"], o["max"])
    return y if o["min"] < o["max"] else y.detach() + 0 * x


# ---- One line for each op: outputs from inputs and options ---------------------------------------

def unary(function):
    return lambda x, o: function(x)


def binary(function):
    return lambda a, b, o: function(a, b)


def comparison(function):
    return lambda a, b, o: function(a, b).double()


def sgd_step(parameter, gradient, buffer, o):
    """One step of torch.optim.SGD, whose momentum buffer is the one given unless it is the first step."""
    p = torch.nn.Parameter(parameter.detach().clone())
    p.grad = gradient.detach().clone()
    names = ["lr", "momentum", "dampening", "weight_decay", "nesterov", "maximize"]
    optimizer = torch.optim.SGD([p], **{name: o[name] for name in names})
    if buffer is None:
        optimizer.step()
        return p.detach()
    if not o["first"]:
        optimizer.state[p]["momentum_buffer"] = buffer.detach().clone()
    optimizer.step()
    return p.detach(), optimizer.state[p]["momentum_buffer"]


def adam_step(parameter, gradient, m, v, o):
    """One step of torch.optim.Adam or AdamW with the given averages."""
    p = torch.nn.Parameter(parameter.detach().clone())
    p.grad = gradient.detach().clone()
    make = torch.optim.AdamW if o["decoupled"] else torch.optim.Adam
    optimizer = make([p], lr=o["lr"], betas=(o["beta1"], o["beta2"]), eps=o["eps"], weight_decay=o["weight_decay"],
                     maximize=o["maximize"])
    optimizer.state[p] = {"step": torch.tensor(float(o["step"] - 1)), "exp_avg": m.detach().clone(),
                          "exp_avg_sq": v.detach().clone()}
    optimizer.step()
    state = optimizer.state[p]
    return p.detach(), state["exp_avg"], state["exp_avg_sq"]


# Creation. The random stream is Philox4x32-10 (Salmon et al. 2011) with the seed of the tests.
SEED = 7
WORD = 0xFFFFFFFF


def philox_bits(number):
    """Number `number` of the stream: 64 bits, of which a block of the generator holds two."""
    block = number // 2
    c = [block & WORD, block >> 32, 0, 0]
    k = [SEED & WORD, SEED >> 32]
    for _ in range(10):
        p, q = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(q >> 32) ^ c[1] ^ k[0], q & WORD, (p >> 32) ^ c[3] ^ k[1], p & WORD]
        k = [(k[0] + 0x9E3779B9) & WORD, (k[1] + 0xBB67AE85) & WORD]
    half = 2 * (number % 2)
    return c[half + 1] << 32 | c[half]


def uniform(number):
    return (philox_bits(number) >> 11) * 2.0 ** -53


def below(number, bound):
    return philox_bits(number) * bound >> 64


def of_values(values, o):
    return torch.tensor(values, dtype=DTYPES[o["dtype"]]).reshape(o["shape"])


def rand(o):
    return of_values([uniform(i) for i in range(math.prod(o["shape"]))], o)


def randn(o):
    values = []
    for i in range(0, math.prod(o["shape"]), 2):
        radius, angle = math.sqrt(-2 * math.log(1 - uniform(i))), 2 * math.pi * uniform(i + 1)
        values += [radius * math.cos(angle), radius * math.sin(angle)]
    return of_values(values[:math.prod(o["shape"])], o)


def randint(o):
    values = [o["low"] + below(i, o["high"] - o["low"]) for i in range(math.prod(o["shape"]))]
    return torch.tensor(values, dtype=torch.int64).reshape(o["shape"])


def randperm(o):
    values = []
    for i in range(o["n"]):
        j = below(i, i + 1)
        values.append(i)
        values[i], values[j] = values[j], i
    return torch.tensor(values, dtype=torch.int64)


def arange(o):
    """In whole numbers, as torch.arange counts in f64 near the end of i64."""
    start, stop, step = o["start"], o["stop"], o["step"]
    if all(isinstance(x, int) for x in (start, stop, step)):
        return torch.tensor(list(range(start, stop, step)), dtype=DTYPES[o["dtype"]])
    return torch.arange(start, stop, step, dtype=DTYPES[o["dtype"]])
