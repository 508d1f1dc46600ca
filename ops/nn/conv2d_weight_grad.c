// SPDX-License-Identifier: GPL-3.0-or-later
//
//   y = B(x, g), the adjoint in weight of conv2d: <v, B(x, g)> = <conv2d(x, v), g>
//
// For a cotangent v of y, by that same identity,
//
//   dx = conv2d_input_grad(g, v)    dg = conv2d(x, v)
//
// Reference: Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", 2016.
#include "ops/linalg/gemm.h"
#include "ops/nn/convolution.h"
#include "ops/ops.h"

enum { X, G };

static const sg_conv2d_weight_grad_options defaults = {{{1, {1}}, {1, {0}}, {1, {1}}, 1}, {0, {0}}};

static sg_shape shape_of_weight(const sg_shape *x, const sg_shape *g,
                                const sg_conv2d_weight_grad_options *options) {
  int64_t kernel_h, kernel_w;
  sg_pair(&options->kernel_size, &kernel_h, &kernel_w);
  return (sg_shape)SG_DIMS(g->size[1], x->size[1] / options->convolution.groups, kernel_h, kernel_w);
}

// ---- prepare, forward -------------------------------------------------------------------------------

static sg_status prepare(sg_plan *plan) {
  const sg_conv2d_weight_grad_options *options = plan->options;
  const sg_shape *x = sg_plan_shape(plan, X), *g = sg_plan_shape(plan, G);
  if (x->rank != 4) return sg_reject(plan, "x has shape %s, expected (N, C, H, W)", sg_shape_text(x).text);
  if (g->rank != 4) return sg_reject(plan, "g has shape %s, expected (N, O, H', W')", sg_shape_text(g).text);
  if (sg_pair_check(plan, "kernel_size", &options->kernel_size) != SG_OK) return sg_error_status(plan->context);
  sg_shape weight = shape_of_weight(x, g, options);
  sg_convolution v;
  if (!sg_convolution_prepare(plan, x, &weight, &options->convolution, &v)) return sg_error_status(plan->context);
  sg_shape expected = sg_convolution_output_shape(&v);
  if (!sg_shape_equal(g, &expected))
    return sg_reject(plan, "g has shape %s, expected %s (of conv2d on x %s)", sg_shape_text(g).text,
                     sg_shape_text(&expected).text, sg_shape_text(x).text);
  plan->output_shape[0] = weight;
  plan->scratch_bytes = sg_convolution_weight_grad_scratch(&v, plan->output_dtype[0]);
  sg_gemm_plan(plan);
  return SG_OK;
}

static void forward(const sg_call *call) {
  sg_gemm_decide(call->context, call->dtype, call->scratch);
  const sg_conv2d_weight_grad_options *options = call->options;
  sg_convolution v =
      sg_convolution_of(sg_tensor_shape(call->inputs[X]), sg_tensor_shape(call->outputs[0]), &options->convolution);
  sg_convolution_weight_grad(call->context, &v, call->dtype, sg_tensor_data(call->inputs[G]),
                             sg_tensor_data(call->inputs[X]), sg_output_data(call->outputs[0]), call->scratch);
}

// ---- vjp ------------------------------------------------------------------------------------------

static void vjp(const sg_call *call) {
  const sg_conv2d_weight_grad_options *options = call->options;
  const sg_shape *x = &call->input_shapes[X];
  sg_tensor *v = call->d_outputs[0];
  if (call->needs[X]) {
    sg_conv2d_input_grad_options adjoint = {options->convolution, {2, {x->size[2], x->size[3]}}};
    call->d_inputs[X] = sg_conv2d_input_grad(call->context, call->inputs[G], v, &adjoint);
  }
  if (call->needs[G]) call->d_inputs[G] = sg_conv2d(call->context, call->inputs[X], v, NULL, &options->convolution);
}

// ---- samples --------------------------------------------------------------------------------------

static const double image[] = {1, 2, 3, 4}, one[] = {2}, kernel[] = {2, 4, 6, 8};
static const sg_conv2d_weight_grad_options two_by_two = {{{1, {1}}, {1, {0}}, {1, {1}}, 1}, {1, {2}}},
                                           same = {{{1, {1}}, {1, {1}}, {1, {1}}, 1}, {1, {3}}},
                                           strided = {{{1, {2}}, {1, {1}}, {1, {1}}, 1}, {1, {3}}},
                                           grouped = {{{2, {1, 2}}, {2, {0, 1}}, {2, {2, 1}}, 2}, {2, {2, 2}}},
                                           empty = {{{1, {1}}, {1, {0}}, {1, {1}}, 1}, {1, {0}}};

