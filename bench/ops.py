#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Ops against PyTorch's: f32, one thread, about a million elements. Both are measured in turn, in the same run; what
# is told are medians and their ratio, above 1 where PyTorch is faster. A ratio above 2 is marked.
#
#   ops.py SELENOGRAD FOLDER_OF_TESTS [NAME ...]
import os
import statistics
import subprocess
import sys
import time

try:
    import torch
    from torch.nn import functional as F
except ImportError:
    raise SystemExit("ops: needs PyTorch (the package python3-torch)")

ROUNDS = 7

# One tensor of a million elements in (0.1, 0.9), by the same name in both.
UNARY = """abs acos asin asinh atan atanh ceil cos cosh digamma erf erfc erfinv exp exp2 expm1 floor frac lgamma log
log10 log1p log2 logit neg reciprocal relu round rsqrt sigmoid sign sin sinc sinh sqrt square tan tanh
trunc""".split()
ACTIVATIONS = """elu selu celu gelu silu mish softplus softsign logsigmoid hardtanh hardsigmoid hardswish hardshrink
softshrink tanhshrink leaky_relu relu6""".split()
SPECIAL = "erfcx i0 i0e i1 i1e".split()
SPECIAL_PAIRS = "zeta gammainc gammaincc".split()
BINARY = "add sub mul div atan2 hypot maximum minimum fmod remainder logaddexp copysign xlogy pow".split()

MATRIX = ("x = sg.randn(1000, 1000, leaf)", "x = torch.randn(1000, 1000, requires_grad=True)")
ROWS = ("x = sg.randn(1000, 1000, leaf) y = sg.randint(1, 1001, {1000})",
        "x = torch.randn(1000, 1000, requires_grad=True); y = torch.randint(0, 1000, (1000,))")
LINES = ("x = sg.randn(1000, 1000, leaf) y = sg.randint(1, 1001, {1000, 1000})",
         "x = torch.randn(1000, 1000, requires_grad=True); y = torch.randint(0, 1000, (1000, 1000))")
PAIR = ("x = sg.randn(1000, 1000, leaf) y = sg.randn(1000, 1000, leaf)",
        "x = torch.randn(1000, 1000, requires_grad=True); y = torch.randn(1000, 1000, requires_grad=True)")
IMAGES = ("x = sg.randn(16, 16, 64, 64, leaf)", "x = torch.randn(16, 16, 64, 64, requires_grad=True)")

# Matrices in a batch, well away from singular ones; and symmetric positive definite ones.
SQUARES = ("x = (sg.randn(64, 64, 64) + sg.eye(64) * 20):requires_grad_()",
           "x = (torch.randn(64, 64, 64) + torch.eye(64) * 20).requires_grad_()")
POSITIVE = ("y = sg.randn(64, 64, 64) x = (y:matmul(y:transpose(2, 3)) + sg.eye(64)):requires_grad_() y = nil",
            "y = torch.randn(64, 64, 64); x = (y @ y.transpose(1, 2) + torch.eye(64)).requires_grad_(); del y")
POINTS = ("x = sg.randn(512, 64, leaf) y = sg.randn(512, 64, leaf)",
          "x, y = (torch.randn(512, 64, requires_grad=True) for _ in range(2))")
HEADS = ("x = sg.randn(2, 8, 256, 64, leaf) y = sg.randn(2, 8, 256, 64, leaf) z = sg.randn(2, 8, 256, 64, leaf)",
         "x, y, z = (torch.randn(2, 8, 256, 64, requires_grad=True) for _ in range(3))")
VOLUMES = ("x = sg.randn(2, 8, 32, 32, 32, leaf)", "x = torch.randn(2, 8, 32, 32, 32, requires_grad=True)")
SIGNALS = ("x = sg.randn(16, 32, 2000, leaf)", "x = torch.randn(16, 32, 2000, requires_grad=True)")
CHANCES = ("x = sg.randn(1000, 1000, leaf) y = sg.rand(1000, 1000)",
           "x = torch.randn(1000, 1000, requires_grad=True); y = torch.rand(1000, 1000)")

