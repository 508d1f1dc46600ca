// SPDX-License-Identifier: GPL-3.0-or-later
//
// y[i] = x[i mod extents of x].
#include "ops/shape/repetition.h"
#include "ops/ops.h"
#include "ops/shape/layout.h"

// How often along dimension d of y, and x's extent there.
static int64_t times_along(const sg_call *call, int d) {
  const sg_ints *times = &((const sg_repetition_options *)call->options)->times;
  const int skipped = call->output_shapes[0].rank - times->count;
  return d < skipped ? 1 : times->value[d - skipped];
}
static int64_t extent_along(const sg_shape *x, int y_rank, int d) {
  const int skipped = y_rank - x->rank;
  return d < skipped ? 1 : x->size[d - skipped];
}

static sg_status prepare(sg_plan *plan) {
  const sg_repetition_member *member = plan->op->member;
  const sg_ints *times = &((const sg_repetition_options *)plan->options)->times;
  const sg_shape *x = sg_plan_shape(plan, 0);
  sg_shape *y = &plan->output_shape[0];
  copy_arguments *copy = &((sg_layout *)plan->own)->copy;
  int64_t source[SG_MAX_RANK], target[SG_MAX_RANK], elements;
  if (times->count < x->rank && !member->fewer_may_do)
    return sg_reject(plan, "%s has %d values for the %d dimensions of x %s", member->name, times->count, x->rank,
                     sg_shape_text(x).text);
  y->rank = times->count > x->rank ? times->count : x->rank;
  for (int d = 0; d < y->rank; d++) {
    const int skipped = y->rank - times->count;
    if (__builtin_mul_overflow(extent_along(x, y->rank, d), d < skipped ? 1 : times->value[d - skipped],
                               &y->size[d]))
      return sg_reject(plan, "the result is too large (x has shape %s)", sg_shape_text(x).text);
  }
  if (!sg_shape_count(y, &elements) || elements == 0) return sg_layout_plan(plan);
  sg_strides(x, source);
  sg_strides(y, target);
  for (int d = 0; d < y->rank; d++) {
    const int64_t extent = extent_along(x, y->rank, d);
    const bool fits = sg_strided_append(copy, y->size[d] / extent, extent * target[d], 0) &&
                      sg_strided_append(copy, extent, target[d], extent == 1 ? 0 : source[d - (y->rank - x->rank)]);
    if (!fits) return sg_reject(plan, "x %s cannot be repeated along so many dimensions", sg_shape_text(x).text);
  }
  return sg_layout_plan(plan);
}

// Sums over the repetitions, one dimension after another.
static void vjp(const sg_call *call) {
  sg_context *c = call->context;
  const sg_shape *x = &call->input_shapes[0], *y = &call->output_shapes[0];
  sg_tensor *sum = call->d_outputs[0];
  sg_shape shape = *y;
  if (sg_shape_elements(y) == 0) {
    call->d_inputs[0] = sg_tensor_full(c, call->dtype, x, 0);
    return;
  }
  for (int d = 0; d < y->rank; d++) {
    const int64_t times = times_along(call, d), extent = extent_along(x, y->rank, d);
    if (times == 1) continue;
    sg_shape split = SG_DIMS(1, times, extent, 1);
    for (int e = 0; e < y->rank; e++)
      if (e != d) split.size[e < d ? 0 : 3] *= shape.size[e];
    sum = sg_sum(c, sg_reshape(c, sum, &split), &(sg_reduce_options){.dim = SG_DIMS(1)});
    shape.size[d] = extent;
  }
  call->d_inputs[0] = sg_reshape(c, sum, x);
}

#define OF(...) SG_WITH(sg_repetition_options, .times = SG_DIMS(__VA_ARGS__))

const sg_op sg_repetition_family = {
    .inputs = SG_PORTS({"x", SG_ANY_DTYPE, "tensor of any shape"}),
    .outputs = SG_PORTS({"y", SG_ANY_DTYPE, "x, repeated"}),
    SG_PLANNED(sg_layout, prepare, sg_layout_forward, vjp),
    .samples = SG_SAMPLES(
        {"matrix", SG_ON(SG_VALUES(SG_NUMBERS(1, 2, 3, 4), SG_DIMS(2, 2))), OF(1, 2),
         SG_GIVES(1, 2, 1, 2, 3, 4, 3, 4)},
        {"both", SG_ON(SG_RANDN(2, 3)), OF(3, 2)}, {"new dimension", SG_ON(SG_RANDN(3)), OF(2, 2)},
        {"extents of 1", SG_ON(SG_RANDN(1, 3, 1)), OF(2, 1, 3)}, {"middle", SG_ON(SG_RANDN(2, 2, 2)), OF(1, 3, 1)},
        {"one element", SG_ON(SG_RANDN(1)), OF(4)}, {"scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR)), OF(2, 3)},
        {"zero times", SG_ON(SG_RANDN(2, 3)), OF(0, 2)}, {"empty", SG_ON(SG_RANDN(0, 2)), OF(2, 2)},
        {"integers", SG_ON(SG_RANDINT(-9, 9, SG_DIMS(2, 1))), OF(2, 2)},
        {"mask", SG_ON(SG_MASK(SG_DIMS(3))), OF(3)}),
    .bad_samples = SG_SAMPLES({"too large", SG_ON(SG_RANDN(4)), OF(INT64_MAX), .error = "too large"}),
};
