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

const sg_op op_to = {
    SG_COMPUTED(to, prepare, forward, vjp),
    SG_WORDS("Converts a tensor to another dtype. What an integer dtype cannot hold, NaN among it, is refused.",
             "y = x; to integers towards zero, to bool whether x is not 0, to f32 the nearest, or infinity"),
    .inputs = SG_PORTS({"x", SG_ANY_DTYPE, "tensor of any shape"}),
    .outputs = SG_PORTS({"y", SG_ANY_DTYPE, "x in the dtype"}),
    SG_OPTIONS(to_options, AS(SG_F32), SG_OPTION(to_options, dtype, DTYPE, "dtype of the result", SG_REQUIRED)),
    .check = check,
    .samples = SG_SAMPLES({"f64", SG_ON(SG_RANDN(2, 3)), AS(SG_F64)},
                          {"f64 scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR)), AS(SG_F64)},
                          {"integers", SG_ON(SG_VECTOR(1.75, -1.75, 3)), AS(SG_I64), SG_GIVES(1, -1, 3)},
                          {"the lowest integer", SG_ON(SG_VECTOR(-0x1p63, -0.0)), AS(SG_I64), SG_GIVES(-0x1p63, 0)},
                          {"bool", SG_ON(SG_VECTOR(0, -0.5, 2, -0.0)), AS(SG_BOOL), SG_GIVES(0, 1, 1, 0)},
                          {"bytes", SG_ON(SG_VECTOR(0, 254.9, -0.5)), AS(SG_U8), SG_GIVES(0, 254, 0)},
                          {"from integers", SG_ON(SG_INDICES(5, SG_DIMS(4))), AS(SG_F64)},
                          {"empty", SG_ON(SG_RANDN(0, 2)), AS(SG_F64)}),
    .bad_samples = SG_SAMPLES(
        {"NaN to integers", SG_ON(SG_VECTOR(1, NAN)), AS(SG_I64), .error = "x holds nan (element "},
        {"infinity to integers", SG_ON(SG_VALUES(((const double[]){-INFINITY}), SG_SCALAR)), AS(SG_I64),
         .error = "x holds -inf"},
        {"too large for integers", SG_ON(SG_VECTOR(0x1p63)), AS(SG_I64), .error = "x holds 9.2233720368547758e+18"},
        {"too large for bytes", SG_ON(SG_VECTOR(256)), AS(SG_U8), .error = "holds 256"}),
};

static sg_tensor *converted(sg_context *context, sg_tensor *x, sg_dtype dtype) {
  return sg_apply_one(context, &op_to, 1, &x, AS(dtype));
}

sg_tensor *sg_to(sg_context *context, sg_tensor *x, sg_dtype dtype) {
  return x && sg_tensor_dtype(x) == dtype ? x : converted(context, x, dtype);
}

sg_tensor *sg_clone(sg_context *context, sg_tensor *x) {
  return converted(context, x, x ? sg_tensor_dtype(x) : SG_F32);
}
