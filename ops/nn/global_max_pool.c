// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/nn/global_pool.h"
#include "ops/ops.h"

const sg_op op_global_max_pool = {
    SG_MEMBER(global_max_pool, sg_global_pool_family, sg_global_pool_member, sg_amax),
    SG_WORDS("The largest element of every channel of an image; ties share the gradient.",
             "y[n, c] = max of x[n, c]", "Elementary"),
    .subgradient = "ties share the gradient",
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VALUES(SG_NUMBERS(1, 3, 5, 0), SG_DIMS(1, 2, 2))), SG_GIVES(3, 5)}),
};

sg_tensor *sg_global_max_pool(sg_context *context, sg_tensor *x) {
  return sg_apply_one(context, &op_global_max_pool, 1, &x, NULL);
}
