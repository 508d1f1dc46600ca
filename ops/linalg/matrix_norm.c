// SPDX-License-Identifier: GPL-3.0-or-later
//
// Norms of matrices: of their elements (fro), of their singular values (2, -2, nuc), and sums of columns or rows.
#include <string.h>

#include "ops/ops.h"

enum { FROBENIUS, NUCLEAR, SPECTRAL, SMALLEST_VALUE, LARGEST_COLUMN, SMALLEST_COLUMN, LARGEST_ROW, SMALLEST_ROW };
static const char *const orders[] = {"fro", "nuc", "2", "-2", "1", "-1", "inf", "-inf", NULL};
static const sg_matrix_norm_options defaults = {.ord = FROBENIUS, .dim = {2, {-2, -1}}};

static sg_status prepare(sg_plan *plan) {
  const sg_matrix_norm_options *options = plan->options;
  const sg_shape *x = sg_plan_shape(plan, 0);
  int row, column;
  if (x->rank < 2 || options->dim.count != 2)
    return sg_reject(plan, "x has shape %s and dim %d values, expected two dimensions of a matrix",
                     sg_shape_text(x).text, options->dim.count);
  if (sg_plan_dimension(plan, 0, options->dim.value[0], &row) ||
      sg_plan_dimension(plan, 0, options->dim.value[1], &column))
    return sg_error_status(plan->context);
  if (row == column)
    return sg_reject(plan, "dim has dimension %lld twice", (long long)sg_plan_named_dimension(plan, row));
  const bool extreme = options->ord > NUCLEAR;
  if (extreme && (x->size[row] == 0 || x->size[column] == 0))
    return sg_reject(plan, "x has shape %s: of no elements there is no largest and no smallest",
                     sg_shape_text(x).text);
  return SG_OK;
}

static sg_tensor *extreme(sg_context *c, sg_tensor *x, int64_t dim, bool smallest) {
  const sg_reduce_options along = {.dim = {1, {dim}}, .keepdim = true};
  return smallest ? sg_amin(c, x, &along) : sg_amax(c, x, &along);
}

// Of singular values, as (..., 1, 1) at the places of the matrices' dimensions.
static sg_tensor *of_values(sg_context *c, sg_tensor *x, const sg_ints *dim, int ord) {
  sg_tensor *s = sg_svdvals(c, sg_movedim(c, x, dim, &(sg_ints){2, {-2, -1}}));
  const sg_reduce_options along = {.dim = {1, {-1}}, .keepdim = true};
  sg_tensor *y = ord == NUCLEAR ? sg_sum(c, s, &along) : extreme(c, s, -1, ord == SMALLEST_VALUE);
  return sg_movedim(c, sg_unsqueeze(c, y, -1), &(sg_ints){2, {-2, -1}}, dim);
}

static sg_tensor *of_sums(sg_context *c, sg_tensor *x, const sg_ints *dim, int ord) {
  const bool columns = ord == LARGEST_COLUMN || ord == SMALLEST_COLUMN;
  const bool smallest = ord == SMALLEST_COLUMN || ord == SMALLEST_ROW;
  const sg_reduce_options over = {.dim = {1, {dim->value[columns ? 0 : 1]}}, .keepdim = true};
  return extreme(c, sg_sum(c, sg_abs(c, x), &over), dim->value[columns ? 1 : 0], smallest);
}

static void compose(const sg_call *call, sg_tensor **outputs) {
  sg_context *c = call->context;
  const sg_matrix_norm_options *options = call->options;
  const sg_ints *dim = &options->dim;
  sg_tensor *x = call->inputs[0], *y;
  if (options->ord == FROBENIUS)
    y = sg_vector_norm(c, x, &(sg_norm_options){.ord = 2, .dim = *dim, .keepdim = true});
  else if (options->ord <= SMALLEST_VALUE)
    y = of_values(c, x, dim, options->ord);
  else
    y = of_sums(c, x, dim, options->ord);
  outputs[0] = options->keepdim ? y : sg_squeeze(c, y, dim);
}

#define WITH(...) SG_WITH(sg_matrix_norm_options, __VA_ARGS__)
#define LAST .dim = {2, {-2, -1}}

