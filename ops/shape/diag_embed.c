// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = zeros, with the last dimension of x as a diagonal of square matrices.
#include "ops/ops.h"
#include "ops/shape/diagonal.h"

static sg_status prepare(sg_plan *plan) { return sg_diagonal_spread(plan, plan->options); }

static void vjp(const sg_call *call) {
  const sg_diagonal_options *o = call->options;
  call->d_inputs[0] = sg_diagonal(call->context, call->d_outputs[0], o->offset, o->dim1, o->dim2);
}

const sg_op op_diag_embed = {
    SG_LAYOUT(diag_embed, prepare, vjp),
    SG_WORDS("Makes square matrices of zeros with the last dimension of a tensor as a diagonal.",
             "y[..., i, ..., j, ...] = x[..., k], i = k + max(-offset, 0) in dim1, j = k + max(offset, 0) in dim2, "
             "counted from 0; 0 elsewhere"),
    .outputs = SG_PORTS({"y", SG_ANY_DTYPE, "matrices in dim1 and dim2, of extent that of x plus |offset|"}),
    SG_OPTIONS(sg_diagonal_options, SG_DIAGONAL(0, -2, -1), SG_OFFSET_OPTION(sg_diagonal_options, offset),
               SG_OPTION(sg_diagonal_options, dim1, DIM, "where the rows will stand; default the last but one"),
               SG_OPTION(sg_diagonal_options, dim2, DIM, "where the columns will stand; default the last")),
    .samples = SG_SAMPLES({"vector", SG_ON(SG_VECTOR(1, 2)), SG_GIVES(1, 0, 0, 2)},
                          {"to the right", SG_ON(SG_RANDN(3)), SG_DIAGONAL(1, -2, -1)},
                          {"below", SG_ON(SG_RANDN(2, 3)), SG_DIAGONAL(-2, -2, -1)},
                          {"outer dimensions", SG_ON(SG_RANDN(2, 3, 2)), SG_DIAGONAL(1, 0, 2)},
                          {"exchanged", SG_ON(SG_RANDN(2, 3)), SG_DIAGONAL(1, -1, 0)},
                          {"one element", SG_ON(SG_RANDN(1))}, {"empty", SG_ON(SG_RANDN(2, 0))},
                          {"zeros alone", SG_ON(SG_RANDN(0)), SG_DIAGONAL(-2, 0, 1), SG_GIVES(0, 0, 0, 0)},
                          {"integers", SG_ON(SG_RANDINT(-9, 9, SG_DIMS(2, 3)))},
                          {"mask", SG_ON(SG_MASK(SG_DIMS(3))), SG_DIAGONAL(1, -2, -1)}),
    .bad_samples =
        SG_SAMPLES({"scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR)), .error = "x has shape [], expected 1 to"},
                   {"dimension", SG_ON(SG_RANDN(3)), SG_DIAGONAL(0, 0, 2), .error = "outside the 2 dimensions"},
                   {"the same twice", SG_ON(SG_RANDN(3)), SG_DIAGONAL(0, 1, -1), .error = "are the same dimension"},
                   {"too large", SG_ON(SG_RANDN(3)), SG_DIAGONAL(INT64_MAX, 0, 1), .error = "too large"},
                   {"too many elements", SG_ON(SG_RANDN(3)), SG_DIAGONAL(INT64_C(1) << 40, 0, 1), .error = "2^59"}),
};

sg_tensor *sg_diag_embed(sg_context *context, sg_tensor *x, int64_t offset, int64_t dim1, int64_t dim2) {
  return sg_apply_one(context, &op_diag_embed, 1, &x, SG_DIAGONAL(offset, dim1, dim2));
}
