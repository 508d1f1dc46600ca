// SPDX-License-Identifier: GPL-3.0-or-later
//
// The positions of a dimension, each a tensor that does without it.
#include "ops/ops.h"
#include "ops/shape/parts.h"

typedef struct unbind_options {
  int64_t dim;
} unbind_options;

static sg_status prepare(sg_plan *plan) {
  const unbind_options *options = plan->options;
  int64_t extent;
  if (sg_parts_open(plan, options->dim, &extent) || sg_plan_outputs(plan, extent))
    return sg_error_status(plan->context);
  ((sg_parts *)plan->own)->dropped = true;
  for (int i = 0; i < extent; i++) sg_parts_set(plan, i, 1);
  return SG_OK;
}

#define ALONG(d) (&(const unbind_options){d})
#define MATRIX SG_VALUES(SG_NUMBERS(1, 2, 3, 4, 5, 6), SG_DIMS(3, 2))

const sg_op op_unbind = {
    SG_MEMBER_OF(unbind, sg_parts_family),
    SG_WORDS("Takes a tensor apart along a dimension, which is dropped.", "y[i] = x[..., i, ...], i along dim",
             "The adjoint of stack"),
    .outputs = SG_PORTS({"y", SG_ANY_DTYPE | SG_VARIADIC,
                         "one tensor for each position along dim; views of x where nothing but extents of 1 comes "
                         "before that"}),
    SG_OPTIONS(unbind_options, ALONG(0),
               SG_OPTION(unbind_options, dim, DIM, "dimension to take apart; default the first")),
    .prepare = prepare,
    .samples = SG_SAMPLES({"rows", SG_ON(MATRIX), SG_GIVES(1, 2)},
                          {"columns", SG_ON(MATRIX), ALONG(-1), SG_GIVES(1, 3, 5)},
                          {"in the middle", SG_ON(SG_RANDN(2, 3, 2)), ALONG(1)},
                          {"behind an extent of 1", SG_ON(SG_RANDN(1, 3, 2)), ALONG(1)},
                          {"to scalars", SG_ON(SG_RANDN(4))}, {"empty", SG_ON(SG_RANDN(3, 0))}),
    .bad_samples = SG_SAMPLES({"scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR)), .error = "outside"}),
};

sg_tensors sg_unbind(sg_context *context, sg_tensor *x, int64_t dim) {
  sg_tensors parts;
  sg_apply_list(context, &op_unbind, 1, &x, ALONG(dim), &parts);
  return parts;
}