# Setup and expression here, and there.
CASES = {
    **{name: ("x = (sg.rand(1000000) * 0.8 + 0.1):requires_grad_()", f"x:{name}()",
              "x = (torch.rand(1000000) * 0.8 + 0.1).requires_grad_()", f"torch.{name}(x)") for name in UNARY},
    **{name: ("x = (sg.rand(100000) * 4 + 0.1):requires_grad_()", f"x:{name}()",
              "x = (torch.rand(100000) * 4 + 0.1).requires_grad_()", f"torch.special.{name}(x)")
       for name in SPECIAL},
    **{name: ("x = sg.rand(100000) * 4 + 1.1 y = (sg.rand(100000) * 4 + 0.1):requires_grad_()", f"x:{name}(y)",
              "x = torch.rand(100000) * 4 + 1.1; y = (torch.rand(100000) * 4 + 0.1).requires_grad_()",
              f"torch.special.{name}(x, y)") for name in SPECIAL_PAIRS},
    **{name: ("x = sg.randn(1000000, leaf)", f"x:{name}()", "x = torch.randn(1000000, requires_grad=True)",
              f"F.{name}(x)") for name in ACTIVATIONS},
    **{name: ("x = (sg.rand(1000000) + 0.5):requires_grad_() y = (sg.rand(1000000) + 0.5):requires_grad_()",
              f"x:{name}(y)", "x = (torch.rand(1000000) + 0.5).requires_grad_(); y = (torch.rand(1000000) + 0.5)"
              ".requires_grad_()", f"torch.{name}(x, y)") for name in BINARY},
    "add of a row": ("x = sg.randn(1000, 1000, leaf) y = sg.randn(1000, leaf)", "x + y",
                     "x = torch.randn(1000, 1000, requires_grad=True); y = torch.randn(1000, requires_grad=True)",
                     "x + y"),
    "where": (PAIR[0] + " z = x:detach():gt(0)", "sg.where(z, x, y)", PAIR[1] + "; z = x.detach() > 0",
              "torch.where(z, x, y)"),
    **{f"{name} of {which}": (MATRIX[0], f"x:{name}({ours})", MATRIX[1], f"x.{name}({theirs})")
       for name in ("sum", "mean", "var", "std", "logsumexp", "amax", "prod")
       for which, ours, theirs in (("rows", 2, 1), ("columns", 1, 0))},
    "sum": (MATRIX[0], "x:sum()", MATRIX[1], "x.sum()"),
    "max of rows": (MATRIX[0], "(x:max(2))", MATRIX[1], "x.max(1)[0]"),
    "argmax of rows": (MATRIX[0], "x:argmax(2)", MATRIX[1], "x.argmax(1)"),
    **{f"{name} of {which}": (MATRIX[0], f"(x:{name}({ours}))", MATRIX[1], expression.format(theirs))
       for name, expression in (("cumsum", "x.cumsum({})"), ("cumprod", "x.cumprod({})"),
                                ("cummax", "x.cummax({})[0]"), ("logcumsumexp", "x.logcumsumexp({})"))
       for which, ours, theirs in (("rows", 2, 1), ("columns", 1, 0))},
    "sort": (MATRIX[0], "(x:sort(2))", MATRIX[1], "x.sort(1)[0]"),
    "topk": (MATRIX[0], "(x:topk(10, 2))", MATRIX[1], "x.topk(10, 1)[0]"),
    "median": (MATRIX[0], "(x:median(2))", MATRIX[1], "x.median(1)[0]"),
    "norm": (MATRIX[0], "x:norm()", MATRIX[1], "x.norm()"),
    "softmax": (MATRIX[0], "x:softmax(2)", MATRIX[1], "x.softmax(1)"),
    "log_softmax": (MATRIX[0], "x:log_softmax(2)", MATRIX[1], "x.log_softmax(1)"),
    "transpose": (MATRIX[0], "x:transpose(1, 2)", MATRIX[1], "x.t().contiguous()"),
    "permute": (IMAGES[0], "x:permute(1, 3, 4, 2)", IMAGES[1], "x.permute(0, 2, 3, 1).contiguous()"),
    "cat": (PAIR[0], "sg.cat({x, y}, 2)", PAIR[1], "torch.cat((x, y), 1)"),
    "stack": (PAIR[0], "sg.stack({x, y}, 1)", PAIR[1], "torch.stack((x, y), 0)"),
    "slice": (MATRIX[0], "x[{{}, {1, 500}}]", MATRIX[1], "x[:, :500].contiguous()"),
    "flip": (MATRIX[0], "x:flip({2})", MATRIX[1], "x.flip(1)"),
    "roll": (MATRIX[0], "x:roll(10, 2)", MATRIX[1], "x.roll(10, 1)"),
    "tril": (MATRIX[0], "x:tril()", MATRIX[1], "x.tril()"),
    "pad reflect": (IMAGES[0], "x:pad({3, 3, 3, 3}, 'reflect')", IMAGES[1],
                    "F.pad(x, (3, 3, 3, 3), 'reflect')"),
    "repeat": (MATRIX[0], "x['repeat'](x, 2, 2)", MATRIX[1], "x.repeat(2, 2)"),
    "index_select": (ROWS[0], "x:index_select(1, y)", ROWS[1], "x.index_select(0, y)"),
    "gather": (LINES[0], "x:gather(2, y)", LINES[1], "x.gather(1, y)"),
    "scatter_add": (LINES[0] + " z = sg.randn(1000, 1000, leaf)", "x:scatter_add(2, y, z)",
                    LINES[1] + "; z = torch.randn(1000, 1000, requires_grad=True)", "x.scatter_add(1, y, z)"),
    "masked_fill": (MATRIX[0] + " y = x:detach():gt(0)", "x:masked_fill(y, 0)", MATRIX[1] + "; y = x.detach() > 0",
                    "x.masked_fill(y, 0)"),
    "matmul": ("x = sg.randn(256, 256, leaf) y = sg.randn(256, 256, leaf)", "x:matmul(y)",
               "x, y = (torch.randn(256, 256, requires_grad=True) for _ in range(2))", "x @ y"),
    "conv2d": ("x = sg.randn(8, 16, 32, 32, leaf) y = sg.randn(16, 16, 3, 3, leaf)",
               "x:conv2d(y, nil, {padding = 1})",
               "x, y = (torch.randn(*s, requires_grad=True) for s in ((8, 16, 32, 32), (16, 16, 3, 3)))",
               "F.conv2d(x, y, padding=1)"),
    "max_pool2d": (IMAGES[0], "x:max_pool2d(2)", IMAGES[1], "F.max_pool2d(x, 2)"),
    "avg_pool2d": (IMAGES[0], "x:avg_pool2d(2)", IMAGES[1], "F.avg_pool2d(x, 2)"),
    "interpolate": (IMAGES[0], "x:interpolate{scale_factor = {2, 2}, mode = 'bilinear'}", IMAGES[1],
                    "F.interpolate(x, scale_factor=2, mode='bilinear')"),
    "batch_norm": (IMAGES[0], "(x:batch_norm())", IMAGES[1], "F.batch_norm(x, None, None, training=True)"),
    "layer_norm": (MATRIX[0], "(x:layer_norm{normalized_shape = {1000}})", MATRIX[1], "F.layer_norm(x, (1000,))"),
    "dropout": (MATRIX[0], "(x:dropout(0.5))", MATRIX[1], "F.dropout(x, 0.5)"),
    "cross_entropy of probabilities": (PAIR[0], "x:cross_entropy(y:detach())", PAIR[1],
                                       "F.cross_entropy(x, y.detach())"),
    "grid_sample": ("x = sg.randn(16, 16, 64, 64, leaf) y = (sg.rand(16, 64, 64, 2) * 2.2 - 1.1):requires_grad_()",
                    "x:grid_sample(y)",
                    "x = torch.randn(16, 16, 64, 64, requires_grad=True); "
                    "y = (torch.rand(16, 64, 64, 2) * 2.2 - 1.1)"
                    ".requires_grad_()", "F.grid_sample(x, y, align_corners=False)"),
    "cross_entropy": (ROWS[0], "x:cross_entropy(y)", ROWS[1], "F.cross_entropy(x, y)"),
    "group_norm": (IMAGES[0], "(x:group_norm{num_groups = 4})", IMAGES[1], "F.group_norm(x, 4)"),
    "instance_norm": (IMAGES[0], "(x:instance_norm())", IMAGES[1], "F.instance_norm(x)"),
    "normalize": (MATRIX[0], "x:normalize()", MATRIX[1], "F.normalize(x)"),
    "cosine_similarity": (PAIR[0], "x:cosine_similarity(y)", PAIR[1], "F.cosine_similarity(x, y)"),
    "pairwise_distance": (PAIR[0], "x:pairwise_distance(y)", PAIR[1], "F.pairwise_distance(x, y)"),
    "cdist": (POINTS[0], "x:cdist(y)", POINTS[1], "torch.cdist(x, y)"),
    "cov": (MATRIX[0], "x:cov()", MATRIX[1], "x.cov()"),
    "corrcoef": (MATRIX[0], "x:corrcoef()", MATRIX[1], "x.corrcoef()"),
    **{name: (SQUARES[0], f"x:{name}()", SQUARES[1], f"torch.{name}(x)")
       for name in ("det", "logdet", "inverse", "matrix_exp")},
    "slogdet": (SQUARES[0], "select(2, x:slogdet())", SQUARES[1], "torch.slogdet(x)[1]"),
    "solve": (SQUARES[0] + " y = sg.randn(64, 64, 8, leaf)", "x:solve(y)",
              SQUARES[1] + "; y = torch.randn(64, 64, 8, requires_grad=True)", "torch.linalg.solve(x, y)"),
    "qr": (SQUARES[0], "(x:qr())", SQUARES[1], "torch.linalg.qr(x)[0]"),
    "svdvals": (SQUARES[0], "x:svdvals()", SQUARES[1], "torch.linalg.svdvals(x)"),
    "pinv": (SQUARES[0], "x:pinv()", SQUARES[1], "torch.linalg.pinv(x)"),
    "cholesky": (POSITIVE[0], "x:cholesky()", POSITIVE[1], "torch.linalg.cholesky(x)"),
    "eigh": (POSITIVE[0], "(x:eigh())", POSITIVE[1], "torch.linalg.eigh(x)[0]"),
    "eigvalsh": (POSITIVE[0], "x:eigvalsh()", POSITIVE[1], "torch.linalg.eigvalsh(x)"),
    "bmm": (SQUARES[0] + " y = sg.randn(64, 64, 64, leaf)", "x:bmm(y)",
            SQUARES[1] + "; y = torch.randn(64, 64, 64, requires_grad=True)", "x.bmm(y)"),
    "einsum": (SQUARES[0] + " y = sg.randn(64, 64, 64, leaf)", "sg.einsum('bij,bkj->bik', x, y)",
               SQUARES[1] + "; y = torch.randn(64, 64, 64, requires_grad=True)",
               "torch.einsum('bij,bkj->bik', x, y)"),
    "matrix_norm": (SQUARES[0], "x:matrix_norm()", SQUARES[1], "torch.linalg.matrix_norm(x)"),
    "attention": (HEADS[0], "x:scaled_dot_product_attention(y, z)", HEADS[1],
                  "((x @ y.transpose(2, 3)) / 8).softmax(3) @ z"),
    "conv1d": (SIGNALS[0] + " y = sg.randn(32, 32, 5, leaf)", "x:conv1d(y, nil, {padding = 2})",
               SIGNALS[1] + "; y = torch.randn(32, 32, 5, requires_grad=True)", "F.conv1d(x, y, padding=2)"),
    "conv3d": (VOLUMES[0] + " y = sg.randn(8, 8, 3, 3, 3, leaf)", "x:conv3d(y, nil, {padding = 1})",
               VOLUMES[1] + "; y = torch.randn(8, 8, 3, 3, 3, requires_grad=True)", "F.conv3d(x, y, padding=1)"),
    "conv_transpose2d": (IMAGES[0] + " y = sg.randn(16, 16, 3, 3, leaf)", "x:conv_transpose2d(y)",
                         IMAGES[1] + "; y = torch.randn(16, 16, 3, 3, requires_grad=True)",
                         "F.conv_transpose2d(x, y)"),
    "max_pool1d": (SIGNALS[0], "x:max_pool1d(2)", SIGNALS[1], "F.max_pool1d(x, 2)"),
    "max_pool3d": (VOLUMES[0], "x:max_pool3d(2)", VOLUMES[1], "F.max_pool3d(x, 2)"),
    "adaptive_avg_pool2d": (IMAGES[0], "x:adaptive_avg_pool2d(7)", IMAGES[1], "F.adaptive_avg_pool2d(x, 7)"),
    "lp_pool2d": (IMAGES[0], "x:lp_pool2d(2, 2)", IMAGES[1], "F.lp_pool2d(x, 2, 2)"),
    "im2col": (IMAGES[0], "x:im2col(3)", IMAGES[1], "F.unfold(x, 3)"),
    "pixel_shuffle": (IMAGES[0], "x:pixel_shuffle(2)", IMAGES[1], "F.pixel_shuffle(x, 2)"),
    "embedding": ("x = sg.randn(1000, 100, leaf) y = sg.randint(1, 1001, {100, 100})", "sg.embedding(y, x)",
                  "x = torch.randn(1000, 100, requires_grad=True); y = torch.randint(0, 1000, (100, 100))",
                  "F.embedding(y, x)"),
    "quantile": (MATRIX[0], "x:quantile(0.3, 2)", MATRIX[1], "x.quantile(0.3, 1)"),
    "kthvalue": (MATRIX[0], "(x:kthvalue(300, 2))", MATRIX[1], "x.kthvalue(300, 1)[0]"),
    "norm 3 of rows": (MATRIX[0], "x:norm(3, 2)", MATRIX[1], "x.norm(3, 1)"),
    "take_along_dim": (LINES[0], "x:take_along_dim(y, 2)", LINES[1], "x.take_along_dim(y, 1)"),
    "masked_select": (MATRIX[0] + " y = x:detach():gt(0)", "x[y]", MATRIX[1] + "; y = x.detach() > 0", "x[y]"),
    "l1_loss": (PAIR[0], "x:l1_loss(y)", PAIR[1], "F.l1_loss(x, y)"),
    "huber_loss": (PAIR[0], "x:huber_loss(y)", PAIR[1], "F.huber_loss(x, y)"),
    "kl_div": (CHANCES[0], "x:kl_div(y, {reduction = 'sum'})", CHANCES[1],
               "F.kl_div(x, y, reduction='sum')"),
    "bce with logits": (CHANCES[0], "x:binary_cross_entropy_with_logits(y)", CHANCES[1],
                        "F.binary_cross_entropy_with_logits(x, y)"),
    "nll_loss": (ROWS[0], "x:nll_loss(y)", ROWS[1], "F.nll_loss(x, y)"),
    "poisson_nll_loss": (CHANCES[0], "x:poisson_nll_loss(y)", CHANCES[1], "F.poisson_nll_loss(x, y)"),
    "gaussian_nll_loss": (PAIR[0] + " z = sg.rand(1000, 1000)", "x:gaussian_nll_loss(y, z)",
                          PAIR[1] + "; z = torch.rand(1000, 1000)", "F.gaussian_nll_loss(x, y, z)"),
    "multi_margin_loss": (ROWS[0], "x:multi_margin_loss(y)", ROWS[1], "F.multi_margin_loss(x, y)"),
    "ctc_loss": ("x = sg.randn(100, 16, 40, leaf) y = sg.randint(2, 41, {16, 20}) "
                 "z = {sg.full({16}, 100, {dtype = 'i64'}), sg.full({16}, 20, {dtype = 'i64'})}",
                 "x:log_softmax(3):ctc_loss(y, z[1], z[2])",
                 "x = torch.randn(100, 16, 40, requires_grad=True); y = torch.randint(1, 40, (16, 20)); "
                 "u, v = torch.full((16,), 100), torch.full((16,), 20)", "F.ctc_loss(x.log_softmax(2), y, u, v)"),
    "mse_loss": (PAIR[0], "x:mse_loss(y)", PAIR[1], "F.mse_loss(x, y)"),
    "smooth_l1_loss": (PAIR[0], "x:smooth_l1_loss(y)", PAIR[1], "F.smooth_l1_loss(x, y)"),
}

