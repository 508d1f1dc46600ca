// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = x, with source[..., i, ...] added at x[..., index[i], ...]: the adjoint of index_select.
#include "ops/ops.h"
#include "ops/shape/indices.h"

const sg_op op_index_add = {
    SG_INDEXED(index_add, sg_slices_family, op_index_select),
    SG_WORDS("Adds slices to the positions of one dimension given by their numbers.",
             "y = x, then y[..., index[i], ...] += source[..., i, ...] for every i", "The adjoint of index_select"),
    .inputs = SG_PORTS({"x", 0, "what to add to"}, {"index", SG_INDEX, "vector of positions in dim; may repeat"},
                       {"source", 0, "x's shape, with one slice for each index"}),
    .outputs = SG_PORTS({"y", 0, "the sums"}),
    .samples =
        SG_SAMPLES({"rows", SG_ON(SG_RANDN(4, 3), SG_INDICES(4, SG_DIMS(6)), SG_RANDN(6, 3))},
                   {"columns", SG_ON(SG_RANDN(3, 4), SG_INDICES(4, SG_DIMS(5)), SG_RANDN(3, 5)), SG_ALONG(-1)},
                   {"no index", SG_ON(SG_RANDN(2, 3), SG_INDICES(2, SG_DIMS(0)), SG_RANDN(0, 3))},
                   {"empty rows", SG_ON(SG_RANDN(2, 0), SG_INDICES(2, SG_DIMS(3)), SG_RANDN(3, 0))}),
    .bad_samples = SG_SAMPLES(
        {"source", SG_ON(SG_RANDN(2, 3), SG_INDICES(2, SG_DIMS(3)), SG_RANDN(2, 3)),
         .error = "source has shape [2, 3], expected [3, 3]"},
        {"out of range",
         SG_ON(SG_RANDN(2, 3), {SG_SAMPLE_VALUES, SG_DIMS(1), 0, 0, (const double[]){-1}, SG_I64}, SG_RANDN(1, 3)),
         .error = "holds -1"}),
};

sg_tensor *sg_index_add(sg_context *context, sg_tensor *x, sg_tensor *index, sg_tensor *source, int64_t dim) {
  return sg_apply_one(context, &op_index_add, 3, (sg_tensor *[]){x, index, source}, SG_ALONG(dim));
}
