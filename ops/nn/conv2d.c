// SPDX-License-Identifier: GPL-3.0-or-later
//
//   y[n, o, p, q] = bias[o] + sum over c, i, j of weight[o, c, i, j]
//                   x[n, c, p stride - padding + i dilation, q stride - padding + j dilation]
//
// with x zero outside its extents and c over the channels of o's group. The map is linear in x and in weight; the
// gradients for a cotangent g of y are its adjoints, which are ops of their own (conv2d_input_grad,
// conv2d_weight_grad). Reference: Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", 2016.
#include "ops/kernels/bias.h"
#include "ops/linalg/gemm.h"
#include "ops/nn/convolution.h"
#include "ops/ops.h"
#include "ops/select_kernels.h"

enum { X, WEIGHT, BIAS };

static const sg_conv2d_options defaults = {{1, {1}}, {1, {0}}, {1, {1}}, 1};

// ---- prepare, forward, backward -------------------------------------------------------------------

static sg_status prepare(sg_plan *plan) {
  const sg_shape *x = sg_plan_shape(plan, X), *weight = sg_plan_shape(plan, WEIGHT);
  sg_convolution v;
  if (!sg_convolution_prepare(plan, x, weight, plan->options, &v)) return sg_error_status(plan->context);
  if (plan->inputs[BIAS]) {
    const sg_shape *bias = sg_plan_shape(plan, BIAS);
    if (bias->rank != 1 || bias->size[0] != weight->size[0])
      return sg_reject(plan, "bias has shape %s, expected [%lld] (filters of weight %s)", sg_shape_text(bias).text,
                       (long long)weight->size[0], sg_shape_text(weight).text);
  }
  plan->output_shape[0] = sg_convolution_output_shape(&v);
  sg_dtype dtype = plan->output_dtype[0];
  plan->scratch_bytes = sg_convolution_forward_scratch(&v, dtype);
  sg_gemm_plan(plan);
  size_t for_x = sg_convolution_input_grad_scratch(&v, dtype),
         for_weight = sg_convolution_weight_grad_scratch(&v, dtype);
  plan->backward_scratch_bytes = for_x > for_weight ? for_x : for_weight;
  return SG_OK;
}

static void forward(const sg_call *call) {
  sg_gemm_decide(call->context, call->dtype, call->scratch);
  sg_convolution v =
      sg_convolution_of(sg_tensor_shape(call->inputs[X]), sg_tensor_shape(call->inputs[WEIGHT]), call->options);
  sg_convolution_forward(call->context, &v, call->dtype, sg_tensor_data(call->inputs[X]),
                         sg_tensor_data(call->inputs[WEIGHT]),
                         call->inputs[BIAS] ? sg_tensor_data(call->inputs[BIAS]) : NULL,
                         sg_output_data(call->outputs[0]), call->scratch);
}

static void backward(const sg_call *call) {
  sg_convolution v = sg_convolution_of(&call->input_shapes[X], &call->input_shapes[WEIGHT], call->options);
  const void *dy = sg_tensor_data(call->d_outputs[0]);
  if (call->d_inputs[X])
    sg_convolution_input_grad(call->context, &v, call->dtype, dy, sg_tensor_data(call->inputs[WEIGHT]),
                              sg_output_data(call->d_inputs[X]), call->scratch);
  if (call->d_inputs[WEIGHT])
    sg_convolution_weight_grad(call->context, &v, call->dtype, dy, sg_tensor_data(call->inputs[X]),
                               sg_output_data(call->d_inputs[WEIGHT]), call->scratch);
  if (call->d_inputs[BIAS]) {
    bias_arguments bias = {v.batch, v.groups * v.filters, v.positions, (void *)dy,
                           sg_output_data(call->d_inputs[BIAS])};
    int64_t grain = v.positions == 1 ? BIAS_SUM_GRAIN : sg_grain(v.batch * v.positions);
    sg_parallel(call->context, bias.channels, grain, sg_kernels_for(call->context, call->dtype)->bias->sum, &bias);
  }
}

// ---- vjp ------------------------------------------------------------------------------------------

