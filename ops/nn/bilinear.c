// SPDX-License-Identifier: GPL-3.0-or-later
//
// y[..., o] = sum over i, j of x1[..., i] weight[o, i, j] x2[..., j] + bias[o]: x1 meets the weights as one matrix,
// (I, O J), and every row of the result, (O, J), then meets its x2.
#include "ops/ops.h"

enum { X1, X2, WEIGHT, BIAS };

static sg_status prepare(sg_plan *plan) {
  const sg_shape *x1 = sg_plan_shape(plan, X1), *x2 = sg_plan_shape(plan, X2),
                 *weight = sg_plan_shape(plan, WEIGHT);
  if (weight->rank != 3)
    return sg_reject(plan, "weight has shape %s, expected (O, I, J)", sg_shape_text(weight).text);
  sg_shape rows_1 = *x1, rows_2 = *x2;
  if (x1->rank == 0 || x2->rank == 0 || rows_1.size[--rows_1.rank] != weight->size[1] ||
      rows_2.size[--rows_2.rank] != weight->size[2] || !sg_shape_equal(&rows_1, &rows_2))
    return sg_reject(plan, "x1 has shape %s and x2 %s, expected (..., %lld) and (..., %lld) for weight %s",
                     sg_shape_text(x1).text, sg_shape_text(x2).text, (long long)weight->size[1],
                     (long long)weight->size[2], sg_shape_text(weight).text);
  if (!plan->inputs[BIAS]) return SG_OK;
  const sg_shape *bias = sg_plan_shape(plan, BIAS);
  if (bias->rank == 1 && bias->size[0] == weight->size[0]) return SG_OK;
  return sg_reject(plan, "bias has shape %s, expected [%lld]", sg_shape_text(bias).text,
                   (long long)weight->size[0]);
}

static void compose(const sg_call *call, sg_tensor **outputs) {
  sg_context *c = call->context;
  const int64_t *size = sg_tensor_shape(call->inputs[WEIGHT])->size, o = size[0], i = size[1], j = size[2];
  sg_shape y = *sg_tensor_shape(call->inputs[X1]);
  y.rank--;
  const int64_t rows = sg_shape_elements(&y);
  sg_tensor *matrix = sg_reshape(c, sg_transpose(c, call->inputs[WEIGHT], 0, 1), &(sg_shape){2, {i, o * j}});
  sg_tensor *x1 = sg_reshape(c, call->inputs[X1], &(sg_shape){2, {rows, i}});
  sg_tensor *x2 = sg_reshape(c, call->inputs[X2], &(sg_shape){3, {rows, j, 1}});
  sg_tensor *half = sg_reshape(c, sg_matmul(c, x1, matrix), &(sg_shape){3, {rows, o, j}});
  y.size[y.rank++] = o;
  outputs[0] = sg_reshape(c, sg_matmul(c, half, x2), &y);
  if (call->inputs[BIAS]) outputs[0] = sg_add(c, outputs[0], call->inputs[BIAS]);
}

const sg_op op_bilinear = {
    SG_COMPOSED(bilinear, prepare, compose),
    SG_WORDS("A form that is linear in each of two inputs.",
             "y[o] = sum over i, j of x1[i] weight[o, i, j] x2[j] + bias[o]", "PyTorch, torch.nn.Bilinear"),
    .cost = "2 operations for each weight and row of x1",
    .inputs = SG_PORTS({"x1", 0, "(..., I)"}, {"x2", 0, "(..., J)"}, {"weight", 0, "(O, I, J)"},
                       {"bias", SG_OPTIONAL, "(O)"}),
    .outputs = SG_PORTS({"y", 0, "(..., O)"}),
    .samples =
        SG_SAMPLES({"rows", SG_ON(SG_RANDN(4, 2), SG_RANDN(4, 3), SG_RANDN(2, 2, 3), SG_RANDN(2))},
                   {"without bias", SG_ON(SG_RANDN(2, 2, 2), SG_RANDN(2, 2, 1), SG_RANDN(3, 2, 1))},
                   {"one row", SG_ON(SG_RANDN(2), SG_RANDN(3), SG_RANDN(2, 2, 3), SG_RANDN(2))},
                   {"no rows", SG_ON(SG_RANDN(0, 2), SG_RANDN(0, 3), SG_RANDN(2, 2, 3), SG_RANDN(2))},
                   {"by hand", SG_ON(SG_VECTOR(1, 2), SG_VECTOR(3), SG_VALUES(SG_NUMBERS(4, 5), SG_DIMS(1, 2, 1))),
                    SG_GIVES(42)}),
    .bad_samples = SG_SAMPLES({"rows", SG_ON(SG_RANDN(4, 2), SG_RANDN(3, 3), SG_RANDN(2, 2, 3)),
                               .error = "x1 has shape [4, 2] and x2 [3, 3], expected (..., 2) and (..., 3)"},
                              {"bias", SG_ON(SG_RANDN(4, 2), SG_RANDN(4, 3), SG_RANDN(2, 2, 3), SG_RANDN(3)),
                               .error = "bias has shape [3], expected [2]"}),
};

sg_tensor *sg_bilinear(sg_context *context, sg_tensor *x1, sg_tensor *x2, sg_tensor *weight, sg_tensor *bias) {
  return sg_apply_one(context, &op_bilinear, 4, (sg_tensor *[]){x1, x2, weight, bias}, NULL);
}
