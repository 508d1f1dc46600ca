// SPDX-License-Identifier: GPL-3.0-or-later
//
// y[..., i, ...] = x[..., index[i], ...]: chosen positions of one dimension, in the order given.
#include "ops/ops.h"
#include "ops/shape/indices.h"

const sg_op op_index_select = {
    SG_INDEXED(index_select, sg_slices_family, op_index_add),
    SG_WORDS("Takes positions of one dimension by their numbers.", "y[..., i, ...] = x[..., index[i], ...]"),
    .inputs =
        SG_PORTS({"x", SG_ANY_DTYPE, "tensor"}, {"index", SG_INDEX, "vector of positions in dim; may repeat"}),
    .outputs = SG_PORTS({"y", SG_ANY_DTYPE, "x at these positions"}),
    .backward = sg_take_slices_backward,
    .samples = SG_SAMPLES({"rows", SG_ON(SG_RANDN(4, 3), SG_INDICES(4, SG_DIMS(6)))},
                          {"columns", SG_ON(SG_RANDN(3, 4), SG_INDICES(4, SG_DIMS(3))), SG_ALONG(1)},
                          {"middle", SG_ON(SG_RANDN(2, 3, 2), SG_INDICES(3, SG_DIMS(4))), SG_ALONG(-2)},
                          {"no index", SG_ON(SG_RANDN(2, 3), SG_INDICES(2, SG_DIMS(0)))},
                          {"one", SG_ON(SG_RANDN(2, 3), SG_INDICES(2, SG_SCALAR))},
                          {"empty rows", SG_ON(SG_RANDN(2, 0), SG_INDICES(2, SG_DIMS(3)))}),
    .bad_samples = SG_SAMPLES(
        {"out of range",
         SG_ON(SG_RANDN(2, 3), {SG_SAMPLE_VALUES, SG_DIMS(2), 0, 0, (const double[]){1, 9}, SG_I64}),
         .error = "holds 9"},
        {"matrix of indices", SG_ON(SG_RANDN(2, 3), SG_INDICES(2, SG_DIMS(2, 2))), .error = "expected a vector"},
        {"scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR), SG_INDICES(1, SG_DIMS(1))), .error = "outside"}),
};

sg_tensor *sg_index_select(sg_context *context, sg_tensor *x, sg_tensor *index, int64_t dim) {
  return sg_apply_one(context, &op_index_select, 2, (sg_tensor *[]){x, index}, SG_ALONG(dim));
}
