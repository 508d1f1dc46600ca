// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/ops.h"
#include "ops/reduce/sums.h"

#define TWO_ROWS SG_VALUES(((const double[]){1, 2, 3, 4}), SG_DIMS(2, 2))
static const sg_sample samples[] = {
    {.name = "everything", .inputs = {TWO_ROWS}, .expected = (const double[]){10}},
    {.name = "rows",
     .inputs = {TWO_ROWS},
     .options = &(const sg_reduce_options){.dim = SG_DIMS(1)},
     .expected = (const double[]){3, 7}},
    {.name = "nothing to sum",
     .inputs = {SG_NORMAL(0, 1, SG_DIMS(0, 2))},
     .options = &(const sg_reduce_options){.dim = SG_DIMS(0)},
     .expected = (const double[]){0, 0}},
    {0},
};

const sg_op op_sum = {
    .name = "sum",
    .summary = "Sums a tensor over dimensions.",
    .formula = "y = sum of x over dim",
    .family = &sg_sums_family,
    .member = &(const sg_sums_member){.mean = false},
    .outputs = SG_PORTS({"y", 0, "the sums; 0 where there is nothing to sum"}),
    .samples = samples,
};

sg_tensor *sg_sum(sg_context *context, sg_tensor *x, const sg_reduce_options *options) {
  return sg_apply_one(context, &op_sum, 1, &x, options);
}
