// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/linalg/matrices.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "ops/linalg/products.h"
#include "ops/select_kernels.h"

// Work spaces, and so blocks of the loop; their number does not depend on that of threads.
enum { BLOCKS_AT_MOST = 16 };
static const double block_work = 1 << 15; // m n (m + n) of a block, at least

// ---- prepare --------------------------------------------------------------------------------------

// The scratch space: for every matrix why it has no result, then the work spaces.
static int64_t reason_bytes(int64_t count) { return (count * (int64_t)sizeof(const char *) + 63) / 64 * 64; }

static sg_status check_matrices(sg_plan *plan, const sg_shape *x) {
  const sg_matrices_member *member = plan->op->member;
  const char *name = sg_op_inputs(plan->op)[0].name;
  if (x->rank < 2 || (member->square && x->size[x->rank - 1] != x->size[x->rank - 2]))
    return sg_reject(plan, "%s has shape %s, expected %s", name, sg_shape_text(x).text,
                     member->square ? "square matrices (..., n, n)" : "matrices (..., m, n)");
  if (x->size[x->rank - 1] > SG_LAPACK_MAXIMUM || x->size[x->rank - 2] > SG_LAPACK_MAXIMUM)
    return sg_reject(plan, "%s has shape %s: rows and columns are limited to %d", name, sg_shape_text(x).text,
                     SG_LAPACK_MAXIMUM);
  return SG_OK;
}

static sg_shape without_last(const sg_shape *shape, int count) {
  sg_shape result = *shape;
  result.rank = shape->rank > count ? shape->rank - count : 0;
  return result;
}

bool sg_matrices_has_vectors(const sg_shape *a, const sg_shape *b) {
  const sg_shape rows = without_last(a, 1);
  return b->rank == 1 || (a->rank == b->rank + 1 && sg_shape_equal(b, &rows));
}

static sg_status find_batch(sg_plan *plan, sg_matrices *p) {
  const sg_shape *a = sg_plan_shape(plan, 0), *b = plan->input_count > 1 ? sg_plan_shape(plan, 1) : NULL;
  const sg_shape batch_a = without_last(a, 2);
  p->m = a->size[a->rank - 2];
  p->n = a->size[a->rank - 1];
  p->batch = batch_a;
  if (!b) return SG_OK;
  const sg_matrices_member *member = plan->op->member;
  p->vector = member->takes_vectors && sg_matrices_has_vectors(a, b);
  const sg_port *ports = sg_op_inputs(plan->op);
  if (!p->vector && b->rank < 2)
    return sg_reject(plan, "%s has shape %s, expected matrices (..., m, n)", ports[1].name, sg_shape_text(b).text);
  const sg_shape batch_b = without_last(b, p->vector ? 1 : 2);
  if (!sg_shape_broadcast(&batch_a, &batch_b, &p->batch))
    return sg_reject(plan, "the leading dimensions of %s %s and %s %s do not broadcast", ports[0].name,
                     sg_shape_text(a).text, ports[1].name, sg_shape_text(b).text);
  return SG_OK;
}

// How far a step in each dimension of the batch moves, in matrices: 0 where the input is broadcast.
static void find_steps(const sg_shape *batch_of_input, const sg_shape *batch, int64_t *step) {
  int64_t distance = 1;
  for (int i = batch->rank - 1, j = batch_of_input->rank - 1; i >= 0; i--, j--) {
    step[i] = j >= 0 && batch_of_input->size[j] != 1 ? distance : 0;
    if (j >= 0) distance *= batch_of_input->size[j];
  }
}

// Nothing is computed where no output has an element, and extents may be of any size then.
static bool has_results(const sg_plan *plan) {
  int64_t elements;
  for (int p = 0; p < plan->output_count; p++)
    if (!sg_shape_count(&plan->output_shape[p], &elements) || elements > 0) return true;
  return false;
}

static sg_status plan_work(sg_plan *plan, sg_matrices *p) {
  if (!has_results(plan)) return SG_OK;
  if (!sg_shape_count(&p->batch, &p->count) || p->count > INT64_MAX / 1024)
    return sg_reject(plan, "there are too many matrices in a batch of shape %s", sg_shape_text(&p->batch).text);
  for (int i = 0; i < plan->input_count; i++) {
    const sg_shape *shape = sg_plan_shape(plan, i);
    const int own = i == 1 && p->vector ? 1 : 2;
    const sg_shape batch = without_last(shape, own);
    p->in[i] = shape->size[shape->rank - 1] * (own == 2 ? shape->size[shape->rank - 2] : 1);
    find_steps(&batch, &p->batch, p->step[i]);
  }
  const double work = (double)p->m * (double)p->n * (double)(p->m + p->n) * (double)p->count / block_work;
  const int64_t blocks = work >= BLOCKS_AT_MOST ? BLOCKS_AT_MOST : work > 1 ? (int64_t)work : 1;
  p->block = (p->count + blocks - 1) / blocks;
  p->work_bytes = (p->work_bytes + 63) / 64 * 64;
  plan->scratch_bytes = (size_t)(reason_bytes(p->count) + (p->count + p->block - 1) / p->block * p->work_bytes);
  sg_gemm_plan(plan);
  return SG_OK;
}

