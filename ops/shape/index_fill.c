// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = x, with one number at [..., index[i], ...].
#include "ops/ops.h"
#include "ops/shape/indices.h"
#include "ops/shape/spots.h"

static sg_status plan_fill(sg_plan *plan, sg_spots *spots) {
  spots->single = true;
  return sg_spots_plan_slices(plan, spots);
}

#define NUMBER SG_NORMAL(0, 1, SG_SCALAR)

const sg_op op_index_fill = {
    SG_SPOTS(index_fill, plan_fill, sg_spots_find_slices),
    SG_WORDS("Puts a number at the positions of one dimension given by their numbers.",
             "y = x, then y[..., index[i], ...] = value for every i"),
    .inputs = SG_PORTS({"x", SG_ANY_DTYPE, "what to put into"},
                       {"index", SG_INDEX, "vector of positions in dim; may repeat"},
                       {"value", SG_ANY_DTYPE, "what to put there, a tensor without dimensions"}),
    SG_INDEX_OPTIONS,
    .check = sg_spots_check,
    .samples = SG_SAMPLES(
        {"rows", SG_ON(SG_RANDN(4, 3), SG_INDICES(4, SG_DIMS(5)), NUMBER)},
        {"columns",
         SG_ON(SG_VALUES(SG_NUMBERS(1, 2, 3, 4), SG_DIMS(2, 2)), SG_VALUES_OF(SG_I64, SG_NUMBERS(1), SG_DIMS(1)),
               SG_VALUES(SG_NUMBERS(9), SG_SCALAR)),
         SG_ALONG(1), SG_GIVES(1, 9, 3, 9)},
        {"in the middle", SG_ON(SG_RANDN(2, 3, 2), SG_INDICES(3, SG_DIMS(2)), NUMBER), SG_ALONG(-2)},
        {"one", SG_ON(SG_RANDN(3), SG_INDICES(3, SG_SCALAR), NUMBER)},
        {"no index", SG_ON(SG_RANDN(2, 3), SG_INDICES(2, SG_DIMS(0)), NUMBER)},
        {"empty rows", SG_ON(SG_RANDN(2, 0), SG_INDICES(2, SG_DIMS(3)), NUMBER)},
        {"bytes", SG_ON(SG_BYTES(0, 256, SG_DIMS(2, 3)), SG_INDICES(3, SG_DIMS(2)), SG_BYTES(0, 256, SG_SCALAR)),
         SG_ALONG(1)}),
    .bad_samples = SG_SAMPLES(
        {"more than a number", SG_ON(SG_RANDN(2, 3), SG_INDICES(2, SG_DIMS(1)), SG_RANDN(3)),
         .error = "value has shape [3], expected a single number"},
        {"out of range", SG_ON(SG_RANDN(2, 3), SG_VALUES_OF(SG_I64, SG_NUMBERS(-1), SG_DIMS(1)), NUMBER),
         .error = "holds "},
        {"matrix of indices", SG_ON(SG_RANDN(2, 3), SG_INDICES(2, SG_DIMS(1, 2)), NUMBER),
         .error = "expected a vector"},
        {"dimension", SG_ON(SG_RANDN(2, 3), SG_INDICES(2, SG_DIMS(1)), NUMBER), SG_ALONG(2), .error = "outside"}),
};

sg_tensor *sg_index_fill(sg_context *context, sg_tensor *x, sg_tensor *index, sg_tensor *value, int64_t dim) {
  return sg_apply_one(context, &op_index_fill, 3, (sg_tensor *[]){x, index, value}, SG_ALONG(dim));
}
