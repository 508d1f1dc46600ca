// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/ops.h"
#include "ops/shape/expansion.h"

const sg_op op_broadcast_to = {
    SG_EXPANSION(broadcast_to),
    SG_WORDS("Broadcasts a tensor to a larger shape: expand by another name.",
             "y = x repeated along its dimensions of extent 1 and along new leading dimensions",
             "NumPy's broadcasting"),
    .samples = SG_SAMPLES({"rows", SG_ON(SG_VECTOR(1, 2)), SG_WITH(sg_expansion_options, SG_DIMS(3, -1)),
                           SG_GIVES(1, 2, 1, 2, 1, 2)}),
};

sg_tensor *sg_broadcast_to(sg_context *context, sg_tensor *x, const sg_shape *shape) {
  return sg_apply_one(context, &op_broadcast_to, 1, &x, &(sg_expansion_options){*shape});
}
