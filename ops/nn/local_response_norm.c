// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = x / (k + alpha mean of x^2 over `size` neighbouring channels)^beta; beyond the channels there are zeros. In
// f64, as x^2 may leave the range of f32 where y does not.
#include "ops/ops.h"

typedef struct local_response_norm_options {
  int64_t size;
  double alpha, beta, k;
} local_response_norm_options;

static sg_status prepare(sg_plan *plan) {
  const sg_shape *x = sg_plan_shape(plan, 0);
  if (x->rank < 3) return sg_reject(plan, "x has shape %s, expected (N, C, ...)", sg_shape_text(x).text);
  return SG_OK;
}

// Every image as channels x pixels, with zeros before and behind the channels, of which windows of `size` are the
// rows of a plane.
static sg_tensor *mean_squares(const sg_call *call, sg_tensor *x, const sg_shape *shape) {
  sg_context *c = call->context;
  const int64_t size = ((const local_response_norm_options *)call->options)->size;
  const int64_t around[] = {0, 0, size / 2, (size - 1) / 2};
  sg_shape planes = SG_DIMS(shape->size[0], shape->size[1], 1);
  for (int d = 2; d < shape->rank; d++) planes.size[2] *= shape->size[d];
  const sg_avg_pool_options windows_of = {.kernel_size = {2, {size, 1}}, .stride = {1, {1}}, .padding = {1, {0}}};
  sg_tensor *squares = sg_square(c, sg_reshape(c, x, &planes));
  sg_tensor *padded = sg_pad(c, squares, 4, around, "constant", sg_whole(0));
  return sg_reshape(c, sg_avg_pool(c, 2, padded, &windows_of), shape);
}

static void compose(const sg_call *call, sg_tensor **outputs) {
  sg_context *c = call->context;
  const local_response_norm_options *o = call->options;
  const sg_shape *shape = sg_tensor_shape(call->inputs[0]);
  if (sg_tensor_elements(call->inputs[0]) == 0) {
    outputs[0] = sg_mul_scalar(c, call->inputs[0], 1);
    return;
  }
  sg_tensor *x = sg_to(c, call->inputs[0], SG_F64);
  sg_tensor *base = sg_add_scalar(c, sg_mul_scalar(c, mean_squares(call, x, shape), o->alpha), o->k);
  sg_tensor *y = sg_mul(c, x, sg_pow(c, base, sg_tensor_scalar(c, SG_F64, -o->beta)));
  outputs[0] = sg_to(c, y, call->dtype);
}

#define OVER(...) SG_WITH(local_response_norm_options, __VA_ARGS__)

const sg_op op_local_response_norm = {
    SG_COMPOSED(local_response_norm, prepare, compose),
    SG_WORDS(
        "Divides by a power of the mean square over neighbouring channels.",
        "y = x / (k + alpha mean of x^2 over the channels c - floor(size / 2) .. c + floor((size - 1) / 2))^beta",
        "Krizhevsky, Sutskever and Hinton, ImageNet Classification with Deep Convolutional Neural Networks, "
        "2012"),
    .cost = "each element of y looks at size channels",
    .inputs = SG_PORTS({"x", 0, "(N, C, ...)"}),
    .outputs = SG_PORTS({"y", 0, "the shape of x"}),
    SG_OPTIONS(local_response_norm_options,
               SG_CONSTANT(local_response_norm_options, .alpha = 1e-4, .beta = 0.75, .k = 1),
               SG_OPTION(local_response_norm_options, size, INT, "channels that are looked at",
                         SG_REQUIRED | SG_AT_LEAST | SG_AT_MOST, 1, INT32_MAX),
               SG_OPTION(local_response_norm_options, alpha, FLOAT, "factor of the mean square; default 1e-4"),
               SG_OPTION(local_response_norm_options, beta, FLOAT, "exponent; default 0.75"),
               SG_OPTION(local_response_norm_options, k, FLOAT, "what is added; default 1")),
    .samples = SG_SAMPLES(
        {"by hand", SG_ON(SG_VALUES(SG_NUMBERS(2, -1), SG_DIMS(1, 1, 2))), OVER(1, 1, 1, 0), SG_GIVES(0.5, -1)},
        {"lines", SG_ON(SG_RANDN(2, 4, 3)), OVER(3, 0.5, 0.75, 1)},
        {"images", SG_ON(SG_RANDN(1, 5, 2, 3)), OVER(2, 1, 0.5, 2)},
        {"many", SG_ON(SG_RANDN(1, 3, 2, 1, 2)), OVER(7, 0.1, 1.5, 1)},
        {"empty", SG_ON(SG_RANDN(0, 3, 2)), OVER(2, 1, 1, 1)}),
    .bad_samples = SG_SAMPLES({"rank", SG_ON(SG_RANDN(3, 4)), OVER(2, 1, 1, 1),
                               .error = "local_response_norm: x has shape [3, 4], expected (N, C, ...)"}),
};

sg_tensor *sg_local_response_norm(sg_context *context, sg_tensor *x, int64_t size, double alpha, double beta,
                                  double k) {
  return sg_apply_one(context, &op_local_response_norm, 1, &x,
                      &(local_response_norm_options){size, alpha, beta, k});
}
