// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/nn/dropping.h"
#include "ops/ops.h"

const sg_op op_alpha_dropout = {
    SG_DROPPING(alpha_dropout, "any shape", 0, false, false, true),
    SG_WORDS("Sets elements to the limit of selu at random, and scales and shifts all, so that mean 0 and variance "
             "1 stay.",
             "y = a (x k - alpha (1 - k) + p alpha), k = 0 with probability p, else 1; alpha = 1.7581, a = "
             "((alpha^2 p + 1) (1 - p))^(-1/2); 0 for p = 1",
             "Klambauer et al., Self-Normalizing Neural Networks, 2017"),
    .samples = SG_SAMPLES({"nothing dropped", SG_ON(SG_VECTOR(1, -2, 3)), SG_DROPPED(0), SG_GIVES(1, -2, 3)},
                          {"half", SG_ON(SG_RANDN(5, 7))}, {"few", SG_ON(SG_RANDN(40)), SG_DROPPED(0.1)},
                          {"all", SG_ON(SG_RANDN(4)), SG_DROPPED(1)}, {"scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR))},
                          {"empty", SG_ON(SG_RANDN(2, 0))}),
};

sg_tensor *sg_alpha_dropout(sg_context *context, sg_tensor *x, const sg_dropout_options *options) {
  return sg_apply_one(context, &op_alpha_dropout, 1, &x, options);
}
