// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/ops.h"
#include "ops/shape/expansion.h"

const sg_op op_expand = {
    SG_EXPANSION(expand),
    SG_WORDS("Broadcasts a tensor to a larger shape.",
             "y = x repeated along its dimensions of extent 1 and along new leading dimensions",
             "NumPy's broadcasting"),
    .samples = SG_SAMPLES({"rows", SG_ON(SG_VECTOR(1, 2)), SG_WITH(sg_expansion_options, SG_DIMS(3, -1)),
                           SG_GIVES(1, 2, 1, 2, 1, 2)}),
};

sg_tensor *sg_expand(sg_context *context, sg_tensor *t, const sg_shape *shape) {
  if (t && sg_shape_equal(sg_tensor_shape(t), shape)) return t;
  return sg_apply_one(context, &op_expand, 1, &t, &(sg_expansion_options){*shape});
}
