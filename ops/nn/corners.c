// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/nn/corners.h"
#include "ops/kernels/corners.h"
#include "ops/ops.h"
#include "ops/select_kernels.h"
#include "ops/shape/indices.h"

enum { INDEX = 2, BLOCKS_AT_MOST = 16 };

// Which tensors the first two inputs are of the op that yields a given one.
static const sg_corners_tensor operands[3][2] = {
    [SG_CORNERS_X] = {SG_CORNERS_Y, SG_CORNERS_WEIGHT},
    [SG_CORNERS_WEIGHT] = {SG_CORNERS_X, SG_CORNERS_Y},
    [SG_CORNERS_Y] = {SG_CORNERS_X, SG_CORNERS_WEIGHT},
};

typedef struct corners {
  int64_t batch, channels, extent, points, corners;
} corners;

static sg_corners_tensor result_of(const sg_op *op) { return *(const sg_corners_tensor *)op->member; }

// ---- prepare, check -----------------------------------------------------------------------------------

static sg_shape shape_of(const corners *c, sg_corners_tensor tensor) {
  if (tensor == SG_CORNERS_WEIGHT) return (sg_shape)SG_DIMS(c->batch, c->points, c->corners);
  return (sg_shape)SG_DIMS(c->batch, c->channels, tensor == SG_CORNERS_X ? c->extent : c->points);
}

static sg_status check_shape(const sg_plan *plan, int input, const sg_shape *expected) {
  if (sg_shape_equal(sg_plan_shape(plan, input), expected)) return SG_OK;
  return sg_reject(plan, "%s has shape %s, expected %s (index %s)", sg_op_inputs(plan->op)[input].name,
                   sg_shape_text(sg_plan_shape(plan, input)).text, sg_shape_text(expected).text,
                   sg_shape_text(sg_plan_shape(plan, INDEX)).text);
}

static sg_status prepare(sg_plan *plan) {
  const sg_corners_tensor result = result_of(plan->op);
  const sg_shape *first = sg_plan_shape(plan, 0), *index = sg_plan_shape(plan, INDEX);
  corners *own = plan->own;
  for (int i = 0; i <= INDEX; i++)
    if (sg_plan_shape(plan, i)->rank != 3)
      return sg_reject(plan, "%s has shape %s, expected %s", sg_op_inputs(plan->op)[i].name,
                       sg_shape_text(sg_plan_shape(plan, i)).text, sg_op_inputs(plan->op)[i].doc);
  *own = (corners){index->size[0], first->size[1], first->size[2], index->size[1], index->size[2]};
  if (result == SG_CORNERS_X) own->extent = ((const sg_corner_scatter_options *)plan->options)->extent;
  if (own->corners > CORNERS_AT_MOST || own->extent > INT32_MAX)
    return sg_reject(plan, "index %s and the extent %lld of x are too large", sg_shape_text(index).text,
                     (long long)own->extent);
  for (int i = 0; i < INDEX; i++) {
    const sg_shape expected = shape_of(own, operands[result][i]);
    if (check_shape(plan, i, &expected)) return sg_error_status(plan->context);
  }
  plan->output_shape[0] = shape_of(own, result);
  if (!sg_shape_count(&plan->output_shape[0], &(int64_t){0}))
    return sg_reject(plan, "the result would have the shape %s", sg_shape_text(&plan->output_shape[0]).text);
  if (result == SG_CORNERS_X && sg_shape_elements(&plan->output_shape[0]) > 0) {
    const int64_t channels = own->batch * own->channels;
    plan->scratch_bytes =
        (size_t)((channels < BLOCKS_AT_MOST ? channels : BLOCKS_AT_MOST) * own->extent) * sizeof(double);
  }
  return SG_OK;
}

static sg_status check(const sg_call *call) {
  const corners *own = call->plan;
  const int64_t base = sg_index_base(call->context), i = sg_index_first_outside(call, INDEX, own->extent);
  if (i < 0) return SG_OK;
  return sg_refuse(call, "index holds %lld (element %lld), expected %lld..%lld",
                   (long long)sg_tensor_integer(call->inputs[INDEX], i), (long long)(i + base), (long long)base,
                   (long long)(own->extent - 1 + base));
}

// ---- forward, vjp -------------------------------------------------------------------------------------

static void forward(const sg_call *call) {
  const corners *own = call->plan;
  const sg_corners_tensor result = result_of(call->op);
  const corners_kernels *kernels = sg_kernels_for(call->context, call->dtype)->corners;
  const int64_t channels = own->batch * own->channels;
  void *tensors[3];
  for (int i = 0; i < INDEX; i++) tensors[operands[result][i]] = (void *)sg_input_data(call, i);
  tensors[result] = sg_output_data(call->outputs[0]);
  corners_arguments a = {.batch = own->batch,
                         .channels = own->channels,
                         .extent = own->extent,
                         .points = own->points,
                         .corners = own->corners,
                         .tiles = (own->points + CORNERS_TILE - 1) / CORNERS_TILE,
                         .index = sg_input_data(call, INDEX),
                         .base = sg_index_base(call->context),
                         .x = tensors[SG_CORNERS_X],
                         .weight = tensors[SG_CORNERS_WEIGHT],
                         .y = tensors[SG_CORNERS_Y],
                         .blocks = channels < BLOCKS_AT_MOST ? channels : BLOCKS_AT_MOST,
                         .sums = call->scratch};
  if (result == SG_CORNERS_X)
    sg_parallel(call->context, a.blocks, 1, kernels->scatter, &a);
  else
    sg_parallel(call->context, a.batch * a.tiles, sg_grain(CORNERS_TILE * (own->channels + 1)),
                result == SG_CORNERS_Y ? kernels->gather : kernels->weigh, &a);
}

static void vjp(const sg_call *call) {
  sg_context *c = call->context;
  const corners *own = call->plan;
  const sg_corners_tensor result = result_of(call->op);
  sg_tensor *tensors[3], *index = call->inputs[INDEX];
  for (int i = 0; i < INDEX; i++) tensors[operands[result][i]] = call->inputs[i];
  tensors[result] = call->d_outputs[0];
  sg_tensor *x = tensors[SG_CORNERS_X], *weight = tensors[SG_CORNERS_WEIGHT], *y = tensors[SG_CORNERS_Y];
  for (int i = 0; i < INDEX; i++) {
    const sg_corners_tensor wanted = operands[result][i];
    if (!call->needs[i]) continue;
    call->d_inputs[i] = wanted == SG_CORNERS_X   ? sg_corner_scatter(c, y, weight, index, own->extent)
                        : wanted == SG_CORNERS_Y ? sg_corner_sum(c, x, weight, index)
                                                 : sg_corner_weights(c, x, y, index);
  }
}

const sg_op sg_corners_family = {
    .save_inputs = 1 << 0 | 1 << 1 | 1 << INDEX,
    .plan_bytes = sizeof(corners),
    .prepare = prepare,
    .check = check,
    .forward = forward,
    .vjp = vjp,
};
