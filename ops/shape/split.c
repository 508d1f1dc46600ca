// SPDX-License-Identifier: GPL-3.0-or-later
//
// x in parts of given extents along a dimension.
#include "ops/ops.h"
#include "ops/shape/parts.h"

typedef struct split_options {
  sg_int_list split_size;
  int64_t dim;
} split_options;

static sg_status split_evenly(sg_plan *plan, int64_t extent, int64_t size) {
  if (size == 0 && extent > 0) {
    return sg_reject(plan, "split_size is 0 for an extent of %lld (x has shape %s)", (long long)extent,
                     sg_shape_text(sg_plan_shape(plan, 0)).text);
  }
  return sg_parts_even(plan, extent, size);
}

static sg_status prepare(sg_plan *plan) {
  const split_options *options = plan->options;
  const sg_int_list *sizes = &options->split_size;
  int64_t extent, sum = 0;
  if (sg_parts_open(plan, options->dim, &extent)) return sg_error_status(plan->context);
  if (sizes->count == 1) return split_evenly(plan, extent, sizes->value[0]);
  for (int i = 0; i < sizes->count; i++) {
    if (!__builtin_add_overflow(sum, sizes->value[i], &sum)) continue;
    return sg_reject(plan, "the split sizes are too large together");
  }
  if (sum != extent) {
    return sg_reject(plan, "the split sizes sum to %lld, expected %lld, the extent of dimension %lld of %s",
                     (long long)sum, (long long)extent, (long long)sg_plan_named_dimension(plan, options->dim),
                     sg_shape_text(sg_plan_shape(plan, 0)).text);
  }
  if (sg_plan_outputs(plan, sizes->count)) return sg_error_status(plan->context);
  for (int i = 0; i < sizes->count; i++) sg_parts_set(plan, i, sizes->value[i]);
  return SG_OK;
}

#define OF(dim, ...) (&(const split_options){SG_INTEGERS(__VA_ARGS__), dim})
#define MATRIX SG_VALUES(SG_NUMBERS(1, 2, 3, 4, 5, 6), SG_DIMS(2, 3))

const sg_op op_split = {
    SG_MEMBER_OF(split, sg_parts_family),
    SG_WORDS("Cuts a tensor into parts of given extents along a dimension.",
             "y1, y2, ... of extent split_size along dim, or of extents split_size1, split_size2, ..."),
    .outputs = SG_PORTS(
        {"y", SG_ANY_DTYPE | SG_VARIADIC, "the parts; views of x where nothing but extents of 1 comes before dim"}),
    SG_OPTIONS(split_options, OF(0, 1),
               SG_OPTION(split_options, split_size, INT_LIST,
                         "extent of every part, of which the last may be smaller; or of each part",
                         SG_REQUIRED | SG_AT_LEAST, 0),
               SG_OPTION(split_options, dim, DIM, "dimension to cut; default the first")),
    .prepare = prepare,
    .samples = SG_SAMPLES(
        {"columns", SG_ON(MATRIX), OF(1, 1, 2), SG_GIVES(1, 4)}, {"one size", SG_ON(SG_RANDN(5, 2)), OF(0, 2)},
        {"one size, a copy", SG_ON(SG_RANDN(2, 5, 2)), OF(-2, 3)}, {"rows", SG_ON(SG_RANDN(5, 2)), OF(0, 1, 0, 4)},
        {"ten parts", SG_ON(SG_RANDN(2, 12)), OF(1, 1, 1, 2, 1, 1, 1, 2, 1, 1, 1)},
        {"larger than x", SG_ON(SG_RANDN(3)), OF(0, 9)}, {"empty", SG_ON(SG_RANDN(0, 2)), OF(0, 0)}),
    .bad_samples = SG_SAMPLES(
        {"other sum", SG_ON(MATRIX), OF(1, 1, 1), .error = "the split sizes sum to 2, expected 3"},
        {"beyond all numbers", SG_ON(MATRIX), OF(1, INT64_MAX, INT64_MAX), .error = "too large together"},
        {"size 0", SG_ON(MATRIX), OF(1, 0), .error = "split_size is 0 for an extent of 3"},
        {"no list", SG_ON(MATRIX), SG_WITH(split_options, {2, NULL}, 0), .error = "has 2 values at NULL"},
        {"no sizes", SG_ON(MATRIX), SG_WITH(split_options, {0, NULL}, 0), .error = "the split sizes sum to 0"},
        {"scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR)), OF(0, 1), .error = "outside"}),
};

sg_tensors sg_split(sg_context *context, sg_tensor *x, int count, const int64_t *sizes, int64_t dim) {
  sg_tensors parts;
  sg_apply_list(context, &op_split, 1, &x, &(split_options){{count, sizes}, dim}, &parts);
  return parts;
}
