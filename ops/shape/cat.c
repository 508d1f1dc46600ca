// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = the tensors one after another along a dimension.
#include "ops/ops.h"
#include "ops/shape/strided.h"

typedef struct cat_options {
  int64_t dim;
} cat_options;

static sg_status prepare(sg_plan *plan) {
  const cat_options *options = plan->options;
  const sg_shape *first = sg_plan_shape(plan, 0);
  sg_shape *y = &plan->output_shape[0];
  int dim;
  if (sg_plan_dimension(plan, 0, options->dim, &dim)) return sg_error_status(plan->context);
  *y = *first;
  for (int i = 1; i < plan->input_count; i++) {
    sg_shape shape = *sg_plan_shape(plan, i), expected = *first;
    if (shape.rank == first->rank) expected.size[dim] = shape.size[dim];
    if (!sg_shape_equal(&shape, &expected))
      return sg_reject(plan, "tensor %d has shape %s, the first one %s: they may differ in dimension %d only",
                       i + sg_index_base(plan->context), sg_shape_text(&shape).text, sg_shape_text(first).text,
                       dim + sg_index_base(plan->context));
    if (__builtin_add_overflow(y->size[dim], shape.size[dim], &y->size[dim]))
      return sg_reject(plan, "the tensors are too large together");
  }
  plan->output_dtype[0] = sg_tensor_dtype(plan->inputs[0]);
  return SG_OK;
}

static void forward(const sg_call *call) {
  const cat_options *options = call->options;
  const sg_shape *y = &call->output_shapes[0];
  sg_dtype dtype = sg_tensor_dtype(call->outputs[0]);
  int dim = sg_shape_dimension(y, options->dim);
  char *target = sg_output_data(call->outputs[0]);
  int64_t strides[SG_MAX_RANK];
  sg_strides(y, strides);
  for (int i = 0; i < call->input_count; i++) {
    const sg_shape *x = sg_tensor_shape(call->inputs[i]);
    copy_arguments copy = {.rank = x->rank, .target = target, .source = sg_tensor_data(call->inputs[i])};
    sg_strides(x, copy.source_stride);
    for (int d = 0; d < x->rank; d++) {
      copy.size[d] = x->size[d];
      copy.target_stride[d] = strides[d];
    }
    sg_strided_copy(call->context, dtype, &copy);
    target += (size_t)(x->size[dim] * strides[dim]) * sg_dtype_bytes(dtype);
  }
}

static void vjp(const sg_call *call) {
  const cat_options *options = call->options;
  int dim = sg_shape_dimension(&call->output_shapes[0], options->dim);
  int64_t start = 0;
  for (int i = 0; i < call->input_count; i++) {
    int64_t extent = call->input_shapes[i].size[dim];
    if (call->needs[i]) call->d_inputs[i] = sg_narrow(call->context, call->d_outputs[0], dim, start, extent);
    start += extent;
  }
}

#define ALONG(d) (&(const cat_options){d})
static const sg_sample samples[] = {
    {"rows", {SG_NORMAL(0, 1, SG_DIMS(2, 3)), SG_NORMAL(0, 1, SG_DIMS(1, 3))}, NULL, NULL, NULL},
    {"columns",
     {SG_VALUES(((const double[]){1, 2}), SG_DIMS(2, 1)), SG_VALUES(((const double[]){3, 4, 5, 6}), SG_DIMS(2, 2))},
     ALONG(1),
     NULL,
     (const double[]){1, 3, 4, 2, 5, 6}},
    {"three in the middle",
     {SG_NORMAL(0, 1, SG_DIMS(2, 3, 2)), SG_NORMAL(0, 1, SG_DIMS(2, 0, 2)), SG_NORMAL(0, 1, SG_DIMS(2, 1, 2))},
     ALONG(-2),
     NULL,
     NULL},
    {"one", {SG_NORMAL(0, 1, SG_DIMS(4))}, NULL, NULL, NULL},
    {"empty", {SG_NORMAL(0, 1, SG_DIMS(0, 2)), SG_NORMAL(0, 1, SG_DIMS(0, 3))}, ALONG(1), NULL, NULL},
    {0}};
static const sg_sample bad_samples[] = {
    {"other extent",
     {SG_NORMAL(0, 1, SG_DIMS(2, 3)), SG_NORMAL(0, 1, SG_DIMS(2, 4))},
     NULL,
     "may differ in dimension",
     NULL},
    {"other rank",
     {SG_NORMAL(0, 1, SG_DIMS(2, 3)), SG_NORMAL(0, 1, SG_DIMS(3))},
     NULL,
     "may differ in dimension",
     NULL},
    {"scalar", {SG_NORMAL(0, 1, SG_SCALAR)}, NULL, "outside", NULL},
    {"mixed dtypes", {SG_NORMAL(0, 1, SG_DIMS(2)), SG_INDICES(2, SG_DIMS(2))}, NULL, "i64", NULL},
    {0}};

const sg_op op_cat = {
    .name = "cat",
    .summary = "Joins tensors along a dimension.",
    .formula = "y = [x1, x2, ...] along dim",
    .reference = "",
    .inputs = SG_PORTS({"tensors", SG_ANY_DTYPE | SG_VARIADIC, "tensors that differ in the extent of dim only"}),
    .outputs = SG_PORTS({"y", SG_ANY_DTYPE, "the tensors, joined"}),
    .attributes = SG_ATTRIBUTES({"dim", SG_ATTRIBUTE_DIM, offsetof(cat_options, dim),
                                 "dimension along which to join; default the "
                                 "first",
                                 0, 0, 0, NULL}),
    .options_bytes = sizeof(cat_options),
    .defaults = ALONG(0),
    .prepare = prepare,
    .forward = forward,
    .vjp = vjp,
    .samples = samples,
    .bad_samples = bad_samples,
};

sg_tensor *sg_cat(sg_context *context, int count, sg_tensor *const *tensors, int64_t dim) {
  return sg_apply_one(context, &op_cat, count, tensors, ALONG(dim));
}
