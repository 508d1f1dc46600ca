// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = x with a new dimension of extent 1. A view.
#include "ops/ops.h"
#include "ops/shape/view.h"

typedef struct unsqueeze_options {
  int64_t dim;
} unsqueeze_options;

static sg_status shape(const sg_plan *plan, const sg_shape *x, sg_shape *y) {
  int at;
  if (sg_view_new_dimension(plan, "x", x, ((const unsqueeze_options *)plan->options)->dim, &at))
    return sg_error_status(plan->context);
  for (int d = 0; d <= x->rank; d++) y->size[d] = d < at ? x->size[d] : d == at ? 1 : x->size[d - 1];
  y->rank = x->rank + 1;
  return SG_OK;
}

#define AT(d) (&(const unsqueeze_options){d})

const sg_op op_unsqueeze = {
    SG_VIEW(unsqueeze, shape, "Inserts a dimension of extent 1, as a view.", "y holds the elements of x"),
    .outputs = SG_PORTS({"y", SG_ANY_DTYPE, "x with one more dimension, sharing its storage"}),
    SG_OPTIONS(unsqueeze_options, AT(0),
               SG_OPTION(unsqueeze_options, dim, DIM, "where the new dimension will stand", SG_REQUIRED)),
    .samples =
        SG_SAMPLES({"first", SG_ON(SG_RANDN(2, 3)), AT(0)}, {"middle", SG_ON(SG_RANDN(2, 3)), AT(-2)},
                   {"last", SG_ON(SG_RANDN(2, 3)), AT(2)}, {"scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR)), AT(-1)},
                   {"empty", SG_ON(SG_RANDN(0, 2)), AT(0)}),
    .bad_samples =
        SG_SAMPLES({"too many", SG_ON(SG_RANDN(1, 1, 1, 1, 1, 1, 1, 1)), AT(0), .error = "8 dimensions already"}),
};

sg_tensor *sg_unsqueeze(sg_context *context, sg_tensor *x, int64_t dim) {
  return sg_apply_one(context, &op_unsqueeze, 1, &x, AT(dim));
}
