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
    .name = "unbind",
    .summary = "Takes a tensor apart along a dimension, which is dropped.",
    .formula = "y[i] = x[..., i, ...], i along dim",
    .reference = "The adjoint of stack",
    .family = &sg_parts_family,
    .outputs = SG_PORTS({"y", SG_ANY_DTYPE | SG_VARIADIC,
                         "one tensor for each position along dim; views of x where nothing but extents of 1 comes "
                         "before that"}),
    .attributes = SG_ATTRIBUTES({"dim", SG_ATTRIBUTE_DIM, offsetof(unbind_options, dim),
                                 "dimension to take apart; default the first", 0, 0, 0, NULL}),
    .options_bytes = sizeof(unbind_options),
    .defaults = ALONG(0),
    .prepare = prepare,
    .samples = SG_SAMPLES(
        {.name = "rows", .inputs = {MATRIX}, .expected = SG_NUMBERS(1, 2)},
        {.name = "columns", .inputs = {MATRIX}, .options = ALONG(-1), .expected = SG_NUMBERS(1, 3, 5)},
        {.name = "in the middle", .inputs = {SG_NORMAL(0, 1, SG_DIMS(2, 3, 2))}, .options = ALONG(1)},
        {.name = "behind an extent of 1", .inputs = {SG_NORMAL(0, 1, SG_DIMS(1, 3, 2))}, .options = ALONG(1)},
        {.name = "to scalars", .inputs = {SG_NORMAL(0, 1, SG_DIMS(4))}},
        {.name = "empty", .inputs = {SG_NORMAL(0, 1, SG_DIMS(3, 0))}, .options = ALONG(0)}),
    .bad_samples = SG_SAMPLES(
        {.name = "scalar", .inputs = {SG_NORMAL(0, 1, SG_SCALAR)}, .error = "outside"},
        {.name = "dimension", .inputs = {SG_NORMAL(0, 1, SG_DIMS(2, 3))}, .options = ALONG(2), .error = "outside"}),
};

sg_tensors sg_unbind(sg_context *context, sg_tensor *x, int64_t dim) {
  sg_tensors parts;
  sg_apply_list(context, &op_unbind, 1, &x, ALONG(dim), &parts);
  return parts;
}
