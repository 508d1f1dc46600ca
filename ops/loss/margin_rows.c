// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/loss/margin_rows.h"

#include "ops/loss/row_losses.h"
#include "ops/select_kernels.h"

enum { X, TARGET, WEIGHT };

static sg_reduction reduction_of(const sg_call *call) { return (sg_reduction) * (const int *)call->options; }

static int64_t classes_of(const sg_shape *x) { return x->size[x->rank - 1]; }
static int64_t rows_of(const sg_shape *x) { return x->rank > 1 ? x->size[0] : 1; }

sg_status sg_margin_rows_plan(sg_plan *plan, const sg_shape *rows) {
  const sg_margin_rows *member = plan->op->member;
  const size_t elements = (size_t)sg_shape_elements(sg_plan_shape(plan, X));
  plan->output_shape[0] = *(const int *)plan->options == SG_REDUCTION_NONE ? *rows : (sg_shape)SG_SCALAR;
  plan->save_inputs = (1u << plan->input_count) - 1;
  plan->scratch_bytes = (size_t)sg_shape_elements(rows) * sizeof(double) + (member->of_lists ? elements : 0);
  plan->backward_scratch_bytes = member->of_lists ? elements : 0;
  return SG_OK;
}

static margin_rows_arguments arguments_of(const sg_call *call, const sg_shape *x) {
  const sg_margin_rows *member = call->op->member;
  margin_rows_arguments a = {.classes = classes_of(x),
                             .index_base = sg_index_base(call->context),
                             .margin = 1,
                             .x = sg_input_data(call, X),
                             .target = sg_input_data(call, TARGET),
                             .weight = call->input_count > WEIGHT ? sg_input_data(call, WEIGHT) : NULL,
                             .factor = 1};
  if (member->read_options) member->read_options(call->options, &a);
  return a;
}

static void run(const sg_call *call, sg_kernel *kernel, const sg_shape *x, const margin_rows_arguments *a) {
  sg_parallel(call->context, rows_of(x), sg_grain(4 * a->classes), kernel, a);
}

static double factor_of(const sg_call *call, const sg_shape *x) {
  return reduction_of(call) == SG_REDUCTION_MEAN ? 1 / (double)rows_of(x) : 1;
}

static void forward(const sg_call *call) {
  const sg_margin_rows *member = call->op->member;
  const margin_rows_kernels *kernels = sg_kernels_for(call->context, call->dtype)->margin_rows;
  const sg_shape *x = sg_tensor_shape(call->inputs[X]);
  margin_rows_arguments a = arguments_of(call, x);
  a.losses = call->scratch;
  a.is_listed = (unsigned char *)(a.losses + rows_of(x));
  run(call, member->of_lists ? kernels->forward_of_lists : kernels->forward, x, &a);
  sg_row_losses_store(call, reduction_of(call), a.losses, rows_of(x), factor_of(call, x), 1);
}

static void backward(const sg_call *call) {
  const sg_margin_rows *member = call->op->member;
  const margin_rows_kernels *kernels = sg_kernels_for(call->context, call->dtype)->margin_rows;
  const sg_shape *x = &call->input_shapes[X];
  margin_rows_arguments a = arguments_of(call, x);
  a.is_listed = call->scratch;
  a.d_y = sg_tensor_data(call->d_outputs[0]);
  a.d_y_stride = reduction_of(call) == SG_REDUCTION_NONE;
  a.factor = factor_of(call, x);
  a.d_x = sg_gradient_data(call, X);
  run(call, member->of_lists ? kernels->backward_of_lists : kernels->backward, x, &a);
}

sg_tensor *sg_margin_rows_steps(const sg_call *call) {
  const sg_margin_rows *member = call->op->member;
  const margin_rows_kernels *kernels = sg_kernels_for(call->context, call->dtype)->margin_rows;
  const sg_shape *x = &call->input_shapes[X];
  sg_tensor *steps = sg_tensor_new(call->context, call->dtype, x);
  sg_tensor *marks = member->of_lists ? sg_tensor_new(call->context, SG_U8, x) : NULL;
  if (sg_error_status(call->context)) return NULL;
  margin_rows_arguments a = arguments_of(call, x);
  a.weight = NULL;
  if (marks) a.is_listed = sg_output_data(marks);
  a.d_x = sg_output_data(steps);
  run(call, member->of_lists ? kernels->backward_of_lists : kernels->backward, x, &a);
  return steps;
}

// The weight of every row's class.
static sg_tensor *weights(const sg_call *call) {
  sg_context *c = call->context;
  sg_tensor *target = call->inputs[TARGET];
  sg_tensor *of_rows = sg_index_select(c, call->inputs[WEIGHT], sg_flatten(c, target, 0, -1), 0);
  return sg_unsqueeze(c, sg_reshape(c, of_rows, &call->input_shapes[TARGET]), -1);
}

static void vjp(const sg_call *call) {
  const sg_margin_rows *member = call->op->member;
  const sg_shape *x = &call->input_shapes[X];
  sg_context *c = call->context;
  sg_tensor *g = call->d_outputs[0];
  if (reduction_of(call) == SG_REDUCTION_NONE) g = sg_unsqueeze(c, g, -1);
  sg_tensor *d = sg_mul(c, g, member->slope(call));
  if (call->input_count > WEIGHT && call->inputs[WEIGHT]) d = sg_mul(c, d, weights(call));
  call->d_inputs[X] = sg_mul_scalar(c, d, factor_of(call, x));
}

const sg_op sg_margin_rows_family = {
    .subgradient = "0 where a margin is just kept",
    .outputs = SG_PORTS({"y", 0, "a scalar, or a loss for each row with reduction none"}),
    .forward = forward,
    .backward = backward,
    .vjp = vjp,
};
