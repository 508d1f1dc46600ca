// SPDX-License-Identifier: GPL-3.0-or-later
//
//   y[..., o] = sum over i of x[..., i] weight[o, i] + bias[o]
//
// For a cotangent g of y, with all dimensions but the last taken as rows,
//
//   dx = g weight    dweight = g' x    dbias = sum over rows of g
//
// Reference: Bishop, "Pattern Recognition and Machine Learning", 2006, section 5.3.
#include "ops/kernels/bias.h"
#include "ops/linalg/gemm.h"
#include "ops/ops.h"
#include "ops/select_kernels.h"

enum { X, WEIGHT, BIAS };

typedef struct extents {
  int64_t rows, in, out;
} extents;

static extents extents_of(const sg_shape *x, const sg_shape *weight) {
  extents e = {.rows = 1, .in = weight->size[1], .out = weight->size[0]};
  for (int i = 0; i < x->rank - 1; i++)
    if (__builtin_mul_overflow(e.rows, x->size[i], &e.rows)) e.rows = INT64_MAX;
  return e;
}

// ---- prepare --------------------------------------------------------------------------------------

static sg_status prepare(sg_plan *plan) {
  const sg_shape *x = sg_plan_shape(plan, X), *weight = sg_plan_shape(plan, WEIGHT);
  if (weight->rank != 2)
    return sg_reject(plan, "weight has shape %s, expected (out, in)", sg_shape_text(weight).text);
  if (x->rank == 0 || x->size[x->rank - 1] != weight->size[1])
    return sg_reject(plan, "x has shape %s, expected (..., %lld) (columns of weight %s)", sg_shape_text(x).text,
                     (long long)weight->size[1], sg_shape_text(weight).text);
  if (plan->inputs[BIAS]) {
    const sg_shape *bias = sg_plan_shape(plan, BIAS);
    if (bias->rank != 1 || bias->size[0] != weight->size[0])
      return sg_reject(plan, "bias has shape %s, expected [%lld] (rows of weight %s)", sg_shape_text(bias).text,
                       (long long)weight->size[0], sg_shape_text(weight).text);
  }
  extents e = extents_of(x, weight);
  if (e.rows > SG_GEMM_MAXIMUM || e.in > SG_GEMM_MAXIMUM || e.out > SG_GEMM_MAXIMUM)
    return sg_reject(plan, "x %s and weight %s: rows and columns are limited to %lld", sg_shape_text(x).text,
                     sg_shape_text(weight).text, (long long)SG_GEMM_MAXIMUM);
  plan->output_shape[0] = *x;
  plan->output_shape[0].size[x->rank - 1] = e.out;
  if (!sg_gemm_is_small(e.rows, e.out, e.in)) sg_gemm_plan(plan);
  return SG_OK;
}

// ---- forward and backward -------------------------------------------------------------------------

static void forward(const sg_call *call) {
  if (call->scratch) sg_gemm_decide(call->context, call->dtype, call->scratch);
  extents e = extents_of(sg_tensor_shape(call->inputs[X]), sg_tensor_shape(call->inputs[WEIGHT]));
  sg_gemm gemm = {.dtype = call->dtype,
                  .transpose_b = true,
                  .m = e.rows,
                  .n = e.out,
                  .k = e.in,
                  .ld_a = e.in,
                  .ld_b = e.in,
                  .ld_c = e.out};
  void *y = sg_output_data(call->outputs[0]);
  if (call->inputs[BIAS]) {
    bias_arguments bias = {e.rows, e.out, 1, y, (void *)sg_tensor_data(call->inputs[BIAS])};
    sg_parallel(call->context, e.rows * e.out, sg_grain(1), sg_kernels_for(call->context, call->dtype)->bias->fill,
                &bias);
    gemm.beta = 1;
  }
  sg_gemm_single(call->context, &gemm, sg_tensor_data(call->inputs[X]), sg_tensor_data(call->inputs[WEIGHT]), y);
}

static void backward(const sg_call *call) {
  extents e = extents_of(&call->input_shapes[X], &call->input_shapes[WEIGHT]);
  const void *dy = sg_tensor_data(call->d_outputs[0]);
  if (call->d_inputs[X]) {
    sg_gemm gemm = {
        .dtype = call->dtype, .m = e.rows, .n = e.in, .k = e.out, .ld_a = e.out, .ld_b = e.in, .ld_c = e.in};
    sg_gemm_single(call->context, &gemm, dy, sg_tensor_data(call->inputs[WEIGHT]),
                   sg_output_data(call->d_inputs[X]));
  }
  if (call->d_inputs[WEIGHT]) {
    sg_gemm gemm = {.dtype = call->dtype,
                    .transpose_a = true,
                    .m = e.out,
                    .n = e.in,
                    .k = e.rows,
                    .ld_a = e.out,
                    .ld_b = e.in,
                    .ld_c = e.in};
    sg_gemm_single(call->context, &gemm, dy, sg_tensor_data(call->inputs[X]),
                   sg_output_data(call->d_inputs[WEIGHT]));
  }
  if (call->d_inputs[BIAS]) {
    bias_arguments bias = {e.rows, e.out, 1, (void *)dy, sg_output_data(call->d_inputs[BIAS])};
    sg_parallel(call->context, e.out, BIAS_SUM_GRAIN, sg_kernels_for(call->context, call->dtype)->bias->sum, &bias);
  }
}

