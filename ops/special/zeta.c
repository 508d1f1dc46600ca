// SPDX-License-Identifier: GPL-3.0-or-later
//
// Hurwitz' zeta function: the sum over k >= 0 of (q + k)^-x.  d_q = -d_y x zeta(x + 1, q); by x nobody wrote it.
#include "ops/special/zeta.h"
#include "ops/ops.h"

static sg_tensor *d_q(const sg_pair *p) {
  return sg_mul(p->context, p->d_y, sg_zeta_derivative(p->context, p->a, p->b, 1));
}

const sg_op op_zeta = {
    SG_SCALAR_BINARY(zeta, .scalar = sg_zeta_value, .d_b = {d_q, SG_READS_A | SG_READS_B}),
    SG_WORDS("Hurwitz' zeta function of x > 1 and q; differentiable by q.",
             "y = sum over k >= 0 of 1 / (q + k)^x; infinite at q = 0, -1, ...; q < 0 takes a whole x",
             "Whittaker and Watson, A Course of Modern Analysis, 13.1"),
    SG_ZETA_PORTS,
    .domain = {1.2, 5},
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(2, 4), SG_VECTOR(1, 1)),
                           SG_GIVES(1.6449340668482264365, 1.0823232337111381915)},
                          {"large", SG_ON(SG_UNIFORM(1.1, 30, SG_DIMS(4)), SG_UNIFORM(0.1, 50, SG_DIMS(3, 4)))},
                          {"negative", SG_ON(SG_VECTOR(2, 3, 5), SG_VECTOR(-0.25, -1.75, -2.5))}),
};

sg_tensor *sg_zeta(sg_context *context, sg_tensor *x, sg_tensor *q) {
  return sg_apply_one(context, &op_zeta, 2, (sg_tensor *[]){x, q}, NULL);
}
