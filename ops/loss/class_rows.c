// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/loss/class_rows.h"

enum { X = SG_CLASS_X, TARGET = SG_CLASS_TARGET, WEIGHT = SG_CLASS_WEIGHT };

int sg_class_dimension(const sg_shape *x) { return x->rank > 1 ? 1 : 0; }

// The shape of x without its classes.
static sg_shape shape_of_rows(const sg_shape *x) {
  sg_shape rows = {0};
  for (int i = 0; i < x->rank; i++)
    if (i != sg_class_dimension(x)) rows.size[rows.rank++] = x->size[i];
  return rows;
}

sg_status sg_plan_rows_and_weight(sg_plan *plan, sg_shape *rows) {
  const sg_shape *x = sg_plan_shape(plan, X);
  if (x->rank == 0) return sg_reject(plan, "x has shape [], expected (C), (N, C) or (N, C, d1, ...)");
  const int64_t classes = x->size[sg_class_dimension(x)];
  *rows = shape_of_rows(x);
  if (classes == 0) return sg_reject(plan, "x has shape %s: there are no classes", sg_shape_text(x).text);
  if (!plan->inputs[WEIGHT]) return SG_OK;
  const sg_shape *weight = sg_plan_shape(plan, WEIGHT);
  if (weight->rank == 1 && weight->size[0] == classes) return SG_OK;
  return sg_reject(plan, "weight has shape %s, expected [%lld] (classes of x %s)", sg_shape_text(weight).text,
                   (long long)classes, sg_shape_text(x).text);
}

sg_status sg_plan_class_rows(sg_plan *plan, sg_shape *rows) {
  if (sg_plan_rows_and_weight(plan, rows)) return sg_error_status(plan->context);
  const sg_shape *x = sg_plan_shape(plan, X), *target = sg_plan_shape(plan, TARGET);
  if (sg_shape_equal(target, rows)) return SG_OK;
  return sg_reject(plan, "target has shape %s, expected %s (x %s without its %lld classes)",
                   sg_shape_text(target).text, sg_shape_text(rows).text, sg_shape_text(x).text,
                   (long long)x->size[sg_class_dimension(x)]);
}

// The indices of element `position`, in the user's counting: "5" or "5, 2".
static sg_text index_text(const sg_shape *shape, int64_t position, int64_t base) {
  sg_shape index = *shape;
  for (int i = shape->rank - 1; i >= 0; i--) {
    index.size[i] = position % shape->size[i] + base;
    position /= shape->size[i];
  }
  return sg_shape_text(&index);
}

sg_status sg_check_targets(const sg_call *call, const int64_t *ignored) {
  const sg_shape *x = sg_tensor_shape(call->inputs[X]), *shape = sg_tensor_shape(call->inputs[TARGET]);
  const int64_t *target = sg_input_data(call, TARGET);
  const int64_t base = sg_index_base(call->context), classes = x->size[sg_class_dimension(x)];
  for (int64_t i = 0; i < sg_shape_elements(shape); i++) {
    if ((ignored && target[i] == *ignored) || (target[i] >= base && target[i] - base < classes)) continue;
    return sg_refuse(call, "target%s = %lld is outside %lld..%lld",
                     shape->rank > 0 ? index_text(shape, i, base).text : "", (long long)target[i], (long long)base,
                     (long long)(classes - 1 + base));
  }
  return SG_OK;
}
