// SPDX-License-Identifier: GPL-3.0-or-later
//
// Over the pixels that exist, y[n,c,p] is the largest of x[n, c, p stride - padding + i dilation] over the taps i.
// The cotangent of y goes to the pixel that was largest, the first of equal ones.
#include "ops/nn/max_pool.h"
#include "ops/kernels/max_pool.h"
#include "ops/nn/windows.h"
#include "ops/ops.h"
#include "ops/select_kernels.h"
#include "ops/shape/indices.h"

enum { Y, INDEX };

typedef struct max_pool {
  windows windows;
  int64_t images;            // of one channel
  int64_t pixels, positions; // of one image: in and out
  int64_t visits;            // in so many windows a pixel can be the largest
} max_pool;

// ---- prepare ----------------------------------------------------------------------------------------

static int64_t windows_along(const windows *w, int d, bool up) {
  int64_t stride = w->stride[d], room = w->in[d] + 2 * w->padding[d] - w->dilation[d] * (w->kernel[d] - 1) - 1;
  if (!up) return sg_windows_fitting(w->in[d], w->kernel[d], stride, w->padding[d], w->dilation[d]);
  if (room <= -stride) return 0;
  int64_t out = (room + stride - 1) / stride + 1;
  return (out - 1) * stride >= w->in[d] + w->padding[d] ? out - 1 : out; // none starts behind the image
}

// How many windows a pixel can be picked in, along one dimension. From one of them to the next, the tap that it is
// differs by a multiple of stride / gcd(stride, dilation), because both shift by a multiple of stride and of
// dilation.
static int64_t windows_of_pixel(const windows *w, int d) {
  int64_t common = w->stride[d], rest = w->dilation[d];
  while (rest > 0) {
    int64_t remainder = common % rest;
    common = rest;
    rest = remainder;
  }
  int64_t apart = w->stride[d] / common, count = (w->kernel[d] + apart - 1) / apart;
  return count < w->out[d] ? count : w->out[d];
}

// Whether every window has a tap in the image. Only windows that start in the padding can fail to.
static bool windows_see_pixels(const windows *w, int d) {
  for (int64_t p = 0; p < w->out[d] && p * w->stride[d] < w->padding[d]; p++) {
    int64_t start = p * w->stride[d] - w->padding[d], tap = (-start + w->dilation[d] - 1) / w->dilation[d];
    if (tap >= w->kernel[d] || start + tap * w->dilation[d] >= w->in[d]) return false;
  }
  return true;
}

static bool read_lists(const sg_plan *plan, int spatial, windows *w) {
  const sg_max_pool_options *o = plan->options;
  return sg_windows_list(plan, "kernel_size", &o->kernel_size, spatial, 1, w->kernel) &&
         sg_windows_list(plan, "stride", o->stride.count > 0 ? &o->stride : &o->kernel_size, spatial, 1,
                         w->stride) &&
         sg_windows_list(plan, "padding", &o->padding, spatial, 0, w->padding) &&
         sg_windows_list(plan, "dilation", &o->dilation, spatial, 1, w->dilation);
}

static sg_status fit_windows(const sg_plan *plan, int spatial, windows *w) {
  const sg_shape *x = sg_plan_shape(plan, 0);
  bool fits = true, sees = true;
  sg_windows_extents(x, w->in);
  for (int d = 0; d < SPATIAL; d++) {
    if (w->in[d] > INT32_MAX)
      return sg_reject(plan, "x has shape %s: images are limited to %d pixels a side", sg_shape_text(x).text,
                       INT32_MAX);
    if (w->padding[d] > w->kernel[d] / 2)
      return sg_reject(plan, "padding %s is more than half of kernel_size %s",
                       sg_windows_text(w->padding, spatial).text, sg_windows_text(w->kernel, spatial).text);
    w->out[d] = windows_along(w, d, ((const sg_max_pool_options *)plan->options)->ceil_mode);
    fits &= w->out[d] > 0 && w->in[d] > 0;
    sees &= windows_see_pixels(w, d);
  }
  if (!fits)
    return sg_reject(plan, "kernel_size %s with dilation %s and padding %s does not fit into x %s",
                     sg_windows_text(w->kernel, spatial).text, sg_windows_text(w->dilation, spatial).text,
                     sg_windows_text(w->padding, spatial).text, sg_shape_text(x).text);
  return sees ? SG_OK : sg_reject(plan, "x %s has a window without a pixel", sg_shape_text(x).text);
}

// Where y's cotangents go: every image is a line of pixels.
static line_arguments lines_of(const max_pool *pool) {
  return (line_arguments){.rank = 1,
                          .size = {pool->images},
                          .line_stride = {pool->positions},
                          .grid_stride = {pool->pixels},
                          .count = pool->positions,
                          .line_step = 1,
                          .grid_step = 1,
                          .extent = pool->pixels,
                          .clear = true,
                          .lines = pool->images};
}

