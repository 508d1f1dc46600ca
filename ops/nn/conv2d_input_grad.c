// SPDX-License-Identifier: GPL-3.0-or-later
//
//   y = K(weight)' g, the adjoint in x of y = K(weight) x = conv2d(x, weight)
//
// For a cotangent u of y, <u, K(w)' g> = <K(w) u, g>, hence
//
//   dg = conv2d(u, weight)    dweight = conv2d_weight_grad(u, g)
//
// Reference: Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", 2016, chapter 4.
#include "ops/linalg/gemm.h"
#include "ops/nn/convolution.h"
#include "ops/ops.h"

enum { G, WEIGHT };

static const sg_conv2d_input_grad_options defaults = {{{1, {1}}, {1, {0}}, {1, {1}}, 1}, {0, {0}}};

// The shape of x. Channels are unknown when weight has none to count.
static sg_shape shape_of_x(const sg_shape *g, const sg_shape *weight, const sg_conv2d_input_grad_options *options) {
  int64_t height, width;
  sg_pair(&options->input_size, &height, &width);
  return (sg_shape)SG_DIMS(g->size[0], weight->size[1] * options->convolution.groups, height, width);
}

// ---- prepare, forward -------------------------------------------------------------------------------

static sg_status prepare(sg_plan *plan) {
  const sg_conv2d_input_grad_options *options = plan->options;
  const sg_shape *g = sg_plan_shape(plan, G), *weight = sg_plan_shape(plan, WEIGHT);
  if (g->rank != 4) return sg_reject(plan, "g has shape %s, expected (N, O, H', W')", sg_shape_text(g).text);
  if (weight->rank != 4)
    return sg_reject(plan, "weight has shape %s, expected (O, C / groups, kh, kw)", sg_shape_text(weight).text);
  if (sg_pair_check(plan, "input_size", &options->input_size) != SG_OK) return sg_error_status(plan->context);
  if (weight->size[1] > INT32_MAX || options->convolution.groups > INT32_MAX)
    return sg_reject(plan, "weight has shape %s: extents are limited to %d", sg_shape_text(weight).text, INT32_MAX);
  sg_shape x = shape_of_x(g, weight, options);
  sg_convolution v;
  if (!sg_convolution_prepare(plan, &x, weight, &options->convolution, &v)) return sg_error_status(plan->context);
  sg_shape expected = sg_convolution_output_shape(&v);
  if (!sg_shape_equal(g, &expected))
    return sg_reject(plan, "g has shape %s, expected %s (of conv2d on x %s)", sg_shape_text(g).text,
                     sg_shape_text(&expected).text, sg_shape_text(&x).text);
  plan->output_shape[0] = x;
  plan->scratch_bytes = sg_convolution_input_grad_scratch(&v, plan->output_dtype[0]);
  sg_gemm_plan(plan);
  return SG_OK;
}

static void forward(const sg_call *call) {
  sg_gemm_decide(call->context, call->dtype, call->scratch);
  const sg_conv2d_input_grad_options *options = call->options;
  sg_convolution v = sg_convolution_of(sg_tensor_shape(call->outputs[0]), sg_tensor_shape(call->inputs[WEIGHT]),
                                       &options->convolution);
  sg_convolution_input_grad(call->context, &v, call->dtype, sg_tensor_data(call->inputs[G]),
                            sg_tensor_data(call->inputs[WEIGHT]), sg_output_data(call->outputs[0]), call->scratch);
}

// ---- vjp ------------------------------------------------------------------------------------------

static void vjp(const sg_call *call) {
  const sg_conv2d_input_grad_options *options = call->options;
  const sg_shape *weight = &call->input_shapes[WEIGHT];
  sg_tensor *u = call->d_outputs[0];
  if (call->needs[G])
    call->d_inputs[G] = sg_conv2d(call->context, u, call->inputs[WEIGHT], NULL, &options->convolution);
  if (call->needs[WEIGHT]) {
    sg_conv2d_weight_grad_options adjoint = {options->convolution, {2, {weight->size[2], weight->size[3]}}};
    call->d_inputs[WEIGHT] = sg_conv2d_weight_grad(call->context, u, call->inputs[G], &adjoint);
  }
}

// ---- samples --------------------------------------------------------------------------------------

