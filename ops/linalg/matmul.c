// SPDX-License-Identifier: GPL-3.0-or-later
//
//   y[..., i, j] = sum over p of a[..., i, p] b[..., p, j]
//
// The dimensions in front broadcast. The gradients, for a cotangent g of y, are
//
//   da = g b'    db = a' g
//
// summed over the dimensions that were broadcast.
// Reference: Giles, "Collected matrix derivative results for forward and reverse mode algorithmic differentiation",
// 2008.
#include "ops/linalg/gemm.h"
#include "ops/ops.h"

// The plan: a is batch_a x (m,k), b is batch_b x (k,n), y is batch x (m,n). The shapes count when there is a batch.
typedef struct product {
  int64_t m, n, k;
  bool batched;
  sg_shape batch_a, batch_b, batch;
} product;

static sg_shape leading(const sg_shape *shape) {
  sg_shape result = {.rank = shape->rank > 2 ? shape->rank - 2 : 0};
  for (int i = 0; i < result.rank; i++) result.size[i] = shape->size[i];
  return result;
}

static bool broadcast_product(const sg_shape *a, const sg_shape *b, product *result) {
  result->m = a->rank > 1 ? a->size[a->rank - 2] : 1;
  result->k = a->size[a->rank - 1];
  result->n = b->rank > 1 ? b->size[b->rank - 1] : 1;
  result->batch_a = leading(a);
  result->batch_b = leading(b);
  return sg_shape_broadcast(&result->batch_a, &result->batch_b, &result->batch);
}

// With one matrix b for all of a, the rows of all matrices a are those of one.
static void join_rows(product *p) {
  int64_t rows = p->m;
  p->batched = p->batch.rank > 0;
  if (!p->batched || p->batch_b.rank > 0) return;
  for (int i = 0; i < p->batch_a.rank; i++)
    if (__builtin_mul_overflow(rows, p->batch_a.size[i], &rows)) return;
  if (rows > SG_GEMM_MAXIMUM) return;
  p->m = rows;
  p->batched = false;
}

// ---- prepare --------------------------------------------------------------------------------------

static sg_status refuse(sg_plan *plan, const sg_shape *a, const sg_shape *b) {
  const sg_text text_a = sg_shape_text(a), text_b = sg_shape_text(b);
  if (a->rank == 0 || b->rank == 0)
    return sg_reject(plan, "a %s and b %s must have one dimension at least", text_a.text, text_b.text);
  const int64_t k = b->rank > 1 ? b->size[b->rank - 2] : b->size[0];
  if (a->size[a->rank - 1] != k)
    return sg_reject(plan, "a %s has rows of %lld elements, b %s has columns of %lld", text_a.text,
                     (long long)a->size[a->rank - 1], text_b.text, (long long)k);
  product p;
  if (!broadcast_product(a, b, &p))
    return sg_reject(plan, "the leading dimensions of a %s and b %s do not broadcast", text_a.text, text_b.text);
  return sg_reject(plan, "a %s and b %s: rows and columns are limited to %lld", text_a.text, text_b.text,
                   (long long)SG_GEMM_MAXIMUM);
}

static sg_status prepare(sg_plan *plan) {
  const sg_shape *a = sg_plan_shape(plan, 0), *b = sg_plan_shape(plan, 1);
  product *p = plan->own;
  if (a->rank == 0 || b->rank == 0 || a->size[a->rank - 1] != b->size[b->rank > 1 ? b->rank - 2 : 0] ||
      !broadcast_product(a, b, p) || p->m > SG_GEMM_MAXIMUM || p->n > SG_GEMM_MAXIMUM || p->k > SG_GEMM_MAXIMUM)
    return refuse(plan, a, b);
  sg_shape *y = &plan->output_shape[0];
  *y = p->batch;
  if (a->rank > 1) y->size[y->rank++] = p->m;
  if (b->rank > 1) y->size[y->rank++] = p->n;
  join_rows(p);
  if (!p->batched) plan->own_bytes = offsetof(product, batch_a);
  if (!sg_gemm_is_small(p->m, p->n, p->k)) sg_gemm_plan(plan);
  return SG_OK;
}

// ---- forward and backward -------------------------------------------------------------------------

// How far a step in each dimension of the batch moves, in matrices: 0 where the operand is broadcast.
static void batch_strides(const sg_shape *operand, const sg_shape *batch, int64_t *strides) {
  int64_t stride = 1;
  for (int i = batch->rank - 1, j = operand->rank - 1; i >= 0; i--, j--) {
    strides[i] = j >= 0 && operand->size[j] != 1 ? stride : 0;
    if (j >= 0) stride *= operand->size[j];
  }
}

static sg_gemm form_of(const sg_call *call, const product *p) {
  return (sg_gemm){.dtype = call->dtype, .m = p->m, .n = p->n, .k = p->k, .ld_a = p->k, .ld_b = p->n, .ld_c = p->n};
}

static sg_gemm form_of_d_a(const sg_call *call, const product *p) {
  return (sg_gemm){.dtype = call->dtype,
                   .transpose_b = true,
                   .m = p->m,
                   .n = p->k,
                   .k = p->n,
                   .ld_a = p->n,
                   .ld_b = p->n,
                   .ld_c = p->k};
}

