// SPDX-License-Identifier: GPL-3.0-or-later
//
// sin(pi x) / (pi x), 1 at 0.  Its derivatives are those of sinc_derivative, as no quotient keeps digits around 0.
#include "ops/elementwise/unary.h"

static sg_tensor *slope(sg_context *c, sg_tensor *x) { return sg_sinc_derivative(c, x, 1); }

const sg_op op_sinc = {
    SG_UNARY(sinc, .slope = slope),
    SG_WORDS("The sine of pi x over pi x.", "y = sin(pi x) / (pi x), 1 at 0", "PyTorch, torch.sinc"),
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(0.5, -0.25, 2.5)),
                           SG_GIVES(0.63661977236758134308, 0.90031631615710606956, 0.12732395447351626862)},
                          {"around 0", SG_ON(SG_UNIFORM(-1e-3, 1e-3, SG_DIMS(4)))}),
};

sg_tensor *sg_sinc(sg_context *context, sg_tensor *x) { return sg_apply_one(context, &op_sinc, 1, &x, NULL); }
