// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = x without its dimensions of extent 1, or without those of them that are named. A view.
#include "ops/ops.h"
#include "ops/shape/layout.h"
#include "ops/shape/view.h"

typedef struct squeeze_options {
  sg_ints dim;
} squeeze_options;

static sg_status shape(const sg_plan *plan, const sg_shape *x, sg_shape *y) {
  const sg_ints *dim = &((const squeeze_options *)plan->options)->dim;
  unsigned candidates = dim->count == 0 ? ~0u : 0;
  int named[SG_MAX_RANK];
  if (sg_layout_named(plan, "dim", dim, named)) return sg_error_status(plan->context);
  for (int i = 0; i < dim->count; i++) candidates |= 1u << named[i];
  for (int d = 0; d < x->rank; d++)
    if (x->size[d] != 1 || !(candidates >> d & 1)) y->size[y->rank++] = x->size[d];
  return SG_OK;
}

#define OF(...) (&(const squeeze_options){.dim = SG_DIMS(__VA_ARGS__)})

const sg_op op_squeeze = {
    SG_VIEW(squeeze, shape, "Drops dimensions of extent 1, as a view.", "y holds the elements of x"),
    .outputs = SG_PORTS({"y", SG_ANY_DTYPE, "x with fewer dimensions, sharing its storage"}),
    SG_OPTIONS(squeeze_options, SG_CONSTANT(squeeze_options, .dim = {0}),
               SG_OPTION(squeeze_options, dim, DIMS, "dimensions to drop where their extent is 1; default all")),
    .samples = SG_SAMPLES({"all", SG_ON(SG_RANDN(1, 3, 1, 2))}, {"one", SG_ON(SG_RANDN(1, 3, 1)), OF(-1)},
                          {"not of extent 1", SG_ON(SG_RANDN(1, 3)), OF(1)},
                          {"to a scalar", SG_ON(SG_RANDN(1, 1)), OF(0, 1)},
                          {"scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR))}, {"empty", SG_ON(SG_RANDN(0, 1))}),
    .bad_samples = SG_SAMPLES({"twice", SG_ON(SG_RANDN(2, 1)), OF(1, -1), .error = "named twice in dim"}),
};

sg_tensor *sg_squeeze(sg_context *context, sg_tensor *x, const sg_ints *dim) {
  squeeze_options options = {.dim = {0}};
  if (dim) options.dim = *dim;
  return sg_apply_one(context, &op_squeeze, 1, &x, &options);
}
