// SPDX-License-Identifier: GPL-3.0-or-later
//
// log(det(x)), by its sign and the logarithm of its size.
#include <math.h>

#include "ops/linalg/matrices.h"

static void compose(const sg_call *call, sg_tensor **outputs) {
  sg_context *c = call->context;
  sg_tensor *logarithm, *sign = sg_slogdet(c, call->inputs[0], &logarithm);
  sg_tensor *negative = sg_lt(c, sign, sg_scalar_like(c, sign, 0));
  outputs[0] = sg_where(c, negative, sg_scalar_like(c, sign, (double)NAN), logarithm);
}

const sg_op op_logdet = {
    SG_COMPOSED(logdet, NULL, compose),
    SG_WORDS("The logarithm of the determinants of square matrices: NaN where that is negative, -inf, without a "
             "derivative, where it is 0.",
             "y = log(det(x))", SG_GILES("2.2.4")),
    .cost = "cubic in the rows of a matrix (LAPACK)",
    .inputs = SG_PORTS({"x", 0, "(..., n, n)"}),
    .outputs = SG_PORTS({"y", 0, "(...)"}),
    .conditioned = true,
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VALUES(SG_NUMBERS(1, 0, 7, 1), SG_DIMS(2, 2))), SG_GIVES(0)},
                          {"matrix", SG_ON(SG_SPD(3, 3))}, {"batch", SG_ON(SG_SPD(2, 2, 4, 4))},
                          {"beyond every number", SG_ON(SG_NORMAL(0, 1e30, SG_DIMS(13, 13)))},
                          {"of nothing", SG_ON(SG_RANDN(2, 0, 0))}, {"larger", SG_ON(SG_SPD(7, 7))}),
    .bad_samples = SG_SAMPLES({"not square", SG_ON(SG_RANDN(2, 3)), .error = "x has shape [2, 3], expected square"},
                              {"vector", SG_ON(SG_RANDN(3)), .error = "expected square matrices"}),
};

sg_tensor *sg_logdet(sg_context *context, sg_tensor *x) { return sg_apply_one(context, &op_logdet, 1, &x, NULL); }