static void vjp(const sg_call *call) {
  sg_context *c = call->context;
  const sg_conv2d_options *options = call->options;
  const sg_shape *x = &call->input_shapes[X], *weight = &call->input_shapes[WEIGHT];
  sg_tensor *g = call->d_outputs[0];
  if (call->needs[X]) {
    sg_conv2d_input_grad_options adjoint = {*options, {2, {x->size[2], x->size[3]}}};
    call->d_inputs[X] = sg_conv2d_input_grad(c, g, call->inputs[WEIGHT], &adjoint);
  }
  if (call->needs[WEIGHT]) {
    sg_conv2d_weight_grad_options adjoint = {*options, {2, {weight->size[2], weight->size[3]}}};
    call->d_inputs[WEIGHT] = sg_conv2d_weight_grad(c, call->inputs[X], g, &adjoint);
  }
  if (call->needs[BIAS]) {
    sg_tensor *sum = sg_sum_to(c, g, &(sg_shape)SG_DIMS(1, weight->size[0], 1, 1));
    call->d_inputs[BIAS] = sg_reshape(c, sum, &call->input_shapes[BIAS]);
  }
}

// ---- samples --------------------------------------------------------------------------------------

static const double image[] = {1, 2, 3, 4, 5, 6, 7, 8, 9}, kernel[] = {1, 0, 0, -1}, shift[] = {0.5},
                    image_by_kernel[] = {-3.5, -3.5, -3.5, -3.5};
static const sg_conv2d_options same = {{1, {1}}, {1, {1}}, {1, {1}}, 1},
                               strided = {{1, {2}}, {1, {1}}, {1, {1}}, 1},
                               uneven = {{2, {1, 2}}, {2, {2, 0}}, {2, {2, 1}}, 1},
                               dilated = {{1, {1}}, {1, {2}}, {1, {2}}, 1},
                               grouped = {{1, {1}}, {1, {1}}, {1, {1}}, 2},
                               every_second = {{1, {2}}, {1, {0}}, {1, {1}}, 1},
                               three = {{3, {1, 1, 1}}, {1, {0}}, {1, {1}}, 1},
                               zero_stride = {{1, {0}}, {1, {0}}, {1, {1}}, 1};

static const sg_sample samples[] = {
    {"worked by hand",
     {SG_VALUES(image, SG_DIMS(1, 1, 3, 3)), SG_VALUES(kernel, SG_DIMS(1, 1, 2, 2)), SG_VALUES(shift, SG_DIMS(1))},
     .expected = image_by_kernel},
    {"same extents",
     {SG_NORMAL(0, 1, SG_DIMS(2, 2, 4, 5)), SG_NORMAL(0, 1, SG_DIMS(3, 2, 3, 3)), SG_NORMAL(0, 1, SG_DIMS(3))},
     .options = &same},
    {"strided",
     {SG_NORMAL(0, 1, SG_DIMS(2, 2, 5, 6)), SG_NORMAL(0, 1, SG_DIMS(2, 2, 3, 3)), SG_NORMAL(0, 1, SG_DIMS(2))},
     .options = &strided},
    {"another number for each direction",
     {SG_NORMAL(0, 1, SG_DIMS(1, 2, 4, 7)), SG_NORMAL(0, 1, SG_DIMS(2, 2, 2, 3))},
     .options = &uneven},
    {"dilated", {SG_NORMAL(0, 1, SG_DIMS(1, 1, 4, 4)), SG_NORMAL(0, 1, SG_DIMS(2, 1, 3, 3))}, .options = &dilated},
    {"groups",
     {SG_NORMAL(0, 1, SG_DIMS(2, 4, 3, 3)), SG_NORMAL(0, 1, SG_DIMS(4, 2, 3, 3)), SG_NORMAL(0, 1, SG_DIMS(4))},
     .options = &grouped},
    {"kernel of one",
     {SG_NORMAL(0, 1, SG_DIMS(2, 3, 2, 3)), SG_NORMAL(0, 1, SG_DIMS(2, 3, 1, 1)), SG_NORMAL(0, 1, SG_DIMS(2))},
     .options = NULL},
    {"kernel of one, strided",
     {SG_NORMAL(0, 1, SG_DIMS(1, 2, 4, 3)), SG_NORMAL(0, 1, SG_DIMS(2, 2, 1, 1))},
     .options = &every_second},
    {"one position",
     {SG_NORMAL(0, 1, SG_DIMS(2, 2, 2, 2)), SG_NORMAL(0, 1, SG_DIMS(3, 2, 2, 2)), SG_NORMAL(0, 1, SG_DIMS(3))},
     .options = NULL},
    {"no images",
     {SG_NORMAL(0, 1, SG_DIMS(0, 1, 3, 3)), SG_NORMAL(0, 1, SG_DIMS(2, 1, 2, 2)), SG_NORMAL(0, 1, SG_DIMS(2))},
     .options = NULL},
    {"no channels",
     {SG_NORMAL(0, 1, SG_DIMS(1, 0, 3, 3)), SG_NORMAL(0, 1, SG_DIMS(2, 0, 2, 2)), SG_NORMAL(0, 1, SG_DIMS(2))},
     .options = NULL},
    {0},
};

