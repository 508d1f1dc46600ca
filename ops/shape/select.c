// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = one position of a dimension, without it. A view where slice gives one.
#include "ops/ops.h"
#include "ops/shape/range.h"

typedef struct select_options {
  int64_t dim, index;
} select_options;

static sg_status prepare(sg_plan *plan) {
  const select_options *options = plan->options;
  const sg_shape *x = sg_plan_shape(plan, 0);
  sg_shape *y = &plan->output_shape[0];
  int dim;
  if (sg_plan_dimension(plan, 0, options->dim, &dim)) return sg_error_status(plan->context);
  const int64_t extent = x->size[dim], index = options->index < 0 ? options->index + extent : options->index;
  if (index < 0 || index >= extent)
    return sg_reject(plan, "index %lld is outside dimension %d of x %s",
                     (long long)sg_plan_named_dimension(plan, options->index), dim + sg_index_base(plan->context),
                     sg_shape_text(x).text);
  const sg_slice_options along = sg_range_along(x, dim, index, 1);
  if (sg_range_take(plan, &along)) return sg_error_status(plan->context);
  for (int d = dim; d + 1 < y->rank; d++) y->size[d] = y->size[d + 1];
  y->rank--;
  return SG_OK;
}

#define TAKE(dim, index) (&(const select_options){dim, index})

const sg_op op_select = {
    SG_RANGE(select, prepare),
    .summary = "Takes one position of a dimension, which is dropped.",
    .formula = "y[...] = x[..., index, ...]",
    .outputs =
        SG_PORTS({"y", SG_ANY_DTYPE, "x without the dimension; a view of x when it is the leading dimension"}),
    SG_OPTIONS(select_options, TAKE(0, 0), SG_OPTION(select_options, dim, DIM, "dimension", SG_REQUIRED),
               SG_OPTION(select_options, index, DIM, "position, negative from the end", SG_REQUIRED)),
    .samples = SG_SAMPLES(
        {"row", SG_ON(SG_RANDN(4, 3)), TAKE(0, 2)},
        {"column", SG_ON(SG_VALUES(SG_NUMBERS(1, 2, 3, 4, 5, 6), SG_DIMS(2, 3))), TAKE(1, 1), SG_GIVES(2, 5)},
        {"from the end", SG_ON(SG_RANDN(2, 4, 2)), TAKE(-2, -1)}, {"to a scalar", SG_ON(SG_RANDN(3)), TAKE(0, 1)},
        {"one element", SG_ON(SG_RANDN(1, 1)), TAKE(1, 0)}, {"empty", SG_ON(SG_RANDN(0, 3)), TAKE(1, 1)},
        {"integers", SG_ON(SG_RANDINT(-9, 9, SG_DIMS(2, 4))), TAKE(1, 2)},
        {"mask", SG_ON(SG_MASK(SG_DIMS(2, 4))), TAKE(-1, 0)}),
    .bad_samples = SG_SAMPLES({"index", SG_ON(SG_RANDN(2, 3)), TAKE(1, 3), .error = "is outside dimension"},
                              {"before", SG_ON(SG_RANDN(2, 3)), TAKE(1, -4), .error = "index -4 is outside"},
                              {"nothing there", SG_ON(SG_RANDN(0)), TAKE(0, 0), .error = "of x [0]"},
                              {"scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR)), TAKE(0, 0), .error = "outside"}),
};

sg_tensor *sg_select(sg_context *context, sg_tensor *x, int64_t dim, int64_t index) {
  return sg_apply_one(context, &op_select, 1, &x, TAKE(dim, index));
}
