// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/nn/dropping.h"
#include "ops/ops.h"

const sg_op op_dropout1d = {
    SG_CHANNEL_DROPPING(dropout1d, "lines", "(N, C, L) or (C, L)", 3, true, true, false),
    .samples = SG_SAMPLES(
        {"nothing dropped", SG_ON(SG_VALUES(SG_NUMBERS(1, -2), SG_DIMS(1, 1, 2))), SG_DROPPED(0), SG_GIVES(1, -2)},
        {"half", SG_ON(SG_RANDN(3, 5, 4))}, {"one dimension less", SG_ON(SG_RANDN(9, 4)), SG_DROPPED(0.25)},
        {"all", SG_ON(SG_RANDN(3, 5, 4)), SG_DROPPED(1)}, {"empty", SG_ON(SG_RANDN(0, 5, 4))}),
    .bad_samples = SG_SAMPLES(
        {"rank", SG_ON(SG_RANDN(4)), .error = "dropout1d: x has shape [4], expected (N, C, L) or (C, L)"}),
};

sg_tensor *sg_dropout1d(sg_context *context, sg_tensor *x, const sg_dropout_options *options) {
  return sg_apply_one(context, &op_dropout1d, 1, &x, options);
}
