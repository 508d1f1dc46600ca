// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = tensors of one shape one after another along a new dimension.
#include "ops/ops.h"
#include "ops/shape/strided.h"

typedef struct stack_options {
  int64_t dim;
} stack_options;

static sg_status prepare(sg_plan *plan) {
  int64_t dim = ((const stack_options *)plan->options)->dim;
  const sg_shape *first = sg_plan_shape(plan, 0);
  sg_shape *y = &plan->output_shape[0];
  int base = sg_index_base(plan->context);
  if (first->rank == SG_MAX_RANK)
    return sg_reject(plan, "the tensors have %d dimensions already, the most possible", first->rank);
  if (dim < -first->rank - 1 || dim > first->rank)
    return sg_reject(plan, "dimension %lld is outside %d..%d and -%d..-1 (the tensors have shape %s)",
                     (long long)sg_plan_named_dimension(plan, dim), base, first->rank + base, first->rank + 1,
                     sg_shape_text(first).text);
  for (int i = 1; i < plan->input_count; i++)
    if (!sg_shape_equal(sg_plan_shape(plan, i), first))
      return sg_reject(plan, "tensor %d has shape %s, expected %s (the first one's)", i + base,
                       sg_shape_text(sg_plan_shape(plan, i)).text, sg_shape_text(first).text);
  y->rank = first->rank + 1;
  int64_t at = dim < 0 ? dim + y->rank : dim;
  for (int d = 0; d < y->rank; d++)
    y->size[d] = d < at ? first->size[d] : d == at ? plan->input_count : first->size[d - 1];
  plan->output_dtype[0] = sg_tensor_dtype(plan->inputs[0]);
  return SG_OK;
}

static void forward(const sg_call *call) {
  const stack_options *options = call->options;
  const sg_shape *y = &call->output_shapes[0];
  sg_dtype dtype = sg_tensor_dtype(call->outputs[0]);
  int dim = sg_shape_dimension(y, options->dim);
  int64_t strides[SG_MAX_RANK];
  sg_strides(y, strides);
  for (int i = 0; i < call->input_count; i++) {
    // As (outer, inner) around the new dimension.
    copy_arguments copy = {.rank = 2, .source = sg_tensor_data(call->inputs[i])};
    copy.size[1] = copy.source_stride[0] = strides[dim];
    copy.size[0] = strides[dim] == 0 ? 0 : sg_tensor_elements(call->inputs[i]) / strides[dim];
    copy.source_stride[1] = copy.target_stride[1] = 1;
    copy.target_stride[0] = call->input_count * strides[dim];
    copy.target = (char *)sg_output_data(call->outputs[0]) + (size_t)(i * strides[dim]) * sg_dtype_bytes(dtype);
    sg_strided_copy(call->context, dtype, &copy);
  }
}

static void vjp(const sg_call *call) {
  const stack_options *options = call->options;
  int dim = sg_shape_dimension(&call->output_shapes[0], options->dim);
  for (int i = 0; i < call->input_count; i++)
    if (call->needs[i])
      call->d_inputs[i] = sg_reshape(call->context, sg_narrow(call->context, call->d_outputs[0], dim, i, 1),
                                     &call->input_shapes[i]);
}

#define ALONG(d) (&(const stack_options){d})
static const sg_sample samples[] = {
    {"first", {SG_NORMAL(0, 1, SG_DIMS(2, 3)), SG_NORMAL(0, 1, SG_DIMS(2, 3))}, NULL, NULL, NULL},
    {"last",
     {SG_VALUES(((const double[]){1, 2}), SG_DIMS(2)), SG_VALUES(((const double[]){3, 4}), SG_DIMS(2))},
     ALONG(-1),
     NULL,
     (const double[]){1, 3, 2, 4}},
    {"middle",
     {SG_NORMAL(0, 1, SG_DIMS(2, 3)), SG_NORMAL(0, 1, SG_DIMS(2, 3)), SG_NORMAL(0, 1, SG_DIMS(2, 3))},
     ALONG(1),
     NULL,
     NULL},
    {"scalars", {SG_NORMAL(0, 1, SG_SCALAR), SG_NORMAL(0, 1, SG_SCALAR)}, NULL, NULL, NULL},
    {"empty", {SG_NORMAL(0, 1, SG_DIMS(0, 2)), SG_NORMAL(0, 1, SG_DIMS(0, 2))}, ALONG(1), NULL, NULL},
    {0}};
static const sg_sample bad_samples[] = {{"other shape",
                                         {SG_NORMAL(0, 1, SG_DIMS(2, 3)), SG_NORMAL(0, 1, SG_DIMS(3, 2))},
                                         NULL,
                                         "expected [2, 3]",
                                         NULL},
                                        {"dimension", {SG_NORMAL(0, 1, SG_DIMS(2))}, ALONG(2), "outside", NULL},
                                        {0}};

const sg_op op_stack = {
    .name = "stack",
    .summary = "Joins tensors of one shape along a new dimension.",
    .formula = "y[..., i, ...] = x_i[..., ...]",
    .reference = "",
    .inputs = SG_PORTS({"tensors", SG_ANY_DTYPE | SG_VARIADIC, "tensors of one shape"}),
    .outputs = SG_PORTS({"y", SG_ANY_DTYPE, "the tensors, stacked"}),
    .attributes = SG_ATTRIBUTES({"dim", SG_ATTRIBUTE_DIM, offsetof(stack_options, dim),
                                 "where the new dimension will stand; default first", 0, 0, 0, NULL}),
    .options_bytes = sizeof(stack_options),
    .defaults = ALONG(0),
    .prepare = prepare,
    .forward = forward,
    .vjp = vjp,
    .samples = samples,
    .bad_samples = bad_samples,
};

sg_tensor *sg_stack(sg_context *context, int count, sg_tensor *const *tensors, int64_t dim) {
  return sg_apply_one(context, &op_stack, count, tensors, ALONG(dim));
}
