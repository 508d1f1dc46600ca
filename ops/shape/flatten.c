// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = x with the dimensions from start_dim to end_dim as one. A view.
#include "ops/ops.h"
#include "ops/shape/view.h"

typedef struct flatten_options {
  int64_t start_dim, end_dim;
} flatten_options;

static sg_status shape(const sg_plan *plan, const sg_shape *x, sg_shape *y) {
  const flatten_options *options = plan->options;
  int first, last, base = sg_index_base(plan->context);
  bool scalar = x->rank == 0 && (options->start_dim == 0 || options->start_dim == -1) &&
                (options->end_dim == 0 || options->end_dim == -1);
  if (scalar) {
    *y = (sg_shape)SG_DIMS(1);
    return SG_OK;
  }
  if (sg_plan_dimension(plan, 0, options->start_dim, &first)) return sg_error_status(plan->context);
  if (sg_plan_dimension(plan, 0, options->end_dim, &last)) return sg_error_status(plan->context);
  if (first > last)
    return sg_reject(plan, "start_dim %d comes after end_dim %d (x has shape %s)", first + base, last + base,
                     sg_shape_text(x).text);
  for (int d = 0; d < x->rank; d++) {
    if (d <= first || d > last)
      y->size[y->rank++] = x->size[d];
    else if (__builtin_mul_overflow(y->size[y->rank - 1], x->size[d], &y->size[y->rank - 1]))
      return sg_reject(plan, "dimensions %d..%d of %s are too large together", first + base, last + base,
                       sg_shape_text(x).text);
  }
  return SG_OK;
}

#define DIMENSIONS(first, last) (&(const flatten_options){first, last})

const sg_op op_flatten = {
    SG_VIEW(flatten, shape, "Makes neighbouring dimensions one, as a view.", "y holds the elements of x"),
    .outputs = SG_PORTS({"y", SG_ANY_DTYPE, "x with fewer dimensions, sharing its storage"}),
    SG_OPTIONS(flatten_options, DIMENSIONS(0, -1),
               SG_OPTION(flatten_options, start_dim, DIM, "first dimension to join; default the first"),
               SG_OPTION(flatten_options, end_dim, DIM, "last dimension to join; default the last")),
    .samples = SG_SAMPLES({"all", SG_ON(SG_RANDN(2, 3, 2))},
                          {"all but the batch", SG_ON(SG_RANDN(2, 3, 2)), DIMENSIONS(1, -1)},
                          {"one", SG_ON(SG_RANDN(2, 3)), DIMENSIONS(1, 1)},
                          {"scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR))}, {"empty", SG_ON(SG_RANDN(2, 0, 3))}),
    .bad_samples = SG_SAMPLES({"order", SG_ON(SG_RANDN(1, 3)), DIMENSIONS(1, 0), .error = "comes after end_dim"}),
};

sg_tensor *sg_flatten(sg_context *context, sg_tensor *x, int64_t start_dim, int64_t end_dim) {
  return sg_apply_one(context, &op_flatten, 1, &x, DIMENSIONS(start_dim, end_dim));
}
