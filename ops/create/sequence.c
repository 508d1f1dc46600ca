// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/create/sequence.h"
#include <math.h>

#include "ops/create/shaped.h"
#include "ops/ops.h"

static sg_status check_finite(const sg_plan *plan, const char *name, sg_number n) {
  if (isfinite(n.value)) return SG_OK;
  return sg_reject(plan, "%s is %g, expected a finite number", name, isnan(n.value) ? fabs(n.value) : n.value);
}

static sg_status check_element(const sg_plan *plan, int64_t count, int64_t i) {
  const sg_sequence_options *options = plan->options;
  const sg_number n = ((const sg_sequence_member *)plan->op->member)->element(options, count, i);
  if (sg_number_fits(options->dtype, n)) return SG_OK;
  return sg_reject(plan, "element %lld is %.14g, expected an integer for dtype %s",
                   (long long)(i + sg_index_base(plan->context)), n.value, sg_dtype_name(options->dtype));
}

// Integers are asked for: whether every element is one that the dtype can hold. Between whole numbers the second
// element decides for all whether they are whole, and a byte has been left after 256 steps, unless all are equal.
static sg_status check_elements(const sg_plan *plan, int64_t count) {
  enum { ENOUGH = 257, MOST_FRACTIONS = 1 << 20 };
  const sg_sequence_options *o = plan->options;
  if (sg_dtype_is_floating(o->dtype) || o->dtype == SG_BOOL) return SG_OK;
  const bool whole = sg_is_integer(o->start) && sg_is_integer(o->stop) && sg_is_integer(o->step);
  const int64_t most = whole ? ENOUGH : MOST_FRACTIONS;
  for (int64_t i = 0; i < count && i < most; i++) {
    if (check_element(plan, count, i)) return sg_error_status(plan->context);
  }
  if (count <= most) return SG_OK;
  if (whole) return check_element(plan, count, count - 1);
  return sg_reject(plan, "%lld integers of dtype %s want whole numbers as their ends", (long long)count,
                   sg_dtype_name(o->dtype));
}

static sg_status prepare(sg_plan *plan) {
  const sg_sequence_options *options = plan->options;
  const sg_sequence_member *member = plan->op->member;
  if (check_finite(plan, "the start", options->start) || check_finite(plan, "the end", options->stop) ||
      check_finite(plan, "the step", options->step))
    return sg_error_status(plan->context);
  const int64_t count = member->count(plan, options);
  if (count < 0 || sg_plan_shaped(plan, &(sg_shape){1, {count}}, options->dtype) || check_elements(plan, count))
    return sg_error_status(plan->context);
  return SG_OK;
}

static void forward(const sg_call *call) {
  const sg_sequence_options *options = call->options;
  const sg_sequence_member *member = call->op->member;
  const int64_t count = sg_tensor_elements(call->outputs[0]);
  const size_t bytes = sg_dtype_bytes(options->dtype);
  char *y = sg_output_data(call->outputs[0]);
  for (int64_t i = 0; i < count; i++)
    sg_number_fill(options->dtype, y + (size_t)i * bytes, 1, member->element(options, count, i));
}

const sg_op sg_sequence_family = {
    .outputs = SG_PORTS({"y", SG_ANY_DTYPE, "vector of the numbers"}),
    .prepare = prepare,
    .forward = forward,
};
