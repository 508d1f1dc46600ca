// SPDX-License-Identifier: GPL-3.0-or-later
//
// y[..., i, ...] = x[..., index[..., i, ...], ...]: for every line along a dimension its own choice of positions.
#include "ops/ops.h"
#include "ops/shape/indices.h"

const sg_op op_gather = {
    SG_INDEXED(gather, sg_lines_family, op_scatter_add),
    SG_WORDS("Takes for every line along a dimension its own positions.",
             "y[..., i, ...] = x[..., index[..., i, ...], ...]"),
    .inputs = SG_PORTS({"x", SG_ANY_DTYPE, "tensor"},
                       {"index", SG_INDEX, "positions in dim; in the other dimensions no larger than x"}),
    .outputs = SG_PORTS({"y", SG_ANY_DTYPE, "the elements, in the shape of index"}),
    .backward = sg_take_lines_backward,
    .samples = SG_SAMPLES({"rows", SG_ON(SG_RANDN(3, 4), SG_INDICES(4, SG_DIMS(3, 2))), SG_ALONG(1)},
                          {"columns", SG_ON(SG_RANDN(3, 4), SG_INDICES(3, SG_DIMS(5, 4))), SG_ALONG(0)},
                          {"fewer lines", SG_ON(SG_RANDN(3, 4, 2), SG_INDICES(4, SG_DIMS(2, 3, 1))), SG_ALONG(-2)},
                          {"vector", SG_ON(SG_RANDN(3), SG_INDICES(3, SG_DIMS(4))), SG_ALONG(0)},
                          {"no index", SG_ON(SG_RANDN(3, 2), SG_INDICES(3, SG_DIMS(0, 2))), SG_ALONG(0)}),
    .bad_samples = SG_SAMPLES(
        {"out of range", SG_ON(SG_RANDN(3), {SG_SAMPLE_VALUES, SG_DIMS(2), 0, 0, (const double[]){1, 9}, SG_I64}),
         SG_ALONG(0), .error = "holds 9"},
        {"rank", SG_ON(SG_RANDN(3, 2), SG_INDICES(2, SG_DIMS(3))), SG_ALONG(0), .error = "index has shape [3]"},
        {"too many lines", SG_ON(SG_RANDN(3, 2), SG_INDICES(2, SG_DIMS(3, 3))), SG_ALONG(0),
         .error = "index has shape [3, 3]"}),
};

sg_tensor *sg_gather(sg_context *context, sg_tensor *x, sg_tensor *index, int64_t dim) {
  return sg_apply_one(context, &op_gather, 2, (sg_tensor *[]){x, index}, SG_ALONG(dim));
}
