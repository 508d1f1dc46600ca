#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes batch_norm.golden: batch normalization as PyTorch computes it.

    /usr/bin/python3 tests/golden/generate_batch_norm.py      (Debian: python3-torch)

The inputs are not stored: element i of array a of case k is

    offset + scale * (splitmix64(k * 2^40 + a * 2^32 + i) >> 40) / 2^24 - scale / 2

in double precision, rounded to f32 in an f32 case. Every operation in it is exact, so each reader gets the same
bits.
Arrays: 0 x (offset and scale of the case), 1 gamma (1, 1), 2 beta (0, 1), 3 dy (0, 2), 4 running mean before
the step (0, 1), 5 running variance before the step (1, 1).

The results are PyTorch's in double precision, also for the f32 cases, whose f32 inputs are exact in it: PyTorch's
own
f32 result carries its own rounding, and this script only asserts that it lies within that of the stored one.

The file, little-endian: the 8 bytes "SGBN0001", int32 number of cases; then per case
    int32    k, dtype (1 f32, 2 f64), affine (1 gamma + 2 beta), rank, size[5]
    float64  eps, momentum, offset, scale
    float64  y[elements], dx[elements], dgamma[channels], dbeta[channels], running mean[channels],
             running variance[channels]     (dgamma and dbeta are zeros where there is no gamma or beta)
"""
import os
import struct

import numpy
import torch

MASK = (1 << 64) - 1

SHAPES = [
    (2, 1), (2, 3), (5, 4), (17, 2), (33, 1),
    (3, 2, 5), (1, 2, 9), (2, 3, 1), (1, 1, 37),
    (2, 2, 3, 3), (1, 3, 4, 2), (2, 3, 1, 5), (3, 1, 2, 7),
    (2, 2, 2, 2, 2), (1, 2, 3, 1, 4), (3, 1, 1, 2, 3),
]
RANGES = [(0, 4), (100, 4), (10000, 2), (-1000, 1), (0, 2.0**-9), (3, 1024), (-10000, 4), (0.5, 1)]
EPSILONS = [1e-5, 1e-3, 1e-5, 0.1, 1e-12]
MOMENTA = [0.1, 0.01, 0.5, 1.0, 0.0]
AFFINE = [3, 0, 3, 1, 3, 2, 3]


def splitmix64(x):
    z = (x + 0x9E3779B97F4A7C15) & MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def array(case, number, shape, offset, scale, dtype):
    count = int(numpy.prod(shape))
    start = case * 2**40 + number * 2**32
    values = [offset + (scale * ((splitmix64(start + i) >> 40) / 2.0**24) - scale / 2) for i in range(count)]
    return torch.tensor(values, dtype=torch.float64).to(dtype).reshape(shape)


def step(case, shape, affine, eps, momentum, offset, scale, dtype, compute):
    """One training step: inputs rounded to `dtype`, computed in `compute`."""
    channels = (shape[1],)
    x = array(case, 0, shape, offset, scale, dtype).to(compute).requires_grad_()
    gamma = array(case, 1, channels, 1, 1, dtype).to(compute).requires_grad_()
    beta = array(case, 2, channels, 0, 1, dtype).to(compute).requires_grad_()
    dy = array(case, 3, shape, 0, 2, dtype).to(compute)
    mean = array(case, 4, channels, 0, 1, dtype).to(compute)
    var = array(case, 5, channels, 1, 1, dtype).to(compute)
    y = torch.nn.functional.batch_norm(x, mean, var, gamma if affine & 1 else None, beta if affine & 2 else None,
                                       True, momentum, eps)
    y.backward(dy)
    zeros = torch.zeros(channels, dtype=compute)
    return [y.detach(), x.grad, gamma.grad if affine & 1 else zeros, beta.grad if affine & 2 else zeros, mean, var]


def assert_close_in_f32(result, case, settings):
    """PyTorch's f32 result agrees within its rounding, which a mean of m standard deviations magnifies m times."""
    own = step(case, *settings, torch.float32, torch.float32)
    x = array(case, 0, settings[0], settings[4], settings[5], torch.float32).double()
    per_channel = x.transpose(0, 1).flatten(1)
    eps = settings[2]
    deviation = (per_channel.var(1, unbiased=False) + eps).sqrt()
    magnification = 1 + float((per_channel.abs().amax(1) / deviation).amax())
    for got, want in zip(own, result):
        bound = 64 * 2.0**-24 * magnification * max(1.0, float(want.abs().amax()))
        assert float((got.double() - want).abs().amax()) <= bound, (case, settings)


def main():
    cases = []
    for dtype in (torch.float32, torch.float64):
        for shape in SHAPES:
            for offset, scale in RANGES:
                case = len(cases)
                settings = (shape, AFFINE[case % len(AFFINE)], EPSILONS[case % len(EPSILONS)],
                            MOMENTA[case // 2 % len(MOMENTA)], offset, scale)
                if settings[2] < 1e-9 and scale < 0.01:
                    settings = settings[:2] + (1e-5,) + settings[3:]
                result = step(case, *settings, dtype, torch.float64)
                if dtype == torch.float32:
                    assert_close_in_f32(result, case, settings)
                _, affine, eps, momentum, _, _ = settings
                size = list(shape) + [0] * (5 - len(shape))
                code = 1 if dtype == torch.float32 else 2
                cases.append(struct.pack("<9i4d", case, code, affine, len(shape), *size,
                                         eps, momentum, offset, scale)
                             + b"".join(r.double().contiguous().numpy().astype("<f8").tobytes() for r in result))
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "batch_norm.golden")
    with open(path, "wb") as file:
        file.write(b"SGBN0001" + struct.pack("<i", len(cases)) + b"".join(cases))
    print(len(cases), "cases,", os.path.getsize(path), "bytes")


main()
