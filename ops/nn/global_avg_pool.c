// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/nn/global_pool.h"
#include "ops/ops.h"

const sg_op op_global_avg_pool = {
    SG_MEMBER(global_avg_pool, sg_global_pool_family, sg_global_pool_member, sg_mean),
    SG_WORDS("The mean of every channel of an image.", "y[n, c] = mean of x[n, c]",
             "Lin, Chen and Yan, Network In Network, 2014, section 3.2"),
    .samples =
        SG_SAMPLES({"by hand", SG_ON(SG_VALUES(SG_NUMBERS(1, 3, 5, 0), SG_DIMS(1, 2, 2))), SG_GIVES(2, 2.5)}),
};

sg_tensor *sg_global_avg_pool(sg_context *context, sg_tensor *x) {
  return sg_apply_one(context, &op_global_avg_pool, 1, &x, NULL);
}
