// SPDX-License-Identifier: GPL-3.0-or-later
//
// The smallest element along one dimension and where it is, the first one of several; the gradient goes there.
// Over all dimensions as one: indices count the elements in row-major order, and ties share the gradient equally.
#include "ops/ops.h"
#include "ops/reduce/extremum.h"

const sg_op op_min = {
    .name = "min",
    .summary = "The smallest element along a dimension, and its position.",
    .formula = "values = min of x over dim, indices = the first position of values",
    .family = &sg_chosen_family,
    .member = &(const sg_extremum_member){.minimum = true},
    .outputs = SG_PORTS({"values", 0, "the smallest elements; NaN where there is one"},
                        {"indices", SG_INDEX, "their first positions"}),
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VALUES(SG_NUMBERS(5, 1, 1, 2, 3, 0), SG_DIMS(2, 3))), SG_GIVES(0)}),
};

sg_tensor *sg_min(sg_context *context, sg_tensor *x, const sg_reduce_options *options, sg_tensor **indices) {
  sg_tensor *outputs[2] = {NULL, NULL};
  sg_apply(context, &op_min, 1, &x, options, outputs);
  if (indices) *indices = outputs[1];
  return outputs[0];
}