static const double one[] = {2}, kernel[] = {1, 2, 3, 4}, image[] = {2, 4, 6, 8};
static const sg_conv2d_input_grad_options two_by_two = {{{1, {1}}, {1, {0}}, {1, {1}}, 1}, {1, {2}}},
                                          same = {{{1, {1}}, {1, {1}}, {1, {1}}, 1}, {2, {4, 3}}},
                                          strided = {{{1, {2}}, {1, {1}}, {1, {1}}, 1}, {2, {6, 5}}},
                                          grouped = {{{2, {1, 2}}, {2, {0, 1}}, {2, {2, 1}}, 2}, {2, {5, 4}}};

static const sg_sample samples[] = {
    {"worked by hand",
     {SG_VALUES(one, SG_DIMS(1, 1, 1, 1)), SG_VALUES(kernel, SG_DIMS(1, 1, 2, 2))},
     .options = &two_by_two,
     .expected = image},
    {"same extents",
     {SG_NORMAL(0, 1, SG_DIMS(2, 3, 4, 3)), SG_NORMAL(0, 1, SG_DIMS(3, 2, 3, 3))},
     .options = &same},
    {"strided", {SG_NORMAL(0, 1, SG_DIMS(1, 2, 3, 3)), SG_NORMAL(0, 1, SG_DIMS(2, 2, 3, 3))}, .options = &strided},
    {"groups, dilation",
     {SG_NORMAL(0, 1, SG_DIMS(1, 4, 3, 3)), SG_NORMAL(0, 1, SG_DIMS(4, 1, 2, 2))},
     .options = &grouped},
    {"no images", {SG_NORMAL(0, 1, SG_DIMS(0, 3, 4, 3)), SG_NORMAL(0, 1, SG_DIMS(3, 2, 3, 3))}, .options = &same},
    {0},
};

static const sg_sample bad_samples[] = {
    {"shape of g",
     {SG_NORMAL(0, 1, SG_DIMS(1, 1, 2, 2)), SG_NORMAL(0, 1, SG_DIMS(1, 1, 2, 2))},
     .options = &two_by_two,
     .error = "g has shape [1, 1, 2, 2], expected [1, 1, 1, 1]"},
    {"rank of g",
     {SG_NORMAL(0, 1, SG_DIMS(1, 2, 2)), SG_NORMAL(0, 1, SG_DIMS(1, 1, 2, 2))},
     .options = &two_by_two,
     .error = "expected (N, O, H', W')"},
    {"rank of weight",
     {SG_NORMAL(0, 1, SG_DIMS(1, 1, 2, 2)), SG_NORMAL(0, 1, SG_DIMS(2, 2))},
     .options = &two_by_two,
     .error = "expected (O, C / groups, kh, kw)"},
    {0},
};

// ---- descriptor -----------------------------------------------------------------------------------

const sg_op op_conv2d_input_grad = {
    .name = "conv2d_input_grad",
    .summary = "The adjoint of conv2d in x: the gradient of conv2d's input for a cotangent g.",
    .formula =
        "y[n,c,h,w] = sum over the terms of conv2d in which x[n,c,h,w] occurs of weight[o,c,i,j] * g[n,o,p,q]",
    .reference = "Dumoulin and Visin, A guide to convolution arithmetic for deep learning, 2016, chapter 4",
    .inputs = SG_PORTS({"g", 0, "(N, O, H', W')"}, {"weight", 0, "(O, C / groups, kh, kw)"}),
    .outputs = SG_PORTS({"y", 0, "(N, C, H, W)"}),
    .attributes =
        SG_ATTRIBUTES(SG_CONVOLUTION_ATTRIBUTES,
                      {"input_size", SG_ATTRIBUTE_INTS, offsetof(sg_conv2d_input_grad_options, input_size),
                       "the extents (H, W) of y", SG_REQUIRED | SG_AT_LEAST | SG_AT_MOST, 0, INT32_MAX, NULL}),
    .options_bytes = sizeof(sg_conv2d_input_grad_options),
    .defaults = &defaults,
    .save_inputs = 1 << G | 1 << WEIGHT,
    .prepare = prepare,
    .forward = forward,
    .vjp = vjp,
    .samples = samples,
    .bad_samples = bad_samples,
};

sg_tensor *sg_conv2d_input_grad(sg_context *context, sg_tensor *g, sg_tensor *weight,
                                const sg_conv2d_input_grad_options *options) {
  return sg_apply_one(context, &op_conv2d_input_grad, 2, (sg_tensor *[]){g, weight}, options);
}
