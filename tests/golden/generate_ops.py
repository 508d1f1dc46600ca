#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes ops/<op>.json: the values and first gradients of every op's samples, as PyTorch computes them in f64.

    cmake --build --preset release --target dump_samples
    /usr/bin/python3 tests/golden/generate_ops.py build/release/tests/dump_samples [op ...]  (python3-torch)

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

from image_references import (
    adaptive, affine_grid, avg_pool, corner_scatter, corner_sum, corner_weights, dropping, fold, grid_points,
    grid_sample, im2col, interpolate, local_response_norm, lp_pool, max_pool, max_unpool, resample, without_images,
)
from loss_references import LOSSES
from matrix_references import MATRICES
from neural_references import NEURAL
from norm_references import NORMS
from reduction_references import (
    COUNTS, centre, counted, cumulative, deviation, every_dim, extremum, linear_recurrence,
    logcumsumexp_slopes, median, mode, nanmedian, position, prod, prod_slopes, quantile, running, standardize,
    topk, variance,
)
from references import (
    DTYPES, adam_step, alpha, arange, batch_norm, batch_norm_inference, binary, clamp, comparison, conv,
    conv_transpose, conv_weight_grad, div_derivative, dropout, embed, group_norm, index_put,
    instance_norm, layer_norm, polygamma, pow_derivative, rand, randint, randn, randperm,
    ranges, rms_norm, running_stats_step, sgd_step, sigmoid_slope, sinc_derivative, slice_put, split,
    squeeze, unary,
)
from shape_references import (
    diag, embedding, embedding_bag, index, pad, repeat_interleave, scatter, scatter_reduce, scattered,
    take_along_dim, trace,
)
from special_references import SPECIAL