static sg_gemm form_of_d_b(const sg_call *call, const product *p) {
  return (sg_gemm){.dtype = call->dtype,
                   .transpose_a = true,
                   .m = p->k,
                   .n = p->n,
                   .k = p->m,
                   .ld_a = p->k,
                   .ld_b = p->n,
                   .ld_c = p->n};
}

// The matrices of a batch and how far apart they are.
typedef struct steps {
  int64_t a[SG_MAX_RANK], b[SG_MAX_RANK], y[SG_MAX_RANK];
} steps;

static steps steps_of(const product *p) {
  steps result;
  batch_strides(&p->batch_a, &p->batch, result.a);
  batch_strides(&p->batch_b, &p->batch, result.b);
  batch_strides(&p->batch, &p->batch, result.y);
  for (int i = 0; i < p->batch.rank; i++) {
    result.a[i] *= p->m * p->k;
    result.b[i] *= p->k * p->n;
    result.y[i] *= p->m * p->n;
  }
  return result;
}

static void forward_of_batch(const sg_call *call, const product *p) {
  const steps step = steps_of(p);
  sg_gemm_batch gemm = {.form = form_of(call, p),
                        .outer_count = p->batch.rank,
                        .a = sg_input_data(call, 0),
                        .b = sg_input_data(call, 1),
                        .c = sg_output_data(call->outputs[0])};
  for (int i = 0; i < p->batch.rank; i++)
    gemm.outer[i] = (sg_gemm_loop){p->batch.size[i], step.a[i], step.b[i], step.y[i]};
  sg_gemm_parallel(call->context, &gemm);
}

static void forward(const sg_call *call) {
  const product *p = call->plan;
  if (call->scratch) sg_gemm_decide(call->context, call->dtype, call->scratch);
  if (p->batched) {
    forward_of_batch(call, p);
    return;
  }
  const sg_gemm form = form_of(call, p);
  sg_gemm_single(call->context, &form, sg_input_data(call, 0), sg_input_data(call, 1),
                 sg_output_data(call->outputs[0]));
}

// The dimensions the result has are outer loops; those it was broadcast over are summed by inner ones.
static void add_loop(sg_gemm_batch *gemm, bool broadcast, sg_gemm_loop loop) {
  if (broadcast)
    gemm->inner[gemm->inner_count++] = loop;
  else
    gemm->outer[gemm->outer_count++] = loop;
}

static bool is_broadcast(const sg_shape *operand, const sg_shape *batch, int i) {
  int j = i - batch->rank + operand->rank;
  return batch->size[i] != 1 && (j < 0 || operand->size[j] == 1);
}

static void backward_of_batch(const sg_call *call, const product *p) {
  const steps step = steps_of(p);
  const void *d_y = sg_tensor_data(call->d_outputs[0]);
  if (call->d_inputs[0]) {
    sg_gemm_batch gemm = {
        .form = form_of_d_a(call, p), .a = d_y, .b = sg_input_data(call, 1), .c = sg_gradient_data(call, 0)};
    for (int i = 0; i < p->batch.rank; i++)
      add_loop(&gemm, is_broadcast(&p->batch_a, &p->batch, i),
               (sg_gemm_loop){p->batch.size[i], step.y[i], step.b[i], step.a[i]});
    sg_gemm_parallel(call->context, &gemm);
  }
  if (call->d_inputs[1]) {
    sg_gemm_batch gemm = {
        .form = form_of_d_b(call, p), .a = sg_input_data(call, 0), .b = d_y, .c = sg_gradient_data(call, 1)};
    for (int i = 0; i < p->batch.rank; i++)
      add_loop(&gemm, is_broadcast(&p->batch_b, &p->batch, i),
               (sg_gemm_loop){p->batch.size[i], step.a[i], step.y[i], step.b[i]});
    sg_gemm_parallel(call->context, &gemm);
  }
}

static void backward(const sg_call *call) {
  const product *p = call->plan;
  if (p->batched) {
    backward_of_batch(call, p);
    return;
  }
  const void *d_y = sg_tensor_data(call->d_outputs[0]);
  if (call->d_inputs[0]) {
    const sg_gemm form = form_of_d_a(call, p);
    sg_gemm_single(call->context, &form, d_y, sg_input_data(call, 1), sg_gradient_data(call, 0));
  }
  if (call->d_inputs[1]) {
    const sg_gemm form = form_of_d_b(call, p);
    sg_gemm_single(call->context, &form, sg_input_data(call, 0), d_y, sg_gradient_data(call, 1));
  }
}

// ---- vjp ------------------------------------------------------------------------------------------

static sg_tensor *with_unit_dimension(sg_context *c, sg_tensor *t, const sg_shape *shape, int dimension) {
  sg_shape wider = *shape;
  for (int i = wider.rank++; i > dimension; i--) wider.size[i] = wider.size[i - 1];
  wider.size[dimension] = 1;
  return sg_reshape(c, t, &wider);
}

