// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = u, uniform in [0, 1).
#include "ops/create/shaped.h"
#include "ops/ops.h"

static void forward(const sg_call *call) { sg_random_fill_uniform(call->outputs[0], 0, 1); }

const sg_op op_rand = {
    SG_COMPUTED(rand, NULL, forward, NULL),
    SG_WORDS("Uniform random numbers in [0, 1).", "y = u, uniform in [0, 1)",
             "Salmon et al. 2011, \"Parallel random numbers: as easy as 1, 2, 3\""),
    .family = &sg_random_family,
};

sg_tensor *sg_rand(sg_context *context, sg_dtype dtype, const sg_shape *shape) {
  return sg_apply_one(context, &op_rand, 0, NULL, &(sg_shaped_options){.shape = *shape, .dtype = dtype});
}
