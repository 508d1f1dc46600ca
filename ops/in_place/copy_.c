// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/in_place/assignment.h"
#include "ops/ops.h"

const sg_op op_copy_ = {
    SG_MEMBER_OF(copy_, sg_assignment),
    SG_WORDS("Writes the elements of a tensor into another one, in its dtype.", "x = source", "Elementary"),
    .samples = SG_SAMPLES(
        {"same shape", SG_ON(SG_RANDN(3, 4), SG_RANDN(3, 4))},
        {"rows", SG_ON(SG_RANDN(2, 3), SG_VECTOR(1, 2, 3)), SG_GIVES(1, 2, 3, 1, 2, 3)},
        {"columns", SG_ON(SG_RANDN(2, 3), SG_VALUES(SG_NUMBERS(1, 2), SG_DIMS(2, 1))), SG_GIVES(1, 1, 1, 2, 2, 2)},
        {"middle", SG_ON(SG_RANDN(2, 3, 4), SG_RANDN(2, 1, 4))}),
};

sg_status sg_copy_(sg_context *context, sg_tensor *x, sg_tensor *source) {
  sg_apply_one(context, &op_copy_, 2, (sg_tensor *[]){x, source}, NULL);
  return sg_error_status(context);
}
