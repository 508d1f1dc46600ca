// SPDX-License-Identifier: GPL-3.0-or-later
//
//   y[n, c, p, q] = max over i, j of x[n, c, p stride - padding + i dilation, q stride - padding + j dilation]
//
// over the pixels that exist. The cotangent of y goes to the pixel that was largest, the first of equal ones.
// Reference: Goodfellow, Bengio and Courville, "Deep Learning", 2016, section 9.3.
#include "ops/kernels/max_pool.h"
#include "ops/nn/convolution.h"
#include "ops/nn/plane.h"
#include "ops/ops.h"
#include "ops/select_kernels.h"

enum { Y, INDEX };

static const sg_max_pool2d_options defaults = {{0, {0}}, {0, {0}}, {1, {0}}, {1, {1}}, false};

// ---- prepare ----------------------------------------------------------------------------------------

static int64_t output_extent(int64_t in, int64_t kernel, int64_t stride, int64_t padding, int64_t dilation,
                             bool up) {
  int64_t room = in + 2 * padding - dilation * (kernel - 1) - 1;
  if (room < 0 && (!up || room <= -stride)) return 0;
  int64_t out = (up ? (room + stride - 1) / stride : room / stride) + 1;
  // With rounding up, a last window that starts behind the image is left out.
  return up && (out - 1) * stride >= in + padding ? out - 1 : out;
}

static max_pool_arguments geometry(const sg_shape *x, const sg_max_pool2d_options *o) {
  max_pool_arguments a = {.height = x->size[2], .width = x->size[3]};
  sg_pair(&o->kernel_size, &a.kernel_h, &a.kernel_w);
  sg_pair(o->stride.count > 0 ? &o->stride : &o->kernel_size, &a.stride_h, &a.stride_w);
  sg_pair(&o->padding, &a.padding_h, &a.padding_w);
  sg_pair(&o->dilation, &a.dilation_h, &a.dilation_w);
  a.out_h = output_extent(a.height, a.kernel_h, a.stride_h, a.padding_h, a.dilation_h, o->ceil_mode);
  a.out_w = output_extent(a.width, a.kernel_w, a.stride_w, a.padding_w, a.dilation_w, o->ceil_mode);
  return a;
}

// How many windows a pixel can be picked in, along one side. From one of them to the next, the tap that it is
// differs by a multiple of stride / gcd(stride, dilation), because both shift by a multiple of stride and of
// dilation.
static int64_t windows_of_pixel(int64_t out, int64_t kernel, int64_t stride, int64_t dilation) {
  int64_t common = stride, rest = dilation;
  while (rest > 0) {
    int64_t remainder = common % rest;
    common = rest;
    rest = remainder;
  }
  int64_t apart = stride / common, windows = (kernel + apart - 1) / apart;
  return windows < out ? windows : out;
}

static int64_t visits_of(const max_pool_arguments *a) {
  return windows_of_pixel(a->out_h, a->kernel_h, a->stride_h, a->dilation_h) *
         windows_of_pixel(a->out_w, a->kernel_w, a->stride_w, a->dilation_w);
}

// Whether every window has a tap in [0, extent). Only windows that start in the padding can fail to.
static bool windows_see_pixels(int64_t out, int64_t extent, int64_t kernel, int64_t stride, int64_t padding,
                               int64_t dilation) {
  for (int64_t p = 0; p < out && p * stride < padding; p++) {
    int64_t start = p * stride - padding, tap = (-start + dilation - 1) / dilation;
    if (tap >= kernel || start + tap * dilation >= extent) return false;
  }
  return true;
}

