// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/in_place/update.h"
#include "ops/ops.h"

const sg_op op_add_ = {
    .name = "add_",
    .summary = "Adds a tensor to another one in place.",
    .formula = "x = x + alpha other",
    .reference = "Elementary",
    .family = &sg_update_family,
    .member = &(const sg_update){.row = sg_row_add, .scaled = sg_row_add_scaled, .sign = 1},
    SG_UPDATE_ALPHA,
    .samples = SG_SAMPLES(
        {.name = "by hand, half of it",
         .inputs = {SG_VALUES(SG_NUMBERS(1, -2, 3), SG_DIMS(3)), SG_VALUES(SG_NUMBERS(2, 4, -1), SG_DIMS(3))},
         .options = &(const sg_update_options){0.5},
         .expected = SG_NUMBERS(2, 0, 2.5)}),
    .bad_samples = SG_SAMPLES({.name = "half of an integer",
                               .inputs = {SG_INDICES(3, SG_DIMS(2)), SG_INDICES(3, SG_DIMS(2))},
                               .options = &(const sg_update_options){0.5},
                               .error = "alpha is 0.5, expected 1 for i64"}),
};

sg_status sg_add_(sg_context *context, sg_tensor *x, sg_tensor *other, double alpha) {
  sg_apply_one(context, &op_add_, 2, (sg_tensor *[]){x, other}, &(sg_update_options){alpha});
  return sg_error_status(context);
}
