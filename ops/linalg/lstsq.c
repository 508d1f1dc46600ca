// SPDX-License-Identifier: GPL-3.0-or-later
//
// y minimizes |a y - b|; of several, it is the shortest. y = P b with the pseudoinverse P of a, and so with h = P'
// d_y and the residuals e = b - a y, which are solutions of such problems themselves,
//
//   d_b = h    d_a = -h y' + e (P h)' + (P' y) (d_y - a' h)'
//
// Sums of squares of e, e' e in columns, add 2 e d_r to d_b and -2 e d_r y' to d_a: e is orthogonal to a.
#include <float.h>
#include <math.h>
#include <string.h>

#include "ops/linalg/gemm.h"
#include "ops/linalg/matrices.h"

typedef struct lstsq_options {
  double rcond;
} lstsq_options;

static const lstsq_options defaults = {.rcond = -1};

// Without a column of b LAPACK finds no rank.
static int64_t width(int64_t k) { return k > 0 ? k : 1; }
static int64_t height(const sg_matrix *x) { return x->m > x->n ? x->m : x->n; }

static sg_status shape(sg_plan *plan, sg_matrices *p) {
  const sg_shape *b = sg_plan_shape(plan, 1);
  const sg_dtype dtype = plan->output_dtype[0];
  const int64_t rows = b->size[b->rank - (p->vector ? 1 : 2)];
  p->k = p->vector ? 1 : b->size[b->rank - 1];
  if (rows != p->m)
    return sg_reject(plan, "b has shape %s, expected %lld rows", sg_shape_text(b).text, (long long)p->m);
  if (p->k > SG_LAPACK_MAXIMUM)
    return sg_reject(plan, "b has shape %s: columns are limited to %d", sg_shape_text(b).text, SG_LAPACK_MAXIMUM);
  sg_matrices_output(plan, p, 0, p->vector ? 1 : 2, p->n, p->vector ? p->n : p->k);
  sg_matrices_output(plan, p, 1, p->vector ? 0 : 1, 0, p->k);
  if (p->m <= p->n) plan->output_shape[1] = (sg_shape)SG_DIMS(0);
  sg_matrices_output(plan, p, 2, 0, 0, 0);
  plan->output_dtype[2] = SG_I64;
  const int64_t larger = p->m > p->n ? p->m : p->n;
  p->work_bytes = sg_matrix_bytes(dtype, p->m * p->n) + sg_matrix_bytes(dtype, larger * width(p->k)) +
                  sg_lapack_least_squares_bytes(dtype, p->m, p->n, width(p->k));
  return SG_OK;
}

// The sums of squares of b - a y, with room for the residuals.
static void find_residuals(const sg_matrix *x, void *room) {
  const matrix_kernels *k = x->kernels;
  memcpy(room, x->in[1], (size_t)(x->m * x->k) * sg_dtype_bytes(x->dtype));
  const matrix_number minus = {-1, 0};
  k->scale(x->m * x->k, minus, room);
  const sg_gemm product = {
      .dtype = x->dtype, .m = x->m, .n = x->k, .k = x->n, .ld_a = x->n, .ld_b = x->k, .ld_c = x->k, .beta = 1};
  sg_gemm_serial(&product, x->in[0], x->out[0], room);
  for (int64_t j = 0; j < x->k; j++) {
    double sum = 0;
    for (int64_t i = 0; i < x->m; i++) sum += k->read(room, i * x->k + j) * k->read(room, i * x->k + j);
    k->write(x->out[1], j, sum);
  }
}

static const char *compute(const sg_matrix *x) {
  const lstsq_options *options = x->options;
  const matrix_kernels *k = x->kernels;
  const int64_t matrix = sg_matrix_bytes(x->dtype, x->m * x->n);
  void *a = x->work, *b = sg_matrix_work(x, matrix);
  int64_t *rank = x->out[2];
  *rank = 0;
  if (!sg_matrix_is_finite(x)) return "has an element that is not finite";
  if (!k->is_finite(x->m * x->k, x->in[1])) return "meets a b with an element that is not finite";
  if (x->m == 0 || x->n == 0) {
    k->fill(x->n * x->k, 0, x->out[0]);
  } else {
    const double epsilon = x->dtype == SG_F32 ? (double)FLT_EPSILON : DBL_EPSILON;
    const double threshold = options->rcond < 0 ? epsilon * (double)height(x) : options->rcond;
    k->turn(x->m, x->n, x->in[0], x->n, a, x->m);
    k->fill(height(x) * width(x->k), 0, b);
    k->turn(x->m, x->k, x->in[1], x->k, b, height(x));
    *rank = sg_lapack_least_squares(x->dtype, x->m, x->n, width(x->k), threshold, a, b,
                                    sg_matrix_work(x, matrix + sg_matrix_bytes(x->dtype, height(x) * width(x->k))));
    k->turn(x->k, x->n, b, height(x), x->out[0], x->k);
  }
  if (x->m > x->n && x->k > 0) find_residuals(x, b);
  return NULL;
}

