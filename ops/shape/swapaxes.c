// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/shape/exchange.h"
#include "ops/ops.h"

const sg_op op_swapaxes = {
    SG_EXCHANGE(swapaxes, "axis0", "axis1"),
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VALUES(SG_NUMBERS(1, 2, 3, 4, 5, 6), SG_DIMS(2, 3))),
                           SG_WITH(sg_exchange_options, 0, 1), SG_GIVES(1, 4, 2, 5, 3, 6)}),
};

sg_tensor *sg_swapaxes(sg_context *context, sg_tensor *x, int64_t axis0, int64_t axis1) {
  return sg_apply_one(context, &op_swapaxes, 1, &x, &(sg_exchange_options){axis0, axis1});
}
