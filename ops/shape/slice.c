// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = the elements start, start + step, ... below stop of every dimension of x. A range of the leading dimension
// alone is a view, everything else a copy.
#include "ops/ops.h"
#include "ops/shape/range.h"

static sg_status prepare(sg_plan *plan) { return sg_range_take(plan, plan->options); }

const sg_op op_slice = {
    SG_RANGE(slice, prepare),
    SG_WORDS("Takes a range of every dimension.", "y[i, j, ...] = x[start1 + i step1, start2 + j step2, ...]"),
    .outputs =
        SG_PORTS({"y", SG_ANY_DTYPE, "the range; a view of x when only the leading dimension is cut, with step 1"}),
    .attributes = sg_range_attributes,
    .options_bytes = sizeof(sg_slice_options),
    .defaults = SG_CONSTANT(sg_slice_options, .start = {0}),
    .samples = SG_SAMPLES(
        {"leading range", SG_ON(SG_RANDN(4, 3)),
         SG_WITH(sg_slice_options, .start = SG_DIMS(1), .stop = SG_DIMS(3))},
        {"columns", SG_ON(SG_VALUES(SG_NUMBERS(1, 2, 3, 4, 5, 6), SG_DIMS(2, 3))),
         SG_WITH(sg_slice_options, .start = SG_DIMS(0, 1)), SG_GIVES(2, 3, 5, 6)},
        {"steps", SG_ON(SG_RANDN(5, 4, 2)),
         SG_WITH(sg_slice_options, .start = SG_DIMS(1, -3), .stop = SG_DIMS(5, -1), .step = SG_DIMS(2, 2))},
        {"cut to the extent", SG_ON(SG_RANDN(3, 2)),
         SG_WITH(sg_slice_options, .start = SG_DIMS(-9), .stop = SG_DIMS(9))},
        {"nothing", SG_ON(SG_RANDN(3, 2)),
         SG_WITH(sg_slice_options, .start = SG_DIMS(0, 2), .stop = SG_DIMS(3, 1))},
        {"all of it", SG_ON(SG_RANDN(3, 2))}, {"scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR))},
        {"empty", SG_ON(SG_RANDN(0, 2))}),
    .bad_samples = SG_SAMPLES({"too many", SG_ON(SG_RANDN(3)), SG_WITH(sg_slice_options, .start = SG_DIMS(0, 1)),
                               .error = "start has 2 values for the 1 dimensions"}),
};

sg_tensor *sg_slice(sg_context *context, sg_tensor *x, const sg_slice_options *options) {
  return sg_apply_one(context, &op_slice, 1, &x, options);
}
