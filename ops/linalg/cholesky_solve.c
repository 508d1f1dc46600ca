// SPDX-License-Identifier: GPL-3.0-or-later
//
// x y = b with the Cholesky factor l of x = l l': two triangular systems.
#include "ops/ops.h"

typedef struct cholesky_solve_options {
  bool upper;
} cholesky_solve_options;

static const cholesky_solve_options defaults = {.upper = false};

static void compose(const sg_call *call, sg_tensor **outputs) {
  sg_context *c = call->context;
  const bool upper = ((const cholesky_solve_options *)call->options)->upper;
  sg_tensor *factor = call->inputs[1], *transposed = sg_transpose(c, factor, -2, -1);
  sg_tensor *l = upper ? transposed : factor, *u = upper ? factor : transposed;
  sg_tensor *half = sg_solve_triangular(c, l, call->inputs[0], &(sg_solve_triangular_options){false, true, false});
  outputs[0] = sg_solve_triangular(c, u, half, &(sg_solve_triangular_options){true, true, false});
}

const sg_op op_cholesky_solve = {
    SG_COMPOSED(cholesky_solve, NULL, compose),
    SG_WORDS("The solutions of systems of linear equations with symmetric positive definite matrices, from their "
             "Cholesky factors. The other triangle is not read.",
             "l l' y = b, or u' u y = b", "Golub and Van Loan, Matrix Computations, 4th edition, section 4.2"),
    .cost = "quadratic in the rows of a matrix, for each column of b (LAPACK)",
    .inputs = SG_PORTS({"b", 0, "(..., n, k)"}, {"l", 0, "(..., n, n), the factor, or u"}),
    .outputs = SG_PORTS({"y", 0, "b's, with the dimensions in front broadcast"}),
    SG_OPTIONS(cholesky_solve_options, &defaults,
               SG_OPTION(cholesky_solve_options, upper, BOOL, "whether the factor is upper triangular")),
    .conditioned = true,
    .samples = SG_SAMPLES(
        {"by hand",
         SG_ON(SG_VALUES(SG_NUMBERS(8, 22), SG_DIMS(2, 1)), SG_VALUES(SG_NUMBERS(2, 0, 1, 3), SG_DIMS(2, 2))),
         SG_GIVES(1, 2)},
        {"matrix", SG_ON(SG_RANDN(3, 2), SG_SPD(3, 3))},
        {"upper", SG_ON(SG_RANDN(3, 2), SG_SPD(3, 3)), SG_WITH(cholesky_solve_options, true)},
        {"batch", SG_ON(SG_RANDN(2, 4, 3), SG_SPD(2, 4, 4))},
        {"one factor for all", SG_ON(SG_RANDN(2, 3, 2), SG_SPD(3, 3))},
        {"no right side", SG_ON(SG_RANDN(3, 0), SG_SPD(3, 3))}),
    .bad_samples =
        SG_SAMPLES({"rows", SG_ON(SG_RANDN(3, 2), SG_RANDN(2, 2)), .error = "b has shape [3, 2], expected 2 rows"},
                   {"vector", SG_ON(SG_RANDN(2), SG_RANDN(2, 2)), .error = "b has shape [2], expected matrices"},
                   {"no matrix", SG_ON(SG_RANDN(2, 2), SG_RANDN(2)), .error = "cholesky_solve: "},
                   {"singular", SG_ON(SG_RANDN(2, 1), SG_VALUES(SG_NUMBERS(1, 2, 3, 0), SG_DIMS(2, 2))),
                    .error = "is singular"}),
};

sg_tensor *sg_cholesky_solve(sg_context *context, sg_tensor *b, sg_tensor *factor, bool upper) {
  return sg_apply_one(context, &op_cholesky_solve, 2, (sg_tensor *[]){b, factor}, &(cholesky_solve_options){upper});
}