static sg_status prepare(sg_plan *plan) {
  const sg_max_pool2d_options *o = plan->options;
  const sg_shape *x = sg_plan_shape(plan, 0);
  if (x->rank != 4) return sg_reject(plan, "x has shape %s, expected (N, C, H, W)", sg_shape_text(x).text);
  if (x->size[2] > INT32_MAX || x->size[3] > INT32_MAX)
    return sg_reject(plan, "x has shape %s: planes are limited to %d pixels a side", sg_shape_text(x).text,
                     INT32_MAX);
  sg_status status = sg_pair_check(plan, "kernel_size", &o->kernel_size);
  if (status == SG_OK && o->stride.count > 0) status = sg_pair_check(plan, "stride", &o->stride);
  if (status == SG_OK) status = sg_pair_check(plan, "padding", &o->padding);
  if (status == SG_OK) status = sg_pair_check(plan, "dilation", &o->dilation);
  if (status != SG_OK) return status;
  max_pool_arguments a = geometry(x, o);
  if (a.padding_h > a.kernel_h / 2 || a.padding_w > a.kernel_w / 2)
    return sg_reject(plan, "padding (%lld, %lld) is more than half of kernel_size (%lld, %lld)",
                     (long long)a.padding_h, (long long)a.padding_w, (long long)a.kernel_h, (long long)a.kernel_w);
  if (a.out_h < 1 || a.out_w < 1 || a.height < 1 || a.width < 1)
    return sg_reject(plan,
                     "kernel_size (%lld, %lld) with dilation (%lld, %lld) and padding (%lld, %lld) does not fit "
                     "into x %s",
                     (long long)a.kernel_h, (long long)a.kernel_w, (long long)a.dilation_h, (long long)a.dilation_w,
                     (long long)a.padding_h, (long long)a.padding_w, sg_shape_text(x).text);
  if (!windows_see_pixels(a.out_h, a.height, a.kernel_h, a.stride_h, a.padding_h, a.dilation_h) ||
      !windows_see_pixels(a.out_w, a.width, a.kernel_w, a.stride_w, a.padding_w, a.dilation_w))
    return sg_reject(plan, "x %s has a window without a pixel", sg_shape_text(x).text);
  plan->output_shape[Y] = plan->output_shape[INDEX] = (sg_shape)SG_DIMS(x->size[0], x->size[1], a.out_h, a.out_w);
  plan->backward_scratch_bytes =
      sg_plane_scatter_scratch(&(plane_sums){&plan->output_shape[Y], x, plan->output_dtype[Y], visits_of(&a)});
  return SG_OK;
}

// ---- forward, backward, vjp ---------------------------------------------------------------------------

static void forward(const sg_call *call) {
  const sg_shape *x = sg_tensor_shape(call->inputs[0]);
  max_pool_arguments a = geometry(x, call->options);
  a.index_base = sg_index_base(call->context);
  a.x = sg_tensor_data(call->inputs[0]);
  a.y = sg_output_data(call->outputs[Y]);
  a.index = sg_output_data(call->outputs[INDEX]);
  sg_parallel(call->context, x->size[0] * x->size[1], sg_grain(a.height * a.width),
              sg_kernels_for(call->context, call->dtype)->max_pool->forward, &a);
}

static void backward(const sg_call *call) {
  const sg_shape *x = &call->input_shapes[0], *y = &call->output_shapes[Y];
  max_pool_arguments a = geometry(x, call->options);
  plane_sums sums = {y, x, call->dtype, visits_of(&a)};
  sg_plane_scatter_run(call->context, &sums, sg_tensor_data(call->outputs[INDEX]),
                       sg_tensor_data(call->d_outputs[Y]), sg_output_data(call->d_inputs[0]), call->scratch);
}

static void vjp(const sg_call *call) {
  const sg_shape *x = &call->input_shapes[0];
  sg_plane_scatter_options plane = {{2, {x->size[2], x->size[3]}}};
  call->d_inputs[0] = sg_plane_scatter(call->context, call->d_outputs[Y], call->outputs[INDEX], &plane);
}

// ---- samples --------------------------------------------------------------------------------------

static const double square[] = {1, 2, 5, 6, 3, 4, 8, 7}, square_by_two[] = {4, 8};
static const sg_max_pool2d_options
    two = {.kernel_size = {1, {2}}, .padding = {1, {0}}, .dilation = {1, {1}}},
    overlapping = {.kernel_size = {1, {3}}, .stride = {1, {2}}, .padding = {1, {1}}, .dilation = {1, {1}}},
    uneven = {.kernel_size = {2, {2, 3}}, .stride = {2, {2, 1}}, .padding = {2, {1, 0}}, .dilation = {2, {1, 2}}},
    ceiling = {.kernel_size = {1, {2}}, .padding = {1, {0}}, .dilation = {1, {1}}, .ceil_mode = true},
    padded = {.kernel_size = {1, {2}}, .padding = {1, {2}}, .dilation = {1, {1}}},
    large = {.kernel_size = {1, {5}}, .padding = {1, {0}}, .dilation = {1, {1}}},
    zero = {.kernel_size = {1, {0}}, .padding = {1, {0}}, .dilation = {1, {1}}};

