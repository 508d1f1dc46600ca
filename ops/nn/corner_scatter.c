// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/nn/corners.h"
#include "ops/ops.h"

#define OF(number) SG_WITH(sg_corner_scatter_options, number)

const sg_op op_corner_scatter = {
    SG_CORNERS(corner_scatter, SG_CORNERS_X, SG_CORNERS_PORT_Y, SG_CORNERS_PORT_WEIGHT),
    SG_WORDS("The adjoint of corner_sum in x.",
             "x[n, c, e] = sum of weight[n, p, k] y[n, c, p] over all p, k with index[n, p, k] = e", "Elementary"),
    .outputs = SG_PORTS(SG_CORNERS_PORT_X),
    SG_OPTIONS(sg_corner_scatter_options, SG_CONSTANT(sg_corner_scatter_options, 0),
               SG_OPTION(sg_corner_scatter_options, extent, INT, "E, the last extent of the result",
                         SG_REQUIRED | SG_AT_LEAST, 0)),
    .samples = SG_SAMPLES(
        {"by hand",
         SG_ON(SG_VALUES(SG_NUMBERS(2, 3), SG_DIMS(1, 1, 2)), SG_VALUES(SG_NUMBERS(1, 2, 3, 4), SG_DIMS(1, 2, 2)),
               SG_VALUES_OF(SG_I64, SG_NUMBERS(0, 2, 2, 2), SG_DIMS(1, 2, 2))),
         OF(3), SG_GIVES(2, 0, 25)},
        {"four", SG_ON(SG_RANDN(2, 3, 4), SG_RANDN(2, 4, 4), SG_INDICES(5, SG_DIMS(2, 4, 4))), OF(5)},
        {"no points", SG_ON(SG_RANDN(1, 2, 0), SG_RANDN(1, 0, 4), SG_INDICES(5, SG_DIMS(1, 0, 4))), OF(3)}),
    .bad_samples =
        SG_SAMPLES({"outside", SG_ON(SG_RANDN(1, 2, 1), SG_RANDN(1, 1, 1), SG_INDICES(1, SG_DIMS(1, 1, 1))), OF(0),
                    .error = "index holds"},
                   {"too large", SG_ON(SG_RANDN(1, 2, 1), SG_RANDN(1, 1, 1), SG_INDICES(1, SG_DIMS(1, 1, 1))),
                    OF(INT64_C(1) << 40), .error = "are too large"}),
};

sg_tensor *sg_corner_scatter(sg_context *context, sg_tensor *y, sg_tensor *weight, sg_tensor *index,
                             int64_t extent) {
  return sg_apply_one(context, &op_corner_scatter, 3, (sg_tensor *[]){y, weight, index},
                      &(sg_corner_scatter_options){extent});
}
