// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/loss/reduction.h"
#include "ops/kernels/pair_loss.h"
#include "ops/rows.h"

#include <math.h>

const char *const sg_reduction_names[] = {"mean", "sum", "none", NULL};
const sg_loss_options sg_loss_defaults = {SG_REDUCTION_MEAN};

static int64_t blocks_of(int64_t elements) { return (elements + PAIR_LOSS_BLOCK - 1) / PAIR_LOSS_BLOCK; }

sg_status sg_pair_loss_prepare(sg_plan *plan) {
  const sg_loss_options *options = plan->options;
  const sg_shape *x = sg_plan_shape(plan, 0), *target = sg_plan_shape(plan, 1);
  if (!sg_shape_equal(x, target))
    return sg_reject(plan, "target has shape %s, expected %s (the shape of x)", sg_shape_text(target).text,
                     sg_shape_text(x).text);
  if (options->reduction == SG_REDUCTION_NONE) {
    plan->output_shape[0] = *x;
  } else {
    plan->output_shape[0] = (sg_shape)SG_SCALAR;
    plan->scratch_bytes = (size_t)blocks_of(sg_shape_elements(x)) * sizeof(double);
  }
  return SG_OK;
}

double sg_pair_loss_scale(const sg_call *call) {
  const sg_loss_options *options = call->options;
  const sg_shape *x = call->input_shapes ? &call->input_shapes[0] : sg_tensor_shape(call->inputs[0]);
  return options->reduction == SG_REDUCTION_MEAN ? 1 / (double)sg_shape_elements(x) : 1;
}

static double sum_of_blocks(const sg_call *call, sg_kernel *kernel, const pair_loss_arguments *a) {
  int64_t blocks = blocks_of(a->count);
  sg_parallel(call->context, blocks, sg_grain(PAIR_LOSS_BLOCK), kernel, a);
  double sum = 0;
  for (int64_t i = 0; i < blocks; i++) sum += a->sums[i];
  return sum;
}

void sg_pair_loss_forward(const sg_call *call, sg_row_name row, sg_kernel *sums) {
  const sg_loss_options *options = call->options;
  const sg_tensor *x = call->inputs[0], *target = call->inputs[1];
  if (options->reduction == SG_REDUCTION_NONE) {
    sg_rows_compute(call, row, &(sg_rows){.operand = {x, target}, .result = {call->outputs[0]}});
    return;
  }
  int64_t count = sg_tensor_elements(x);
  pair_loss_arguments a = {.count = count,
                           .x = sg_tensor_data(x),
                           .target = sg_tensor_data(target),
                           .sums = call->scratch,
                           .scale = sg_pair_loss_scale(call)};
  double sum = sum_of_blocks(call, sums, &a) * a.scale;
  if (!isfinite(sum) && options->reduction == SG_REDUCTION_MEAN) {
    a.wide = true;
    sum = count > 0 ? sum_of_blocks(call, sums, &a) : (double)NAN;
  }
  void *y = sg_output_data(call->outputs[0]);
  if (call->dtype == SG_F32)
    *(float *)y = (float)sum;
  else
    *(double *)y = sum;
}

void sg_pair_loss_backward(const sg_call *call, sg_row_name row, double factor) {
  const sg_tensor *x = call->inputs[0], *target = call->inputs[1], *d_y = call->d_outputs[0];
  const double scale = factor * sg_pair_loss_scale(call);
  const sg_shape *operands[] = {sg_tensor_shape(x), sg_tensor_shape(target), sg_tensor_shape(d_y)};
  sg_rows_layout layout;
  sg_rows_lay_out(&layout, operands[0], 3, operands);
  sg_rows_compute(call, row,
                  &(sg_rows){.layout = &layout,
                             .operand = {x, target, d_y},
                             .result = {call->d_inputs[0], call->d_inputs[1]},
                             .parameter = &scale});
}
