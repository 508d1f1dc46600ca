// SPDX-License-Identifier: GPL-3.0-or-later
//
// d_x_i = y_{i-1} g_i with g_i = d_y_i + x_{i+1} g_{i+1}: nothing is divided by, so zeros among x are numbers like
// others, in derivatives of every order. g is f64, as it may leave the range of f32 where y_{i-1} is 0.
#include "ops/ops.h"
#include "ops/reduce/scan.h"

static void backward(const sg_call *call) {
  sg_scan_recurrence(call, true,
                     (recurrence_arguments){.one_before = true,
                                            .a = sg_input_data(call, 0),
                                            .y = (void *)sg_tensor_data(call->outputs[0]),
                                            .d_y = sg_tensor_data(call->d_outputs[0]),
                                            .d_a = sg_gradient_data(call, 0)});
}

static void vjp(const sg_call *call) {
  const sg_scan_options *o = call->options;
  sg_context *c = call->context;
  sg_tensor *next = sg_scan_next(c, sg_to(c, call->inputs[0], SG_F64), o->dim, o->reverse);
  sg_tensor *g = sg_linear_recurrence(c, next, sg_to(c, call->d_outputs[0], SG_F64), o->dim, !o->reverse);
  sg_tensor *before = sg_scan_before(c, sg_to(c, call->outputs[0], SG_F64), 1, o->dim, o->reverse);
  call->d_inputs[0] = sg_to(c, sg_mul(c, before, g), call->dtype);
}

#define SOME_ZEROS SG_VALUES(SG_NUMBERS(2, 0, 3, -0.5, 0, 2, 3, 0, 1.5, -2, 0, 0.5), SG_DIMS(3, 4))

const sg_op op_cumprod = {
    SG_SCAN(cumprod, SCAN_PRODUCT),
    SG_WORDS("Multiplies what came so far along a dimension.", "y_i = x_1 x_2 ... x_i", "Elementary"),
    .inputs = SG_PORTS({"x", SG_NUMERIC, "tensor of any shape and dtype"}),
    .outputs = SG_PORTS({"y", 0, "the products; of integers and bools i64, modulo 2^64"}),
    .save_inputs = 1 << 0,
    .save_outputs = 1 << 0,
    .backward = backward,
    .vjp = vjp,
    .domain = {0.5, 1.5},
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(1, -2, 4, 0.5)), SG_ALONG(0, false), SG_GIVES(1, -2, -8, -4)},
                          {"zeros", SG_ON(SOME_ZEROS), SG_ALONG(1, false)},
                          {"zeros, columns", SG_ON(SOME_ZEROS), SG_ALONG(0, true)},
                          {"integers", SG_ON(SG_RANDINT(-0x1p20, 0x1p20, SG_DIMS(3, 5))), SG_ALONG(1, false)},
                          {"bytes, columns", SG_ON(SG_BYTES(1, 256, SG_DIMS(7, 3))), SG_ALONG(0, true)},
                          {"mask", SG_ON(SG_MASK(SG_DIMS(3, 5))), SG_ALONG(-1, false)}),
};

sg_tensor *sg_cumprod(sg_context *context, sg_tensor *x, int64_t dim, bool reverse) {
  return sg_scan_apply(context, &op_cumprod, x, dim, reverse);
}
