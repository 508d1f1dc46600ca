// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/shape/exchange.h"
#include "ops/ops.h"

const sg_op op_swapdims = {
    SG_EXCHANGE(swapdims, "dim0", "dim1"),
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VALUES(SG_NUMBERS(1, 2, 3, 4, 5, 6), SG_DIMS(2, 3))),
                           SG_WITH(sg_exchange_options, 0, 1), SG_GIVES(1, 4, 2, 5, 3, 6)}),
};

sg_tensor *sg_swapdims(sg_context *context, sg_tensor *x, int64_t dim0, int64_t dim1) {
  return sg_apply_one(context, &op_swapdims, 1, &x, &(sg_exchange_options){dim0, dim1});
}
