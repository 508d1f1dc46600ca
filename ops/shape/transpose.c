// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = x with two dimensions exchanged. A copy.
#include "ops/ops.h"
#include "ops/shape/exchange.h"

const sg_op op_transpose = {
    SG_MEMBER_OF(transpose, sg_exchange_family),
    SG_WORDS("Exchanges two dimensions.", "y[..., j, ..., i, ...] = x[..., i, ..., j, ...]"),
    .outputs = SG_PORTS({"y", SG_ANY_DTYPE, "x with dim0 and dim1 exchanged"}),
    .options_bytes = sizeof(sg_exchange_options),
    .defaults = SG_CONSTANT(sg_exchange_options, -2, -1),
    .attributes = SG_ATTRIBUTES({"dim0", SG_ATTRIBUTE_DIM, offsetof(sg_exchange_options, one),
                                 "one dimension; default the last but one", 0, 0, 0, NULL},
                                {"dim1", SG_ATTRIBUTE_DIM, offsetof(sg_exchange_options, other),
                                 "the other; default the last", 0, 0, 0, NULL}),
    .samples = SG_SAMPLES(
        {"matrix", SG_ON(SG_VALUES(SG_NUMBERS(1, 2, 3, 4, 5, 6), SG_DIMS(2, 3))), SG_GIVES(1, 4, 2, 5, 3, 6)}),
    .bad_samples = SG_SAMPLES({"a vector", SG_ON(SG_RANDN(3)), .error = "outside"}),
};

sg_tensor *sg_transpose(sg_context *context, sg_tensor *x, int64_t dim0, int64_t dim1) {
  return sg_apply_one(context, &op_transpose, 1, &x, &(sg_exchange_options){dim0, dim1});
}
