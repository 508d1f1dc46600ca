// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/in_place/update.h"
#include "ops/ops.h"

const sg_op op_sub_ = {
    SG_MEMBER(sub_, sg_update_family, sg_update, .row = sg_row_sub, .scaled = sg_row_add_scaled, .sign = -1),
    SG_WORDS("Subtracts a tensor from another one in place.", "x = x - alpha other", "Elementary"),
    SG_ALPHA,
    .samples = SG_SAMPLES({"by hand, half of it", SG_ON(SG_VECTOR(1, -2, 3), SG_VECTOR(2, 4, -1)),
                           SG_WITH(sg_alpha_options, 0.5), SG_GIVES(0, -4, 3.5)}),
    .bad_samples = SG_ALPHA_BAD_SAMPLES,
};

sg_status sg_sub_(sg_context *context, sg_tensor *x, sg_tensor *other, double alpha) {
  sg_apply_one(context, &op_sub_, 2, (sg_tensor *[]){x, other}, &(sg_alpha_options){alpha});
  return sg_error_status(context);
}