static const sg_sample bad_samples[] = {
    {"rank of x",
     {SG_NORMAL(0, 1, SG_DIMS(2, 3, 3)), SG_NORMAL(0, 1, SG_DIMS(2, 2, 3, 3))},
     .error = "conv2d: x has shape [2, 3, 3], expected (N, C, H, W)"},
    {"channels",
     {SG_NORMAL(0, 1, SG_DIMS(1, 2, 3, 3)), SG_NORMAL(0, 1, SG_DIMS(2, 3, 3, 3))},
     .error = "2 channels in 1 groups"},
    {"groups",
     {SG_NORMAL(0, 1, SG_DIMS(1, 4, 3, 3)), SG_NORMAL(0, 1, SG_DIMS(3, 2, 3, 3))},
     .options = &grouped,
     .error = "do not divide into 2 groups"},
    {"kernel too large",
     {SG_NORMAL(0, 1, SG_DIMS(1, 2, 3, 3)), SG_NORMAL(0, 1, SG_DIMS(2, 2, 4, 4))},
     .error = "does not fit into x [1, 2, 3, 3]"},
    {"bias",
     {SG_NORMAL(0, 1, SG_DIMS(1, 2, 3, 3)), SG_NORMAL(0, 1, SG_DIMS(4, 2, 3, 3)), SG_NORMAL(0, 1, SG_DIMS(2))},
     .error = "bias has shape [2], expected [4]"},
    {"three strides",
     {SG_NORMAL(0, 1, SG_DIMS(1, 1, 3, 3)), SG_NORMAL(0, 1, SG_DIMS(1, 1, 2, 2))},
     .options = &three,
     .error = "stride has 3 values, expected one or two"},
    {"stride of zero",
     {SG_NORMAL(0, 1, SG_DIMS(1, 1, 3, 3)), SG_NORMAL(0, 1, SG_DIMS(1, 1, 2, 2))},
     .options = &zero_stride,
     .error = "stride"},
    {0},
};

// ---- descriptor -----------------------------------------------------------------------------------

const sg_op op_conv2d = {
    .name = "conv2d",
    .summary = "Two-dimensional convolution (cross-correlation) with stride, padding, dilation and groups.",
    .formula =
        "y[n,o,p,q] = bias[o] + sum over c,i,j of weight[o,c,i,j] * x[n, c, p*stride - padding + i*dilation, "
        "q*stride - padding + j*dilation]",
    .reference = "Dumoulin and Visin, A guide to convolution arithmetic for deep learning, 2016",
    .inputs =
        SG_PORTS({"x", 0, "(N, C, H, W)"}, {"weight", 0, "(O, C / groups, kh, kw)"}, {"bias", SG_OPTIONAL, "(O)"}),
    .outputs =
        SG_PORTS({"y", 0, "(N, O, H', W'), H' = floor((H + 2 padding - dilation (kh - 1) - 1) / stride) + 1"}),
    .attributes = SG_ATTRIBUTES(SG_CONVOLUTION_ATTRIBUTES),
    .options_bytes = sizeof(sg_conv2d_options),
    .defaults = &defaults,
    .save_inputs = 1 << X | 1 << WEIGHT,
    .prepare = prepare,
    .forward = forward,
    .backward = backward,
    .vjp = vjp,
    .samples = samples,
    .bad_samples = bad_samples,
};

sg_tensor *sg_conv2d(sg_context *context, sg_tensor *x, sg_tensor *weight, sg_tensor *bias,
                     const sg_conv2d_options *options) {
  return sg_apply_one(context, &op_conv2d, 3, (sg_tensor *[]){x, weight, bias}, options);
}
