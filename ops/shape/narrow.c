// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = the positions start .. start + length - 1 of a dimension. A view where slice gives one.
#include "ops/ops.h"
#include "ops/shape/range.h"

typedef struct narrow_options {
  int64_t dim, start, length;
} narrow_options;

static sg_status prepare(sg_plan *plan) {
  const narrow_options *options = plan->options;
  const sg_shape *x = sg_plan_shape(plan, 0);
  int dim;
  if (sg_plan_dimension(plan, 0, options->dim, &dim)) return sg_error_status(plan->context);
  const int64_t extent = x->size[dim], start = options->start < 0 ? options->start + extent : options->start;
  if (start < 0 || start > extent || options->length > extent - start)
    return sg_reject(plan, "start %lld and length %lld leave dimension %d of x %s",
                     (long long)sg_plan_named_dimension(plan, options->start), (long long)options->length,
                     dim + sg_index_base(plan->context), sg_shape_text(x).text);
  const sg_slice_options along = sg_range_along(x, dim, start, options->length);
  return sg_range_take(plan, &along);
}

#define TAKE(dim, start, length) (&(const narrow_options){dim, start, length})

const sg_op op_narrow = {
    SG_RANGE(narrow, prepare),
    .summary = "Takes neighbouring positions of one dimension.",
    .formula = "y[..., i, ...] = x[..., start + i, ...], i counted from 0",
    .outputs = SG_PORTS({"y", SG_ANY_DTYPE, "the positions; a view of x when dim is the leading dimension"}),
    SG_OPTIONS(narrow_options, TAKE(0, 0, 0), SG_OPTION(narrow_options, dim, DIM, "dimension", SG_REQUIRED),
               SG_OPTION(narrow_options, start, DIM, "first position, negative from the end", SG_REQUIRED),
               SG_OPTION(narrow_options, length, INT, "how many positions", SG_REQUIRED | SG_AT_LEAST, 0)),
    .samples = SG_SAMPLES(
        {"rows", SG_ON(SG_RANDN(4, 3)), TAKE(0, 1, 2)},
        {"columns", SG_ON(SG_VALUES(SG_NUMBERS(1, 2, 3, 4, 5, 6), SG_DIMS(2, 3))), TAKE(1, 1, 2),
         SG_GIVES(2, 3, 5, 6)},
        {"from the end", SG_ON(SG_RANDN(2, 4, 2)), TAKE(-2, -3, 2)}, {"all", SG_ON(SG_RANDN(2, 3)), TAKE(1, 0, 3)},
        {"nothing at the end", SG_ON(SG_RANDN(2, 3)), TAKE(1, 3, 0)},
        {"one element", SG_ON(SG_RANDN(1)), TAKE(0, 0, 1)}, {"empty", SG_ON(SG_RANDN(0, 3)), TAKE(1, 1, 2)},
        {"integers", SG_ON(SG_RANDINT(-9, 9, SG_DIMS(2, 4))), TAKE(1, 1, 2)},
        {"mask", SG_ON(SG_MASK(SG_DIMS(2, 4))), TAKE(-1, 0, 3)}),
    .bad_samples =
        SG_SAMPLES({"too long", SG_ON(SG_RANDN(2, 3)), TAKE(1, 1, 3), .error = "length 3 leave dimension"},
                   {"start", SG_ON(SG_RANDN(2, 3)), TAKE(1, -4, 1), .error = "leave dimension"},
                   {"scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR)), TAKE(0, 0, 1), .error = "outside"}),
};

sg_tensor *sg_narrow(sg_context *context, sg_tensor *x, int64_t dim, int64_t start, int64_t length) {
  return sg_apply_one(context, &op_narrow, 1, &x, TAKE(dim, start, length));
}
