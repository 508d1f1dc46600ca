// SPDX-License-Identifier: GPL-3.0-or-later
//
// Zeros with the values of x at their positions; d_x is d_y there.
#include "ops/nn/pool.h"
#include "ops/ops.h"

#define OP(name) extern const sg_op op_##name;
#include "ops/op_list.h"
#undef OP

// Every image of x and of y as a line.
typedef struct unpooling {
  sg_shape positions, pixels, y;
} unpooling;

static sg_status read_extents(sg_plan *plan, int spatial, windows *w) {
  const sg_max_unpool_options *o = plan->options;
  int64_t wanted[SPATIAL];
  if (!sg_pool_read_windows(plan, spatial, &o->kernel_size, &o->stride, w) ||
      !sg_windows_list(plan, "padding", &o->padding, spatial, 0, w->padding))
    return sg_error_status(plan->context);
  for (int d = 0; d < SPATIAL; d++) w->out[d] = (w->in[d] - 1) * w->stride[d] - 2 * w->padding[d] + w->kernel[d];
  for (int d = 0; d < SPATIAL; d++)
    if (w->in[d] > INT32_MAX || w->out[d] < 1)
      return sg_reject(plan, "x %s would become images of the extents %s",
                       sg_shape_text(sg_plan_shape(plan, 0)).text, sg_windows_text(w->out, spatial).text);
  if (o->output_size.count == 0) return SG_OK;
  if (!sg_windows_list(plan, "output_size", &o->output_size, spatial, 1, wanted))
    return sg_error_status(plan->context);
  for (int d = SPATIAL - spatial; d < SPATIAL; d++) {
    if (wanted[d] <= w->out[d] - w->stride[d] || wanted[d] >= w->out[d] + w->stride[d])
      return sg_reject(plan, "output_size is %s, expected %s and less than stride %s away",
                       sg_windows_text(wanted, spatial).text, sg_windows_text(w->out, spatial).text,
                       sg_windows_text(w->stride, spatial).text);
    w->out[d] = wanted[d];
  }
  return SG_OK;
}

static sg_status prepare(sg_plan *plan) {
  const int spatial = *(const int *)plan->op->member;
  const sg_shape *x = sg_plan_shape(plan, 0), *indices = sg_plan_shape(plan, 1);
  unpooling *own = plan->own;
  int64_t images = 1, positions = 1, pixels;
  windows w;
  if (sg_pool_check_rank(plan, spatial)) return sg_error_status(plan->context);
  if (!sg_shape_equal(x, indices))
    return sg_reject(plan, "indices have shape %s, expected that of x %s", sg_shape_text(indices).text,
                     sg_shape_text(x).text);
  if (read_extents(plan, spatial, &w)) return sg_error_status(plan->context);
  own->y = sg_windows_replaced(x, spatial, w.out);
  for (int d = 0; d < x->rank; d++)
    if (__builtin_mul_overflow(d < x->rank - spatial ? images : positions, x->size[d],
                               d < x->rank - spatial ? &images : &positions))
      return sg_reject(plan, "x has shape %s, which is too large", sg_shape_text(x).text);
  if (!sg_windows_count(w.out, INT64_MAX / 64, &pixels) || !sg_shape_count(&own->y, &(int64_t){0}))
    return sg_reject(plan, "the result would have the shape %s", sg_shape_text(&own->y).text);
  own->positions = (sg_shape)SG_DIMS(images, positions);
  own->pixels = (sg_shape)SG_DIMS(images, pixels);
  return SG_OK;
}

static void compose(const sg_call *call, sg_tensor **outputs) {
  sg_context *c = call->context;
  const unpooling *own = call->plan;
  sg_tensor *values = sg_reshape(c, call->inputs[0], &own->positions);
  sg_tensor *indices = sg_reshape(c, call->inputs[1], &own->positions);
  sg_tensor *zeros = sg_tensor_full(c, call->dtype, &own->pixels, 0);
  outputs[0] = sg_reshape(c, sg_scatter(c, zeros, indices, values, 1), &own->y);
}

const sg_op sg_max_unpool_family = {
    SG_OPTIONS(sg_max_unpool_options, SG_CONSTANT(sg_max_unpool_options, .padding = {1, {0}}),
               SG_POOL_KERNEL(sg_max_unpool_options), SG_POOL_STRIDE(sg_max_unpool_options),
               SG_POOL_LIST(sg_max_unpool_options, padding, "room on every side of y; default 0", 0, 0),
               SG_POOL_LIST(sg_max_unpool_options, output_size, "extents of y; default: the least", 0, 1)),
    .plan_bytes = sizeof(unpooling),
    .prepare = prepare,
    .compose = compose,
};

sg_tensor *sg_max_unpool(sg_context *context, int spatial, sg_tensor *x, sg_tensor *indices,
                         const sg_max_unpool_options *options) {
  static const sg_op *const ops[SPATIAL] = {&op_max_unpool1d, &op_max_unpool2d, &op_max_unpool3d};
  return sg_apply_one(context, ops[spatial - 1], 2, (sg_tensor *[]){x, indices}, options);
}
