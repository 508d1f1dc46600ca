// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/elementwise/map.h"
#include "ops/kernels/tail.h"
#include "ops/select_kernels.h"

void sg_map_run(sg_context *context, int64_t count, sg_kernel *kernel, const void *arguments) {
  enum { SERIAL = 4096 };
  if (count == 0) return;
  if (count <= SERIAL)
    kernel(arguments, 0, count);
  else
    sg_parallel(context, count, sg_grain(1), kernel, arguments);
}

// ---- One input --------------------------------------------------------------------------------------

sg_status sg_unary_prepare(sg_plan *plan) {
  plan->output_shape[0] = *sg_plan_shape(plan, 0);
  return SG_OK;
}

const unary_kernels *sg_unary_kernels(const sg_call *call) {
  return sg_kernels_for(call->context, call->dtype)->unary;
}

void sg_unary_forward(const sg_call *call, sg_kernel *kernel) { sg_unary_forward_with(call, kernel, 0, 0); }

void sg_unary_forward_with(const sg_call *call, sg_kernel *kernel, double parameter_0, double parameter_1) {
  unary_arguments arguments = {
      .x = sg_tensor_data(call->inputs[0]),
      .y = sg_output_data(call->outputs[0]),
      .parameter = {parameter_0, parameter_1},
  };
  sg_map_run(call->context, sg_tensor_elements(call->outputs[0]), kernel, &arguments);
}

void sg_unary_backward(const sg_call *call, sg_kernel *kernel, const sg_tensor *saved) {
  sg_unary_backward_with(call, kernel, saved, 0, 0);
}

void sg_unary_backward_with(const sg_call *call, sg_kernel *kernel, const sg_tensor *saved, double parameter_0,
                            double parameter_1) {
  if (!call->d_inputs[0]) return;
  unary_arguments arguments = {
      .x = sg_tensor_data(saved),
      .d_y = sg_tensor_data(call->d_outputs[0]),
      .y = sg_output_data(call->d_inputs[0]),
      .parameter = {parameter_0, parameter_1},
  };
  sg_map_run(call->context, sg_tensor_elements(saved), kernel, &arguments);
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

const binary_kernels *sg_binary_kernels(const sg_call *call) {
  return sg_kernels_for(call->context, call->dtype)->binary;
}

void sg_binary_forward(const sg_call *call, sg_kernel *kernel) { sg_binary_forward_of_order(call, kernel, 0, 0); }

void sg_binary_forward_of_order(const sg_call *call, sg_kernel *kernel, int order_a, int order_b) {
  binary_arguments arguments;
  arguments.order[0] = order_a;
  arguments.order[1] = order_b;
  arguments.a = sg_tensor_data(call->inputs[0]);
  arguments.b = sg_tensor_data(call->inputs[1]);
  arguments.y = sg_output_data(call->outputs[0]);
  const sg_shape *operands[] = {sg_tensor_shape(call->inputs[0]), sg_tensor_shape(call->inputs[1])};
  sg_broadcast_layout(&arguments.layout, sg_tensor_shape(call->outputs[0]), 2, operands);
  sg_map_run(call->context, sg_tensor_elements(call->outputs[0]), kernel, &arguments);
}

// The stride of each dimension of `result` in an operand: 0 where the operand is broadcast.
static void operand_strides(const sg_shape *result, const sg_shape *operand, int64_t strides[SG_MAX_RANK]) {
  int64_t stride = 1;
  int missing = result->rank - operand->rank;
  for (int d = result->rank - 1; d >= 0; d--) {
    int64_t size = d < missing ? 1 : operand->size[d - missing];
    strides[d] = size == 1 ? 0 : stride;
    stride *= size;
  }
}

static void one_row(broadcast_layout *layout, int64_t elements, int count) {
  layout->rank = 0;
  layout->inner = elements;
  for (int k = 0; k < BROADCAST_OPERANDS; k++) layout->inner_stride[k] = k < count;
}

void sg_broadcast_layout(broadcast_layout *layout, const sg_shape *result, int count,
                         const sg_shape *const *operands) {
  bool equal = true;
  for (int k = 0; k < count; k++) equal = equal && sg_shape_equal(operands[k], result);
  one_row(layout, sg_shape_elements(result), count);
  if (equal || layout->inner <= 1) return;

  int64_t strides[BROADCAST_OPERANDS][SG_MAX_RANK] = {{0}};
  for (int k = 0; k < count; k++) operand_strides(result, operands[k], strides[k]);
  // Groups of dimensions that every operand walks through in one stride, the fastest first.
  int groups = 0;
  int64_t size[SG_MAX_RANK] = {0}, stride[BROADCAST_OPERANDS][SG_MAX_RANK] = {{0}};
  for (int d = result->rank - 1; d >= 0; d--) {
    if (result->size[d] == 1) continue;
    bool joins = groups > 0;
    for (int k = 0; joins && k < BROADCAST_OPERANDS; k++)
      joins = strides[k][d] == stride[k][groups - 1] * size[groups - 1];
    if (joins) {
      size[groups - 1] *= result->size[d];
      continue;
    }
    size[groups] = result->size[d];
    for (int k = 0; k < BROADCAST_OPERANDS; k++) stride[k][groups] = strides[k][d];
    groups++;
  }
  layout->inner = size[0];
  layout->rank = groups - 1;
  for (int k = 0; k < BROADCAST_OPERANDS; k++) {
    layout->inner_stride[k] = stride[k][0];
    for (int d = 0; d < layout->rank; d++) layout->stride[k][d] = stride[k][groups - 1 - d];
  }
  for (int d = 0; d < layout->rank; d++) layout->size[d] = size[groups - 1 - d];
}
