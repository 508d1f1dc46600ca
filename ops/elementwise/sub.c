// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = a - alpha b.  d_a = d_y and d_b = -alpha d_y, each summed over the dimensions along which it was broadcast.
#include "ops/elementwise/binary.h"

static sg_tensor *d_b(const sg_pair *p) {
  const double alpha = ((const sg_alpha_options *)p->options)->alpha;
  return alpha == 1 ? sg_neg(p->context, p->d_y) : sg_mul_scalar(p->context, p->d_y, -alpha);
}

const sg_op op_sub = {
    SG_NUMERIC_BINARY(sub, .scaled = sg_row_add_scaled, .sign = -1, .d_b = {d_b, 0}),
    SG_WORDS("A tensor less a multiple of another; they broadcast.", "y = a - alpha b", "Elementary"),
    SG_ALPHA,
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(1, -2, 3), SG_VECTOR(2, 4, -0.5)), SG_GIVES(-1, -6, 3.5)},
                          SG_ALPHA_SAMPLES),
    .bad_samples = SG_ALPHA_BAD_SAMPLES,
};

sg_tensor *sg_sub(sg_context *context, sg_tensor *a, sg_tensor *b) {
  return sg_apply_one(context, &op_sub, 2, (sg_tensor *[]){a, b}, NULL);
}
