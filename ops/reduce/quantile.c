// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/ops.h"
#include "ops/reduce/quantiles.h"

const sg_op op_quantile = {
    SG_MEMBER(quantile, sg_quantiles_family, sg_quantiles_member, .omits_nan = false),
    SG_WORDS(
        "What a share q of the elements along a dimension lies below, between two of them.",
        "y = (1 - w) a + w b, a and b the elements of sort(x) around rank r = q (n - 1) from 0 on; linear: w the\n"
        "fraction of r",
        "Hyndman, Fan, Sample quantiles in statistical packages, 1996, definition 7"),
    .outputs = SG_PORTS({"y", 0, "the quantiles; NaN where there is one"}),
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(7, 5, -2, 3)),
                           SG_WITH(sg_quantile_options, .q = SG_FLOATS(0.25)), SG_GIVES(1.75)}),
};

sg_tensor *sg_quantile(sg_context *context, sg_tensor *x, double q, const sg_reduce_options *options) {
  return sg_quantile_apply(context, &op_quantile, x, (sg_float_list){1, &q}, (sg_float_list){0, NULL}, options);
}

sg_tensor *sg_quantiles(sg_context *context, sg_tensor *x, int count, const double *q,
                        const sg_reduce_options *options) {
  return sg_quantile_apply(context, &op_quantile, x, (sg_float_list){0, NULL}, (sg_float_list){count, q}, options);
}