const sg_op op_matrix_norm = {
    SG_COMPOSED(matrix_norm, prepare, compose),
    SG_WORDS(
        "Norms of matrices, over two dimensions. Subgradients: 0 of the matrix 0 (fro), shares of what ties (inf, "
        "1, "
        "2 and their negatives), and those along the singular vectors of svd where singular values are equal or 0.",
        "fro: sqrt(sum of x^2); nuc, 2, -2: sum, largest, smallest of the singular values; 1, -1: largest, "
        "smallest "
        "sum of |x| over a column; inf, -inf: over a row",
        "Golub and Van Loan, Matrix Computations, 4th edition, section 2.3"),
    .subgradient = "as for vector_norm and svdvals",
    .cost = "linear; of singular values cubic in the rows and columns (LAPACK)",
    .inputs = SG_PORTS({"x", 0, "(..., m, n)"}),
    .outputs = SG_PORTS({"y", 0, "(...)"}),
    SG_OPTIONS(
        sg_matrix_norm_options, &defaults,
        SG_CHOICE(sg_matrix_norm_options, ord, orders, "fro, nuc, inf, -inf, 1, -1, 2 or -2, in Lua numbers too"),
        SG_OPTION(sg_matrix_norm_options, dim, DIMS, "the dimensions of the rows and of the columns"),
        SG_OPTION(sg_matrix_norm_options, keepdim, BOOL, "keep the two dimensions, with extent 1")),
    .conditioned = true,
    .samples = SG_SAMPLES(
        {"by hand", SG_ON(SG_VALUES(SG_NUMBERS(1, -2, 2, 4), SG_DIMS(2, 2))), SG_GIVES(5)},
        {"largest column", SG_ON(SG_VALUES(SG_NUMBERS(1, -2, 2, 4), SG_DIMS(2, 2))), WITH(LARGEST_COLUMN, LAST),
         SG_GIVES(6)},
        {"smallest row", SG_ON(SG_VALUES(SG_NUMBERS(1, -2, 2, 4), SG_DIMS(2, 2))), WITH(SMALLEST_ROW, LAST),
         SG_GIVES(3)},
        {"fro of a batch", SG_ON(SG_RANDN(2, 3, 4))}, {"nuc", SG_ON(SG_RANDN(2, 3, 4)), WITH(NUCLEAR, LAST)},
        {"spectral", SG_ON(SG_RANDN(4, 3)), WITH(SPECTRAL, LAST, .keepdim = true)},
        {"smallest value", SG_ON(SG_RANDN(2, 3, 3)), WITH(SMALLEST_VALUE, LAST)},
        {"smallest column", SG_ON(SG_RANDN(3, 4)), WITH(SMALLEST_COLUMN, LAST)},
        {"largest row", SG_ON(SG_RANDN(2, 3, 4)), WITH(LARGEST_ROW, .dim = {2, {2, 0}}, .keepdim = true)},
        {"nuc over other dimensions", SG_ON(SG_RANDN(3, 2, 4)), WITH(NUCLEAR, .dim = {2, {2, 0}}, .keepdim = true)},
        {"columns first", SG_ON(SG_RANDN(3, 2)), WITH(SPECTRAL, .dim = {2, {1, 0}})}),
    .bad_samples = SG_SAMPLES(
        {"vector", SG_ON(SG_RANDN(3)), .error = "x has shape [3] and dim 2 values, expected two dimensions"},
        {"one dimension", SG_ON(SG_RANDN(3, 3)), WITH(FROBENIUS, .dim = {1, {0}}), .error = "dim 1 values"},
        {"the same twice", SG_ON(SG_RANDN(3, 3)), WITH(FROBENIUS, .dim = {2, {1, -1}}), .error = "twice"},
        {"of nothing", SG_ON(SG_RANDN(0, 3)), WITH(SPECTRAL, LAST), .error = "no largest"}),
};

sg_tensor *sg_matrix_norm(sg_context *context, sg_tensor *x, const char *ord, const sg_ints *dim, bool keepdim) {
  sg_matrix_norm_options options = {.ord = -1, .dim = dim ? *dim : defaults.dim, .keepdim = keepdim};
  for (int i = 0; orders[i]; i++)
    if (strcmp(orders[i], ord) == 0) options.ord = i;
  return sg_apply_one(context, &op_matrix_norm, 1, &x, &options);
}
