# SPDX-License-Identifier: GPL-3.0-or-later
"""Losses as PyTorch computes them, for generate_ops.py."""
import torch
import torch
from torch.nn import functional as F


def reduced(losses, o):
    return {"mean": torch.mean, "sum": torch.sum, "none": torch.clone}[o["reduction"]](losses)


def soft_cross_entropy(x, target, weight, o):
    """By hand where there are weights, of which F.cross_entropy has no derivative."""
    classes, s = 1 if x.dim() > 1 else 0, o["label_smoothing"]
    column = 1 if weight is None else weight.reshape([-1] + [1] * (x.dim() - 1 - classes))
    losses = -(column * (target * (1 - s) + s / x.shape[classes]) * x.log_softmax(classes)).sum(classes)
    y = reduced(losses, o)
    if x.numel() > 0 and x.dim() > 1:  # PyTorch 1.13 takes no single row
        theirs = F.cross_entropy(x, target, weight.detach() if weight is not None else None,
                                 reduction=o["reduction"], label_smoothing=s)
        assert torch.allclose(y, theirs, rtol=1e-13, atol=1e-13)
    return y


def cross_entropy(x, target, weight, o):
    classes = 1 if x.dim() > 1 else 0
    if target.is_floating_point():
        maximum = x.amax(classes, keepdim=True)
        return (soft_cross_entropy(x, target, weight, o), maximum.squeeze(classes),
                torch.exp(x - maximum).sum(classes) - 1)
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


def nll_loss(x, target, weight, o):
    classes = 1 if x.dim() > 1 else 0
    y = F.nll_loss(x, target, weight.detach() if weight is not None else None, ignore_index=o["ignore_index"],
                   reduction=o["reduction"])
    if weight is None:  # of which F.nll_loss has no derivative
        return y
    counts = target != o["ignore_index"]
    weights = weight[target * counts] * counts
    losses = -weights * x.gather(classes, (target * counts).unsqueeze(classes)).squeeze(classes)
    own = {"none": losses, "sum": losses.sum(), "mean": losses.sum() / weights.sum()}[o["reduction"]]
    assert torch.allclose(own, y, rtol=1e-13, atol=1e-13)
    return own


LOSSES = {
    "cross_entropy": cross_entropy,
    "mse_loss": lambda x, target, o: F.mse_loss(x, target, reduction=o["reduction"]),
    "l1_loss": lambda x, target, o: F.l1_loss(x, target, reduction=o["reduction"]),
    "huber_loss": lambda x, target, o: F.huber_loss(x, target, o["reduction"], o["delta"]),
    "smooth_l1_loss": lambda x, target, o: F.smooth_l1_loss(x, target, reduction=o["reduction"], beta=o["beta"]),
    "soft_margin_loss": lambda x, target, o: reduced(F.softplus(-target * x, threshold=700), o),
    "kl_div": lambda x, target, o: F.kl_div(x, target, reduction=o["reduction"], log_target=o["log_target"]),
    "binary_cross_entropy": lambda x, target, weight, o:
        F.binary_cross_entropy(x, target, weight, reduction=o["reduction"]),
    "nll_loss": nll_loss,
    "poisson_nll_loss": lambda x, target, o:
        F.poisson_nll_loss(x, target, o["log_input"], o["full"], eps=o["eps"], reduction=o["reduction"]),
    "gaussian_nll_loss": lambda x, target, var, o:
        F.gaussian_nll_loss(x, target, var, o["full"], o["eps"], o["reduction"]),
    "multi_margin_loss": lambda x, target, weight, o:
        F.multi_margin_loss(x, target, int(o["p"]), o["margin"], weight, reduction=o["reduction"]) if x.numel()
        else x.sum(),  # PyTorch leaves that unwritten
    "multilabel_margin_loss": lambda x, target, o:
        F.multilabel_margin_loss(x, target, reduction=o["reduction"]) if x.numel() else x.sum(),
    "hinge_embedding_loss": lambda x, target, o:
        F.hinge_embedding_loss(x, target, o["margin"], reduction=o["reduction"]),
    "margin_ranking_loss": lambda x1, x2, target, o:
        F.margin_ranking_loss(x1, x2, target, o["margin"], reduction=o["reduction"]),
    "cosine_embedding_loss": lambda x1, x2, target, o:
        F.cosine_embedding_loss(x1, x2, target, o["margin"], reduction=o["reduction"]),
    "multilabel_soft_margin_loss": lambda x, target, weight, o:
        F.multilabel_soft_margin_loss(x, target, weight, reduction=o["reduction"]),
    "binary_cross_entropy_with_logits": lambda x, target, weight, pos_weight, o:
        F.binary_cross_entropy_with_logits(x, target, weight, reduction=o["reduction"], pos_weight=pos_weight),
}
