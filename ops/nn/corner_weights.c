// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/nn/corners.h"
#include "ops/ops.h"

const sg_op op_corner_weights = {
    SG_CORNERS(corner_weights, SG_CORNERS_WEIGHT, SG_CORNERS_PORT_X, SG_CORNERS_PORT_Y),
    SG_WORDS("The adjoint of corner_sum in the weights.",
             "weight[n, p, k] = sum over c of y[n, c, p] x[n, c, index[n, p, k]]", "Elementary"),
    .outputs = SG_PORTS(SG_CORNERS_PORT_WEIGHT),
    .samples = SG_SAMPLES(
        {"by hand",
         SG_ON(SG_VALUES(SG_NUMBERS(1, 2, 5), SG_DIMS(1, 1, 3)), SG_VALUES(SG_NUMBERS(3), SG_DIMS(1, 1, 1)),
               SG_VALUES_OF(SG_I64, SG_NUMBERS(0, 2), SG_DIMS(1, 1, 2))),
         SG_GIVES(3, 15)},
        {"four", SG_ON(SG_RANDN(2, 3, 5), SG_RANDN(2, 3, 4), SG_INDICES(5, SG_DIMS(2, 4, 4)))},
        {"no channels", SG_ON(SG_RANDN(1, 0, 5), SG_RANDN(1, 0, 2), SG_INDICES(5, SG_DIMS(1, 2, 4)))}),
    .bad_samples =
        SG_SAMPLES({"points", SG_ON(SG_RANDN(1, 2, 3), SG_RANDN(1, 2, 5), SG_INDICES(3, SG_DIMS(1, 4, 4))),
                    .error = "y has shape [1, 2, 5], expected [1, 2, 4]"}),
};

sg_tensor *sg_corner_weights(sg_context *context, sg_tensor *x, sg_tensor *y, sg_tensor *index) {
  return sg_apply_one(context, &op_corner_weights, 3, (sg_tensor *[]){x, y, index}, NULL);
}
