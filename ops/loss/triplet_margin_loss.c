// SPDX-License-Identifier: GPL-3.0-or-later
//
// max(0, d(anchor, positive) - d(anchor, negative) + margin) with the distances of pairwise_distance; with swap,
// the second one is d(positive, negative) where that is less. Where the loss is 0 the gradient is 0.
#include "ops/loss/composed_loss.h"

static const sg_triplet_margin_loss_options defaults = {SG_REDUCTION_MEAN, 1, 2, 1e-6, false};

enum { ANCHOR, POSITIVE, NEGATIVE };

static sg_status prepare(sg_plan *plan) { return sg_check_vectors(plan, 3); }

static sg_tensor *losses(const sg_call *call) {
  sg_context *c = call->context;
  const sg_triplet_margin_loss_options *options = call->options;
  const sg_pairwise_distance_options of = {options->p, options->eps, false};
  sg_tensor *anchor = call->inputs[ANCHOR], *positive = call->inputs[POSITIVE], *negative = call->inputs[NEGATIVE];
  sg_tensor *near = sg_pairwise_distance(c, anchor, positive, &of);
  sg_tensor *far = sg_pairwise_distance(c, anchor, negative, &of);
  if (options->swap) far = sg_minimum(c, far, sg_pairwise_distance(c, positive, negative, &of));
  return sg_relu(c, sg_add_scalar(c, sg_sub(c, near, far), options->margin));
}

#define ROWS SG_RANDN(4, 3), SG_RANDN(4, 3), SG_NORMAL(0, 1.5, SG_DIMS(4, 3))

const sg_op op_triplet_margin_loss = {
    SG_COMPOSED_LOSS(triplet_margin_loss, losses, true),
    SG_WORDS("What an anchor lacks of being nearer to a positive than to a negative example, by a margin.",
             "y = mean of max(0, d(anchor, positive) - d(anchor, negative) + margin), d = pairwise_distance",
             "Balntas et al., Learning Local Feature Descriptors with Triplets and Shallow Convolutional Neural "
             "Networks, 2016"),
    .subgradient = "0 where the loss is 0; of the distances as for pairwise_distance",
    .inputs = SG_PORTS({"anchor", 0, "(N, D) or (D)"}, {"positive", 0, "the shape of anchor"},
                       {"negative", 0, "the shape of anchor"}),
    SG_OPTIONS(sg_triplet_margin_loss_options, &defaults,
               SG_OPTION(sg_triplet_margin_loss_options, margin, FLOAT, "least lead; default 1"),
               SG_OPTION(sg_triplet_margin_loss_options, p, FLOAT, "order of the norm; default 2"),
               SG_OPTION(sg_triplet_margin_loss_options, eps, FLOAT, "added to the differences; default 1e-6"),
               SG_OPTION(sg_triplet_margin_loss_options, swap, BOOL,
                         "the distance from positive to negative counts where it is less; default false"),
               SG_REDUCTION_OPTION(sg_triplet_margin_loss_options)),
    .prepare = prepare,
    .samples = SG_SAMPLES(
        SG_COMPOSED_LOSS_SAMPLES((ROWS), sg_triplet_margin_loss_options, .margin = 1, .p = 2, .eps = 1e-6),
        {"swapped", SG_ON(ROWS), SG_WITH(sg_triplet_margin_loss_options, SG_REDUCTION_NONE, 0.7, 3, 0.1, true)},
        {"by hand", SG_ON(SG_VECTOR(0, 0), SG_VECTOR(3, 4), SG_VECTOR(0, 2)),
         SG_WITH(sg_triplet_margin_loss_options, SG_REDUCTION_MEAN, 1, 2, 0, false), SG_GIVES(4)}),
    .bad_samples = SG_SAMPLES({"shapes", SG_ON(SG_RANDN(2, 3), SG_RANDN(2, 3), SG_RANDN(3, 3)),
                               .error = "negative has shape [3, 3], expected [2, 3] (the shape of anchor)"}),
};

sg_tensor *sg_triplet_margin_loss(sg_context *context, sg_tensor *anchor, sg_tensor *positive, sg_tensor *negative,
                                  const sg_triplet_margin_loss_options *options) {
  return sg_apply_one(context, &op_triplet_margin_loss, 3, (sg_tensor *[]){anchor, positive, negative}, options);
}
