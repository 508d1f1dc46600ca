// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/nn/dropping.h"
#include "ops/ops.h"

const sg_op op_feature_alpha_dropout = {
    SG_DROPPING(feature_alpha_dropout, "(N, C, ...)", 0, false, true, true),
    SG_WORDS("alpha_dropout of whole channels.", "as alpha_dropout, with one k for every n, c",
             "Klambauer et al., Self-Normalizing Neural Networks, 2017"),
    .samples = SG_SAMPLES(
        {"nothing dropped", SG_ON(SG_VALUES(SG_NUMBERS(1, -2), SG_DIMS(1, 2))), SG_DROPPED(0), SG_GIVES(1, -2)},
        {"half", SG_ON(SG_RANDN(3, 5, 2, 2))}, {"rows", SG_ON(SG_RANDN(4, 5)), SG_DROPPED(0.2)},
        {"all", SG_ON(SG_RANDN(2, 3, 2)), SG_DROPPED(1)}, {"empty", SG_ON(SG_RANDN(0, 2, 3))}),
    .bad_samples = SG_SAMPLES(
        {"rank", SG_ON(SG_RANDN(4)), .error = "feature_alpha_dropout: x has shape [4], expected (N, C, ...)"}),
};

sg_tensor *sg_feature_alpha_dropout(sg_context *context, sg_tensor *x, const sg_dropout_options *options) {
  return sg_apply_one(context, &op_feature_alpha_dropout, 1, &x, options);
}