REFERENCE = {
    # elementwise
    "abs": unary(torch.abs),
    "acos": unary(torch.acos),
    "acosh": unary(torch.acosh),
    "add": lambda a, b, o: torch.add(a, b, alpha=alpha(a, b, o)),
    "addcdiv": lambda x, a, b, o: torch.addcdiv(x, a, b, value=o["value"]),
    "addcmul": lambda x, a, b, o: torch.addcmul(x, a, b, value=o["value"]),
    "asin": unary(torch.asin),
    "asinh": unary(torch.asinh),
    "atan": unary(torch.atan),
    "atan2": binary(torch.atan2),
    "atanh": unary(torch.atanh),
    "ceil": unary(torch.ceil),
    "celu": lambda x, o: F.celu(x, o["alpha"]),
    "clamp": clamp,
    "copysign": binary(torch.copysign),
    "cos": unary(torch.cos),
    "cosh": unary(torch.cosh),
    "digamma": lambda x, o: polygamma(x, 0),
    "div": binary(torch.div),
    "div_derivative": div_derivative,
    "elu": lambda x, o: F.elu(x, o["alpha"]),
    "eq": comparison(torch.eq),
    "erf": unary(torch.erf),
    "erfc": unary(torch.erfc),
    "erfinv": unary(torch.erfinv),
    "exp": unary(torch.exp),
    "exp2": unary(torch.exp2),
    "expm1": unary(torch.expm1),
    "floor": unary(torch.floor),
    "floor_divide": lambda a, b, o: torch.div(a, b, rounding_mode="floor").double(),
    "fmod": binary(torch.fmod),
    "frac": unary(torch.frac),
    "ge": comparison(torch.ge),
    "gelu": lambda x, o: F.gelu(x, approximate=o["approximate"]),
    "gt": comparison(torch.gt),
    "hardshrink": lambda x, o: F.hardshrink(x, o["lambd"]),
    "hardsigmoid": lambda x, o: F.relu6(x + 3) / 6,
    "hardswish": unary(F.hardswish),
    "hardtanh": lambda x, o: F.hardtanh(x, o["min_val"], o["max_val"]),
    "hypot": binary(torch.hypot),
    "hypot_slope": lambda a, b, o: a / torch.hypot(a, b),
    "isclose": lambda a, b, o: torch.isclose(a, b, o["rtol"], o["atol"], o["equal_nan"]),
    "isfinite": unary(torch.isfinite),
    "isinf": unary(torch.isinf),
    "isnan": unary(torch.isnan),
    "le": comparison(torch.le),
    "leaky_relu": lambda x, o: F.leaky_relu(x, o["negative_slope"]),
    "lerp": lambda start, end, weight, o: torch.lerp(*torch.broadcast_tensors(start, end, weight)),
    "lgamma": unary(torch.lgamma),
    "log": unary(torch.log),
    "log10": unary(torch.log10),
    "log1p": unary(torch.log1p),
    "log2": unary(torch.log2),
    "logaddexp": binary(torch.logaddexp),
    "logit": lambda x, o: torch.logit(x, None if o["eps"] < 0 else o["eps"]),
    "logsigmoid": unary(F.logsigmoid),
    "logical_and": comparison(torch.logical_and),
    "logical_not": unary(torch.logical_not),
    "logical_or": comparison(torch.logical_or),
    "logical_xor": comparison(torch.logical_xor),
    "lt": comparison(torch.lt),
    "masked_fill": lambda x, mask, value, o: x.masked_fill(mask != 0, value),
    "maximum": binary(torch.maximum),
    "minimum": binary(torch.minimum),
    "mish": unary(F.mish),
    "mul": binary(torch.mul),
    "nan_to_num": lambda x, o: torch.nan_to_num(x, o["nan"], o["posinf"], o["neginf"]),
    "ne": comparison(torch.ne),
    "neg": unary(torch.neg),
    "polygamma": lambda x, o: polygamma(x, o["n"]),
    "pow": binary(torch.pow),
    "pow_derivative": pow_derivative,
    "prelu": lambda x, w, o: F.prelu(x.reshape(1, -1) if x.dim() < 2 else x, w.reshape(-1)).reshape(x.shape),
    "reciprocal": unary(torch.reciprocal),
    "relu": unary(torch.relu),
    "relu6": unary(F.relu6),
    "remainder": binary(torch.remainder),
    "round": unary(torch.round),
    "rsqrt": unary(torch.rsqrt),
    "selu": unary(F.selu),
    "sigmoid": unary(torch.sigmoid),
    "sigmoid_slope": sigmoid_slope,
    "sign": unary(torch.sign),
    "silu": unary(F.silu),
    "sin": unary(torch.sin),
    "sinc": lambda x, o: sinc_derivative(x, 0),
    "sinc_derivative": lambda x, o: sinc_derivative(x, o["order"]),
    "sinh": unary(torch.sinh),
    "softplus": lambda x, o: F.softplus(x, o["beta"], o["threshold"]),
    "softshrink": lambda x, o: F.softshrink(x, o["lambd"]),
    "softsign": unary(F.softsign),
    "sqrt": unary(torch.sqrt),
    "square": unary(torch.square),
    "sub": lambda a, b, o: torch.sub(a, b, alpha=alpha(a, b, o)),
    "tan": unary(torch.tan),
    "tanh": unary(torch.tanh),
    "tanhshrink": unary(F.tanhshrink),
    "threshold": lambda x, o: F.threshold(x, o["threshold"], o["value"]),
    "trunc": unary(torch.trunc),
    "where": lambda condition, a, b, o: torch.where(condition != 0, a, b),
    "xlogy": binary(torch.xlogy),
    # reduce
    "sum": lambda x, o: torch.sum(x, every_dim(x, o), o["keepdim"]),
    "mean": lambda x, o: torch.mean(x, every_dim(x, o), o["keepdim"]),
    "var": variance,
    "std": deviation,
    "var_mean": lambda x, o: (variance(x, o), x.mean(every_dim(x, o), o["keepdim"])),
    "std_mean": lambda x, o: (deviation(x, o), x.mean(every_dim(x, o), o["keepdim"])),
    "logsumexp": lambda x, o: torch.logsumexp(x, every_dim(x, o), o["keepdim"]),
    "nansum": lambda x, o: torch.nansum(x, every_dim(x, o), o["keepdim"]),
    "nanmean": lambda x, o: torch.nanmean(x, every_dim(x, o), o["keepdim"]),
    "norm": lambda x, o: torch.linalg.vector_norm(x, o["p"], every_dim(x, o), o["keepdim"]),
    "vector_norm": lambda x, o: torch.linalg.vector_norm(x, o["ord"], every_dim(x, o), o["keepdim"]),
    "prod": prod,
    "prod_slopes": prod_slopes,
    "centre": centre,
    "standardize": standardize,
    "amax": lambda x, o: torch.amax(x, every_dim(x, o), o["keepdim"]),
    "amin": lambda x, o: torch.amin(x, every_dim(x, o), o["keepdim"]),
    "any": lambda x, o: counted(x, o) > 0,
    "all": lambda x, o: counted(x == 0, o) == 0,
    "count_nonzero": counted,
    "max": extremum(torch.max, torch.argmax),
    "min": extremum(torch.min, torch.argmin),
    "argmax": position(torch.argmax),
    "argmin": position(torch.argmin),
    "sum_to": lambda x, o: x.sum_to_size(o["shape"]),
    "cumsum": running(torch.cumsum),
    "cumprod": running(torch.cumprod),
    "cummax": cumulative(torch.cummax),
    "cummin": cumulative(torch.cummin),
    "sort": lambda x, o: tuple(torch.sort(x, stable=True, dim=o["dim"], descending=o["descending"])),
    "argsort": lambda x, o: torch.sort(x, stable=True, dim=o["dim"], descending=o["descending"])[1],
    "topk": topk,
    "kthvalue": lambda x, o: tuple(torch.kthvalue(x, o["k"], o["dim"], o["keepdim"])),
    "median": median,
    "nanmedian": nanmedian,
    "mode": mode,
    "quantile": quantile(torch.quantile),
    "nanquantile": quantile(torch.nanquantile),
    **COUNTS,
    "aminmax": lambda x, o: (x.amin(every_dim(x, o), o["keepdim"]), x.amax(every_dim(x, o), o["keepdim"])),
    "logcumsumexp": running(torch.logcumsumexp),
    "logcumsumexp_slopes": running(logcumsumexp_slopes),
    "linear_recurrence": running(linear_recurrence),
    # shape
    "expand": lambda x, o: x.expand(o["shape"]),
    "broadcast_to": lambda x, o: torch.broadcast_to(x, o["shape"]),
    "reshape": lambda x, o: x.reshape(o["shape"]),
    "transpose": lambda x, o: x.transpose(o["dim0"], o["dim1"]),
    "permute": lambda x, o: x.permute(o["dims"]),
    "t": lambda x, o: x.t(),
    "rot90": lambda x, o: torch.rot90(x, o["k"], o["dims"]),
    "diagonal": lambda x, o: x.diagonal(o["offset"], o["dim1"], o["dim2"]),
    "diag_embed": lambda x, o: torch.diag_embed(x, o["offset"], o["dim1"], o["dim2"]),
    "diag": diag,
    "trace": trace,
    "tril": lambda x, o: torch.tril(x, o["diagonal"]),
    "triu": lambda x, o: torch.triu(x, o["diagonal"]),
    "hstack": lambda *x: torch.hstack(x[:-1]),
    "vstack": lambda *x: torch.vstack(x[:-1]),
    "dstack": lambda *x: torch.dstack(x[:-1]),
    "atleast_1d": lambda x, o: torch.atleast_1d(x),
    "atleast_2d": lambda x, o: torch.atleast_2d(x),
    "atleast_3d": lambda x, o: torch.atleast_3d(x),
    "tensor_split": lambda x, o: torch.tensor_split(x, (o["sections"] or [o["indices"]])[0], o["dim"]),
    "flip": lambda x, o: x.flip(o["dims"]),
    "roll": lambda x, o: torch.roll(x, o["shifts"], o["dims"]),
    "repeat": lambda x, o: x.repeat(o["sizes"]),
    "tile": lambda x, o: x.tile(o["dims"]),
    "repeat_interleave": repeat_interleave,
    "pad": pad,
    "unfold": lambda x, o: x.unfold(o["dimension"], o["size"], o["step"]),
    "narrow": lambda x, o: x.narrow(o["dim"], o["start"], o["length"]),
    "select": lambda x, o: x.select(o["dim"], o["index"]),
    "movedim": lambda x, o: x.movedim(o["source"], o["destination"]),
    "swapaxes": lambda x, o: x.swapaxes(o["axis0"], o["axis1"]),
    "swapdims": lambda x, o: x.swapdims(o["dim0"], o["dim1"]),
    "unflatten": lambda x, o: x.unflatten(o["dim"], o["sizes"]),
    "cat": lambda *x: torch.cat(x[:-1], x[-1]["dim"]),
    "slice": lambda x, o: x[ranges(x.dim(), o)],
    "embed": embed,
    "index": index,
    "nonzero": lambda x, o: torch.nonzero(x),
    "masked_select": lambda x, mask, o: torch.masked_select(x, mask != 0),
    "index_select": lambda x, index, o: torch.index_select(x, o["dim"], index),
    "index_add": lambda x, index, source, o: torch.index_add(x, o["dim"], index, source),
    "index_put": index_put,
    "squeeze": squeeze,
    "unsqueeze": lambda x, o: x.unsqueeze(o["dim"]),
    "flatten": lambda x, o: x.flatten(o["start_dim"], o["end_dim"]),
    "stack": lambda *x: torch.stack(x[:-1], x[-1]["dim"]),
    "split": split,
    "chunk": lambda x, o: torch.chunk(x, o["chunks"], o["dim"]),
    "unbind": lambda x, o: torch.unbind(x, o["dim"]),
    "gather": lambda x, index, o: torch.gather(x, o["dim"], index),
    "scatter_add": lambda x, index, source, o: torch.scatter_add(x, o["dim"], index, source),
    "scatter": scatter,
    "scatter_reduce": scatter_reduce,
    "index_copy": lambda x, index, source, o: scattered(x, source, index, o["dim"]),
    "index_fill": lambda x, index, value, o: torch.index_fill(x, o["dim"], index, value),
    "masked_scatter": lambda x, mask, source, o: torch.masked_scatter(x, mask, source),
    "take": lambda x, index, o: torch.take(x, index),
    "take_along_dim": take_along_dim,
    "embedding": embedding,
    "embedding_bag": embedding_bag,
    "one_hot": lambda x, o: F.one_hot(x, o["num_classes"]),
    "meshgrid": lambda *x: tuple(torch.meshgrid(*x[:-1], indexing=x[-1]["indexing"])),
    "cartesian_prod": lambda *x: torch.cartesian_prod(*x[:-1]),
    "zeros": lambda o: torch.zeros(o["shape"], dtype=DTYPES[o["dtype"]]),
    "ones": lambda o: torch.ones(o["shape"], dtype=DTYPES[o["dtype"]]),
    "full": lambda o: torch.full(o["shape"], o["value"], dtype=DTYPES[o["dtype"]]),
    "eye": lambda o: torch.eye(o["rows"], (o["columns"] or [o["rows"]])[0], dtype=DTYPES[o["dtype"]]),
    "arange": arange,
    "linspace": lambda o: torch.linspace(o["start"], o["stop"], o["count"], dtype=DTYPES[o["dtype"]]),
    "rand": rand,
    "randn": randn,
    "randint": randint,
    "randperm": randperm,
    "sgd_step": sgd_step,
    "adam_step": adam_step,
    "add_": lambda x, other, o: x + o["alpha"] * other,
    "sub_": lambda x, other, o: x - o["alpha"] * other,
    "mul_": lambda x, other, o: x * other,
    "div_": lambda x, other, o: x / other,
    "copy_": lambda x, source, o: x.detach().clone().copy_(source),
    "fill_": lambda x, value, o: torch.full_like(x, value.to(x.dtype).item()),
    "index_put_": lambda *x: index_put(*x)[0],
    "slice_put_": slice_put,
    "slice_fill_": lambda x, o: slice_put(x, torch.tensor(o["value"]), o),
    "zero_": lambda x, o: torch.zeros_like(x),
    "to": lambda x, o: x.to(DTYPES[o["dtype"]]),
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
    "adaptive_max_pool1d": adaptive(F.adaptive_max_pool1d, 1, return_indices=True),
    "adaptive_max_pool2d": adaptive(F.adaptive_max_pool2d, 2, return_indices=True),
    "adaptive_max_pool3d": adaptive(F.adaptive_max_pool3d, 3, return_indices=True),
    "max_unpool1d": max_unpool(F.max_unpool1d),
    "max_unpool2d": max_unpool(F.max_unpool2d),
    "max_unpool3d": max_unpool(F.max_unpool3d),
    "avg_pool1d": avg_pool(F.avg_pool1d),
    "avg_pool2d": avg_pool(F.avg_pool2d),
    "avg_pool3d": avg_pool(F.avg_pool3d),
    "adaptive_avg_pool1d": adaptive(F.adaptive_avg_pool1d, 1),
    "adaptive_avg_pool2d": adaptive(F.adaptive_avg_pool2d, 2),
    "adaptive_avg_pool3d": adaptive(F.adaptive_avg_pool3d, 3),
    "lp_pool1d": lp_pool(F.lp_pool1d),
    "lp_pool2d": lp_pool(F.lp_pool2d),
    "global_avg_pool": lambda x, o: x.mean(list(range(2, x.dim())), keepdim=True),
    "global_max_pool": lambda x, o: x.amax(list(range(2, x.dim())), keepdim=True),
    "resample": resample,
    "im2col": without_images(im2col),
    "fold": without_images(fold),
    "interpolate": without_images(interpolate),
    "corner_sum": corner_sum,
    "corner_scatter": corner_scatter,
    "corner_weights": corner_weights,
    "grid_points": grid_points,
    "grid_sample": grid_sample,
    "affine_grid": affine_grid,
    "dropout1d": dropping(channels=True, alone=2),
    "dropout2d": dropping(channels=True),
    "dropout3d": dropping(channels=True, alone=4),
    "alpha_dropout": dropping(channels=False, alpha=True),
    "feature_alpha_dropout": dropping(channels=True, alpha=True),
    "local_response_norm": local_response_norm,
    "dropout": dropout,
    "glu": lambda x, o: F.glu(x, o["dim"]),
    "swiglu": lambda x, o: F.silu(x.chunk(2, o["dim"])[0]) * x.chunk(2, o["dim"])[1],
    "softmax": lambda x, o: torch.softmax(x, o["dim"]),
    "softmin": lambda x, o: F.softmin(x, o["dim"]),
    "pixel_shuffle": lambda x, o: F.pixel_shuffle(x, o["upscale_factor"]),
    "pixel_unshuffle": lambda x, o: F.pixel_unshuffle(x, o["downscale_factor"]),
    "channel_shuffle": lambda x, o:
        x.unflatten(1, (o["groups"], -1)).transpose(1, 2).flatten(1, 2),
    "bilinear": lambda x1, x2, w, b, o: F.bilinear(x1, x2, w, b),
    "log_softmax": lambda x, o: torch.log_softmax(x, o["dim"]),
    # norm
    "batch_norm": batch_norm,
    "batch_norm_inference": batch_norm_inference,
    "running_stats_step": running_stats_step,
    "layer_norm": layer_norm,
    "group_norm": group_norm,
    "instance_norm": instance_norm,
    "rms_norm": rms_norm,
    **LOSSES,
    **MATRICES,
    **NEURAL,
    **SPECIAL,
    **NORMS,
}