static const sg_sample samples[] = {
    {"worked by hand",
     {SG_VALUES(image, SG_DIMS(1, 1, 2, 2)), SG_VALUES(one, SG_DIMS(1, 1, 1, 1))},
     .options = &two_by_two,
     .expected = kernel},
    {"same extents",
     {SG_NORMAL(0, 1, SG_DIMS(2, 2, 4, 3)), SG_NORMAL(0, 1, SG_DIMS(2, 3, 4, 3))},
     .options = &same},
    {"strided", {SG_NORMAL(0, 1, SG_DIMS(1, 2, 6, 5)), SG_NORMAL(0, 1, SG_DIMS(1, 2, 3, 3))}, .options = &strided},
    {"groups, dilation",
     {SG_NORMAL(0, 1, SG_DIMS(1, 2, 5, 4)), SG_NORMAL(0, 1, SG_DIMS(1, 4, 3, 3))},
     .options = &grouped},
    {"no images", {SG_NORMAL(0, 1, SG_DIMS(0, 2, 4, 3)), SG_NORMAL(0, 1, SG_DIMS(0, 3, 4, 3))}, .options = &same},
    {0},
};

static const sg_sample bad_samples[] = {
    {"shape of g",
     {SG_NORMAL(0, 1, SG_DIMS(1, 1, 2, 2)), SG_NORMAL(0, 1, SG_DIMS(1, 1, 2, 2))},
     .options = &two_by_two,
     .error = "g has shape [1, 1, 2, 2], expected [1, 1, 1, 1]"},
    {"rank of g",
     {SG_NORMAL(0, 1, SG_DIMS(1, 1, 2, 2)), SG_NORMAL(0, 1, SG_DIMS(1, 2, 2))},
     .options = &two_by_two,
     .error = "expected (N, O, H', W')"},
    {"empty kernel",
     {SG_NORMAL(0, 1, SG_DIMS(1, 1, 2, 2)), SG_NORMAL(0, 1, SG_DIMS(1, 1, 2, 2))},
     .options = &empty,
     .error = "kernel"},
    {0},
};

// ---- descriptor -----------------------------------------------------------------------------------

const sg_op op_conv2d_weight_grad = {
    .name = "conv2d_weight_grad",
    .summary = "The adjoint of conv2d in weight: the gradient of conv2d's weight for a cotangent g.",
    .formula = "y[o,c,i,j] = sum over n,p,q of g[n,o,p,q] * x[n, c, p*stride - padding + i*dilation, "
               "q*stride - padding + j*dilation]",
    .reference = "Dumoulin and Visin, A guide to convolution arithmetic for deep learning, 2016",
    .inputs = SG_PORTS({"x", 0, "(N, C, H, W)"}, {"g", 0, "(N, O, H', W')"}),
    .outputs = SG_PORTS({"y", 0, "(O, C / groups, kh, kw)"}),
    .attributes =
        SG_ATTRIBUTES(SG_CONVOLUTION_ATTRIBUTES,
                      {"kernel_size", SG_ATTRIBUTE_INTS, offsetof(sg_conv2d_weight_grad_options, kernel_size),
                       "the extents (kh, kw) of y", SG_REQUIRED | SG_AT_LEAST | SG_AT_MOST, 1, INT32_MAX, NULL}),
    .options_bytes = sizeof(sg_conv2d_weight_grad_options),
    .defaults = &defaults,
    .save_inputs = 1 << X | 1 << G,
    .prepare = prepare,
    .forward = forward,
    .vjp = vjp,
    .samples = samples,
    .bad_samples = bad_samples,
};

sg_tensor *sg_conv2d_weight_grad(sg_context *context, sg_tensor *x, sg_tensor *g,
                                 const sg_conv2d_weight_grad_options *options) {
  return sg_apply_one(context, &op_conv2d_weight_grad, 2, (sg_tensor *[]){x, g}, options);
}
