// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/in_place/update.h"
#include "ops/ops.h"

const sg_op op_div_ = {
    SG_MEMBER(div_, sg_update_family, sg_update, .row = sg_row_div),
    SG_WORDS("Divides a tensor by another one in place.", "x = x / other", "Elementary"),
};

sg_status sg_div_(sg_context *context, sg_tensor *x, sg_tensor *other) {
  sg_apply_one(context, &op_div_, 2, (sg_tensor *[]){x, other}, NULL);
  return sg_error_status(context);
}
