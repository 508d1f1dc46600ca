// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = x in another dtype. The gradient comes back in the dtype of x; integers have none.
#include "ops/ops.h"
#include "ops/select_kernels.h"
#include "ops/shape/strided.h"
#include <math.h>

static const char *const dtype_names[] = {"f32", "f64", "i64", NULL};
static const sg_dtype dtypes[] = {SG_F32, SG_F64, SG_I64};

typedef struct to_options {
  int dtype; // position in `dtypes`
} to_options;

static sg_status prepare(sg_plan *plan) {
  const to_options *options = plan->options;
  plan->output_shape[0] = *sg_plan_shape(plan, 0);
  plan->output_dtype[0] = dtypes[options->dtype];
  if (plan->output_dtype[0] != SG_I64) return SG_OK;
  return sg_tensor_check_integers(plan->inputs[0], "to", "x");
}

static void forward(const sg_call *call) {
  sg_dtype from = sg_tensor_dtype(call->inputs[0]), to = sg_tensor_dtype(call->outputs[0]);
  convert_arguments a = {.source = sg_tensor_data(call->inputs[0]), .target = sg_output_data(call->outputs[0])};
  const copy_kernels *kernels = sg_kernels_for(call->context, from == SG_I64 ? to : from)->copy;
  int64_t elements = sg_tensor_elements(call->inputs[0]);
  if (from == to) {
    copy_arguments copy = {.rank = 1,
                           .size = {elements},
                           .target_stride = {1},
                           .source_stride = {1},
                           .target = a.target,
                           .source = a.source};
    sg_strided_copy(call->context, to, &copy);
    return;
  }
  sg_kernel *kernel = from == SG_I64 ? kernels->from_i64
                      : to == SG_F32 ? kernels->to_f32
                      : to == SG_F64 ? kernels->to_f64
                                     : kernels->to_i64;
  sg_parallel(call->context, elements, sg_grain(1), kernel, &a);
}

static void vjp(const sg_call *call) { call->d_inputs[0] = sg_to(call->context, call->d_outputs[0], call->dtype); }

#define AS(position) (&(const to_options){position})
static const sg_sample samples[] = {{"f64", {SG_NORMAL(0, 1, SG_DIMS(2, 3))}, AS(1), NULL, NULL},
                                    {"f64 scalar", {SG_NORMAL(0, 1, SG_SCALAR)}, AS(1), NULL, NULL},
                                    {"integers",
                                     {SG_VALUES(((const double[]){1.75, -1.75, 3}), SG_DIMS(3))},
                                     AS(2),
                                     NULL,
                                     (const double[]){1, -1, 3}},
                                    {"the lowest integer",
                                     {SG_VALUES(((const double[]){-0x1p63, -0.0}), SG_DIMS(2))},
                                     AS(2),
                                     NULL,
                                     (const double[]){-0x1p63, 0}},
                                    {"from integers", {SG_INDICES(5, SG_DIMS(4))}, AS(1), NULL, NULL},
                                    {"empty", {SG_NORMAL(0, 1, SG_DIMS(0, 2))}, AS(1), NULL, NULL},
                                    {0}};
static const sg_sample bad_samples[] = {
    {"no such dtype", {SG_NORMAL(0, 1, SG_DIMS(2))}, AS(3), "dtype has no choice number 3", NULL},
    {"NaN to integers",
     {SG_VALUES(((const double[]){1, NAN}), SG_DIMS(2))},
     AS(2),
     "x holds nan (element ",
     NULL},
    {"infinity to integers", {SG_VALUES(((const double[]){-INFINITY}), SG_SCALAR)}, AS(2), "x holds -inf", NULL},
    {"too large for integers",
     {SG_VALUES(((const double[]){0x1p63}), SG_DIMS(1))},
     AS(2),
     "x holds 9.2233720368547758e+18",
     NULL},
    {0}};

const sg_op op_to = {
    .name = "to",
    .summary = "Converts a tensor to another dtype. NaN, infinities and what i64 cannot hold do not go to i64.",
    .formula = "y = x; to i64 rounded towards zero, to f32 to the nearest, beyond its range infinity",
    .reference = "",
    .inputs = SG_PORTS({"x", SG_ANY_DTYPE, "tensor of any shape"}),
    .outputs = SG_PORTS({"y", SG_ANY_DTYPE, "x in the dtype"}),
    .attributes = SG_ATTRIBUTES({"dtype", SG_ATTRIBUTE_CHOICE, offsetof(to_options, dtype), "dtype of the result",
                                 SG_REQUIRED, 0, 0, dtype_names}),
    .options_bytes = sizeof(to_options),
    .defaults = AS(0),
    .prepare = prepare,
    .forward = forward,
    .vjp = vjp,
    .samples = samples,
    .bad_samples = bad_samples,
};

static sg_tensor *converted(sg_context *context, sg_tensor *x, sg_dtype dtype) {
  return sg_apply_one(context, &op_to, 1, &x, AS(dtype == SG_F32 ? 0 : dtype == SG_F64 ? 1 : 2));
}

sg_tensor *sg_to(sg_context *context, sg_tensor *x, sg_dtype dtype) {
  return x && sg_tensor_dtype(x) == dtype ? x : converted(context, x, dtype);
}

sg_tensor *sg_clone(sg_context *context, sg_tensor *x) {
  return x ? converted(context, x, sg_tensor_dtype(x)) : NULL;
}