RANDOM = {"dropout", "rrelu"}  # these get a third argument: the outputs as drawn, by name


# ---- Computing and writing -----------------------------------------------------------------------

def tensor(described, values):
    integers = described["dtype"] not in ("f32", "f64")
    numbers = torch.tensor(values, dtype=torch.int64) if integers else \
        torch.tensor([float(v) for v in values], dtype=torch.float64)
    return numbers.to(DTYPES[described["dtype"]]).reshape(described["shape"])


def option(value):
    """Real numbers come as text, and so do choices."""
    if isinstance(value, list):
        return [option(item) for item in value]
    try:
        return float(value) if isinstance(value, str) else value
    except ValueError:
        return value


def number(value):
    if not math.isfinite(value):
        return str(value)
    return int(value) if value == int(value) and (value or math.copysign(1, value) > 0) else value


def numbers(values):
    if not values.is_floating_point():
        return [int(value) for value in values.flatten().tolist()]
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
        if not lines:
            sys.exit("no samples of %s: is dump_samples built from these sources?" % name)
        with open(os.path.join(folder, name + ".json"), "w") as file:
            file.write("[\n" + ",\n".join(lines) + "\n]\n")
    if missing:
        sys.exit("no line in REFERENCE for: " + ", ".join(missing))


main()
