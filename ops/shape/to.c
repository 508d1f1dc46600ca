// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = x in another dtype. The gradient comes back in the dtype of x; integers have none.
#include "autograd/dtype.h"
#include "ops/ops.h"
#include <math.h>

typedef struct to_options {
  sg_dtype dtype;
} to_options;

static sg_status prepare(sg_plan *plan) {
  const to_options *options = plan->options;
  plan->output_shape[0] = *sg_plan_shape(plan, 0);
  plan->output_dtype[0] = options->dtype;
  return SG_OK;
}

static sg_status check(const sg_call *call) {
  const to_options *options = call->options;
  return sg_tensor_check_range(call->inputs[0], options->dtype, "to", "x");
}

static void forward(const sg_call *call) {
  const sg_conversion conversion = {.to = sg_tensor_dtype(call->outputs[0]),
                                    .from = sg_tensor_dtype(call->inputs[0]),
                                    .target = sg_output_data(call->outputs[0]),
                                    .source = sg_tensor_data(call->inputs[0])};
  sg_parallel(call->context, sg_tensor_elements(call->inputs[0]), sg_grain(1), sg_dtype_convert, &conversion);
}

static void vjp(const sg_call *call) { call->d_inputs[0] = sg_to(call->context, call->d_outputs[0], call->dtype); }

#define AS(dtype) (&(const to_options){dtype})
static const sg_sample samples[] = {{"f64", {SG_NORMAL(0, 1, SG_DIMS(2, 3))}, AS(SG_F64), NULL, NULL},
                                    {"f64 scalar", {SG_NORMAL(0, 1, SG_SCALAR)}, AS(SG_F64), NULL, NULL},
                                    {"integers",
                                     {SG_VALUES(((const double[]){1.75, -1.75, 3}), SG_DIMS(3))},
                                     AS(SG_I64),
                                     NULL,
                                     (const double[]){1, -1, 3}},
                                    {"the lowest integer",
                                     {SG_VALUES(((const double[]){-0x1p63, -0.0}), SG_DIMS(2))},
                                     AS(SG_I64),
                                     NULL,
                                     (const double[]){-0x1p63, 0}},
                                    {"bool",
                                     {SG_VALUES(((const double[]){0, -0.5, 2, -0.0}), SG_DIMS(4))},
                                     AS(SG_BOOL),
                                     NULL,
                                     (const double[]){0, 1, 1, 0}},
                                    {"bytes",
                                     {SG_VALUES(((const double[]){0, 254.9, -0.5}), SG_DIMS(3))},
                                     AS(SG_U8),
                                     NULL,
                                     (const double[]){0, 254, 0}},
                                    {"from integers", {SG_INDICES(5, SG_DIMS(4))}, AS(SG_F64), NULL, NULL},
                                    {"empty", {SG_NORMAL(0, 1, SG_DIMS(0, 2))}, AS(SG_F64), NULL, NULL},
                                    {0}};
static const sg_sample bad_samples[] = {
    {"no such dtype", {SG_NORMAL(0, 1, SG_DIMS(2))}, AS((sg_dtype)9), "dtype is no dtype (9)", NULL},
    {"NaN to integers",
     {SG_VALUES(((const double[]){1, NAN}), SG_DIMS(2))},
     AS(SG_I64),
     "x holds nan (element ",
     NULL},
    {"infinity to integers",
     {SG_VALUES(((const double[]){-INFINITY}), SG_SCALAR)},
     AS(SG_I64),
     "x holds -inf",
     NULL},
    {"too large for integers",
     {SG_VALUES(((const double[]){0x1p63}), SG_DIMS(1))},
     AS(SG_I64),
     "x holds 9.2233720368547758e+18",
     NULL},
    {"too large for bytes", {SG_VALUES(((const double[]){256}), SG_DIMS(1))}, AS(SG_U8), "holds 256", NULL},
    {0}};

const sg_op op_to = {
    .name = "to",
    .summary = "Converts a tensor to another dtype. What an integer dtype cannot hold, NaN among it, is refused.",
    .formula = "y = x; to integers towards zero, to bool whether x is not 0, to f32 the nearest, beyond its range "
               "infinity",
    .reference = "",
    .inputs = SG_PORTS({"x", SG_ANY_DTYPE, "tensor of any shape"}),
    .outputs = SG_PORTS({"y", SG_ANY_DTYPE, "x in the dtype"}),
    .attributes = SG_ATTRIBUTES(
        {"dtype", SG_ATTRIBUTE_DTYPE, offsetof(to_options, dtype), "dtype of the result", SG_REQUIRED, 0, 0, NULL}),
    .options_bytes = sizeof(to_options),
    .defaults = AS(SG_F32),
    .prepare = prepare,
    .check = check,
    .forward = forward,
    .vjp = vjp,
    .samples = samples,
    .bad_samples = bad_samples,
};

static sg_tensor *converted(sg_context *context, sg_tensor *x, sg_dtype dtype) {
  return sg_apply_one(context, &op_to, 1, &x, AS(dtype));
}

sg_tensor *sg_to(sg_context *context, sg_tensor *x, sg_dtype dtype) {
  return x && sg_tensor_dtype(x) == dtype ? x : converted(context, x, dtype);
}

sg_tensor *sg_clone(sg_context *context, sg_tensor *x) {
  return x ? converted(context, x, sg_tensor_dtype(x)) : NULL;
}