# Why an op may take more than twice as long.
REASONS = {
    "cdist": "of the differences themselves: PyTorch's |a|^2 - 2ab + |b|^2 has no digits for near vectors",
    "cov": "in f64: the squares leave the range of f32 where covariances do not",
    "corrcoef": "made of cov",
    "poisson_nll_loss": "in f64: exp(x) - t x cancels, and leaves the range of f32 where the mean does not",
    "max_pool1d": "forward alone: the indices are computed too, which PyTorch leaves out without a gradient",
    "nll_loss": "forward alone: microseconds, for the calls of its parts",
}


class Ours:
    def __init__(self, program):
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "ops_server.lua")
        self.process = subprocess.Popen([program, "--threads", "1", script], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().rstrip("\n")

    def case(self, setup, expression):
        answer = self.ask(f"case {setup}\t{expression}")
        if answer != "ok":
            raise SystemExit(f"ops: {expression}: {answer}")

    def forward(self):
        return float(self.ask("forward"))

    def backward(self):
        return float(self.ask("backward"))


class Theirs:
    def case(self, setup, expression):
        self.names = {"torch": torch, "F": F}
        exec(setup, self.names)
        self.expression = compile(expression, "<case>", "eval")
        result = eval(self.expression, self.names)
        self.cotangent = torch.ones_like(result) if result.requires_grad else None

    def measure(self, f):
        calls, start = 0, time.perf_counter()
        while time.perf_counter() - start < 0.02:
            f()
            calls += 1
        return (time.perf_counter() - start) / calls * 1e3

    def forward(self):
        def run():
            with torch.no_grad():
                eval(self.expression, self.names)
        return self.measure(run)

    def backward(self):
        def run():
            for name in "xyz":
                if name in self.names:
                    self.names[name].grad = None
            eval(self.expression, self.names).backward(self.cotangent)
        return self.measure(run) if self.cotangent is not None else float("nan")


def ratio_text(ours, theirs):
    if ours != ours:
        return f"{'':8} {'':8} {'':6}"
    ratio = ours / theirs
    return f"{ours:8.3f} {theirs:8.3f} {ratio:5.2f}{'*' if ratio > 2 else ' '}"


def main():
    wanted = sys.argv[3:]
    torch.set_num_threads(1)
    ours, theirs = Ours(sys.argv[1]), Theirs()
    print(f"f32, one thread, medians of {ROUNDS}, in milliseconds; PyTorch {torch.__version__}")
    print(f"{'':20} {'forward':>8} {'PyTorch':>8} {'ratio':>6} {'both':>8} {'PyTorch':>8} {'ratio':>6}")
    slow = []
    for name, (our_setup, our_expression, their_setup, their_expression) in CASES.items():
        if wanted and name not in wanted:
            continue
        ours.case(our_setup, our_expression)
        theirs.case(their_setup, their_expression)
        times = [[], [], [], []]
        for _ in range(ROUNDS):
            for k, f in enumerate((ours.forward, theirs.forward, ours.backward, theirs.backward)):
                times[k].append(f())
        forward, their_forward, both, their_both = map(statistics.median, times)
        if forward > 2 * their_forward or both > 2 * their_both:
            slow.append(name)
        print(f"{name:20} {ratio_text(forward, their_forward)} {ratio_text(both, their_both)}", flush=True)
    print(f"{len(slow)} above 2")
    for name in slow:
        print(f"  {name}: {REASONS.get(name, 'without a reason')}")


if __name__ == "__main__":
    main()
