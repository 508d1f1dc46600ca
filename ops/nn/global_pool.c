// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/nn/global_pool.h"
#include "ops/ops.h"

static sg_status prepare(sg_plan *plan) {
  const sg_shape *x = sg_plan_shape(plan, 0);
  for (int d = 2; d < x->rank; d++)
    if (x->size[d] == 0) return sg_reject(plan, "x has shape %s: it has no pixels", sg_shape_text(x).text);
  if (x->rank < 3) return sg_reject(plan, "x has shape %s, expected (N, C, ...)", sg_shape_text(x).text);
  return SG_OK;
}

static void compose(const sg_call *call, sg_tensor **outputs) {
  const sg_global_pool_member *member = call->op->member;
  sg_reduce_options pixels = {.keepdim = true};
  for (int d = 2; d < sg_tensor_shape(call->inputs[0])->rank; d++) pixels.dim.value[pixels.dim.count++] = d;
  outputs[0] = member->reduce(call->context, call->inputs[0], &pixels);
}

const sg_op sg_global_pool_family = {
    .inputs = SG_PORTS({"x", 0, "(N, C, ...), at least one spatial dimension"}),
    .outputs = SG_PORTS({"y", 0, "(N, C, 1, ...)"}),
    .prepare = prepare,
    .compose = compose,
    .samples = SG_SAMPLES({"lines", SG_ON(SG_DISTINCT(-2, 2, SG_DIMS(2, 3, 5)))},
                          {"images", SG_ON(SG_DISTINCT(-2, 2, SG_DIMS(2, 3, 4, 2)))},
                          {"volumes", SG_ON(SG_DISTINCT(-2, 2, SG_DIMS(1, 2, 3, 2, 2)))},
                          {"one pixel", SG_ON(SG_RANDN(2, 3, 1, 1))}, {"no images", SG_ON(SG_RANDN(0, 3, 2, 2))}),
    .bad_samples = SG_SAMPLES({"rank", SG_ON(SG_RANDN(2, 3)), .error = "x has shape [2, 3], expected (N, C, ...)"},
                              {"no pixels", SG_ON(SG_RANDN(2, 3, 0)), .error = "it has no pixels"}),
};
