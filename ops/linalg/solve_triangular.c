// SPDX-License-Identifier: GPL-3.0-or-later
//
// a y = b, or y a = b, with the triangle of a.  With h = a^-T d_y, or d_y a^-T,
//
//   d_b = h    d_a = the same triangle of -h y', or of -y' h, without the diagonal where that counts as ones
#include <string.h>

#include "ops/linalg/matrices.h"

static const sg_solve_triangular_options defaults = {.left = true};

static sg_status shape(sg_plan *plan, sg_matrices *p) {
  const sg_solve_triangular_options *options = plan->options;
  return sg_matrices_unknown(plan, p, options->left);
}

static const char *compute(const sg_matrix *x) {
  const sg_solve_triangular_options *o = x->options;
  if (x->n == 0) return NULL;
  if (!o->unitriangular && x->kernels->has_zero_on_diagonal(x->n, x->in[0]))
    return "is singular: a 0 on its diagonal";
  memcpy(x->out[0], x->in[1], (size_t)(x->n * x->k) * sg_dtype_bytes(x->dtype));
  if (x->k == 0) return NULL;
  const sg_triangular t = {.left = o->left,
                           .upper = o->upper,
                           .unit = o->unitriangular,
                           .m = o->left ? x->n : x->k,
                           .n = o->left ? x->k : x->n};
  sg_lapack_solve_triangular(x->dtype, &t, x->in[0], x->out[0]);
  return NULL;
}

static void vjp(const sg_call *call) {
  sg_context *c = call->context;
  const sg_solve_triangular_options *options = call->options;
  sg_solve_triangular_options transposed = *options;
  transposed.upper = !options->upper;
  sg_tensor *a = sg_matrices_transposed(c, call->inputs[0]);
  sg_tensor *h = sg_solve_triangular(c, a, call->d_outputs[0], &transposed);
  sg_matrices_unknown_vjp(call, h, options->left);
  const int64_t diagonal = !options->unitriangular ? 0 : options->upper ? 1 : -1;
  if (!call->needs[0]) return;
  call->d_inputs[0] =
      options->upper ? sg_triu(c, call->d_inputs[0], diagonal) : sg_tril(c, call->d_inputs[0], diagonal);
}

#define WITH(...) SG_WITH(sg_solve_triangular_options, __VA_ARGS__)

const sg_op op_solve_triangular = {
    SG_MATRICES(solve_triangular, shape, compute, vjp, .square = true),
    SG_WORDS(
        "The solutions of systems of linear equations with triangular matrices; a 0 on the diagonal is an error. "
        "The other triangle is not read, and has derivative 0.",
        "a y = b, or y a = b; d_b = h, d_a = triangle(-h y') with a' h = d_y, or triangle(-y' h) with h a' = d_y",
        SG_GILES("2.3.1")),
    .inputs = SG_PORTS({"a", 0, "(..., n, n)"}, {"b", 0, "(..., n, k), or (..., k, n) on the left of a"}),
    .outputs = SG_PORTS({"y", 0, "b's, with the dimensions in front broadcast"}),
    SG_OPTIONS(sg_solve_triangular_options, &defaults,
               SG_OPTION(sg_solve_triangular_options, upper, BOOL, "which triangle of a: that above the diagonal",
                         SG_REQUIRED | SG_BY_NAME),
               SG_OPTION(sg_solve_triangular_options, left, BOOL, "whether a stands on the left of y", SG_BY_NAME),
               SG_OPTION(sg_solve_triangular_options, unitriangular, BOOL,
                         "the diagonal of a counts as ones and is not read", SG_BY_NAME)),
    .save_inputs = 1 << 0,
    .save_outputs = 1 << 0,
    .samples = SG_SAMPLES(
        {"by hand",
         SG_ON(SG_VALUES(SG_NUMBERS(2, 7, 1, 4), SG_DIMS(2, 2)), SG_VALUES(SG_NUMBERS(4, 10), SG_DIMS(2, 1))),
         WITH(false, true, false), SG_GIVES(2, 2)},
        {"upper", SG_ON(SG_SPD(3, 3), SG_RANDN(3, 2)), WITH(true, true, false)},
        {"unit", SG_ON(SG_RANDN(3, 3), SG_RANDN(3, 2)), WITH(false, true, true)},
        {"upper unit on the right", SG_ON(SG_RANDN(3, 3), SG_RANDN(2, 3)), WITH(true, false, true)},
        {"on the right", SG_ON(SG_SPD(3, 3), SG_RANDN(2, 3)), WITH(false, false, false)},
        {"upper on the right", SG_ON(SG_SPD(2, 3, 3), SG_RANDN(2, 3)), WITH(true, false, false)},
        {"batch", SG_ON(SG_SPD(2, 4, 4), SG_RANDN(2, 4, 3)), WITH(false, true, false)},
        {"broadcast batches", SG_ON(SG_SPD(2, 1, 2, 2), SG_RANDN(3, 2, 1)), WITH(true, true, false)},
        {"no right side", SG_ON(SG_SPD(3, 3), SG_RANDN(3, 0)), WITH(true, true, false)},
        {"larger", SG_ON(SG_SPD(7, 7), SG_RANDN(7, 3)), WITH(false, true, false)}),
    .bad_samples = SG_SAMPLES({"not square", SG_ON(SG_RANDN(2, 3), SG_RANDN(2, 2)), WITH(true, true, false),
                               .error = "a has shape [2, 3], expected square matrices"},
                              {"rows", SG_ON(SG_RANDN(2, 2), SG_RANDN(3, 2)), WITH(true, true, false),
                               .error = "b has shape [3, 2], expected 2 rows"},
                              {"columns", SG_ON(SG_RANDN(2, 2), SG_RANDN(2, 3)), WITH(true, false, false),
                               .error = "b has shape [2, 3], expected 2 columns"},
                              {"vector", SG_ON(SG_RANDN(2, 2), SG_RANDN(2)), WITH(true, true, false),
                               .error = "b has shape [2], expected matrices"},
                              {"batches", SG_ON(SG_RANDN(2, 2, 2), SG_RANDN(3, 2, 2)), WITH(true, true, false),
                               .error = "do not broadcast"},
                              {"singular", SG_ON(SG_VALUES(SG_NUMBERS(1, 2, 0, 0), SG_DIMS(2, 2)), SG_RANDN(2, 1)),
                               WITH(true, true, false), .error = "a [2, 2] is singular: a 0 on its diagonal"}),
};

sg_tensor *sg_solve_triangular(sg_context *context, sg_tensor *a, sg_tensor *b,
                               const sg_solve_triangular_options *options) {
  return sg_apply_one(context, &op_solve_triangular, 2, (sg_tensor *[]){a, b}, options);
}
