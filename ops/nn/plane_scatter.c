// SPDX-License-Identifier: GPL-3.0-or-later
//
//   y[n, c, i] = sum over k with index[n, c, k] = i of x[n, c, k]
//
// Linear in x; its adjoint is plane_gather with the same index. The pair differentiates max_pool2d.
// Reference: Goodfellow, Bengio and Courville, "Deep Learning", 2016, section 9.3.
#include "ops/nn/convolution.h"
#include "ops/nn/plane.h"
#include "ops/ops.h"

enum { X, INDEX };

static const sg_plane_scatter_options defaults = {{0, {0}}};

static sg_status prepare(sg_plan *plan) {
  const sg_plane_scatter_options *options = plan->options;
  const sg_shape *x = sg_plan_shape(plan, X), *index = sg_plan_shape(plan, INDEX);
  if (x->rank != 4) return sg_reject(plan, "x has shape %s, expected (N, C, h, w)", sg_shape_text(x).text);
  if (!sg_shape_equal(x, index))
    return sg_reject(plan, "index has shape %s, expected that of x %s", sg_shape_text(index).text,
                     sg_shape_text(x).text);
  if (sg_pair_check(plan, "size", &options->size) != SG_OK) return sg_error_status(plan->context);
  int64_t height, width;
  sg_pair(&options->size, &height, &width);
  plan->output_shape[0] = (sg_shape)SG_DIMS(x->size[0], x->size[1], height, width);
  plan->scratch_bytes = sg_plane_scatter_scratch(
      &(plane_sums){x, &plan->output_shape[0], plan->output_dtype[0], x->size[2] * x->size[3]});
  return sg_plane_check_index(plan, plan->inputs[INDEX], height * width);
}

static void forward(const sg_call *call) {
  const sg_shape *x = sg_tensor_shape(call->inputs[X]), *y = sg_tensor_shape(call->outputs[0]);
  plane_sums sums = {x, y, call->dtype, x->size[2] * x->size[3]};
  sg_plane_scatter_run(call->context, &sums, sg_tensor_data(call->inputs[INDEX]), sg_tensor_data(call->inputs[X]),
                       sg_output_data(call->outputs[0]), call->scratch);
}

static void vjp(const sg_call *call) {
  if (call->needs[X]) call->d_inputs[X] = sg_plane_gather(call->context, call->d_outputs[0], call->inputs[INDEX]);
}

static const sg_plane_scatter_options two_by_three = {{2, {2, 3}}}, two_by_two = {{1, {2}}}, none = {{1, {0}}};

static const sg_sample samples[] = {
    {"planes",
     {SG_NORMAL(0, 1, SG_DIMS(2, 2, 2, 2)), SG_INDICES(6, SG_DIMS(2, 2, 2, 2))},
     .options = &two_by_three},
    {"sums", {SG_NORMAL(0, 1, SG_DIMS(1, 1, 3, 3)), SG_INDICES(4, SG_DIMS(1, 1, 3, 3))}, .options = &two_by_two},
    {"nothing to add",
     {SG_NORMAL(0, 1, SG_DIMS(1, 2, 0, 2)), SG_INDICES(4, SG_DIMS(1, 2, 0, 2))},
     .options = &two_by_two},
    {"nowhere", {SG_NORMAL(0, 1, SG_DIMS(1, 2, 0, 2)), SG_INDICES(4, SG_DIMS(1, 2, 0, 2))}, .options = &none},
    {0},
};

static const double beyond[] = {9};
static const sg_sample bad_samples[] = {
    {"rank",
     {SG_NORMAL(0, 1, SG_DIMS(2, 3)), SG_INDICES(2, SG_DIMS(2, 3))},
     .options = &two_by_two,
     .error = "expected (N, C, h, w)"},
    {"shapes",
     {SG_NORMAL(0, 1, SG_DIMS(1, 1, 2, 2)), SG_INDICES(2, SG_DIMS(1, 1, 2, 1))},
     .options = &two_by_two,
     .error = "index has shape [1, 1, 2, 1], expected that of x [1, 1, 2, 2]"},
    {"outside",
     {SG_NORMAL(0, 1, SG_DIMS(1, 1, 1, 1)), {SG_SAMPLE_VALUES, SG_DIMS(1, 1, 1, 1), 0, 0, beyond, SG_I64}},
     .options = &two_by_two,
     .error = "index has the value 9, outside"},
    {0},
};

const sg_op op_plane_scatter = {
    .name = "plane_scatter",
    .summary = "Adds pixels into zero planes at given positions; the adjoint of plane_gather.",
    .formula = "y[n,c,i] = sum over k with index[n,c,k] = i of x[n,c,k], with planes counted row by row",
    .reference = "Goodfellow, Bengio and Courville, Deep Learning, 2016, section 9.3",
    .inputs =
        SG_PORTS({"x", 0, "(N, C, h, w)"}, {"index", SG_INDEX, "(N, C, h, w), positions in a plane of H W pixels"}),
    .outputs = SG_PORTS({"y", 0, "(N, C, H, W)"}),
    .attributes =
        SG_ATTRIBUTES({"size", SG_ATTRIBUTE_INTS, offsetof(sg_plane_scatter_options, size),
                       "the extents (H, W) of y", SG_REQUIRED | SG_AT_LEAST | SG_AT_MOST, 0, INT32_MAX, NULL}),
    .options_bytes = sizeof(sg_plane_scatter_options),
    .defaults = &defaults,
    .save_inputs = 1 << INDEX,
    .prepare = prepare,
    .forward = forward,
    .vjp = vjp,
    .samples = samples,
    .bad_samples = bad_samples,
};

sg_tensor *sg_plane_scatter(sg_context *context, sg_tensor *x, sg_tensor *index,
                            const sg_plane_scatter_options *options) {
  return sg_apply_one(context, &op_plane_scatter, 2, (sg_tensor *[]){x, index}, options);
}
