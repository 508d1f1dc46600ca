// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/ops.h"
#include "ops/shape/strided.h"

static sg_status prepare(sg_plan *plan) {
  (void)plan;
  return SG_OK;
}

// All bits zero is 0 in every dtype.
static void forward(const sg_call *call) {
  sg_tensor *x = call->outputs[0];
  sg_strided_zero(call->context, sg_tensor_dtype(x), sg_output_data(x), sg_tensor_elements(x));
}

const sg_op op_zero_ = {
    SG_COMPUTED(zero_, prepare, forward, NULL),
    SG_WORDS("Writes zeros into a tensor.", "x = 0", "Elementary"),
    .inputs = SG_PORTS({"x", SG_ANY_DTYPE, "what is written"}),
    .outputs = SG_PORTS({"x", SG_WRITTEN, "x itself"}),
    .samples =
        SG_SAMPLES({"matrix", SG_ON(SG_RANDN(2, 3)), SG_GIVES(0, 0, 0, 0, 0, 0)},
                   {"scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR)), SG_GIVES(0)}, {"empty", SG_ON(SG_RANDN(2, 0))},
                   {"integers", SG_ON(SG_INDICES(3, SG_DIMS(2))), SG_GIVES(0, 0)}),
};

sg_status sg_zero_(sg_context *context, sg_tensor *x) {
  sg_apply_one(context, &op_zero_, 1, &x, NULL);
  return sg_error_status(context);
}
