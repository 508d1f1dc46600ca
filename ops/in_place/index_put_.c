// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/ops.h"
#include "ops/shape/placement.h"

const sg_op op_index_put_ = {
    SG_MEMBER_OF(index_put_, sg_placement_family),
    SG_WORDS("Writes values to positions of a tensor, or adds them there.",
             "x[index1[i], index2[i], ...] = values[i] for every i, the last one last"),
    .inputs = SG_PLACEMENT_INPUTS("what is written",
                                  "converted to x's dtype; the shape of the positions and then of x behind the "
                                  "indexed dimensions, or one that broadcasts to it"),
    .outputs = SG_PORTS({"x", SG_WRITTEN, "x itself"}),
    .samples =
        SG_SAMPLES({"into integers", SG_ON(SG_INDICES(9, SG_DIMS(4)), SG_VALUES(SG_NUMBERS(-1.75), SG_SCALAR),
                                           SG_INDICES(4, SG_DIMS(6)))}),
};

sg_status sg_index_put_(sg_context *context, sg_tensor *x, sg_tensor *values, int count, sg_tensor *const *index,
                        bool accumulate) {
  sg_placement_apply(context, &op_index_put_, x, values, count, index, accumulate);
  return sg_error_status(context);
}