static sg_status prepare(sg_plan *plan) {
  max_pool *pool = plan->own;
  windows *w = &pool->windows;
  const sg_shape *x = sg_plan_shape(plan, 0);
  int spatial = *(const int *)plan->op->member;
  if (x->rank != 2 + spatial)
    return sg_reject(plan, "x has shape %s, expected %s", sg_shape_text(x).text, sg_op_inputs(plan->op)[0].doc);
  if (!read_lists(plan, spatial, w) || fit_windows(plan, spatial, w)) return sg_error_status(plan->context);
  if (!sg_windows_count(w->in, INT64_MAX / 64, &pool->pixels) ||
      !sg_windows_count(w->out, INT64_MAX / 64, &pool->positions) ||
      __builtin_mul_overflow(x->size[0], x->size[1], &pool->images))
    return sg_reject(plan, "x has shape %s, which is too large", sg_shape_text(x).text);
  pool->visits = 1;
  for (int d = 0; d < SPATIAL; d++) pool->visits *= windows_of_pixel(w, d);
  sg_shape y = sg_windows_shape(x->size[0], x->size[1], spatial, w->out);
  plan->output_shape[Y] = plan->output_shape[INDEX] = y;
  line_arguments a = lines_of(pool);
  plan->backward_scratch_bytes =
      sg_lines_scatter_scratch(plan->output_dtype[Y], a.lines, a.extent, a.count, pool->visits);
  return SG_OK;
}

// ---- forward, backward, vjp ---------------------------------------------------------------------------

static void forward(const sg_call *call) {
  const max_pool *pool = call->plan;
  max_pool_arguments a = {.windows = &pool->windows,
                          .index_base = sg_index_base(call->context),
                          .x = sg_input_data(call, 0),
                          .y = sg_output_data(call->outputs[Y]),
                          .index = sg_output_data(call->outputs[INDEX])};
  sg_parallel(call->context, pool->images, sg_grain(pool->pixels),
              sg_kernels_for(call->context, call->dtype)->max_pool->forward, &a);
}

static void backward(const sg_call *call) {
  const max_pool *pool = call->plan;
  line_arguments a = lines_of(pool);
  a.index = sg_tensor_data(call->outputs[INDEX]);
  a.base = sg_index_base(call->context);
  a.source = sg_tensor_data(call->d_outputs[Y]);
  a.target = sg_output_data(call->d_inputs[0]);
  sg_lines_scatter_run(call->context, call->dtype, &a, pool->visits, call->scratch);
}

static void vjp(const sg_call *call) {
  sg_context *c = call->context;
  const max_pool *pool = call->plan;
  const sg_shape *x = &call->input_shapes[0];
  sg_shape lines = SG_DIMS(x->size[0], x->size[1], pool->positions), pixels = lines;
  pixels.size[2] = pool->pixels;
  sg_tensor *index = sg_reshape(c, call->outputs[INDEX], &lines), *g = sg_reshape(c, call->d_outputs[Y], &lines);
  sg_tensor *sums = sg_scatter_add(c, sg_tensor_full(c, call->dtype, &pixels, 0), index, g, 2);
  call->d_inputs[0] = sg_reshape(c, sums, x);
}

// ---- The family ---------------------------------------------------------------------------------------

#define LIST(name, words, flags, least)                                                                            \
  SG_OPTION(sg_max_pool_options, name, INTS, words, (flags) | SG_AT_LEAST | SG_AT_MOST, least, INT32_MAX)

const sg_op sg_max_pool_family = {
    SG_OPTIONS(sg_max_pool_options, SG_CONSTANT(sg_max_pool_options, {0, {0}}, {0, {0}}, {1, {0}}, {1, {1}}, false),
               LIST(kernel_size, "extents of a window", SG_REQUIRED, 1),
               LIST(stride, "distance of neighbouring windows; default kernel_size", 0, 1),
               LIST(padding, "room on every side of x, at most half of kernel_size; default 0", 0, 0),
               LIST(dilation, "distance of the pixels in a window; default 1", 0, 1),
               SG_OPTION(sg_max_pool_options, ceil_mode, BOOL, "round the extents of y up; default false")),
    .save_outputs = 1 << INDEX,
    .plan_bytes = sizeof(max_pool),
    .prepare = prepare,
    .forward = forward,
    .backward = backward,
    .vjp = vjp,
};

sg_tensor *sg_max_pool_apply(sg_context *context, const sg_op *op, sg_tensor *x,
                             const sg_max_pool_options *options) {
  sg_tensor *outputs[2];
  return sg_apply(context, op, 1, &x, options, outputs) == SG_OK ? outputs[Y] : NULL;
}
