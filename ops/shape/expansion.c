// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = x broadcast to `shape`: y[i] = x[i mod extents of x], dimensions aligned at the last one.
#include "ops/shape/expansion.h"
#include "ops/ops.h"
#include "ops/shape/layout.h"

static sg_status prepare(sg_plan *plan) {
  const sg_shape *wanted = &((const sg_expansion_options *)plan->options)->shape, *x = sg_plan_shape(plan, 0);
  sg_shape *y = &plan->output_shape[0];
  copy_arguments *copy = &((sg_layout *)plan->own)->copy;
  int64_t strides[SG_MAX_RANK];
  int extra = wanted->rank - x->rank;
  if (extra < 0)
    return sg_reject(plan, "shape %s has fewer dimensions than x %s", sg_shape_text(wanted).text,
                     sg_shape_text(x).text);
  *y = *wanted;
  copy->rank = y->rank;
  sg_strides(x, strides);
  for (int d = 0; d < y->rank; d++) {
    if (y->size[d] == -1 && d >= extra) y->size[d] = x->size[d - extra];
    bool same = d >= extra && x->size[d - extra] == y->size[d], repeated = d < extra || x->size[d - extra] == 1;
    if (y->size[d] < 0 || !(same || repeated))
      return sg_reject(plan, "x has shape %s, which does not broadcast to %s", sg_shape_text(x).text,
                       sg_shape_text(wanted).text);
    copy->size[d] = y->size[d];
    copy->source_stride[d] = repeated ? 0 : strides[d - extra];
  }
  sg_strides(y, copy->target_stride);
  return sg_layout_plan(plan);
}

static void vjp(const sg_call *call) {
  call->d_inputs[0] = sg_sum_to(call->context, call->d_outputs[0], &call->input_shapes[0]);
}

#define TO(...) (&(const sg_expansion_options){.shape = __VA_ARGS__})

const sg_op sg_expansion_family = {
    .inputs = SG_PORTS({"x", SG_ANY_DTYPE, "tensor of any shape"}),
    .outputs = SG_PORTS({"y", SG_ANY_DTYPE, "x, broadcast"}),
    SG_OPTIONS(sg_expansion_options, SG_CONSTANT(sg_expansion_options, .shape = SG_SCALAR),
               SG_OPTION(sg_expansion_options, shape, SHAPE, "shape of the result; -1 keeps the extent of x",
                         SG_REQUIRED)),
    SG_PLANNED(sg_layout, prepare, sg_layout_forward, vjp),
    .samples = SG_SAMPLES({"leading and inner", SG_ON(SG_RANDN(3, 1)), TO(SG_DIMS(2, 3, 4))},
                          {"values", SG_ON(SG_VALUES(SG_NUMBERS(1, 2), SG_DIMS(2, 1))), TO(SG_DIMS(2, 3)),
                           SG_GIVES(1, 1, 1, 2, 2, 2)},
                          {"scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR)), TO(SG_DIMS(2, 2))},
                          {"scalar to scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR)), TO(SG_SCALAR)},
                          {"to nothing", SG_ON(SG_RANDN(1, 3)), TO(SG_DIMS(0, 3))},
                          {"same shape", SG_ON(SG_RANDN(2, 3)), TO(SG_DIMS(2, 3))},
                          {"middle", SG_ON(SG_RANDN(2, 1, 2, 1)), TO(SG_DIMS(2, 3, 2, 3))}),
    .bad_samples = SG_SAMPLES(
        {"does not broadcast", SG_ON(SG_RANDN(2, 3)), TO(SG_DIMS(2, 4)), .error = "does not broadcast to [2, 4]"},
        {"fewer dimensions", SG_ON(SG_RANDN(1, 3)), TO(SG_DIMS(3)), .error = "fewer dimensions"},
        {"new dimension of unknown extent", SG_ON(SG_RANDN(3)), TO(SG_DIMS(-1, 3)), .error = "does not broadcast"}),
};
