// SPDX-License-Identifier: GPL-3.0-or-later
//
// Ai(x).  d_x = d_y Ai'(x).
#include "ops/ops.h"
#include "ops/special/derived.h"

const sg_op op_airy_ai = {
    SG_DERIVED(airy_ai, sg_airy_ai_value, sg_airy_ai_derivative),
    SG_WORDS("The Airy function Ai.", "y = Ai(x), with Ai'' = x Ai", "Abramowitz and Stegun 10.4"),
    .samples = SG_SAMPLES(
        {"by hand", SG_ON(SG_VECTOR(0, 1)), SG_GIVES(0.35502805388781723926, 0.13529241631288141552)},
        {"both sides", SG_ON(SG_UNIFORM(-9, 6, SG_DIMS(3, 4)))}, {"far", SG_ON(SG_UNIFORM(-120, -9, SG_DIMS(4)))}),
};

sg_tensor *sg_airy_ai(sg_context *context, sg_tensor *x) { return sg_apply_one(context, &op_airy_ai, 1, &x, NULL); }