static sg_tensor *transposed(sg_context *c, sg_tensor *t) { return sg_transpose(c, t, -2, -1); }

static void vjp(const sg_call *call) {
  sg_context *c = call->context;
  const sg_shape *shape_a = &call->input_shapes[0], *shape_b = &call->input_shapes[1];
  sg_tensor *a = call->inputs[0], *b = call->inputs[1], *g = call->d_outputs[0];
  sg_shape shape_g = call->output_shapes[0];
  if (shape_b->rank == 1) {
    b = with_unit_dimension(c, b, shape_b, 1);
    g = with_unit_dimension(c, g, &shape_g, shape_g.rank);
    shape_g.size[shape_g.rank++] = 1;
  }
  if (shape_a->rank == 1) {
    a = with_unit_dimension(c, a, shape_a, 0);
    g = with_unit_dimension(c, g, &shape_g, shape_g.rank - 1);
  }
  if (call->needs[0]) {
    sg_shape target = *shape_a;
    if (shape_a->rank == 1) target = (sg_shape)SG_DIMS(1, shape_a->size[0]);
    sg_tensor *d_a = sg_sum_to(c, sg_matmul(c, g, transposed(c, b)), &target);
    call->d_inputs[0] = sg_reshape(c, d_a, shape_a);
  }
  if (call->needs[1]) {
    sg_shape target = *shape_b;
    if (shape_b->rank == 1) target = (sg_shape)SG_DIMS(shape_b->size[0], 1);
    sg_tensor *d_b = sg_sum_to(c, sg_matmul(c, transposed(c, a), g), &target);
    call->d_inputs[1] = sg_reshape(c, d_b, shape_b);
  }
}

static const double left[] = {1, 2, 3, 4}, right[] = {5, 6, 7, 8}, left_by_right[] = {19, 22, 43, 50};

const sg_op op_matmul = {
    SG_COMPUTED(matmul, prepare, forward, vjp),
    SG_WORDS("The matrix product over the last two dimensions; leading dimensions broadcast.",
             "y[..., i, j] = sum over p of a[..., i, p] * b[..., p, j]",
             "Giles, Collected matrix derivative results for forward and reverse mode algorithmic differentiation, "
             "2008"),
    .cost = "2 n k m operations for each product of (n, k) and (k, m)",
    .inputs = SG_PORTS({"a", 0, "(..., m, k), or (k): a row"}, {"b", 0, "(..., k, n), or (k): a column"}),
    .outputs = SG_PORTS({"y", 0, "(..., m, n), without the dimension that an operand of one dimension lacks"}),
    .save_inputs = 1 << 0 | 1 << 1,
    .plan_bytes = sizeof(product),
    .backward = backward,
    .samples = SG_SAMPLES({"worked by hand", SG_ON(SG_VALUES(left, SG_DIMS(2, 2)), SG_VALUES(right, SG_DIMS(2, 2))),
                           .expected = left_by_right},
                          {"matrices", SG_ON(SG_RANDN(3, 4), SG_RANDN(4, 2))},
                          {"vectors", SG_ON(SG_RANDN(5), SG_RANDN(5))},
                          {"matrix and vector", SG_ON(SG_RANDN(3, 4), SG_RANDN(4))},
                          {"vector and matrix", SG_ON(SG_RANDN(4), SG_RANDN(4, 3))},
                          {"batch", SG_ON(SG_RANDN(2, 3, 4), SG_RANDN(2, 4, 2))},
                          {"batch and matrix", SG_ON(SG_RANDN(2, 3, 4), SG_RANDN(4, 2))},
                          {"matrix and batch", SG_ON(SG_RANDN(3, 4), SG_RANDN(2, 4, 2))},
                          {"broadcast batches", SG_ON(SG_RANDN(2, 1, 2, 3), SG_RANDN(3, 3, 2))},
                          {"batch and vector", SG_ON(SG_RANDN(2, 2, 3), SG_RANDN(3))},
                          {"vector and batch", SG_ON(SG_RANDN(3), SG_RANDN(2, 3, 2))},
                          {"sums of nothing", SG_ON(SG_RANDN(2, 0), SG_RANDN(0, 3))},
                          {"no rows", SG_ON(SG_RANDN(0, 2), SG_RANDN(2, 3))},
                          {"no matrices", SG_ON(SG_RANDN(1, 2, 2), SG_RANDN(0, 2, 3))}),
    .bad_samples =
        SG_SAMPLES({"scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR), SG_RANDN(2)), .error = "one dimension at least"},
                   {"inner extents", SG_ON(SG_RANDN(2, 3), SG_RANDN(4, 2)),
                    .error = "matmul: a [2, 3] has rows of 3 elements, b [4, 2] has columns of 4"},
                   {"batches", SG_ON(SG_RANDN(2, 1, 3), SG_RANDN(3, 3, 2)), .error = "do not broadcast"}),
};

sg_tensor *sg_matmul(sg_context *context, sg_tensor *a, sg_tensor *b) {
  return sg_apply_one(context, &op_matmul, 2, (sg_tensor *[]){a, b}, NULL);
}
