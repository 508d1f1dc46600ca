// SPDX-License-Identifier: GPL-3.0-or-later
//
// y_i = b_i + a_i y_{i-1}, y_0 = b_0. The adjoint is a recurrence that runs the other way,
//
//   d_b_i = d_y_i + a_{i+1} d_b_{i+1},   d_a_i = d_b_i y_{i-1},   d_a_0 = 0
//
// so derivatives of every order cost as much as the op. Of it are made those of whatever runs along a dimension.
#include "ops/ops.h"
#include "ops/reduce/scan.h"
#include "ops/shape/range.h"

static sg_status prepare(sg_plan *plan) {
  const sg_shape *a = sg_plan_shape(plan, 0), *b = sg_plan_shape(plan, 1);
  if (!sg_shape_equal(a, b))
    return sg_reject(plan, "a has shape %s, b has shape %s, expected one shape", sg_shape_text(a).text,
                     sg_shape_text(b).text);
  plan->output_shape[0] = *a;
  return sg_lines_prepare(plan, ((const sg_scan_options *)plan->options)->dim, plan->own);
}

static void forward(const sg_call *call) {
  sg_scan_recurrence(call, false,
                     (recurrence_arguments){.a = sg_input_data(call, 0),
                                            .b = sg_input_data(call, 1),
                                            .y = sg_output_data(call->outputs[0])});
}

static void backward(const sg_call *call) {
  sg_scan_recurrence(call, true,
                     (recurrence_arguments){.a = sg_input_data(call, 0),
                                            .y = (void *)sg_tensor_data(call->outputs[0]),
                                            .d_y = sg_tensor_data(call->d_outputs[0]),
                                            .d_a = sg_gradient_data(call, 0),
                                            .d_b = sg_gradient_data(call, 1)});
}

// Zero at the beginning, whatever arrives there.
static sg_tensor *d_a(const sg_call *call, sg_tensor *d_b) {
  const sg_scan_options *o = call->options;
  const sg_lines *lines = call->plan;
  const sg_shape *shape = &call->input_shapes[0];
  sg_context *c = call->context;
  if (lines->count <= 1) return sg_tensor_full(c, call->dtype, shape, 0);
  const int64_t rest = lines->count - 1, at = o->reverse ? 0 : 1;
  const sg_slice_options range = sg_range_along(shape, lines->dimension, at, rest);
  sg_tensor *before = sg_narrow(c, call->outputs[0], o->dim, 1 - at, rest);
  return sg_embed(c, sg_mul(c, sg_narrow(c, d_b, o->dim, at, rest), before), shape, &range);
}

static void vjp(const sg_call *call) {
  const sg_scan_options *o = call->options;
  sg_tensor *next = sg_scan_next(call->context, call->inputs[0], o->dim, o->reverse);
  sg_tensor *d_b = sg_linear_recurrence(call->context, next, call->d_outputs[0], o->dim, !o->reverse);
  if (call->needs[0]) call->d_inputs[0] = d_a(call, d_b);
  if (call->needs[1]) call->d_inputs[1] = d_b;
}

#define TWO(...) SG_ON(SG_UNIFORM(-1.5, 1.5, SG_DIMS(__VA_ARGS__)), SG_RANDN(__VA_ARGS__))

const sg_op op_linear_recurrence = {
    SG_PLANNED_OP(linear_recurrence, sg_lines, prepare, forward, vjp),
    SG_WORDS("Runs along a dimension, multiplies what came so far and adds to it.",
             "y_i = b_i + a_i y_{i-1}, y_1 = b_1; a_1 is not used",
             "Blelloch, Prefix sums and their applications, 1990, section 1.4"),
    .inputs = SG_PORTS({"a", 0, "the factors"}, {"b", 0, "the terms, in the shape of a"}),
    .outputs = SG_PORTS({"y", 0, "the results, in the shape of a"}),
    SG_SCAN_OPTIONS,
    .save_inputs = 1 << 0,
    .save_outputs = 1 << 0,
    .backward = backward,
    .samples = SG_SAMPLES(
        {"by hand", SG_ON(SG_VECTOR(7, 2, -1, 0), SG_VECTOR(1, 3, 0.5, 4)), SG_ALONG(0, false),
         SG_GIVES(1, 5, -4.5, 4)},
        {"by hand, from the end", SG_ON(SG_VECTOR(-1, 2, 0.5), SG_VECTOR(1, 3, 4)), SG_ALONG(0, true),
         SG_GIVES(-10, 11, 4)},
        {"rows", TWO(3, 5), SG_ALONG(1, false)}, {"rows from their ends", TWO(3, 5), SG_ALONG(-1, true)},
        {"columns", TWO(5, 3), SG_ALONG(0, false)}, {"middle, from the end", TWO(2, 4, 3), SG_ALONG(1, true)},
        {"wide", TWO(3, 70), SG_ALONG(0, false)}, {"one value each", TWO(3, 1), SG_ALONG(1, false)},
        {"scalars", SG_ON(SG_NORMAL(0, 1, SG_SCALAR), SG_NORMAL(0, 1, SG_SCALAR)), SG_ALONG(-1, false)},
        {"empty lines", TWO(2, 0), SG_ALONG(1, false)}, {"no lines", TWO(0, 2), SG_ALONG(1, true)}),
    .bad_samples = SG_SAMPLES({"shapes", SG_ON(SG_RANDN(2, 3), SG_RANDN(3)), SG_ALONG(0, false),
                               .error = "a has shape [2, 3], b has shape [3]"}),
};

sg_tensor *sg_linear_recurrence(sg_context *context, sg_tensor *a, sg_tensor *b, int64_t dim, bool reverse) {
  return sg_apply_one(context, &op_linear_recurrence, 2, (sg_tensor *[]){a, b}, &(sg_scan_options){dim, reverse});
}
