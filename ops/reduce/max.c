// SPDX-License-Identifier: GPL-3.0-or-later
//
// The largest element along one dimension and where it is, the first one of several; the gradient goes there.
// Over all dimensions as one: indices count the elements in row-major order, and ties share the gradient equally.
#include "ops/ops.h"
#include "ops/reduce/extremum.h"

const sg_op op_max = {
    .name = "max",
    .summary = "The largest element along a dimension, and its position.",
    .formula = "values = max of x over dim, indices = the first position of values",
    .family = &sg_chosen_family,
    .member = &(const sg_extremum_member){.minimum = false},
    .outputs = SG_PORTS({"values", 0, "the largest elements; NaN where there is one"},
                        {"indices", SG_INDEX, "their first positions"}),
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VALUES(SG_NUMBERS(1, 5, 5, 2, 0, 3), SG_DIMS(2, 3))), SG_GIVES(5)}),
};

sg_tensor *sg_max(sg_context *context, sg_tensor *x, const sg_reduce_options *options, sg_tensor **indices) {
  sg_tensor *outputs[2] = {NULL, NULL};
  sg_apply(context, &op_max, 1, &x, options, outputs);
  if (indices) *indices = outputs[1];
  return outputs[0];
}
