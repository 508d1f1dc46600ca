// SPDX-License-Identifier: GPL-3.0-or-later
//
// a y = b, or y a = b.  With h = a^-T d_y, or d_y a^-T,
//
//   d_b = h    d_a = -h y'    or -y' h
#include <math.h>
#include <string.h>

#include "ops/linalg/matrices.h"

typedef struct solve_options {
  bool left;
} solve_options;

static const solve_options defaults = {.left = true};

static sg_status shape(sg_plan *plan, sg_matrices *p) {
  const bool left = ((const solve_options *)plan->options)->left;
  if (p->vector && !left)
    return sg_reject(plan, "b is a vector, which stands on the right of a: left must be true");
  if (sg_matrices_unknown(plan, p, left)) return sg_error_status(plan->context);
  p->work_bytes = sg_matrix_bytes(plan->output_dtype[0], p->n * p->n) + p->n * (int64_t)sizeof(int32_t);
  return SG_OK;
}

static const char *compute(const sg_matrix *x) {
  const solve_options *options = x->options;
  const int64_t elements = x->n * x->k;
  const matrix_number determinant = sg_matrix_lu(x, x->work);
  if (isnan(determinant.mantissa)) {
    x->kernels->fill(elements, (double)NAN, x->out[0]);
    return NULL;
  }
  if (x->n == 0) return NULL;
  if (x->kernels->has_zero_on_diagonal(x->n, x->work)) return "is singular";
  memcpy(x->out[0], x->in[1], (size_t)elements * sg_dtype_bytes(x->dtype));
  sg_matrix_solve(x, options->left, x->work, x->k, x->out[0]);
  return NULL;
}

static sg_tensor *solved(const sg_call *call, sg_tensor *a, sg_tensor *b) {
  const solve_options *options = call->options;
  return sg_solve(call->context, a, b, options->left);
}

static void vjp(const sg_call *call) {
  const solve_options *options = call->options;
  sg_tensor *h = solved(call, sg_matrices_transposed(call->context, call->inputs[0]), call->d_outputs[0]);
  sg_matrices_unknown_vjp(call, h, options->left);
}

const sg_op op_solve = {
    SG_MATRICES(solve, shape, compute, vjp, .square = true, .takes_vectors = true),
    SG_WORDS(
        "The solutions of systems of linear equations with square matrices; a singular one is an error. NaN where "
        "an element of a is not finite.",
        "a y = b, or y a = b; d_b = h, d_a = -h y' with a' h = d_y, or d_a = -y' h with h a' = d_y",
        SG_GILES("2.3.1")),
    .inputs =
        SG_PORTS({"a", 0, "(..., n, n)"}, {"b", 0, "(..., n, k), (..., k, n) on the left, or vectors (..., n)"}),
    .outputs = SG_PORTS({"y", 0, "b's, with the dimensions in front broadcast"}),
    SG_OPTIONS(solve_options, &defaults,
               SG_OPTION(solve_options, left, BOOL, "whether a stands on the left of y", SG_BY_NAME)),
    .save_inputs = 1 << 0,
    .save_outputs = 1 << 0,
    .samples = SG_SAMPLES(
        {"by hand", SG_ON(SG_VALUES(SG_NUMBERS(1, 2, 3, 4), SG_DIMS(2, 2)), SG_VECTOR(5, 11)), SG_GIVES(1, 2)},
        {"matrix", SG_ON(SG_RANDN(3, 3), SG_RANDN(3, 2))}, {"vector", SG_ON(SG_SPD(4, 4), SG_RANDN(4))},
        {"batch", SG_ON(SG_SPD(2, 4, 4), SG_RANDN(2, 4, 3))}, {"vectors", SG_ON(SG_SPD(2, 4, 4), SG_RANDN(2, 4))},
        {"one matrix for all", SG_ON(SG_SPD(3, 3), SG_RANDN(2, 3, 2))},
        {"many matrices", SG_ON(SG_SPD(2, 1, 2, 2), SG_RANDN(3, 2, 1))},
        {"on the right", SG_ON(SG_RANDN(3, 3), SG_RANDN(2, 3)), SG_WITH(solve_options, false)},
        {"exchanges on the right",
         SG_ON(SG_VALUES(SG_NUMBERS(0, 0, 2, 3, 0, 0, 0, 5, 0), SG_DIMS(3, 3)), SG_RANDN(2, 3)),
         SG_WITH(solve_options, false)},
        {"no right side", SG_ON(SG_SPD(3, 3), SG_RANDN(3, 0))}, {"nothing", SG_ON(SG_RANDN(0, 0), SG_RANDN(0, 2))},
        {"larger", SG_ON(SG_SPD(7, 7), SG_RANDN(7, 3))}),
    .bad_samples = SG_SAMPLES(
        {"not square", SG_ON(SG_RANDN(2, 3), SG_RANDN(2, 2)),
         .error = "a has shape [2, 3], expected square matrices"},
        {"rows", SG_ON(SG_RANDN(2, 2), SG_RANDN(3, 2)), .error = "b has shape [3, 2], expected 2 rows"},
        {"columns", SG_ON(SG_RANDN(2, 2), SG_RANDN(2, 3)), SG_WITH(solve_options, false),
         .error = "b has shape [2, 3], expected 2 columns"},
        {"scalar", SG_ON(SG_RANDN(2, 2), SG_NORMAL(0, 1, SG_SCALAR)), .error = "b has shape [], expected matrices"},
        {"batches", SG_ON(SG_RANDN(2, 2, 2), SG_RANDN(3, 2, 2)), .error = "do not broadcast"},
        {"vector on the left", SG_ON(SG_RANDN(2, 2), SG_RANDN(2)), SG_WITH(solve_options, false),
         .error = "left must be true"},
        {"singular", SG_ON(SG_VALUES(SG_NUMBERS(1, 2, 2, 4), SG_DIMS(2, 2)), SG_RANDN(2)),
         .error = "a [2, 2] is singular"}),
};

sg_tensor *sg_solve(sg_context *context, sg_tensor *a, sg_tensor *b, bool left) {
  return sg_apply_one(context, &op_solve, 2, (sg_tensor *[]){a, b}, &(solve_options){left});
}
