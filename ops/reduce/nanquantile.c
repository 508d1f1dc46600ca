// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/ops.h"
#include "ops/reduce/quantiles.h"

const sg_op op_nanquantile = {
    SG_MEMBER(nanquantile, sg_quantiles_family, sg_quantiles_member, .omits_nan = true),
    SG_WORDS("What a share q of the elements that are not NaN lies below, between two of them.",
             "y = (1 - w) a + w b as in quantile, n the number of elements that are not NaN", "That of quantile"),
    .outputs = SG_PORTS({"y", 0, "the quantiles; NaN of nothing else"}),
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(7, 5, -2, 3)),
                           SG_WITH(sg_quantile_options, .q = SG_FLOATS(0.25)), SG_GIVES(1.75)}),
};

sg_tensor *sg_nanquantile(sg_context *context, sg_tensor *x, double q, const sg_reduce_options *options) {
  return sg_quantile_apply(context, &op_nanquantile, x, (sg_float_list){1, &q}, (sg_float_list){0, NULL}, options);
}
