// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = (k mean of x^p)^(1 / p) over windows of k pixels. In f64, as x^p may leave the range of f32 where y does not.
#include <math.h>

#include "ops/nn/pool.h"
#include "ops/ops.h"

#define OP(name) extern const sg_op op_##name;
#include "ops/op_list.h"
#undef OP

static sg_status prepare(sg_plan *plan) {
  const sg_lp_pool_options *o = plan->options;
  const int spatial = *(const int *)plan->op->member;
  windows w;
  int64_t pixels;
  if (sg_pool_check_rank(plan, spatial) || !sg_pool_read_windows(plan, spatial, &o->kernel_size, &o->stride, &w) ||
      sg_pool_fit_windows(plan, spatial, o->ceil_mode, &w))
    return sg_error_status(plan->context);
  if (!sg_windows_count(w.kernel, INT64_C(1) << 53, &pixels))
    return sg_reject(plan, "kernel_size %s is too large", sg_windows_text(w.kernel, spatial).text);
  *(double *)plan->own = (double)pixels;
  return SG_OK;
}

static void compose(const sg_call *call, sg_tensor **outputs) {
  sg_context *c = call->context;
  const sg_lp_pool_options *o = call->options;
  const sg_avg_pool_options averaged = {
      .kernel_size = o->kernel_size, .stride = o->stride, .padding = {1, {0}}, .ceil_mode = o->ceil_mode};
  sg_tensor *power = sg_pow(c, sg_to(c, call->inputs[0], SG_F64), sg_tensor_scalar(c, SG_F64, o->norm_type));
  sg_tensor *mean = sg_avg_pool(c, *(const int *)call->op->member, power, &averaged);
  sg_tensor *sum = sg_mul_scalar(c, mean, *(const double *)call->plan);
  outputs[0] = sg_to(c, sg_pow(c, sum, sg_tensor_scalar(c, SG_F64, 1 / o->norm_type)), call->dtype);
}

const sg_op sg_lp_pool_family = {
    .subgradient = "NaN where a window is 0 throughout, as in PyTorch",
    .cost = "each element of y looks at its window",
    SG_OPTIONS(sg_lp_pool_options, SG_CONSTANT(sg_lp_pool_options, .norm_type = 0),
               SG_OPTION(sg_lp_pool_options, norm_type, FLOAT, "the exponent p", SG_REQUIRED | SG_ABOVE | SG_BELOW,
                         0, HUGE_VAL),
               SG_POOL_KERNEL(sg_lp_pool_options), SG_POOL_STRIDE(sg_lp_pool_options),
               SG_POOL_CEIL_MODE(sg_lp_pool_options)),
    .plan_bytes = sizeof(double),
    .prepare = prepare,
    .compose = compose,
};

sg_tensor *sg_lp_pool(sg_context *context, int spatial, sg_tensor *x, const sg_lp_pool_options *options) {
  return sg_apply_one(context, spatial == 1 ? &op_lp_pool1d : &op_lp_pool2d, 1, &x, options);
}
