// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/create/shaped.h"
#include "autograd/dtype.h"
#include "ops/ops.h"

sg_status sg_plan_shaped(sg_plan *plan, const sg_shape *shape, sg_dtype dtype) {
  int64_t elements;
  if (!sg_shape_count(shape, &elements)) {
    return sg_reject(plan, "a tensor cannot have the shape %s: more than 2^59 elements, or a negative size",
                     sg_shape_text(shape).text);
  }
  plan->output_shape[0] = *shape;
  plan->output_dtype[0] = dtype;
  return SG_OK;
}

// ---- One value ----------------------------------------------------------------------------------------

static sg_status prepare_filled(sg_plan *plan) {
  const sg_shaped_options *options = plan->options;
  if (sg_number_check(plan->context, options->dtype, options->value)) return sg_error_status(plan->context);
  return sg_plan_shaped(plan, &options->shape, options->dtype);
}

typedef struct filling {
  const sg_shaped_options *options;
  char *data;
} filling;

static void fill_elements(const void *arguments, int64_t begin, int64_t end) {
  const filling *f = arguments;
  const sg_dtype dtype = f->options->dtype;
  sg_number_fill(dtype, f->data + (size_t)begin * sg_dtype_bytes(dtype), end - begin, f->options->value);
}

static void fill(const sg_call *call) {
  const filling f = {call->options, sg_output_data(call->outputs[0])};
  sg_parallel(call->context, sg_tensor_elements(call->outputs[0]), sg_grain(1), fill_elements, &f);
}

const sg_op sg_filled_family = {
    .outputs = SG_PORTS({"y", SG_ANY_DTYPE, "the new tensor"}),
    .prepare = prepare_filled,
    .forward = fill,
};

// ---- Random numbers -----------------------------------------------------------------------------------

static sg_status prepare_random(sg_plan *plan) {
  const sg_shaped_options *options = plan->options;
  if (!sg_dtype_is_floating(options->dtype))
    return sg_reject(plan, "dtype is %s, expected f32 or f64", sg_dtype_name(options->dtype));
  return sg_plan_shaped(plan, &options->shape, options->dtype);
}

#define OF(type, ...) SG_WITH(sg_shaped_options, .shape = __VA_ARGS__, .dtype = type)

const sg_op sg_random_family = {
    .outputs = SG_PORTS({"y", 0, "the new tensor"}),
    SG_OPTIONS(sg_shaped_options, SG_CONSTANT(sg_shaped_options, .dtype = SG_F32), SG_SHAPE_OPTION,
               SG_DTYPE_OPTION(sg_shaped_options)),
    .prepare = prepare_random,
    .samples = SG_SAMPLES({"matrix", OF(SG_F64, SG_DIMS(2, 3))}, {"single precision", OF(SG_F32, SG_DIMS(5))},
                          {"a scalar", OF(SG_F64, SG_SCALAR)}, {"empty", OF(SG_F64, SG_DIMS(2, 0))}),
    .bad_samples = SG_SAMPLES({"integers", OF(SG_I64, SG_DIMS(2)), .error = "dtype is i64, expected f32 or f64"},
                              {"negative", OF(SG_F32, SG_DIMS(2, -1)), .error = "cannot have the shape [2, -1]"}),
};
