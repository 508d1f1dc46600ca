// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = x, with source[..., i, ...] at [..., index[i], ...]. Where an index is named twice the last one stays, and
// has the gradient.
#include "ops/ops.h"
#include "ops/shape/indices.h"
#include "ops/shape/spots.h"

const sg_op op_index_copy = {
    SG_SPOTS(index_copy, sg_spots_plan_slices, sg_spots_find_slices),
    SG_WORDS("Puts slices at the positions of one dimension given by their numbers.",
             "y = x, then y[..., index[i], ...] = source[..., i, ...] for every i, the last one last"),
    .inputs = SG_PORTS({"x", SG_ANY_DTYPE, "what to put into"},
                       {"index", SG_INDEX, "vector of positions in dim; may repeat"},
                       {"source", SG_ANY_DTYPE, "x's shape, with one slice for each index"}),
    SG_INDEX_OPTIONS,
    .check = sg_spots_check,
    .samples = SG_SAMPLES(
        {"rows", SG_ON(SG_RANDN(4, 3), SG_INDICES(4, SG_DIMS(3)), SG_RANDN(3, 3))},
        {"by hand",
         SG_ON(SG_VECTOR(1, 2, 3), SG_VALUES_OF(SG_I64, SG_NUMBERS(2, 0, 2), SG_DIMS(3)), SG_VECTOR(10, 20, 30)),
         SG_GIVES(20, 2, 30)},
        {"columns", SG_ON(SG_RANDN(3, 4), SG_INDICES(4, SG_DIMS(5)), SG_RANDN(3, 5)), SG_ALONG(-1)},
        {"in the middle", SG_ON(SG_RANDN(2, 3, 2), SG_INDICES(3, SG_DIMS(2)), SG_RANDN(2, 2, 2)), SG_ALONG(1)},
        {"no index", SG_ON(SG_RANDN(2, 3), SG_INDICES(2, SG_DIMS(0)), SG_RANDN(0, 3))},
        {"empty rows", SG_ON(SG_RANDN(2, 0), SG_INDICES(2, SG_DIMS(3)), SG_RANDN(3, 0))},
        {"masks", SG_ON(SG_MASK(SG_DIMS(5)), SG_INDICES(5, SG_DIMS(3)), SG_MASK(SG_DIMS(3)))}),
    .bad_samples = SG_SAMPLES(
        {"source", SG_ON(SG_RANDN(2, 3), SG_INDICES(2, SG_DIMS(3)), SG_RANDN(2, 3)),
         .error = "source has shape [2, 3], expected [3, 3]"},
        {"out of range", SG_ON(SG_RANDN(2, 3), SG_VALUES_OF(SG_I64, SG_NUMBERS(7), SG_DIMS(1)), SG_RANDN(1, 3)),
         .error = "holds 7"},
        {"matrix of indices", SG_ON(SG_RANDN(2, 3), SG_INDICES(2, SG_DIMS(1, 2)), SG_RANDN(2, 3)),
         .error = "expected a vector"},
        {"scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR), SG_INDICES(1, SG_DIMS(1)), SG_RANDN(1)), .error = "outside"}),
};

sg_tensor *sg_index_copy(sg_context *context, sg_tensor *x, sg_tensor *index, sg_tensor *source, int64_t dim) {
  return sg_apply_one(context, &op_index_copy, 3, (sg_tensor *[]){x, index, source}, SG_ALONG(dim));
}
