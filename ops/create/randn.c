// SPDX-License-Identifier: GPL-3.0-or-later
//
// y1, y2 = sqrt(-2 log u) (cos(2 pi v), sin(2 pi v)), u and v uniform.
#include "ops/create/shaped.h"
#include "ops/ops.h"

static void forward(const sg_call *call) { sg_random_fill_normal(call->outputs[0], 0, 1); }

const sg_op op_randn = {
    SG_COMPUTED(randn, NULL, forward, NULL),
    SG_WORDS("Normal random numbers with mean 0 and standard deviation 1.",
             "y1, y2 = sqrt(-2 log u) (cos(2 pi v), sin(2 pi v)), u and v uniform",
             "Box and Muller 1958, \"A note on the generation of random normal deviates\""),
    .family = &sg_random_family,
};

sg_tensor *sg_randn(sg_context *context, sg_dtype dtype, const sg_shape *shape) {
  return sg_apply_one(context, &op_randn, 0, NULL, &(sg_shaped_options){.shape = *shape, .dtype = dtype});
}
