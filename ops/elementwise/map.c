// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/elementwise/map.h"
#include "ops/kernels/tail.h"

// ---- One input --------------------------------------------------------------------------------------

sg_status sg_unary_prepare(sg_plan *plan) {
  plan->output_shape[0] = *sg_plan_shape(plan, 0);
  return SG_OK;
}

void sg_unary_forward(const sg_call *call, sg_row_name row) {
  sg_rows_compute(
      call, row,
      &(sg_rows){.operand = {call->inputs[0]}, .result = {call->outputs[0]}, .parameter = call->options});
}

void sg_unary_backward(const sg_call *call, sg_row_name row, const sg_tensor *saved) {
  if (!call->d_inputs[0]) return;
  sg_rows_compute(call, row,
                  &(sg_rows){.operand = {saved, call->d_outputs[0]},
                             .result = {call->d_inputs[0]},
                             .parameter = call->options});
}

sg_tensor *sg_tails(sg_context *context, sg_tensor *x) {
  if (!x) return NULL;
  double tail = sg_tensor_dtype(x) == SG_F32 ? TAIL_F32 : TAIL_F64;
  return sg_clamp(context, x, -tail, tail);
}

// ---- Two inputs that broadcast ----------------------------------------------------------------------

sg_status sg_binary_prepare(sg_plan *plan) {
  const sg_shape *a = sg_plan_shape(plan, 0), *b = sg_plan_shape(plan, 1);
  if (sg_shape_equal(a, b)) {
    plan->output_shape[0] = *a;
    return SG_OK;
  }
  if (sg_shape_broadcast(a, b, &plan->output_shape[0])) return SG_OK;
  return sg_reject(plan, "%s has shape %s, %s has shape %s: they do not broadcast", sg_op_inputs(plan->op)[0].name,
                   sg_shape_text(a).text, sg_op_inputs(plan->op)[1].name, sg_shape_text(b).text);
}

void sg_binary_forward(const sg_call *call, sg_row_name row) {
  const sg_tensor *a = call->inputs[0], *b = call->inputs[1];
  const sg_shape *operands[] = {sg_tensor_shape(a), sg_tensor_shape(b)};
  sg_rows rows = {.operand = {a, b}, .result = {call->outputs[0]}, .parameter = call->options};
  sg_rows_layout layout;
  if (!sg_shape_equal(operands[0], operands[1])) {
    sg_rows_lay_out(&layout, sg_tensor_shape(call->outputs[0]), 2, operands);
    rows.layout = &layout;
  }
  sg_rows_compute(call, row, &rows);
}
