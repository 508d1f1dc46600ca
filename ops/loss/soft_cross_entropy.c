// SPDX-License-Identifier: GPL-3.0-or-later
//
// With q[c] = (1 - s) target[c] + s / C and p = softmax(x), the loss of a row is - sum over c of w[c] q[c] log
// p[c]; the mean divides by the number of rows, whatever the weights. Hence for a cotangent g of the loss
//
//   dx[k] = g (p[k] sum over c of w[c] q[c] - w[k] q[k])
//   dtarget[c] = - g (1 - s) w[c] log p[c]
//   dw[c] = - sum over rows of g q[c] log p[c]
#include "ops/loss/soft_cross_entropy.h"
#include "autograd/dtype.h"
#include "ops/kernels/soft_cross_entropy.h"
#include "ops/loss/class_rows.h"
#include "ops/loss/reduction.h"
#include "ops/loss/row_losses.h"
#include "ops/nn/softmax_family.h"
#include "ops/ops.h"
#include "ops/select_kernels.h"
#include "ops/wide.h"

#include <math.h>

enum { X = SG_CLASS_X, TARGET = SG_CLASS_TARGET, WEIGHT = SG_CLASS_WEIGHT };
enum { Y = SG_CROSS_ENTROPY_Y, MAXIMUM = SG_CROSS_ENTROPY_MAXIMUM, REST = SG_CROSS_ENTROPY_REST };

bool sg_is_soft_target(const sg_tensor *target) { return sg_dtype_is_floating(sg_tensor_dtype(target)); }

sg_status sg_soft_cross_entropy_plan(sg_plan *plan, sg_shape *rows) {
  const sg_cross_entropy_options *options = plan->options;
  const sg_tensor *x = plan->inputs[X], *target = plan->inputs[TARGET];
  if (sg_plan_rows_and_weight(plan, rows)) return sg_error_status(plan->context);
  if (!sg_shape_equal(sg_tensor_shape(target), sg_tensor_shape(x)))
    return sg_reject(plan, "target has shape %s, expected that of x, %s: a probability for each class",
                     sg_shape_text(sg_tensor_shape(target)).text, sg_shape_text(sg_tensor_shape(x)).text);
  if (options->ignore_index >= 0)
    return sg_reject(plan, "ignore_index is %lld, and target holds probabilities, not classes",
                     (long long)options->ignore_index);
  return SG_OK;
}

static inline bool is_probability(double value) { return (value >= 0) & (value <= 1); }

sg_status sg_soft_cross_entropy_check(const sg_call *call) {
  const sg_tensor *target = call->inputs[TARGET];
  const void *data = sg_tensor_data(target);
  const int64_t count = sg_tensor_elements(target);
  bool within = true;
  if (call->dtype == SG_F32)
    for (int64_t i = 0; i < count; i++) within &= is_probability((double)((const float *)data)[i]);
  else
    for (int64_t i = 0; i < count; i++) within &= is_probability(((const double *)data)[i]);
  if (within) return SG_OK;
  int64_t i = 0;
  while (is_probability(sg_tensor_value(target, i))) i++;
  const double value = sg_tensor_value(target, i);
  return sg_refuse(call, "target holds %g (element %lld), expected probabilities in [0, 1]",
                   isnan(value) ? fabs(value) : value, (long long)(i + sg_index_base(call->context)));
}

// ---- forward and backward -----------------------------------------------------------------------------

static double scale_of(const sg_call *call, const sg_shape *x) {
  const sg_cross_entropy_options *options = call->options;
  if (options->reduction != SG_REDUCTION_MEAN) return 1;
  return 1 / (double)(sg_shape_elements(x) / x->size[sg_class_dimension(x)]);
}

static soft_cross_entropy_arguments arguments_of(const sg_call *call, const sg_shape *x) {
  const sg_cross_entropy_options *options = call->options;
  const int dimension = sg_class_dimension(x);
  soft_cross_entropy_arguments a = {.outer = dimension == 1 ? x->size[0] : 1,
                                    .classes = x->size[dimension],
                                    .inner = 1,
                                    .keep = 1 - options->label_smoothing,
                                    .x = sg_tensor_data(call->inputs[X]),
                                    .target = sg_tensor_data(call->inputs[TARGET]),
                                    .weight = call->inputs[WEIGHT] ? sg_tensor_data(call->inputs[WEIGHT]) : NULL,
                                    .scale = scale_of(call, x)};
  for (int i = 2; i < x->rank; i++) a.inner *= x->size[i];
  a.even = options->label_smoothing / (double)a.classes;
  return a;
}

static void run(const sg_call *call, sg_kernel *kernel, const soft_cross_entropy_arguments *a) {
  const int64_t strips = (a->inner + CROSS_ENTROPY_STRIP - 1) / CROSS_ENTROPY_STRIP;
  const int64_t width = a->inner < CROSS_ENTROPY_STRIP ? a->inner : CROSS_ENTROPY_STRIP;
  sg_parallel(call->context, a->outer * strips, sg_grain(4 * a->classes * width), kernel, a);
}