// ---- vjp ------------------------------------------------------------------------------------------

static void vjp(const sg_call *call) {
  sg_context *c = call->context;
  extents e = extents_of(&call->input_shapes[X], &call->input_shapes[WEIGHT]);
  sg_tensor *g = call->d_outputs[0];
  if (call->needs[X]) call->d_inputs[X] = sg_matmul(c, g, call->inputs[WEIGHT]);
  if (call->needs[WEIGHT]) {
    sg_tensor *rows_of_g = sg_reshape(c, g, &(sg_shape)SG_DIMS(e.rows, e.out));
    sg_tensor *rows_of_x = sg_reshape(c, call->inputs[X], &(sg_shape)SG_DIMS(e.rows, e.in));
    call->d_inputs[WEIGHT] = sg_matmul(c, sg_transpose(c, rows_of_g, 0, 1), rows_of_x);
  }
  if (call->needs[BIAS]) call->d_inputs[BIAS] = sg_sum_to(c, g, &call->input_shapes[BIAS]);
}

static const double row[] = {1, 2}, matrix[] = {3, 4, 5, 6, 7, 8}, shift[] = {10, 20, 30}, result[] = {21, 37, 53};

const sg_op op_linear = {
    SG_COMPUTED(linear, prepare, forward, vjp),
    SG_WORDS("An affine map of the last dimension.", "y[..., o] = sum over i of x[..., i] * weight[o, i] + bias[o]",
             "Bishop, Pattern Recognition and Machine Learning, 2006, section 5.3"),
    .cost = "2 operations for each weight and row of x",
    .inputs = SG_PORTS({"x", 0, "(..., in)"}, {"weight", 0, "(out, in)"}, {"bias", SG_OPTIONAL, "(out)"}),
    .outputs = SG_PORTS({"y", 0, "(..., out)"}),
    .save_inputs = 1 << X | 1 << WEIGHT,
    .backward = backward,
    .samples = SG_SAMPLES(
        {"worked by hand",
         SG_ON(SG_VALUES(row, SG_DIMS(1, 2)), SG_VALUES(matrix, SG_DIMS(3, 2)), SG_VALUES(shift, SG_DIMS(3))),
         .expected = result},
        {"rows", SG_ON(SG_RANDN(4, 3), SG_RANDN(2, 3), SG_RANDN(2))},
        {"without bias", SG_ON(SG_RANDN(4, 3), SG_RANDN(2, 3))},
        {"one vector", SG_ON(SG_RANDN(3), SG_RANDN(2, 3), SG_RANDN(2))},
        {"more dimensions", SG_ON(SG_RANDN(2, 3, 4), SG_RANDN(5, 4), SG_RANDN(5))},
        {"one to one", SG_ON(SG_RANDN(1, 1), SG_RANDN(1, 1), SG_RANDN(1))},
        {"no rows", SG_ON(SG_RANDN(0, 3), SG_RANDN(2, 3), SG_RANDN(2))},
        {"no columns", SG_ON(SG_RANDN(2, 0), SG_RANDN(3, 0), SG_RANDN(3))},
        {"no outputs", SG_ON(SG_RANDN(2, 3), SG_RANDN(0, 3), SG_RANDN(0))}),
    .bad_samples = SG_SAMPLES(
        {"rank of weight", SG_ON(SG_RANDN(2, 3), SG_RANDN(3)), .error = "expected (out, in)"},
        {"columns", SG_ON(SG_RANDN(2, 3), SG_RANDN(5, 4)),
         .error = "linear: x has shape [2, 3], expected (..., 4) (columns of weight [5, 4])"},
        {"scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR), SG_RANDN(2, 3)), .error = "x has shape []"},
        {"bias", SG_ON(SG_RANDN(2, 3), SG_RANDN(4, 3), SG_RANDN(3)), .error = "bias has shape [3], expected [4]"}),
};

sg_tensor *sg_linear(sg_context *context, sg_tensor *x, sg_tensor *weight, sg_tensor *bias) {
  return sg_apply_one(context, &op_linear, 3, (sg_tensor *[]){x, weight, bias}, NULL);
}
