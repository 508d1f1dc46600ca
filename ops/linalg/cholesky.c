// SPDX-License-Identifier: GPL-3.0-or-later
//
// l with x = l l', lower triangular with a positive diagonal, or u = l'.  With P = l' d_l,
//
//   d_x = the symmetric part of l^-T phi(P) l^-1
//
// where phi keeps the lower triangle and halves the diagonal.
#include <math.h>

#include "ops/linalg/matrices.h"

typedef struct cholesky_options {
  bool upper;
} cholesky_options;

static const cholesky_options defaults = {.upper = false};

static const char *compute(const sg_matrix *x) {
  const cholesky_options *options = x->options;
  void *y = x->out[0];
  if (x->n == 0) return NULL;
  if (!sg_matrix_is_finite(x)) return "has an element that is not finite";
  x->kernels->symmetrize(x->n, x->in[0], y);
  if (!sg_lapack_cholesky(x->dtype, x->n, options->upper, y)) return "is not positive definite";
  (options->upper ? x->kernels->clear_lower : x->kernels->clear_upper)(x->n, x->n, y);
  return NULL;
}

static sg_tensor *phi(sg_context *c, sg_tensor *p) {
  return sg_mul_scalar(c, sg_add(c, sg_tril(c, p, 0), sg_tril(c, p, -1)), 0.5);
}

static void vjp(const sg_call *call) {
  sg_context *c = call->context;
  const cholesky_options *options = call->options;
  sg_tensor *y = call->outputs[0], *transposed = sg_matrices_transposed(c, y), *g = call->d_outputs[0];
  sg_tensor *l = options->upper ? transposed : y, *u = options->upper ? y : transposed;
  if (options->upper) g = sg_matrices_transposed(c, g);
  const sg_solve_triangular_options on_left = {.upper = true, .left = true}, on_right = {.upper = false};
  sg_tensor *half = sg_solve_triangular(c, u, phi(c, sg_matmul(c, u, g)), &on_left);
  call->d_inputs[0] = sg_matrices_symmetric(c, sg_solve_triangular(c, l, half, &on_right));
}

const sg_op op_cholesky = {
    SG_MATRICES(cholesky, sg_matrices_same_shape, compute, vjp, .square = true),
    SG_WORDS("The Cholesky factors of symmetric positive definite matrices; another one is an error. What is "
             "factorized is the symmetric part (x + x') / 2, which is x where x is symmetric (PyTorch reads one "
             "triangle), so that the derivative is symmetric.",
             "x = y y' with y lower triangular, x = y' y with y upper; d_x = sym(y^-T phi(y' d_y) y^-1)",
             "Murray, Differentiation of the Cholesky decomposition, 2016, arXiv:1602.07527, section 3.2"),
    .outputs = SG_PORTS({"y", 0, "the shape of x"}),
    SG_OPTIONS(cholesky_options, &defaults,
               SG_OPTION(cholesky_options, upper, BOOL, "whether y is upper triangular")),
    .save_outputs = 1 << 0,
    .samples = SG_SAMPLES(
        {"by hand", SG_ON(SG_VALUES(SG_NUMBERS(4, 2, 2, 10), SG_DIMS(2, 2))), SG_GIVES(2, 0, 1, 3)},
        {"matrix", SG_ON(SG_SPD(3, 3))}, {"batch", SG_ON(SG_SPD(2, 2, 4, 4))},
        {"upper", SG_ON(SG_SPD(3, 3)), SG_WITH(cholesky_options, true)}, {"one element", SG_ON(SG_SPD(1, 1))},
        {"not symmetric", SG_ON(SG_VALUES(SG_NUMBERS(4, 1, 3, 10), SG_DIMS(2, 2))), SG_GIVES(2, 0, 1, 3)},
        {"empty matrices", SG_ON(SG_SPD(2, 0, 0))}, {"larger", SG_ON(SG_SPD(7, 7))}),
    .bad_samples = SG_SAMPLES(
        {"not square", SG_ON(SG_RANDN(2, 3)), .error = "x has shape [2, 3], expected square matrices"},
        {"not positive definite", SG_ON(SG_VALUES(SG_NUMBERS(1, 2, 2, 1), SG_DIMS(2, 2))),
         .error = "x [2, 2] is not positive definite"},
        {"not finite", SG_ON(SG_VALUES(SG_NUMBERS(1, 0, 0, HUGE_VAL), SG_DIMS(2, 2))), .error = "not finite"}),
};

sg_tensor *sg_cholesky(sg_context *context, sg_tensor *x, bool upper) {
  return sg_apply_one(context, &op_cholesky, 1, &x, &(cholesky_options){upper});
}
