#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The wrong derivatives and awkward functions of tests/mutants, given to PyTorch's gradcheck as well as to this
# library's own. A torch.autograd.Function asks a `selenograd` process for values and gradients, so every function
# is the same for both, in f64, at the same inputs.
#
#   gradcheck_power.py SELENOGRAD FOLDER_OF_TESTS [--filter TEXT] [--verbose]
import os
import struct
import subprocess
import sys
import time
import warnings

try:
    import torch
except ImportError:
    torch = None


class Server:
    def __init__(self, program, tests):
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "gradcheck_power_server.lua")
        self.process = subprocess.Popen([program, "--threads", "1", script, tests], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE)

    def line(self):
        text = self.process.stdout.readline().decode()
        if not text:
            raise SystemExit("gradcheck_power: the server has ended")
        return text.rstrip("\n")

    def ask(self, words, tensors=()):
        parts = [words.encode() + b"\n"]
        for x in tensors:
            parts.append(" ".join(map(str, [int(x.requires_grad), *x.shape])).encode() + b"\n")
            values = x.detach().reshape(-1).tolist()
            parts.append(struct.pack("<%dd" % len(values), *values))
        self.process.stdin.write(b"".join(parts))
        self.process.stdin.flush()
        reply = self.line()
        if reply.startswith("error "):
            raise RuntimeError(reply[6:])
        return reply

    def tensors(self, count):
        result = []
        for _ in range(count):
            flag, *shape = map(int, self.line().split())
            n = 1
            for extent in shape:
                n *= extent
            values = struct.unpack("<%dd" % n, self.process.stdout.read(8 * n))
            x = torch.tensor(values, dtype=torch.float64).reshape(shape)
            result.append(x.requires_grad_(flag == 1))
        return result

    def cases(self):
        return [self.line().split("\t") for _ in range(int(self.ask("list")))]


server = None
number = 0


class Forward(torch.autograd.Function if torch else object):
    @staticmethod
    def forward(ctx, *inputs):
        ctx.save_for_backward(*inputs)
        ctx.flags = [ctx.needs_input_grad[i] for i in range(len(inputs))]
        m, k = map(int, server.ask("forward %d %d" % (number, len(inputs)), inputs).split())
        outputs, after = server.tensors(m), server.tensors(k)
        for x, y in zip(inputs, after):
            if not torch.equal(x, y):
                x.data.copy_(y)
        outputs = tuple(y.detach() for y in outputs)
        return outputs if m > 1 else outputs[0]

    @staticmethod
    def backward(ctx, *cotangents):
        result = Backward.apply(len(ctx.saved_tensors), *ctx.saved_tensors, *cotangents)
        return tuple(d if need else None for d, need in zip(result, ctx.flags))


class Backward(torch.autograd.Function if torch else object):
    @staticmethod
    def forward(ctx, k, *tensors):
        ctx.k, ctx.m = k, len(tensors) - k
        ctx.save_for_backward(*tensors)
        server.ask("backward %d %d %d" % (number, k, ctx.m), tensors)
        return tuple(d.detach() for d in server.tensors(k))

    @staticmethod
    def backward(ctx, *cotangents):
        server.ask("second %d %d %d" % (number, ctx.k, ctx.m), [*ctx.saved_tensors, *cotangents])
        return (None, *(d.detach() for d in server.tensors(ctx.k + ctx.m)))


# Whether gradcheck, with its defaults, accepts the case; what raises is not accepted.
def accepted(order, fast):
    torch.manual_seed(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            inputs = tuple(server.tensors(int(server.ask("inputs %d" % number))))
            if not torch.autograd.gradcheck(Forward.apply, inputs, raise_exception=False, fast_mode=fast):
                return False
            return order == 1 or torch.autograd.gradgradcheck(Forward.apply, inputs, raise_exception=False,
                                                              fast_mode=fast)
    except (RuntimeError, ValueError, ArithmeticError):
        return False


checkers = ["full", "directional"] + (["torch slow", "torch fast"] if torch else [])


# For a wrong derivative: was it caught? For a right function: was it failed?
def noticed(checker, kind, order):
    if checker.startswith("torch"):
        return not accepted(order, checker == "torch fast")
    _, verdict, good = server.ask("check %d %s" % (number, checker)).split()
    return good == "good" if kind == "mutant" else verdict in ("fail", "error")


def print_table(title, rows, seconds):
    print("\n%-24s %8s" % (title, "cases") + "".join("%12s" % c for c in checkers))
    total = [0] * (len(checkers) + 1)
    for group, row in rows.items():
        print("%-24s %8d" % (group, row[0]) + "".join("%12d" % n for n in row[1:]))
        total = [a + b for a, b in zip(total, row)]
    print("%-24s %8d" % ("all", total[0]) + "".join("%12d" % n for n in total[1:]))
    print("%-24s %8s" % ("seconds", "") + "".join("%12.1f" % s for s in seconds))


def main():
    global server, number
    arguments = sys.argv[3:]
    verbose = "--verbose" in arguments
    text = arguments[arguments.index("--filter") + 1] if "--filter" in arguments else ""
    server = Server(sys.argv[1], sys.argv[2])
    tables = {"mutant": {}, "right": {}, "awkward": {}}
    seconds = {kind: [0.0] * len(checkers) for kind in tables}
    if torch:
        print("Selenograd against torch.autograd.gradcheck of PyTorch %s, defaults of both." % torch.__version__)
    else:
        print("python3-torch is not installed: Selenograd's checker only. (apt install python3-torch)")
    for i, (kind, expect, order, group, name) in enumerate(server.cases()):
        if text not in name:
            continue
        number = i + 1
        row = tables[kind].setdefault("right twins" if kind == "right" else group, [0] * (len(checkers) + 1))
        row[0] += 1
        seen = []
        for j, checker in enumerate(checkers):
            start = time.monotonic()
            hit = noticed(checker, kind, int(order))
            seconds[kind][j] += time.monotonic() - start
            row[j + 1] += hit
            if hit != (kind == "mutant"):
                seen.append(checker)
        if verbose and seen:
            what = "accepted" if kind == "mutant" else "failed"
            print("%s: %s by %s" % (name, what, ", ".join(seen)), flush=True)
    print_table("wrong, and caught", tables["mutant"], seconds["mutant"])
    print_table("right, but failed", {**tables["right"], **tables["awkward"]},
                [a + b for a, b in zip(seconds["right"], seconds["awkward"])])


main()