static const sg_sample samples[] = {
    {"worked by hand", {SG_VALUES(square, SG_DIMS(1, 1, 2, 4))}, .options = &two, .expected = square_by_two},
    {"pairs", {SG_DISTINCT(-2, 2, SG_DIMS(2, 2, 4, 6))}, .options = &two},
    {"pairs and a rest", {SG_DISTINCT(-2, 2, SG_DIMS(1, 2, 5, 3))}, .options = &two},
    {"overlapping, padded", {SG_DISTINCT(-2, 2, SG_DIMS(1, 2, 5, 6))}, .options = &overlapping},
    {"another number for each direction", {SG_DISTINCT(-2, 2, SG_DIMS(1, 2, 5, 7))}, .options = &uneven},
    {"rounded up", {SG_DISTINCT(-2, 2, SG_DIMS(1, 2, 5, 3))}, .options = &ceiling},
    {"no images", {SG_DISTINCT(-2, 2, SG_DIMS(0, 2, 4, 4))}, .options = &two},
    {0},
};

static const sg_sample bad_samples[] = {
    {"rank",
     {SG_NORMAL(0, 1, SG_DIMS(4, 4))},
     .options = &two,
     .error = "max_pool2d: x has shape [4, 4], expected (N, C, H, W)"},
    {"kernel too large",
     {SG_NORMAL(0, 1, SG_DIMS(1, 1, 4, 4))},
     .options = &large,
     .error = "does not fit into x [1, 1, 4, 4]"},
    {"padding",
     {SG_NORMAL(0, 1, SG_DIMS(1, 1, 4, 4))},
     .options = &padded,
     .error = "padding (2, 2) is more than half of kernel_size"},
    {"empty kernel", {SG_NORMAL(0, 1, SG_DIMS(1, 1, 4, 4))}, .options = &zero, .error = "kernel_size"},
    {0},
};

// ---- descriptor -----------------------------------------------------------------------------------

const sg_op op_max_pool2d = {
    .name = "max_pool2d",
    .summary = "The largest value of every window of an image.",
    .formula =
        "y[n,c,p,q] = max over i,j of x[n, c, p*stride - padding + i*dilation, q*stride - padding + j*dilation]",
    .reference = "Goodfellow, Bengio and Courville, Deep Learning, 2016, section 9.3",
    .inputs = SG_PORTS({"x", 0, "(N, C, H, W)"}),
    .outputs = SG_PORTS(
        {"y", 0, "(N, C, H', W'), H' = floor((H + 2 padding - dilation (kernel_size - 1) - 1) / stride) + 1"},
        {"index", SG_INDEX | SG_HIDDEN, "position of the largest pixel in its plane"}),
    .attributes = SG_ATTRIBUTES(
        {"kernel_size", SG_ATTRIBUTE_INTS, offsetof(sg_max_pool2d_options, kernel_size), "extents of a window",
         SG_REQUIRED | SG_AT_LEAST | SG_AT_MOST, 1, INT32_MAX, NULL},
        {"stride", SG_ATTRIBUTE_INTS, offsetof(sg_max_pool2d_options, stride),
         "distance of neighbouring windows; default kernel_size", SG_AT_LEAST | SG_AT_MOST, 1, INT32_MAX, NULL},
        {"padding", SG_ATTRIBUTE_INTS, offsetof(sg_max_pool2d_options, padding),
         "room on every side of x, at most half of kernel_size; default 0", SG_AT_LEAST | SG_AT_MOST, 0, INT32_MAX,
         NULL},
        {"dilation", SG_ATTRIBUTE_INTS, offsetof(sg_max_pool2d_options, dilation),
         "distance of the pixels in a window; default 1", SG_AT_LEAST | SG_AT_MOST, 1, INT32_MAX, NULL},
        {"ceil_mode", SG_ATTRIBUTE_BOOL, offsetof(sg_max_pool2d_options, ceil_mode),
         "round the extents of y up; default false", 0, 0, 0, NULL}),
    .options_bytes = sizeof(sg_max_pool2d_options),
    .defaults = &defaults,
    .save_outputs = 1 << INDEX,
    .prepare = prepare,
    .forward = forward,
    .backward = backward,
    .vjp = vjp,
    .samples = samples,
    .bad_samples = bad_samples,
};

sg_tensor *sg_max_pool2d(sg_context *context, sg_tensor *x, const sg_max_pool2d_options *options) {
  sg_tensor *outputs[2];
  return sg_apply(context, &op_max_pool2d, 1, &x, options, outputs) == SG_OK ? outputs[Y] : NULL;
}