static sg_status prepare(sg_plan *plan) {
  const sg_matrices_member *member = plan->op->member;
  sg_matrices *p = plan->own;
  if (check_matrices(plan, sg_plan_shape(plan, 0)) || find_batch(plan, p) || member->shape(plan, p))
    return sg_error_status(plan->context);
  return plan_work(plan, p);
}

void sg_matrices_output(sg_plan *plan, sg_matrices *matrices, int p, int rank, int64_t rows, int64_t columns) {
  sg_shape *shape = &plan->output_shape[p];
  *shape = matrices->batch;
  if (rank > 1) shape->size[shape->rank++] = rows;
  if (rank > 0) shape->size[shape->rank++] = columns;
  matrices->out[p] = (rank > 1 ? rows : 1) * (rank > 0 ? columns : 1);
}

sg_status sg_matrices_same_shape(sg_plan *plan, sg_matrices *matrices) {
  sg_matrices_output(plan, matrices, 0, 2, matrices->m, matrices->n);
  return SG_OK;
}

sg_status sg_matrices_unknown(sg_plan *plan, sg_matrices *p, bool left) {
  const sg_shape *b = sg_plan_shape(plan, 1);
  const int64_t columns = p->vector ? 1 : b->size[b->rank - 1], rows = b->size[b->rank - (p->vector ? 1 : 2)];
  if ((left ? rows : columns) != p->n)
    return sg_reject(plan, "b has shape %s, expected %lld %s", sg_shape_text(b).text, (long long)p->n,
                     left ? "rows" : "columns");
  p->k = left ? columns : rows;
  if (p->k > INT32_MAX)
    return sg_reject(plan, "b has shape %s: rows and columns are limited to %d", sg_shape_text(b).text, INT32_MAX);
  sg_matrices_output(plan, p, 0, p->vector ? 1 : 2, rows, p->vector ? rows : columns);
  return SG_OK;
}

// ---- forward --------------------------------------------------------------------------------------

static const char *const unusable =
    "cannot be factorized: OpenBLAS does not compute rightly here, or has no memory";

static const void *matrix_of(const sg_call *call, const sg_matrices *p, int input, int64_t position) {
  int64_t matrix = 0;
  for (int i = p->batch.rank - 1; i >= 0; i--) {
    matrix += position % p->batch.size[i] * p->step[input][i];
    position /= p->batch.size[i];
  }
  return (const char *)sg_input_data(call, input) + (size_t)(matrix * p->in[input]) * sg_dtype_bytes(call->dtype);
}

static const char *compute_one(const sg_call *call, const sg_matrices *p, int64_t position, void *work) {
  const sg_matrices_member *member = call->op->member;
  sg_matrix x = {.dtype = call->dtype, .m = p->m, .n = p->n, .k = p->k, .options = call->options, .work = work};
  x.kernels = sg_kernels_for(call->context, call->dtype)->matrix;
  for (int i = 0; i < call->input_count; i++) x.in[i] = matrix_of(call, p, i, position);
  for (int i = 0; i < call->output_count; i++) {
    const size_t bytes = sg_dtype_bytes(sg_tensor_dtype(call->outputs[i]));
    x.out[i] = (char *)sg_output_data(call->outputs[i]) + (size_t)(position * p->out[i]) * bytes;
  }
  return member->compute(&x);
}

static void compute_blocks(const void *arguments, int64_t begin, int64_t end) {
  const sg_call *call = arguments;
  const sg_matrices *p = call->plan;
  const char **reason = call->scratch;
  char *work = (char *)call->scratch + reason_bytes(p->count);
  const int threads = sg_lapack_begin();
  for (int64_t block = begin; block < end; block++) {
    const int64_t first = block * p->block, last = first + p->block < p->count ? first + p->block : p->count;
    for (int64_t i = first; i < last; i++) reason[i] = compute_one(call, p, i, work + block * p->work_bytes);
  }
  sg_lapack_end(threads);
}

static void forward(const sg_call *call) {
  const sg_matrices *p = call->plan;
  sg_gemm_decide(call->context, call->dtype, call->scratch);
  if (sg_products_are_unusable(call->context, call->dtype)) {
    for (int64_t i = 0; i < p->count; i++) ((const char **)call->scratch)[i] = unusable;
    return;
  }
  sg_parallel(call->context, (p->count + p->block - 1) / p->block, 1, compute_blocks, call);
}

// ---- verify ---------------------------------------------------------------------------------------

// "the matrix x[2, 1] of " in a batch, as the user counts; nothing where there is but one.
static void write_place(const sg_call *call, const sg_matrices *p, int64_t position, char *text, size_t size) {
  int64_t index[SG_MAX_RANK];
  text[0] = 0;
  if (!p->batch.rank) return;
  for (int i = p->batch.rank - 1; i >= 0; i--) {
    index[i] = position % p->batch.size[i] + sg_index_base(call->context);
    position /= p->batch.size[i];
  }
  int length = snprintf(text, size, "the matrix %s", sg_op_inputs(call->op)[0].name);
  for (int i = 0; i < p->batch.rank; i++)
    length += snprintf(text + length, size - (size_t)length, "%s%lld", i ? ", " : "[", (long long)index[i]);
  snprintf(text + length, size - (size_t)length, "] of ");
}

