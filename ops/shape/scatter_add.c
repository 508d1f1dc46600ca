// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = x, with source[..., i, ...] added at x[..., index[..., i, ...], ...]: the adjoint of gather.
#include "ops/ops.h"
#include "ops/shape/indices.h"

const sg_op op_scatter_add = {
    SG_INDEXED(scatter_add, sg_lines_family, op_gather),
    SG_WORDS("Adds elements to a tensor, each at its own position along a dimension.",
             "y = x, then y[..., index[..., i, ...], ...] += source[..., i, ...]", "The adjoint of gather"),
    .inputs = SG_PORTS({"x", 0, "what to add to"},
                       {"index", SG_INDEX, "positions in dim; in the other dimensions no larger than x"},
                       {"source", 0, "what to add, in the shape of index"}),
    .outputs = SG_PORTS({"y", 0, "the sums"}),
    .samples = SG_SAMPLES(
        {"rows", SG_ON(SG_RANDN(3, 4), SG_INDICES(4, SG_DIMS(3, 6)), SG_RANDN(3, 6)), SG_ALONG(1)},
        {"fewer lines", SG_ON(SG_RANDN(3, 4, 2), SG_INDICES(4, SG_DIMS(2, 3, 1)), SG_RANDN(2, 3, 1)), SG_ALONG(-2)},
        {"no index", SG_ON(SG_RANDN(3), SG_INDICES(3, SG_DIMS(0)), SG_RANDN(0)), SG_ALONG(0)}),
    .bad_samples = SG_SAMPLES(
        {"source", SG_ON(SG_RANDN(3), SG_INDICES(3, SG_DIMS(2)), SG_RANDN(3)), SG_ALONG(0),
         .error = "source has shape [3], expected [2]"},
        {"out of range",
         SG_ON(SG_RANDN(3), {SG_SAMPLE_VALUES, SG_DIMS(1), 0, 0, (const double[]){9}, SG_I64}, SG_RANDN(1)),
         SG_ALONG(0), .error = "holds 9"}),
};

sg_tensor *sg_scatter_add(sg_context *context, sg_tensor *x, sg_tensor *index, sg_tensor *source, int64_t dim) {
  return sg_apply_one(context, &op_scatter_add, 3, (sg_tensor *[]){x, index, source}, SG_ALONG(dim));
}
