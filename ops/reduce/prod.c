// SPDX-License-Identifier: GPL-3.0-or-later
//
// The derivative by a factor is the product of all others, prod_slopes, which divides by none.
#include "ops/ops.h"
#include "ops/reduce/reduction.h"

static sg_status prepare(sg_plan *plan) {
  const sg_reduce_options *options = plan->options;
  const reduce_layout *layout = &((const sg_reduction_plan *)plan->own)->layout;
  const bool floating = sg_dtype_is_floating(plan->output_dtype[0]);
  if (sg_reduction_prepare(plan, &options->dim, options->keepdim)) return sg_error_status(plan->context);
  if (!floating) plan->output_dtype[0] = SG_I64;
  plan->backward_scratch_bytes = sg_reduction_product_scratch(layout);
  plan->scratch_bytes = floating ? plan->backward_scratch_bytes : sg_reduction_scratch(layout);
  return SG_OK;
}

static void forward(const sg_call *call) {
  const reduce_layout *layout = &((const sg_reduction_plan *)call->plan)->layout;
  const void *x = sg_input_data(call, 0);
  void *y = sg_output_data(call->outputs[0]);
  if (sg_dtype_is_floating(call->dtype))
    sg_reduction_product(call->context, call->dtype, layout, x, y, call->scratch);
  else
    sg_reduction_run_integers(call->context, call->dtype, layout, INTEGER_PRODUCT, x, y, call->scratch);
}

static void backward(const sg_call *call) {
  sg_reduction_others(call->context, call->dtype, &((const sg_reduction_plan *)call->plan)->layout,
                      sg_input_data(call, 0), sg_tensor_data(call->d_outputs[0]), sg_gradient_data(call, 0),
                      call->scratch);
}

static void vjp(const sg_call *call) {
  sg_context *c = call->context;
  const sg_ints *dim = &((const sg_reduce_options *)call->options)->dim;
  call->d_inputs[0] =
      sg_mul(c, sg_reduction_kept(call, call->d_outputs[0]), sg_prod_slopes(c, call->inputs[0], dim));
}

#define SOME_ZEROS SG_VALUES(SG_NUMBERS(2, 0, 3, -0.5, 0, 2, 3, 0, 1.5, -2, -1, 0.5), SG_DIMS(3, 4))

const sg_op op_prod = {
    SG_PLANNED_OP(prod, sg_reduction_plan, prepare, forward, vjp),
    SG_WORDS("Multiplies the elements of a tensor over dimensions.", "y = product of x over dim", "Elementary"),
    .inputs = SG_PORTS({"x", SG_NUMERIC | SG_ANY_DTYPE, "tensor of any shape and dtype"}),
    .outputs = SG_PORTS({"y", 0, "the products, 1 of nothing; of integers and bools i64, modulo 2^64"}),
    SG_REDUCE_OPTIONS("dimensions to reduce; default all"),
    .save_inputs = 1 << 0,
    .backward = backward,
    .domain = {0.5, 1.5},
    .samples = SG_SAMPLES(
        {"by hand", SG_ON(SG_VECTOR(1, -2, 4, 0.5)), SG_GIVES(-4)},
        {"rows with a zero, two, and none", SG_ON(SOME_ZEROS), SG_OVER(false, 1), SG_GIVES(0, 0, 1.5)},
        {"columns with a zero", SG_ON(SOME_ZEROS), SG_OVER(true, 0)}, {"zeros", SG_ON(SOME_ZEROS)},
        {"columns", SG_ON(SG_DOMAIN(SG_DIMS(5, 3))), SG_OVER(true, 0)},
        {"all but the channels", SG_ON(SG_DOMAIN(SG_DIMS(2, 3, 2, 4))), SG_OVER(false, 0, 2, -1)},
        {"middle", SG_ON(SG_DOMAIN(SG_DIMS(3, 4, 2))), SG_OVER(false, -2)},
        {"long", SG_ON(SG_UNIFORM(0.95, 1.05, SG_DIMS(2, 600))), SG_OVER(false, 1)},
        {"tall", SG_ON(SG_UNIFORM(0.95, 1.05, SG_DIMS(70, 20))), SG_OVER(false, 0)},
        {"one element", SG_ON(SG_DOMAIN(SG_DIMS(1, 1)))},
        {"one factor each", SG_ON(SG_DOMAIN(SG_DIMS(3, 1))), SG_OVER(false, 1)},
        {"scalar", SG_ON(SG_DOMAIN(SG_SCALAR)), SG_OVER(false, -1)},
        {"nothing to multiply", SG_ON(SG_RANDN(0, 2)), SG_OVER(false, 0), SG_GIVES(1, 1)},
        {"no results", SG_ON(SG_RANDN(0, 2)), SG_OVER(false, 1)},
        {"integers", SG_ON(SG_RANDINT(-0x1p20, 0x1p20, SG_DIMS(3, 5))), SG_OVER(false, 1)},
        {"integers, columns", SG_ON(SG_RANDINT(-9, 9, SG_DIMS(5, 3))), SG_OVER(false, 0)},
        {"bytes", SG_ON(SG_BYTES(1, 256, SG_DIMS(3, 70)))},
        {"bytes, columns", SG_ON(SG_BYTES(1, 256, SG_DIMS(70, 3))), SG_OVER(false, 0)},
        {"mask", SG_ON(SG_MASK(SG_DIMS(3, 5))), SG_OVER(false, -1)}, {"one bool", SG_ON(SG_MASK(SG_SCALAR))}),
    .bad_samples = sg_reduce_bad_samples,
};

sg_tensor *sg_prod(sg_context *context, sg_tensor *x, const sg_reduce_options *options) {
  return sg_apply_one(context, &op_prod, 1, &x, options);
}
