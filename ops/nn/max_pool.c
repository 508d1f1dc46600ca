// SPDX-License-Identifier: GPL-3.0-or-later
//
// Over the pixels that exist, y[n,c,p] is the largest of x[n, c, p stride - padding + i dilation] over the taps i,
// or of those of part p. The cotangent of y goes to the pixel that was largest, the first of equal ones.
#include "ops/kernels/max_pool.h"
#include "ops/nn/pool.h"
#include "ops/ops.h"
#include "ops/select_kernels.h"
#include "ops/shape/indices.h"

enum { Y, INDICES };

#define OP(name) extern const sg_op op_##name;
#include "ops/op_list.h"
#undef OP
static const sg_op *const pools[SPATIAL] = {&op_max_pool1d, &op_max_pool2d, &op_max_pool3d};
static const sg_op *const adaptive_pools[SPATIAL] = {&op_adaptive_max_pool1d, &op_adaptive_max_pool2d,
                                                     &op_adaptive_max_pool3d};

typedef struct max_pool {
  windows windows;
  int64_t images;            // of one channel
  int64_t pixels, positions; // of one image: in and out
  int64_t visits;            // in so many windows a pixel can be the largest
} max_pool;

// ---- prepare ----------------------------------------------------------------------------------------

// How many windows a pixel can be picked in, along one dimension. From one of them to the next, the tap that it is
// differs by a multiple of stride / gcd(stride, dilation), because both shift by a multiple of stride and of
// dilation.
static int64_t windows_of_pixel(const windows *w, int d) {
  if (w->kernel[d] == 0) return (w->out[d] + w->in[d] - 1) / w->in[d] + 1;
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
  if (w->kernel[d] == 0) return true;
  for (int64_t p = 0; p < w->out[d] && p * w->stride[d] < w->padding[d]; p++) {
    int64_t start = p * w->stride[d] - w->padding[d], tap = (-start + w->dilation[d] - 1) / w->dilation[d];
    if (tap >= w->kernel[d] || start + tap * w->dilation[d] >= w->in[d]) return false;
  }
  return true;
}

static sg_status plan_windows(const sg_plan *plan, int spatial, windows *w) {
  const sg_max_pool_options *o = plan->options;
  const sg_shape *x = sg_plan_shape(plan, 0);
  if (!sg_pool_read_windows(plan, spatial, &o->kernel_size, &o->stride, w) ||
      !sg_windows_list(plan, "padding", &o->padding, spatial, 0, w->padding) ||
      !sg_windows_list(plan, "dilation", &o->dilation, spatial, 1, w->dilation) ||
      sg_pool_fit_windows(plan, spatial, o->ceil_mode, w))
    return sg_error_status(plan->context);
  for (int d = 0; d < SPATIAL; d++)
    if (!windows_see_pixels(w, d))
      return sg_reject(plan, "x %s has a window without a pixel", sg_shape_text(x).text);
  return SG_OK;
}

// Parts are windows whose kernel is 0.
static sg_status plan_parts(const sg_plan *plan, int spatial, windows *w) {
  *w = (windows){.kernel = {0, 0, 0}, .stride = {1, 1, 1}, .dilation = {1, 1, 1}};
  sg_windows_last(sg_plan_shape(plan, 0), spatial, w->in);
  return sg_pool_read_output_size(plan, spatial, w->out);
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
  const sg_max_pool_member *member = plan->op->member;
  const int spatial = member->spatial;
  if (sg_pool_check_rank(plan, spatial) || (member->adaptive ? plan_parts : plan_windows)(plan, spatial, w))
    return sg_error_status(plan->context);
  const int64_t batch = x->rank > 1 + spatial ? x->size[0] : 1, channels = x->size[x->rank - spatial - 1];
  if (!sg_windows_count(w->in, INT64_MAX / 64, &pool->pixels) ||
      !sg_windows_count(w->out, INT64_MAX / 64, &pool->positions) ||
      __builtin_mul_overflow(batch, channels, &pool->images))
    return sg_reject(plan, "x has shape %s, which is too large", sg_shape_text(x).text);
  pool->visits = 1;
  for (int d = 0; d < SPATIAL; d++) pool->visits *= windows_of_pixel(w, d);
  plan->output_shape[Y] = plan->output_shape[INDICES] = sg_windows_replaced(x, spatial, w->out);
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
                          .index = sg_output_data(call->outputs[INDICES])};
  sg_parallel(call->context, pool->images, sg_grain(pool->pixels),
              sg_kernels_for(call->context, call->dtype)->max_pool->forward, &a);
}

static void backward(const sg_call *call) {
  const max_pool *pool = call->plan;
  line_arguments a = lines_of(pool);
  a.index = sg_tensor_data(call->outputs[INDICES]);
  a.base = sg_index_base(call->context);
  a.source = sg_tensor_data(call->d_outputs[Y]);
  a.target = sg_output_data(call->d_inputs[0]);
  sg_lines_scatter_run(call->context, call->dtype, &a, pool->visits, call->scratch);
}

static void vjp(const sg_call *call) {
  sg_context *c = call->context;
  const max_pool *pool = call->plan;
  const sg_shape *x = &call->input_shapes[0];
  sg_shape lines = SG_DIMS(pool->images, pool->positions), pixels = SG_DIMS(pool->images, pool->pixels);
  sg_tensor *index = sg_reshape(c, call->outputs[INDICES], &lines), *g = sg_reshape(c, call->d_outputs[Y], &lines);
  sg_tensor *sums = sg_scatter_add(c, sg_tensor_full(c, call->dtype, &pixels, 0), index, g, 1);
  call->d_inputs[0] = sg_reshape(c, sums, x);
}

// ---- The family ---------------------------------------------------------------------------------------

const sg_op sg_max_pool_family = {
    .subgradient = "to the first of equal elements in a window",
    .cost = "each element of y looks at its window",
    SG_OPTIONS(sg_max_pool_options, SG_CONSTANT(sg_max_pool_options, .padding = {1, {0}}, .dilation = {1, {1}}),
               SG_POOL_KERNEL(sg_max_pool_options), SG_POOL_STRIDE(sg_max_pool_options),
               SG_POOL_PADDING(sg_max_pool_options),
               SG_POOL_LIST(sg_max_pool_options, dilation, "distance of the pixels in a window; default 1", 0, 1),
               SG_POOL_CEIL_MODE(sg_max_pool_options), SG_POOL_RETURN_INDICES(sg_max_pool_options)),
    .save_outputs = 1 << INDICES,
    SG_PLANNED(max_pool, prepare, forward, vjp),
    .backward = backward,
};

static sg_tensor *apply(sg_context *context, const sg_op *op, sg_tensor *x, const void *options,
                        sg_tensor **indices) {
  sg_tensor *outputs[2];
  if (sg_apply(context, op, 1, &x, options, outputs) != SG_OK) return NULL;
  if (indices) *indices = outputs[INDICES];
  return outputs[Y];
}

sg_tensor *sg_max_pool_with_indices(sg_context *context, int spatial, sg_tensor *x,
                                    const sg_max_pool_options *options, sg_tensor **indices) {
  return apply(context, pools[spatial - 1], x, options, indices);
}

sg_tensor *sg_adaptive_max_pool(sg_context *context, int spatial, sg_tensor *x, const sg_ints *output_size,
                                sg_tensor **indices) {
  return apply(context, adaptive_pools[spatial - 1], x, &(sg_adaptive_pool_options){.output_size = *output_size},
               indices);
}
