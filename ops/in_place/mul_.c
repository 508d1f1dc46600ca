// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/in_place/update.h"
#include "ops/ops.h"

const sg_op op_mul_ = {
    SG_MEMBER(mul_, sg_update_family, sg_update, .row = sg_row_mul),
    SG_WORDS("Multiplies a tensor by another one in place.", "x = x other", "Elementary"),
};

sg_status sg_mul_(sg_context *context, sg_tensor *x, sg_tensor *other) {
  sg_apply_one(context, &op_mul_, 2, (sg_tensor *[]){x, other}, NULL);
  return sg_error_status(context);
}
