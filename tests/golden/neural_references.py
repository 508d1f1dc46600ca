# SPDX-License-Identifier: GPL-3.0-or-later
"""References of generate_ops.py for attention, recurrent networks, distances, random activations and losses."""
import math

import torch
from torch.nn import functional as F

from loss_references import reduced
from references import uniform


def attention(q, k, v, mask, o):
    """PyTorch 1.13 has none. Without dropout; a query that a mask of bools keeps from every key gets zeros."""
    if o["enable_gqa"]:
        k, v = (t.repeat_interleave(q.shape[-3] // t.shape[-3], -3) for t in (k, v))
    scores = q @ k.transpose(-2, -1) * (o["scale"] or q.shape[-1] ** -0.5)
    if o["is_causal"]:
        mask = torch.ones(q.shape[-2], k.shape[-2], dtype=torch.bool).tril()
    if mask is not None:
        scores = scores.masked_fill(~mask, -math.inf) if mask.dtype == torch.bool else scores + mask
    if mask is not None and mask.dtype == torch.bool:
        seen = mask.any(-1, keepdim=True)
        return torch.where(seen, scores.masked_fill(~seen, 0).softmax(-1), torch.zeros_like(scores)) @ v
    return scores.softmax(-1) @ v


def recurrent_cell(function, has_cell=False):
    """Without biases PyTorch wants them to be absent in both places; a missing state is zeros."""
    def one_step(x, *rest):
        states, (w_ih, w_hh, b_ih, b_hh, _) = rest[:-5], rest[-5:]
        rows = x if x.dim() > 1 else x.unsqueeze(0)
        states = [rows.new_zeros(len(rows), w_hh.shape[1]) if s is None else s if x.dim() > 1 else s.unsqueeze(0)
                  for s in states]
        biases = [w_ih.new_zeros(len(w_ih)) if b is None else b for b in (b_ih, b_hh)]
        y = function(rows, states if has_cell else states[0], w_ih, w_hh, *biases)
        y = y if has_cell else (y,)
        return tuple(t if x.dim() > 1 else t.squeeze(0) for t in y)
    return one_step


def recurrent(function, has_cell=False):
    def sequence(x, *rest):
        count = 2 if has_cell else 1
        states, weights, o = rest[:count], rest[count:-1], rest[-1]
        batched, layers = x.dim() == 3, int(o["num_layers"]) * (2 if o["bidirectional"] else 1)
        x = x if batched else x.unsqueeze(1)
        rows = x.shape[0 if o["batch_first"] else 1]
        states = [x.new_zeros(layers, rows, weights[1].shape[1]) if s is None else s if batched else s.unsqueeze(1)
                  for s in states]
        y = function(x, states if has_cell else states[0], weights, o["has_biases"], int(o["num_layers"]),
                     o["dropout"], o["train"], o["bidirectional"], o["batch_first"])
        return tuple(t if batched else t.squeeze(1) for t in y)
    return sequence


def ctc_loss(x, targets, input_lengths, target_lengths, o):
    """By the recursion, whose derivative is that of the function: F.ctc_loss adds exp(x) to it, which log_softmax
    takes away."""
    p, batched = x if x.dim() == 3 else x.unsqueeze(1), x.dim() == 3
    steps, counts = input_lengths.reshape(-1).tolist(), target_lengths.reshape(-1).tolist()
    losses, before = [], 0
    for n, (last, count) in enumerate(zip(steps, counts)):
        row = targets[n, :count] if targets.dim() == 2 else targets[before:before + count]
        before += count
        labels = [o["blank"]] + [label for t in row.tolist() for label in (t, o["blank"])]
        none = p.new_tensor(-math.inf)
        a = [p[0, n, label] if s < 2 else none for s, label in enumerate(labels)]
        for t in range(1, last):
            def ways(s):
                yield a[s]
                if s > 0:
                    yield a[s - 1]
                if s > 1 and labels[s] != o["blank"] and labels[s] != labels[s - 2]:
                    yield a[s - 2]
            a = [p[t, n, label] + torch.logsumexp(torch.stack(list(ways(s))), 0) if any(w > none for w in ways(s))
                 else none for s, label in enumerate(labels)]
        ends = torch.stack(a[-2:])
        losses.append(-torch.logsumexp(ends, 0) if bool((ends > none).any()) else
                      p.new_tensor(0.0 if o["zero_infinity"] else math.inf))
    losses = torch.stack(losses)
    if o["reduction"] == "mean":
        losses = losses / target_lengths.reshape(-1).clamp(min=1)
    y = reduced(losses if batched else losses[0], o)
    same = F.ctc_loss(p.detach(), targets if batched else targets.unsqueeze(0), tuple(steps), tuple(counts),
                      o["blank"], o["reduction"], o["zero_infinity"])
    assert torch.allclose(y.reshape(same.shape), same, rtol=1e-12, atol=1e-12)
    return y


def rrelu(x, o, drawn):
    """The slopes are what was drawn, within their range."""
    slope = drawn["slope"]
    assert bool((slope[x > 0] == 1).all())
    assert bool(((slope >= o["lower"]) & (slope <= o["upper"]) | (x > 0)).all())
    if not o["training"]:
        assert bool((F.rrelu(x, o["lower"], o["upper"], False) - x * slope).abs().max() < 1e-15)
    return x * slope, slope


def gumbel_softmax(x, o):
    """The noise is that of the random stream. hard has the derivative of what it was rounded from."""
    u = torch.tensor([uniform(i) + 2.0 ** -54 for i in range(x.numel())], dtype=x.dtype).reshape(x.shape)
    return ((x - torch.log(-torch.log1p(-u))) / o["tau"]).softmax(o["dim"])


def cosine_similarity(x1, x2, o):
    """Below eps PyTorch differentiates the length all the same, which is constant there."""
    x1, x2 = torch.broadcast_tensors(x1, x2)
    lengths = [torch.linalg.vector_norm(x, dim=o["dim"], keepdim=True).clamp(min=o["eps"]) for x in (x1, x2)]
    y = (x1 / lengths[0] * (x2 / lengths[1])).sum(o["dim"])
    assert torch.allclose(y, F.cosine_similarity(x1, x2, o["dim"], o["eps"]), rtol=1e-12, atol=1e-14)
    return y


NEURAL = {
    "scaled_dot_product_attention": attention,
    "rnn_tanh_cell": recurrent_cell(torch.rnn_tanh_cell),
    "rnn_relu_cell": recurrent_cell(torch.rnn_relu_cell),
    "lstm_cell": recurrent_cell(torch.lstm_cell, True),
    "gru_cell": recurrent_cell(torch.gru_cell),
    "rnn_tanh": recurrent(torch.rnn_tanh),
    "rnn_relu": recurrent(torch.rnn_relu),
    "lstm": recurrent(torch.lstm, True),
    "gru": recurrent(torch.gru),
    "rrelu": rrelu,
    "ctc_loss": ctc_loss,
    "triplet_margin_loss": lambda a, p, n, o:
        F.triplet_margin_loss(a, p, n, o["margin"], o["p"], o["eps"], o["swap"], reduction=o["reduction"]),
    "gumbel_softmax": gumbel_softmax,
    "pairwise_distance": lambda x1, x2, o: F.pairwise_distance(x1, x2, o["p"], o["eps"], o["keepdim"]),
    "cosine_similarity": cosine_similarity,
    "normalize": lambda x, o: F.normalize(x, o["p"], o["dim"], o["eps"]),
    "pair_distances": lambda x1, x2, o: torch.cdist(x1, x2, o["p"], "donot_use_mm_for_euclid_dist"),
    "cdist": lambda x1, x2, o: torch.cdist(x1, x2, o["p"], "donot_use_mm_for_euclid_dist"),
}
