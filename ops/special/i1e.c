// SPDX-License-Identifier: GPL-3.0-or-later
//
// exp(-|x|) I_1(x).
#include "ops/ops.h"
#include "ops/special/bessel.h"

const sg_op op_i1e = {
    SG_SCALED_BESSEL(i1e, SG_I1E),
    SG_WORDS("The modified Bessel function of the first kind of order 1, scaled by an exponential.",
             "y = exp(-|x|) I_1(x)", "Abramowitz and Stegun 9.6"),
    .samples =
        SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(1, -1)), SG_GIVES(0.20791041534970844887, -0.20791041534970844887)},
                   SG_BESSEL_BOTH_SIDES),
};

sg_tensor *sg_i1e(sg_context *context, sg_tensor *x) { return sg_apply_one(context, &op_i1e, 1, &x, NULL); }
