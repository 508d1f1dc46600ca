// SPDX-License-Identifier: GPL-3.0-or-later
//
//   y = x - log(sum of exp(x) over dim)
//
// For a cotangent g, dx = g - exp(y) (sum of g over dim); at the largest y in another form, see
// sg_log_softmax_gradient.
// Reference: Bridle, "Probabilistic Interpretation of Feedforward Classification Network Outputs", 1990.
#include "ops/nn/softmax_layout.h"
#include "ops/ops.h"
#include "ops/select_kernels.h"

#include <math.h>

static void forward(const sg_call *call) {
  softmax_arguments a = {.x = sg_tensor_data(call->inputs[0]), .y = sg_output_data(call->outputs[0])};
  sg_softmax_run(call, sg_tensor_shape(call->inputs[0]),
                 sg_kernels_for(call->context, call->dtype)->softmax->log_softmax, a);
}

static void backward(const sg_call *call) {
  softmax_arguments a = {.y = (void *)sg_tensor_data(call->outputs[0]),
                         .d_y = sg_tensor_data(call->d_outputs[0]),
                         .d_x = sg_output_data(call->d_inputs[0])};
  sg_softmax_run(call, &call->input_shapes[0], sg_kernels_for(call->context, call->dtype)->softmax->d_log_softmax,
                 a);
}

static void vjp(const sg_call *call) {
  call->d_inputs[0] = sg_log_softmax_gradient(call->context, call->outputs[0], call->d_outputs[0], NULL,
                                              sg_softmax_dimension(call, &call->input_shapes[0]));
}

// ---- samples --------------------------------------------------------------------------------------

static const sg_softmax_options first = {0}, middle = {1}, beyond = {2};
static const double zeros[] = {0, 0, 0, 0}, result[] = {-M_LN2, -M_LN2, -M_LN2, -M_LN2};

const sg_op op_log_softmax = {
    .name = "log_softmax",
    .summary = "The logarithm of softmax, exact where softmax itself would underflow.",
    .formula = "y = x - log(sum of exp(x) over dim)",
    .reference = "Bridle, Probabilistic Interpretation of Feedforward Classification Network Outputs, 1990",
    .inputs = SG_PORTS({"x", 0, "any shape"}),
    .outputs = SG_PORTS({"y", 0, "the shape of x"}),
    SG_OPTIONS(sg_softmax_options, &sg_softmax_defaults, SG_SOFTMAX_ATTRIBUTES),
    .save_outputs = 1 << 0,
    .prepare = sg_softmax_prepare,
    .forward = forward,
    .backward = backward,
    .vjp = vjp,
    .samples = SG_SAMPLES(
        {"worked by hand", SG_ON(SG_VALUES(zeros, SG_DIMS(2, 2))), .expected = result},
        {"rows", SG_ON(SG_NORMAL(0, 2, SG_DIMS(3, 5)))},
        {"columns", SG_ON(SG_NORMAL(0, 2, SG_DIMS(4, 3))), .options = &first},
        {"between", SG_ON(SG_NORMAL(0, 2, SG_DIMS(2, 3, 4))), .options = &middle},
        {"large values", SG_ON(SG_NORMAL(1000, 2, SG_DIMS(2, 3)))},
        {"one value", SG_ON(SG_NORMAL(0, 2, SG_DIMS(3, 1)))},
        {"scalar", SG_ON(SG_NORMAL(0, 2, SG_SCALAR))},
        {"empty", SG_ON(SG_NORMAL(0, 2, SG_DIMS(2, 0)))},
        {"no rows", SG_ON(SG_NORMAL(0, 2, SG_DIMS(0, 2)))}),
    .bad_samples = SG_SAMPLES({"dimension", SG_ON(SG_NORMAL(0, 2, SG_DIMS(2, 3))), .options = &beyond,
                               .error = "log_softmax: dimension"}),
};

sg_tensor *sg_log_softmax(sg_context *context, sg_tensor *x, const sg_softmax_options *options) {
  return sg_apply_one(context, &op_log_softmax, 1, &x, options);
}
