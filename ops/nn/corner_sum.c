// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/nn/corners.h"
#include "ops/ops.h"

const sg_op op_corner_sum = {
    SG_CORNERS(corner_sum, SG_CORNERS_Y, SG_CORNERS_PORT_X, SG_CORNERS_PORT_WEIGHT),
    SG_WORDS("Weighted sums of a few elements of the last dimension, the same ones for every channel.",
             "y[n, c, p] = sum over k of weight[n, p, k] x[n, c, index[n, p, k]]; what has weight 0 is left out",
             "Elementary"),
    .outputs = SG_PORTS(SG_CORNERS_PORT_Y),
    .samples = SG_SAMPLES(
        {"by hand",
         SG_ON(SG_VALUES(SG_NUMBERS(1, 2, 5), SG_DIMS(1, 1, 3)), SG_VALUES(SG_NUMBERS(0.5, 2), SG_DIMS(1, 1, 2)),
               SG_VALUES_OF(SG_I64, SG_NUMBERS(0, 2), SG_DIMS(1, 1, 2))),
         SG_GIVES(10.5)},
        {"four", SG_ON(SG_RANDN(2, 3, 5), SG_RANDN(2, 4, 4), SG_INDICES(5, SG_DIMS(2, 4, 4)))},
        {"one", SG_ON(SG_RANDN(1, 2, 3), SG_RANDN(1, 6, 1), SG_INDICES(3, SG_DIMS(1, 6, 1)))},
        {"eight", SG_ON(SG_RANDN(1, 2, 9), SG_RANDN(1, 2, 8), SG_INDICES(9, SG_DIMS(1, 2, 8)))},
        {"none", SG_ON(SG_RANDN(2, 2, 3), SG_RANDN(2, 3, 0), SG_INDICES(3, SG_DIMS(2, 3, 0)))},
        {"no points", SG_ON(SG_RANDN(2, 2, 3), SG_RANDN(2, 0, 4), SG_INDICES(3, SG_DIMS(2, 0, 4)))}),
    .bad_samples = SG_SAMPLES(
        {"rank", SG_ON(SG_RANDN(2, 3), SG_RANDN(2, 4, 4), SG_INDICES(3, SG_DIMS(2, 4, 4))),
         .error = "corner_sum: x has shape [2, 3], expected (N, C, E)"},
        {"images", SG_ON(SG_RANDN(1, 2, 3), SG_RANDN(2, 4, 4), SG_INDICES(3, SG_DIMS(2, 4, 4))),
         .error = "x has shape [1, 2, 3], expected [2, 2, 3] (index [2, 4, 4])"},
        {"weights", SG_ON(SG_RANDN(1, 2, 3), SG_RANDN(1, 4, 2), SG_INDICES(3, SG_DIMS(1, 4, 4))),
         .error = "weight has shape [1, 4, 2], expected [1, 4, 4]"},
        {"many", SG_ON(SG_RANDN(1, 2, 3), SG_RANDN(1, 4, 9), SG_INDICES(3, SG_DIMS(1, 4, 9))),
         .error = "are too large"},
        {"outside",
         SG_ON(SG_RANDN(1, 2, 3), SG_RANDN(1, 1, 1), SG_VALUES_OF(SG_I64, SG_NUMBERS(7), SG_DIMS(1, 1, 1))),
         .error = "index holds"}),
};

sg_tensor *sg_corner_sum(sg_context *context, sg_tensor *x, sg_tensor *weight, sg_tensor *index) {
  return sg_apply_one(context, &op_corner_sum, 3, (sg_tensor *[]){x, weight, index}, NULL);
}
