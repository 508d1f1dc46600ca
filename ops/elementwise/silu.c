// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = x sigmoid(x).  With s = sigmoid(x): d_x = d_y (s + x s (1 - s)).
#include "ops/elementwise/map.h"

static void forward(const sg_call *call) { sg_unary_forward(call, sg_row_silu); }

static void backward(const sg_call *call) {
  sg_unary_backward(call, sg_row_d_silu, call->inputs[0]);
}

static void vjp(const sg_call *call) {
  sg_context *c = call->context;
  sg_tensor *x = call->inputs[0];
  sg_tensor *slope = sg_add(c, sg_sigmoid(c, x), sg_mul(c, sg_tails(c, x), sg_sigmoid_slope(c, x)));
  call->d_inputs[0] = sg_mul(c, call->d_outputs[0], slope);
}

static const sg_sample samples[] = {
    {.name = "matrix", .inputs = {SG_NORMAL(0, 1, SG_DIMS(3, 4))}},
    {.name = "by hand",
     .inputs = {SG_VALUES(((const double[]){0, 1}), SG_DIMS(2))},
     .expected = (const double[]){0, 0.73105857863000487925}},
    {.name = "wide", .inputs = {SG_UNIFORM(-6, 6, SG_DIMS(7))}},
    {.name = "scalar", .inputs = {SG_NORMAL(0, 1, SG_SCALAR)}},
    {.name = "empty", .inputs = {SG_NORMAL(0, 1, SG_DIMS(2, 0))}},
    {0},
};

static const sg_sample bad_samples[] = {
    {.name = "indices", .inputs = {SG_INDICES(3, SG_DIMS(2))}, .error = "x has dtype i64"},
    {0},
};

const sg_op op_silu = {
    .name = "silu",
    .summary = "The sigmoid-weighted linear unit, also called swish.",
    .formula = "y = x / (1 + exp(-x))",
    .reference = "Elfwing et al. 2018, arXiv:1702.03118",
    .inputs = SG_PORTS({"x", 0, "tensor of any shape"}),
    .outputs = SG_PORTS({"y", 0, "the results, in the shape of x"}),
    .save_inputs = 1,
    .prepare = sg_unary_prepare,
    .forward = forward,
    .backward = backward,
    .vjp = vjp,
    .samples = samples,
    .bad_samples = bad_samples,
};

sg_tensor *sg_silu(sg_context *context, sg_tensor *x) { return sg_apply_one(context, &op_silu, 1, &x, NULL); }