// ---- vjp ------------------------------------------------------------------------------------------

// Columns for vectors.
static sg_tensor *columns(sg_context *c, sg_tensor *t, bool vector) {
  return t && vector ? sg_matrices_column(c, t) : t;
}

// Of an a whose rank is full, by the rcond that was given: nothing may count as 0 that counted then.
static sg_tensor *solution(sg_context *c, sg_tensor *a, sg_tensor *b) {
  sg_tensor *residuals, *rank;
  return sg_lstsq(c, a, b, 0, &residuals, &rank);
}

// What d_y brings to d_a, and with h to d_b. All have columns.
static sg_tensor *through_y(sg_context *c, sg_tensor *a, sg_tensor *y, sg_tensor *e, sg_tensor *d_y, sg_tensor *h,
                            int64_t m, int64_t n) {
  sg_tensor *sum = sg_neg(c, sg_matmul(c, h, sg_matrices_transposed(c, y)));
  if (m > n) sum = sg_add(c, sum, sg_matmul(c, e, sg_matrices_transposed(c, solution(c, a, h))));
  if (m >= n) return sum;
  sg_tensor *turned = sg_matrices_transposed(c, a);
  sg_tensor *outside = sg_sub(c, d_y, sg_matmul(c, turned, h));
  return sg_add(c, sum, sg_matmul(c, solution(c, turned, y), sg_matrices_transposed(c, outside)));
}

static sg_status check_rank(const sg_call *call, int64_t most) {
  const sg_tensor *rank = call->outputs[2];
  for (int64_t i = 0; i < sg_tensor_elements(rank); i++) {
    if (sg_tensor_integer(rank, i) >= most) continue;
    return sg_refuse(call, "matrix %lld of a %s has rank %lld, where there is no derivative: it takes %lld",
                     (long long)(i + sg_index_base(call->context)), sg_shape_text(&call->input_shapes[0]).text,
                     (long long)sg_tensor_integer(rank, i), (long long)most);
  }
  return SG_OK;
}

static void vjp(const sg_call *call) {
  sg_context *c = call->context;
  const sg_shape *shape_a = &call->input_shapes[0], *shape_b = &call->input_shapes[1];
  const int64_t m = shape_a->size[shape_a->rank - 2], n = shape_a->size[shape_a->rank - 1];
  const bool vector = sg_matrices_has_vectors(shape_a, shape_b);
  sg_tensor *a = call->inputs[0], *b = columns(c, call->inputs[1], vector),
            *y = columns(c, call->outputs[0], vector);
  sg_tensor *d_y = columns(c, call->d_outputs[0], vector), *d_r = columns(c, call->d_outputs[1], vector);
  sg_tensor *d_a = NULL, *d_b = NULL;
  if (check_rank(call, m < n ? m : n)) return;
  sg_tensor *e = m > n ? sg_sub(c, b, sg_matmul(c, a, y)) : NULL;
  if (d_y) {
    d_b = solution(c, sg_matrices_transposed(c, a), d_y);
    d_a = through_y(c, a, y, e, d_y, d_b, m, n);
  }
  if (d_r && m > n) {
    sg_tensor *slope = sg_mul(c, sg_mul_scalar(c, e, 2), sg_unsqueeze(c, d_r, -2));
    sg_tensor *of_a = sg_neg(c, sg_matmul(c, slope, sg_matrices_transposed(c, y)));
    d_b = d_b ? sg_add(c, d_b, slope) : slope;
    d_a = d_a ? sg_add(c, d_a, of_a) : of_a;
  }
  if (!d_b) d_b = sg_mul_scalar(c, b, 0);
  if (!d_a) d_a = sg_mul_scalar(c, a, 0);
  if (vector) d_b = sg_squeeze(c, d_b, &(sg_ints){1, {-1}});
  if (call->needs[0]) call->d_inputs[0] = sg_sum_to(c, d_a, shape_a);
  if (call->needs[1]) call->d_inputs[1] = sg_sum_to(c, d_b, shape_b);
}

