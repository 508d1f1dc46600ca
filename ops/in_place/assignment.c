// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/in_place/assignment.h"
#include "autograd/dtype.h"
#include "ops/shape/strided.h"

#include <math.h>

enum { X, SOURCE };

// How the source is read for each row of x along its last dimension: `outer` rows of `inner` elements.
typedef struct assignment_plan {
  int rank; // of the outer dimensions
  int64_t outer, inner, inner_stride;
  int64_t size[SG_MAX_RANK], stride[SG_MAX_RANK];
} assignment_plan;

static void lay_out(assignment_plan *plan, const sg_shape *x, const sg_shape *source) {
  int64_t strides[SG_MAX_RANK];
  sg_strides(source, strides);
  plan->outer = plan->inner = 1;
  for (int d = 0; d < x->rank; d++) {
    int s = d - (x->rank - source->rank);
    int64_t stride = s < 0 || source->size[s] == 1 ? 0 : strides[s];
    if (d == x->rank - 1) {
      plan->inner = x->size[d];
      plan->inner_stride = stride;
    } else {
      plan->outer *= x->size[d];
      plan->size[plan->rank] = x->size[d];
      plan->stride[plan->rank++] = stride;
    }
  }
  if (sg_shape_equal(x, source)) { // one row
    *plan = (assignment_plan){.outer = 1, .inner = sg_shape_elements(x), .inner_stride = 1};
  }
}

static sg_status prepare(sg_plan *plan) {
  const sg_shape *x = sg_plan_shape(plan, X), *source = sg_plan_shape(plan, SOURCE);
  const char *name = sg_op_inputs(plan->op)[SOURCE].name;
  sg_shape both;
  if (!sg_shape_broadcast(x, source, &both) || !sg_shape_equal(x, &both)) {
    return sg_reject(plan, "%s has shape %s, which does not broadcast to x's %s", name, sg_shape_text(source).text,
                     sg_shape_text(x).text);
  }
  lay_out(plan->own, x, source);
  return SG_OK;
}

void sg_assignment_of_one(sg_plan *plan) { lay_out(plan->own, sg_plan_shape(plan, X), &(sg_shape)SG_SCALAR); }

static sg_status check(const sg_call *call) {
  if (sg_tensor_elements(call->inputs[X]) == 0) return SG_OK;
  return sg_tensor_check_range(call->inputs[SOURCE], sg_tensor_dtype(call->inputs[X]), call->op->name,
                               sg_op_inputs(call->op)[SOURCE].name);
}

typedef struct assignment_arguments {
  const assignment_plan *plan;
  sg_dtype to, from;
  char *target;
  const char *source;
} assignment_arguments;

static const void *row_source(const assignment_arguments *a, int64_t row) {
  int64_t offset = 0;
  for (int d = a->plan->rank - 1; d >= 0; d--) {
    offset += row % a->plan->size[d] * a->plan->stride[d];
    row /= a->plan->size[d];
  }
  return a->source + (size_t)offset * sg_dtype_bytes(a->from);
}

static void convert_row(const assignment_arguments *a, int64_t row) {
  const int64_t inner = a->plan->inner;
  char *target = a->target + (size_t)(row * inner) * sg_dtype_bytes(a->to);
  const void *source = row_source(a, row);
  const sg_conversion conversion = {a->to, a->from, target, source};
  if (a->plan->inner_stride) {
    sg_dtype_convert(&conversion, 0, inner);
  } else {
    sg_dtype_convert(&conversion, 0, 1); // the row is one value
    sg_dtype_repeat(a->to, target, inner);
  }
}

static void convert_rows(const void *arguments, int64_t begin, int64_t end) {
  for (int64_t row = begin; row < end; row++) convert_row(arguments, row);
}

static void forward(const sg_call *call) {
  const assignment_plan *plan = call->plan;
  const assignment_arguments a = {.plan = plan,
                                  .to = sg_tensor_dtype(call->inputs[X]),
                                  .from = sg_tensor_dtype(call->inputs[SOURCE]),
                                  .target = sg_output_data(call->outputs[0]),
                                  .source = sg_tensor_data(call->inputs[SOURCE])};
  if (plan->outer > 1) {
    sg_parallel(call->context, plan->outer, sg_grain(plan->inner), convert_rows, &a);
  } else if (plan->inner_stride) {
    const sg_conversion conversion = {a.to, a.from, a.target, a.source};
    sg_parallel(call->context, plan->inner, sg_grain(1), sg_dtype_convert, &conversion);
  } else {
    convert_row(&a, 0);
  }
}

const sg_op sg_assignment = {
    .inputs = SG_PORTS({"x", SG_ANY_DTYPE, "what is written"},
                       {"source", SG_ANY_DTYPE | SG_SAME_PLACE, "the shape of x, or one that broadcasts to it"}),
    .outputs = SG_PORTS({"x", SG_WRITTEN, "x itself"}),
    .plan_bytes = sizeof(assignment_plan),
    .prepare = prepare,
    .check = check,
    .forward = forward,
    .samples =
        SG_SAMPLES({"one value", SG_ON(SG_RANDN(2, 3), SG_VALUES(((const double[]){7}), SG_SCALAR)),
                    SG_GIVES(7, 7, 7, 7, 7, 7)},
                   {"scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR), SG_NORMAL(0, 1, SG_SCALAR))},
                   {"empty", SG_ON(SG_RANDN(2, 0), SG_NORMAL(0, 1, SG_SCALAR))},
                   {"integers", SG_ON(SG_INDICES(3, SG_DIMS(2)), SG_VALUES(((const double[]){-1.75}), SG_SCALAR)),
                    SG_GIVES(-1, -1)}),
    .bad_samples = SG_SAMPLES({"larger", SG_ON(SG_RANDN(2), SG_RANDN(3, 2)), .error = "has shape [3, 2]"},
                              {"NaN among integers",
                               SG_ON(SG_INDICES(3, SG_DIMS(2)), SG_VALUES(((const double[]){NAN}), SG_SCALAR)),
                               .error = "holds nan"}),
};