static sg_status verify(const sg_call *call) {
  const sg_matrices *p = call->plan;
  const char *const *reason = call->scratch;
  for (int64_t i = 0; i < p->count; i++) {
    if (!reason[i]) continue;
    char place[64 + 24 * SG_MAX_RANK];
    write_place(call, p, i, place, sizeof place);
    const sg_text shape = sg_shape_text(sg_tensor_shape(call->inputs[0]));
    return sg_refuse(call, "%s%s %s %s", place, sg_op_inputs(call->op)[0].name, shape.text, reason[i]);
  }
  return SG_OK;
}

const sg_op sg_matrices_family = {
    .cost = "cubic in the rows and columns of a matrix (LAPACK)",
    .inputs = SG_PORTS({"x", 0, "(..., n, n)"}),
    SG_PLANNED(sg_matrices, prepare, forward, NULL),
    .verify = verify,
    .conditioned = true,
};

matrix_number sg_matrix_lu(const sg_matrix *x, void *factors) {
  const int64_t elements = x->n * x->n;
  int32_t *exchanges = (int32_t *)((char *)factors + sg_matrix_bytes(x->dtype, elements));
  if (!sg_matrix_is_finite(x)) return (matrix_number){(double)NAN, 0};
  memcpy(factors, x->in[0], (size_t)elements * sg_dtype_bytes(x->dtype));
  if (x->n > 0) sg_lapack_lu(x->dtype, x->n, factors, exchanges);
  return x->kernels->determinant(x->n, factors, exchanges);
}

double sg_matrix_rtol(sg_dtype dtype, int64_t m, int64_t n, const sg_pinv_options *options) {
  if (options->rtol >= 0) return options->rtol;
  if (options->atol > 0) return 0;
  return (double)(m > n ? m : n) * (dtype == SG_F32 ? (double)FLT_EPSILON : DBL_EPSILON);
}

void sg_matrix_identity(const sg_matrix *x, int64_t rows, int64_t columns, void *y) {
  x->kernels->fill(rows * columns, 0, y);
  for (int64_t i = 0; i < rows && i < columns; i++) x->kernels->write(y, i * (columns + 1), 1);
}

// LAPACK has factorized the transpose: a' = P L U, so that a = U' L' P', of which U' is what is stored below and on
// the diagonal, and L' above it.
void sg_matrix_solve(const sg_matrix *x, bool left, const void *factors, int64_t k, void *b) {
  const int32_t *exchanges = (const int32_t *)((const char *)factors + sg_matrix_bytes(x->dtype, x->n * x->n));
  sg_triangular t = {.left = left, .m = left ? x->n : k, .n = left ? k : x->n};
  if (x->n == 0 || k == 0) return;
  if (!left) x->kernels->exchange_columns(x->n, k, exchanges, false, b);
  for (int step = 0; step < 2; step++) {
    t.upper = t.unit = left ? step == 1 : step == 0;
    sg_lapack_solve_triangular(x->dtype, &t, factors, b);
  }
  if (left) x->kernels->exchange_rows(x->n, k, exchanges, true, b);
}

// ---- For derivatives --------------------------------------------------------------------------------

sg_tensor *sg_matrices_transposed(sg_context *c, sg_tensor *x) { return sg_transpose(c, x, -2, -1); }

sg_tensor *sg_matrices_symmetric(sg_context *c, sg_tensor *x) {
  return sg_mul_scalar(c, sg_add(c, x, sg_matrices_transposed(c, x)), 0.5);
}

sg_tensor *sg_matrices_column(sg_context *c, sg_tensor *x) { return sg_unsqueeze(c, x, -1); }
sg_tensor *sg_matrices_single(sg_context *c, sg_tensor *x) { return sg_unsqueeze(c, sg_unsqueeze(c, x, -1), -1); }

void sg_matrices_unknown_vjp(const sg_call *call, sg_tensor *h, bool left) {
  sg_context *c = call->context;
  const sg_shape *a = &call->input_shapes[0], *b = &call->input_shapes[1];
  sg_tensor *y = call->outputs[0];
  if (call->needs[1]) call->d_inputs[1] = sg_sum_to(c, h, b);
  if (!call->needs[0]) return;
  const sg_matrices_member *member = call->op->member;
  const bool vector = member->takes_vectors && sg_matrices_has_vectors(a, b);
  if (vector) {
    h = sg_matrices_column(c, h);
    y = sg_matrices_column(c, y);
  }
  sg_tensor *first = left ? h : sg_matrices_transposed(c, y), *second = left ? sg_matrices_transposed(c, y) : h;
  call->d_inputs[0] = sg_sum_to(c, sg_neg(c, sg_matmul(c, first, second)), a);
}
