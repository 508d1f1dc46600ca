// SPDX-License-Identifier: GPL-3.0-or-later
//
#include "ops/nn/shuffle.h"

bool sg_shuffle_images(const sg_shape *x, sg_shape *images) {
  if (x->rank < 3) return false;
  const int first = x->rank - 3;
  *images = (sg_shape){4, {1, x->size[first], x->size[first + 1], x->size[first + 2]}};
  for (int d = 0; d < first; d++) images->size[0] *= x->size[d];
  return true;
}

static void compose(const sg_call *call, sg_tensor **outputs) {
  sg_context *c = call->context;
  const sg_shuffle_plan *plan = call->plan;
  sg_tensor *cut = sg_reshape(c, call->inputs[0], &plan->cut);
  outputs[0] = sg_reshape(c, sg_permute(c, cut, &plan->order), &plan->joined);
}

const sg_op sg_shuffle_family = {.plan_bytes = sizeof(sg_shuffle_plan), .compose = compose};
