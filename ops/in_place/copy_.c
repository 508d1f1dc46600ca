// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/in_place/assignment.h"
#include "ops/ops.h"

static const sg_sample samples[] = {
    {.name = "same shape", .inputs = {SG_NORMAL(0, 1, SG_DIMS(3, 4)), SG_NORMAL(0, 1, SG_DIMS(3, 4))}},
    {.name = "rows",
     .inputs = {SG_NORMAL(0, 1, SG_DIMS(2, 3)), SG_VALUES(((const double[]){1, 2, 3}), SG_DIMS(3))},
     .expected = (const double[]){1, 2, 3, 1, 2, 3}},
    {.name = "columns",
     .inputs = {SG_NORMAL(0, 1, SG_DIMS(2, 3)), SG_VALUES(((const double[]){1, 2}), SG_DIMS(2, 1))},
     .expected = (const double[]){1, 1, 1, 2, 2, 2}},
    {.name = "middle", .inputs = {SG_NORMAL(0, 1, SG_DIMS(2, 3, 4)), SG_NORMAL(0, 1, SG_DIMS(2, 1, 4))}},
    {0},
};

const sg_op op_copy_ = {
    .family = &sg_assignment,
    .name = "copy_",
    .summary = "Writes the elements of a tensor into another one, in its dtype.",
    .formula = "x = source",
    .reference = "Elementary",
    .samples = samples,
};

sg_status sg_copy_(sg_context *context, sg_tensor *x, sg_tensor *source) {
  sg_apply_one(context, &op_copy_, 2, (sg_tensor *[]){x, source}, NULL);
  return sg_error_status(context);
}