const sg_op op_lstsq = {
    SG_MATRICES(lstsq, shape, compute, vjp, .square = false, .takes_vectors = true),
    SG_WORDS(
        "Least squares solutions of systems of linear equations; of several, the shortest. By QR with exchanges of "
        "columns, PyTorch's gelsy. The derivative asks for a of full rank, another one is an error then.",
        "y minimizes |a y - b|, residuals = sum of (a y - b)^2 over columns; d_b = h, d_a = -h y' + (b - a y) (P "
        "h)' "
        "+ P' y (d_y - a' h)' with the pseudoinverse P of a and h = P' d_y",
        "Golub and Pereyra, The differentiation of pseudo-inverses and nonlinear least squares problems whose "
        "variables separate, SIAM Journal on Numerical Analysis 10, 1973"),
    .inputs = SG_PORTS({"a", 0, "(..., m, n)"}, {"b", 0, "(..., m, k), or vectors (..., m)"}),
    .outputs = SG_PORTS({"solution", 0, "(..., n, k), or (..., n)"},
                        {"residuals", 0, "(..., k), or (...), where m > n; else (0)"},
                        {"rank", SG_STEP, "i64 (...): of a"}),
    SG_OPTIONS(lstsq_options, &defaults,
               SG_OPTION(lstsq_options, rcond, FLOAT,
                         "diagonal elements of the triangular factor up to it count as 0, "
                         "relative to the largest; negative: max(m, n) times the rounding unit of the dtype")),
    .save_inputs = 1 << 0 | 1 << 1,
    .save_outputs = 1 << 0 | 1 << 2,
    .samples = SG_SAMPLES(
        {"by hand", SG_ON(SG_VALUES(SG_NUMBERS(1, 0, 0, 2, 0, 0), SG_DIMS(3, 2)), SG_VECTOR(3, 4, 5)),
         SG_GIVES(3, 2)},
        {"tall", SG_ON(SG_RANDN(4, 2), SG_RANDN(4, 3))}, {"wide", SG_ON(SG_RANDN(2, 4), SG_RANDN(2, 3))},
        {"square", SG_ON(SG_SPD(3, 3), SG_RANDN(3, 2))}, {"wide vector", SG_ON(SG_RANDN(2, 3), SG_RANDN(2))},
        {"batch", SG_ON(SG_RANDN(2, 4, 2), SG_RANDN(2, 4, 1))},
        {"vectors", SG_ON(SG_RANDN(2, 4, 2), SG_RANDN(2, 4))},
        {"one matrix for all", SG_ON(SG_RANDN(4, 2), SG_RANDN(3, 4, 2))},
        {"larger", SG_ON(SG_RANDN(9, 4), SG_RANDN(9, 2))}),
    .bad_samples = SG_SAMPLES(
        {"vector", SG_ON(SG_RANDN(3), SG_RANDN(3)), .error = "a has shape [3], expected matrices (..., m, n)"},
        {"rows", SG_ON(SG_RANDN(3, 2), SG_RANDN(2, 2)), .error = "b has shape [2, 2], expected 3 rows"},
        {"batches", SG_ON(SG_RANDN(2, 3, 2), SG_RANDN(3, 3, 2)), .error = "do not broadcast"},
        {"not finite", SG_ON(SG_VALUES(SG_NUMBERS(1, 0, 0, HUGE_VAL), SG_DIMS(2, 2)), SG_RANDN(2, 1)),
         .error = "not finite"}),
};

sg_tensor *sg_lstsq(sg_context *context, sg_tensor *a, sg_tensor *b, double rcond, sg_tensor **residuals,
                    sg_tensor **rank) {
  sg_tensor *outputs[3] = {NULL, NULL, NULL};
  sg_apply(context, &op_lstsq, 2, (sg_tensor *[]){a, b}, &(lstsq_options){rcond}, outputs);
  *residuals = outputs[1];
  *rank = outputs[2];
  return outputs[0];
}
