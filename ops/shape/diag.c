// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = the diagonal of a matrix, or a matrix of zeros with a vector as its diagonal.
#include "ops/ops.h"
#include "ops/shape/diagonal.h"

typedef struct diag_options {
  int64_t diagonal;
} diag_options;

static sg_diagonal_options in_matrix(const diag_options *options) {
  return (sg_diagonal_options){options->diagonal, 0, 1};
}

static sg_status prepare(sg_plan *plan) {
  const sg_diagonal_options options = in_matrix(plan->options);
  const sg_shape *x = sg_plan_shape(plan, 0);
  if (x->rank == 1) return sg_diagonal_spread(plan, &options);
  if (x->rank == 2) return sg_diagonal_take(plan, &options);
  return sg_reject(plan, "x has shape %s, expected a vector or a matrix", sg_shape_text(x).text);
}

static void vjp(const sg_call *call) {
  const sg_diagonal_options options = in_matrix(call->options);
  const sg_shape *x = &call->input_shapes[0];
  sg_tensor *d_y = call->d_outputs[0];
  call->d_inputs[0] = x->rank == 1 ? sg_diagonal(call->context, d_y, options.offset, 0, 1)
                                   : sg_diagonal_embed(call->context, d_y, x, &options);
}

#define AT(diagonal) (&(const diag_options){diagonal})

const sg_op op_diag = {
    SG_LAYOUT(diag, prepare, vjp),
    SG_WORDS("The diagonal of a matrix, or a matrix with a vector as its diagonal.",
             "y[k] = x[k + max(-diagonal, 0), k + max(diagonal, 0)], counted from 0; for a vector the reverse, 0 "
             "elsewhere"),
    .inputs = SG_PORTS({"x", SG_ANY_DTYPE, "vector or matrix"}),
    .outputs = SG_PORTS({"y", SG_ANY_DTYPE, "vector of a matrix, square matrix of a vector"}),
    SG_OPTIONS(diag_options, AT(0), SG_OFFSET_OPTION(diag_options, diagonal)),
    .samples = SG_SAMPLES(
        {"of a matrix", SG_ON(SG_VALUES(SG_NUMBERS(1, 2, 3, 4, 5, 6), SG_DIMS(2, 3))), AT(1), SG_GIVES(2, 6)},
        {"of a vector", SG_ON(SG_VECTOR(1, 2)), SG_GIVES(1, 0, 0, 2)},
        {"below, of a matrix", SG_ON(SG_RANDN(4, 3)), AT(-1)}, {"below, of a vector", SG_ON(SG_RANDN(3)), AT(-2)},
        {"past the end", SG_ON(SG_RANDN(2, 3)), AT(-2)}, {"empty", SG_ON(SG_RANDN(0, 3))},
        {"empty vector", SG_ON(SG_RANDN(0))}, {"one element", SG_ON(SG_RANDN(1, 1))},
        {"integers", SG_ON(SG_RANDINT(-9, 9, SG_DIMS(3, 3)))}, {"mask", SG_ON(SG_MASK(SG_DIMS(3))), AT(1)}),
    .bad_samples = SG_SAMPLES({"scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR)), .error = "a vector or a matrix"},
                              {"three dimensions", SG_ON(SG_RANDN(2, 3, 2)), .error = "x has shape [2, 3, 2]"}),
};

sg_tensor *sg_diag(sg_context *context, sg_tensor *x, int64_t diagonal) {
  return sg_apply_one(context, &op_diag, 1, &x, AT(diagonal));
}
