// SPDX-License-Identifier: GPL-3.0-or-later
//
// exp(-|x|) I_0(x); derivative 0 at 0, where it has a bend.
#include "ops/ops.h"
#include "ops/special/bessel.h"

const sg_op op_i0e = {
    SG_SCALED_BESSEL(i0e, SG_I0E),
    SG_WORDS(
        "The modified Bessel function of the first kind of order 0, scaled by an exponential; derivative 0 at 0.",
        "y = exp(-|x|) I_0(x)", "Abramowitz and Stegun 9.6"),
    .subgradient = "0 at 0",
    .samples =
        SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(1, -1)), SG_GIVES(0.46575960759364043650, 0.46575960759364043650)},
                   SG_BESSEL_BOTH_SIDES),
};

sg_tensor *sg_i0e(sg_context *context, sg_tensor *x) { return sg_apply_one(context, &op_i0e, 1, &x, NULL); }