static const soft_cross_entropy_kernels *kernels_of(const sg_call *call) {
  return sg_kernels_for(call->context, call->dtype)->soft_cross_entropy;
}

static void store(sg_dtype dtype, void *data, int64_t position, double value) {
  if (dtype == SG_F32)
    ((float *)data)[position] = (float)value;
  else
    ((double *)data)[position] = value;
}

void sg_soft_cross_entropy_forward(const sg_call *call) {
  const sg_cross_entropy_options *options = call->options;
  soft_cross_entropy_arguments a = arguments_of(call, sg_tensor_shape(call->inputs[X]));
  a.maximum = sg_output_data(call->outputs[MAXIMUM]);
  a.rest = sg_output_data(call->outputs[REST]);
  a.losses = call->scratch;
  run(call, kernels_of(call)->forward, &a);
  sg_row_losses_store(call, options->reduction, a.losses, a.outer * a.inner, a.scale, 1);
}

void sg_soft_cross_entropy_backward(const sg_call *call) {
  const sg_cross_entropy_options *options = call->options;
  soft_cross_entropy_arguments a = arguments_of(call, &call->input_shapes[X]);
  a.maximum = (void *)sg_tensor_data(call->outputs[MAXIMUM]);
  a.rest = (void *)sg_tensor_data(call->outputs[REST]);
  a.d_y = sg_tensor_data(call->d_outputs[Y]);
  a.d_y_stride = options->reduction == SG_REDUCTION_NONE ? 1 : 0;
  a.d_x = sg_gradient_data(call, X);
  a.d_target = sg_gradient_data(call, TARGET);
  if (a.d_x) run(call, kernels_of(call)->backward, &a);
  if (a.d_target) run(call, kernels_of(call)->d_target, &a);
  if (!call->d_inputs[WEIGHT]) return;
  a.class_losses = call->scratch;
  sg_parallel(call->context, CROSS_ENTROPY_SHARES, 1, kernels_of(call)->class_losses, &a);
  for (int64_t c = 0; c < a.classes; c++) {
    double sum = 0;
    for (int64_t share = 0; share < CROSS_ENTROPY_SHARES; share++) sum += a.class_losses[share * a.classes + c];
    store(call->dtype, sg_output_data(call->d_inputs[WEIGHT]), c, sum);
  }
}

// ---- vjp ----------------------------------------------------------------------------------------------

// In f64, as the loops are: products of what f32 can hold may leave its range.
void sg_soft_cross_entropy_vjp(const sg_call *call) {
  sg_context *c = call->context;
  const sg_cross_entropy_options *options = call->options;
  const sg_shape *x = &call->input_shapes[X];
  const int dimension = sg_class_dimension(x);
  const double keep = 1 - options->label_smoothing, even = options->label_smoothing / (double)x->size[dimension];
  sg_shape per_row = *x, per_class = {.rank = x->rank};
  per_row.size[dimension] = 1;
  for (int i = 0; i < x->rank; i++) per_class.size[i] = i == dimension ? x->size[i] : 1;
  sg_tensor *inputs[3];
  const sg_call wide = sg_widened(call, inputs);
  sg_tensor *g = sg_mul_scalar(c, sg_to(c, call->d_outputs[Y], SG_F64), -scale_of(call, x));
  if (options->reduction == SG_REDUCTION_NONE) g = sg_reshape(c, g, &per_row);
  sg_tensor *q = sg_add_scalar(c, sg_mul_scalar(c, wide.inputs[TARGET], keep), even);
  sg_tensor *log_p = sg_log_softmax(c, wide.inputs[X], &(sg_softmax_options){dimension});
  sg_tensor *weight = call->inputs[WEIGHT] ? sg_reshape(c, wide.inputs[WEIGHT], &per_class) : NULL;
  if (call->needs[X]) {
    sg_tensor *w_q = weight ? sg_mul(c, q, weight) : q;
    sg_tensor *d_x = sg_mul(c, g, sg_log_softmax_gradient(c, log_p, w_q, NULL, dimension));
    call->d_inputs[X] = sg_to(c, d_x, call->dtype);
  }
  if (call->needs[TARGET]) {
    sg_tensor *slope = weight ? sg_mul(c, log_p, weight) : log_p;
    call->d_inputs[TARGET] = sg_to(c, sg_mul(c, sg_mul_scalar(c, g, keep), slope), call->dtype);
  }
  if (call->needs[WEIGHT]) {
    sg_tensor *sums = sg_sum_to(c, sg_mul(c, g, sg_mul(c, q, log_p)), &per_class);
    call->d_inputs[WEIGHT] = sg_to(c, sg_reshape(c, sums, &call->input_shapes[WEIGHT]), call->dtype);
  }
}
