// SPDX-License-Identifier: GPL-3.0-or-later
//
// The smallest element along one dimension and where it is, the first one of several; the gradient goes there.
// Over all dimensions as one: indices count the elements in row-major order, and ties share the gradient equally.
#include "ops/ops.h"
#include "ops/reduce/extremum.h"

const sg_op op_min = {
    SG_CHOSEN(min, "smallest", true),
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VALUES(SG_NUMBERS(5, 1, 1, 2, 3, 0), SG_DIMS(2, 3))), SG_GIVES(0)}),
};

sg_tensor *sg_min(sg_context *context, sg_tensor *x, const sg_reduce_options *options, sg_tensor **indices) {
  return sg_reduction_apply(context, &op_min, x, options, indices);
}
