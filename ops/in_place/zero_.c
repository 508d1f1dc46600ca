// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/ops.h"
#include "ops/shape/strided.h"

static sg_status prepare(sg_plan *plan) {
  (void)plan;
  return SG_OK;
}

// All bits zero is 0 in every dtype.
static void forward(const sg_call *call) {
  sg_tensor *x = call->outputs[0];
  sg_strided_zero(call->context, sg_tensor_dtype(x), sg_output_data(x), sg_tensor_elements(x));
}

static const sg_sample samples[] = {
    {.name = "matrix", .inputs = {SG_NORMAL(0, 1, SG_DIMS(2, 3))}, .expected = (const double[]){0, 0, 0, 0, 0, 0}},
    {.name = "scalar", .inputs = {SG_NORMAL(0, 1, SG_SCALAR)}, .expected = (const double[]){0}},
    {.name = "empty", .inputs = {SG_NORMAL(0, 1, SG_DIMS(2, 0))}},
    {.name = "integers", .inputs = {SG_INDICES(3, SG_DIMS(2))}, .expected = (const double[]){0, 0}},
    {0},
};

static const sg_sample bad_samples[] = {
    {.name = "nothing", .inputs = {{SG_SAMPLE_ABSENT}}, .error = "x is missing"}, {0}};

const sg_op op_zero_ = {
    .name = "zero_",
    .summary = "Writes zeros into a tensor.",
    .formula = "x = 0",
    .reference = "Elementary",
    .inputs = SG_PORTS({"x", SG_ANY_DTYPE, "what is written"}),
    .outputs = SG_PORTS({"x", SG_WRITTEN, "x itself"}),
    .prepare = prepare,
    .forward = forward,
    .samples = samples,
    .bad_samples = bad_samples,
};

sg_status sg_zero_(sg_context *context, sg_tensor *x) {
  sg_apply_one(context, &op_zero_, 1, &x, NULL);
  return sg_error_status(context);
}
