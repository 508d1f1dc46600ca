#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes ops/<op>.json: the values and first gradients of every op's samples, as PyTorch computes them in f64.

    ninja -C build dump_samples
    /usr/bin/python3 tests/golden/generate_ops.py build/tests/dump_samples [op ...]      (Debian: python3-torch)

Run by hand when an op or a sample is added or changed; golden_ops_test reads the files and needs no PyTorch.
Without ops named, every file is written. dump_samples.c says what it hands over. A new op needs a line in
REFERENCE: its outputs, a tensor or a tuple, from its inputs (None where absent) and its options by name. Indices
and dimensions count from 0. A reference is PyTorch's function wherever there is one, and otherwise the formula of
the op's source, never the op's own code or values (but for the mask that dropout has drawn).

A file is a list with one line per sample:

    {"sample", "fingerprint", "outputs": [{"name", "shape", "values"}], "gradients": [values or null per input]}

The gradients are those of sum(cotangent * output) over the differentiable outputs. Numbers are written so that they
read back exactly; "nan", "inf" and "-inf" are text.
"""
import json
import math
import os
import subprocess
import sys

import torch
from torch.nn import functional as F

DTYPES = {"f32": torch.float32, "f64": torch.float64, "i64": torch.int64, "bool": torch.bool, "u8": torch.uint8}


# ---- References that take more than a line -------------------------------------------------------

def every_dim(x, options):
    return options["dim"] or list(range(x.dim()))


def variance(x, o):
    """torch.var has whole corrections only."""
    dims = every_dim(x, o)
    count = math.prod(x.shape[d] for d in dims)
    centred = x - x.mean(dims, keepdim=True)
    return (centred * centred).sum(dims, keepdim=o["keepdim"]) / max(0, count - o["correction"])


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
        if o["dim"]:
            return function(x, o["dim"][0], o["keepdim"])
        return function(x).reshape([1] * x.dim() if o["keepdim"] else [])
    return along


def extremum(function, arg_function):
    """The same with values. Their gradient goes to the position; over all dimensions, ties share it."""
    def along(x, o):
        if o["dim"]:
            return tuple(function(x, o["dim"][0], o["keepdim"]))
        return function(x).reshape([1] * x.dim() if o["keepdim"] else []), position(arg_function)(x, o)
    return along


def ranges(rank, o):
    def at(name, d):
        return o[name][d] if d < len(o[name]) else None
    return tuple(slice(at("start", d), at("stop", d), at("step", d)) for d in range(rank))


def embed(x, o):
    y = torch.zeros(o["shape"], dtype=x.dtype)
    y[ranges(y.dim(), o)] = x
    return y


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
    return lambda x, weight, bias, o: function(x, weight, bias, output_padding=o["output_padding"],
                                               **convolution(o))


def conv_weight_grad(x, g, o):
    spatial = x.dim() - 2
    function = (F.conv1d, F.conv2d, F.conv3d)[spatial - 1]
    kernel = o["kernel_size"] * (spatial if len(o["kernel_size"]) == 1 else 1)
    weight = torch.zeros([g.shape[1], x.shape[1] // o["groups"]] + kernel, dtype=g.dtype, requires_grad=True)
    y = function(x, weight, **convolution(o))[tuple(slice(extent) for extent in g.shape)]
    return torch.autograd.grad(y, weight, g, create_graph=True)[0]


def max_pool(function):
    return lambda x, o: function(x, o["kernel_size"], o["stride"] or None, o["padding"] or 0, o["dilation"] or 1,
                                 o["ceil_mode"], return_indices=True)


def dropout(x, o, drawn):
    """The mask is what was drawn: zeros and 1 / (1 - p)."""
    mask = drawn["mask"]
    scale = 1 / (1 - o["p"])
    assert bool(((mask == 0) | ((mask - scale).abs() < 1e-15 * scale)).all())
    assert o["p"] > 0 or bool((mask == 1).all())
    return x * mask, mask


def batch_norm(x, gamma, beta, o):
    y = F.batch_norm(x, None, None, gamma, beta, True, 0, o["eps"]) if x.numel() else x * 1
    dims = [d for d in range(x.dim()) if d != 1]
    return y, x.mean(dims), x.var(dims, unbiased=False)


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


def cross_entropy(x, target, weight, o):
    classes = 1 if x.dim() > 1 else 0
    y = F.cross_entropy(x, target, weight.detach() if weight is not None else None, ignore_index=o["ignore_index"],
                        reduction=o["reduction"], label_smoothing=o["label_smoothing"])
    if weight is not None:  # of which F.cross_entropy has no derivative
        counts, s = target != o["ignore_index"], o["label_smoothing"]
        share = F.one_hot(target * counts, x.shape[classes]).movedim(-1, classes).to(x)
        share = (share * (1 - s) + s / x.shape[classes]) * counts.unsqueeze(classes)
        column = weight.reshape([-1] + [1] * (x.dim() - 1 - classes))
        losses = -(column * share * x.log_softmax(classes)).sum(classes)
        total = (weight[target * counts] * counts).sum()
        own = {"none": losses, "sum": losses.sum(), "mean": losses.sum() / total}[o["reduction"]]
        assert torch.allclose(own, y, rtol=1e-13, atol=1e-13)
        y = own
    maximum = x.amax(classes, keepdim=True)
    return y, maximum.squeeze(classes), torch.exp(x - maximum).sum(classes) - 1


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


REFERENCE = {
    # elementwise
    "abs": unary(torch.abs),
    "add": binary(torch.add),
    "clamp": clamp,
    "cos": unary(torch.cos),
    "div": binary(torch.div),
    "eq": comparison(torch.eq),
    "erf": unary(torch.erf),
    "erfc": unary(torch.erfc),
    "exp": unary(torch.exp),
    "ge": comparison(torch.ge),
    "gelu": lambda x, o: F.gelu(x, approximate=o["approximate"]),
    "gt": comparison(torch.gt),
    "le": comparison(torch.le),
    "leaky_relu": lambda x, o: F.leaky_relu(x, o["negative_slope"]),
    "log": unary(torch.log),
    "lt": comparison(torch.lt),
    "maximum": binary(torch.maximum),
    "minimum": binary(torch.minimum),
    "mul": binary(torch.mul),
    "ne": comparison(torch.ne),
    "neg": unary(torch.neg),
    "pow": binary(torch.pow),
    "div_derivative": div_derivative,
    "pow_derivative": pow_derivative,
    "relu": unary(torch.relu),
    "rsqrt": unary(torch.rsqrt),
    "sigmoid": unary(torch.sigmoid),
    "sigmoid_slope": sigmoid_slope,
    "sign": unary(torch.sign),
    "silu": unary(F.silu),
    "sin": unary(torch.sin),
    "softplus": lambda x, o: F.softplus(x, o["beta"], threshold=700),
    "sqrt": unary(torch.sqrt),
    "square": unary(torch.square),
    "sub": binary(torch.sub),
    "tanh": unary(torch.tanh),
    "where": lambda condition, a, b, o: torch.where(condition != 0, a, b),
    # reduce
    "sum": lambda x, o: torch.sum(x, every_dim(x, o), o["keepdim"]),
    "mean": lambda x, o: torch.mean(x, every_dim(x, o), o["keepdim"]),
    "var": variance,
    "centre": centre,
    "standardize": standardize,
    "amax": lambda x, o: torch.amax(x, every_dim(x, o), o["keepdim"]),
    "amin": lambda x, o: torch.amin(x, every_dim(x, o), o["keepdim"]),
    "max": extremum(torch.max, torch.argmax),
    "min": extremum(torch.min, torch.argmin),
    "argmax": position(torch.argmax),
    "argmin": position(torch.argmin),
    "sum_to": lambda x, o: x.sum_to_size(o["shape"]),
    # shape
    "expand": lambda x, o: x.expand(o["shape"]),
    "reshape": lambda x, o: x.reshape(o["shape"]),
    "transpose": lambda x, o: x.transpose(o["dim0"], o["dim1"]),
    "permute": lambda x, o: x.permute(o["dims"]),
    "cat": lambda *x: torch.cat(x[:-1], x[-1]["dim"]),
    "slice": lambda x, o: x[ranges(x.dim(), o)],
    "embed": embed,
    "index_select": lambda x, index, o: torch.index_select(x, o["dim"], index),
    "index_add": lambda x, index, source, o: torch.index_add(x, o["dim"], index, source),
    "squeeze": squeeze,
    "unsqueeze": lambda x, o: x.unsqueeze(o["dim"]),
    "flatten": lambda x, o: x.flatten(o["start_dim"], o["end_dim"]),
    "stack": lambda *x: torch.stack(x[:-1], x[-1]["dim"]),
    "gather": lambda x, index, o: torch.gather(x, o["dim"], index),
    "scatter_add": lambda x, index, source, o: torch.scatter_add(x, o["dim"], index, source),
    "add_": lambda x, other, o: x + o["alpha"] * other,
    "sub_": lambda x, other, o: x - o["alpha"] * other,
    "mul_": lambda x, other, o: x * other,
    "div_": lambda x, other, o: x / other,
    "copy_": lambda x, source, o: x.detach().clone().copy_(source),
    "fill_": lambda x, value, o: torch.full_like(x, value.to(x.dtype).item()),
    "zero_": lambda x, o: torch.zeros_like(x),
    "to": lambda x, o: x.to(DTYPES[o["dtype"]]),
    # linalg
    "matmul": binary(torch.matmul),
    "linear": lambda x, weight, bias, o: F.linear(x, weight, bias),
    # nn
    "conv1d": conv(F.conv1d),
    "conv2d": conv(F.conv2d),
    "conv3d": conv(F.conv3d),
    "conv_transpose1d": conv_transpose(F.conv_transpose1d),
    "conv_transpose2d": conv_transpose(F.conv_transpose2d),
    "conv_transpose3d": conv_transpose(F.conv_transpose3d),
    "conv_weight_grad": conv_weight_grad,
    "max_pool1d": max_pool(F.max_pool1d),
    "max_pool2d": max_pool(F.max_pool2d),
    "max_pool3d": max_pool(F.max_pool3d),
    "dropout": dropout,
    "softmax": lambda x, o: torch.softmax(x, o["dim"]),
    "log_softmax": lambda x, o: torch.log_softmax(x, o["dim"]),
    # norm
    "batch_norm": batch_norm,
    "batch_norm_inference": batch_norm_inference,
    "layer_norm": layer_norm,
    "group_norm": group_norm,
    "instance_norm": instance_norm,
    "rms_norm": rms_norm,
    # loss
    "cross_entropy": cross_entropy,
    "mse_loss": lambda x, target, o: F.mse_loss(x, target, reduction=o["reduction"]),
    "l1_loss": lambda x, target, o: F.l1_loss(x, target, reduction=o["reduction"]),
}

RANDOM = {"dropout"}  # these get a third argument: the outputs as drawn, by name


# ---- Computing and writing -----------------------------------------------------------------------

def tensor(described, values):
    numbers = torch.tensor([float(v) for v in values], dtype=torch.float64)
    return numbers.to(DTYPES[described["dtype"]]).reshape(described["shape"])


def option(value):
    """Real numbers come as text, and so do choices."""
    try:
        return float(value) if isinstance(value, str) else value
    except ValueError:
        return value


def number(value):
    if not math.isfinite(value):
        return str(value)
    return int(value) if value == int(value) and (value or math.copysign(1, value) > 0) else value


def numbers(values):
    return [number(value) for value in values.detach().double().flatten().tolist()]


def compute(sample):
    inputs = [described and tensor(described, described["values"]) for described in sample["inputs"]]
    for value, described in zip(inputs, sample["inputs"]):
        if described and described["differentiable"]:
            value.requires_grad_()
    arguments = inputs + [{name: option(value) for name, value in sample["options"].items()}]
    if sample["op"] in RANDOM:
        arguments.append({o["name"]: tensor(o, o["values"]) for o in sample["outputs"]})
    outputs = REFERENCE[sample["op"]](*arguments)
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)
    assert len(outputs) == len(sample["outputs"]), "the reference gives another number of outputs"
    total = 0
    for output, described in zip(outputs, sample["outputs"]):
        if "cotangent" in described:
            assert list(output.shape) == described["shape"], (list(output.shape), described["shape"])
            total = total + (output.double() * tensor(dict(described, dtype="f64"), described["cotangent"])).sum()
    wanted = [x for x in inputs if x is not None and x.requires_grad]
    reached = isinstance(total, torch.Tensor) and total.requires_grad and wanted
    found = iter(torch.autograd.grad(total, wanted, allow_unused=True) if reached else [None] * len(wanted))
    gradients = []
    for x in inputs:
        if x is None or not x.requires_grad or not any("cotangent" in o for o in sample["outputs"]):
            gradients.append(None)
        else:
            gradient = next(found)
            gradients.append(numbers(torch.zeros_like(x) if gradient is None else gradient))
    return {"sample": sample["sample"], "fingerprint": sample["fingerprint"],
            "outputs": [{"name": d["name"], "shape": list(y.shape), "values": numbers(y)}
                        for y, d in zip(outputs, sample["outputs"])],
            "gradients": gradients}


def main():
    samples = json.loads(subprocess.run([sys.argv[1]], check=True, stdout=subprocess.PIPE).stdout)
    names = sys.argv[2:] or list(dict.fromkeys(sample["op"] for sample in samples))
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "ops")
    os.makedirs(folder, exist_ok=True)
    missing = [name for name in names if name not in REFERENCE]
    for name in (n for n in names if n in REFERENCE):
        lines = []
        for sample in samples:
            if sample["op"] == name:
                try:
                    lines.append(json.dumps(compute(sample)))
                except Exception as error:
                    raise RuntimeError("%s, sample %s" % (name, sample["sample"])) from error
        with open(os.path.join(folder, name + ".json"), "w") as file:
            file.write("[\n" + ",\n".join(lines) + "\n]\n")
    if missing:
        sys.exit("no line in REFERENCE for: " + ", ".join(missing))


main()
