// SPDX-License-Identifier: GPL-3.0-or-later
//
// log(sigmoid(x)) = min(x, 0) - log(1 + exp(-|x|)).  d_x = d_y sigmoid(-x).
#include "ops/elementwise/unary.h"

static sg_tensor *slope(sg_context *c, sg_tensor *x) { return sg_sigmoid(c, sg_neg(c, x)); }

const sg_op op_logsigmoid = {
    SG_FUSED_UNARY(logsigmoid, .slope = slope),
    SG_WORDS("The logarithm of the sigmoid.", "y = -log(1 + exp(-x))", "PyTorch, torch.nn.functional.logsigmoid"),
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(0, 2, -1000)),
                           SG_GIVES(-0.69314718055994530942, -0.12692801104297249644, -1000)},
                          {"wide", SG_ON(SG_UNIFORM(-6, 6, SG_DIMS(7)))}),
};

sg_tensor *sg_logsigmoid(sg_context *context, sg_tensor *x) {
  return sg_apply_one(context, &op_logsigmoid, 1, &x, NULL);
}
