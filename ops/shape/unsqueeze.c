// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = x with a new dimension of extent 1. A view.
#include "ops/ops.h"

typedef struct unsqueeze_options {
  int64_t dim;
} unsqueeze_options;

static sg_status prepare(sg_plan *plan) {
  int64_t dim = ((const unsqueeze_options *)plan->options)->dim;
  const sg_shape *x = sg_plan_shape(plan, 0);
  sg_shape *y = &plan->output_shape[0];
  int base = sg_index_base(plan->context);
  if (x->rank == SG_MAX_RANK) return sg_reject(plan, "x has %d dimensions already, the most possible", x->rank);
  if (dim < -x->rank - 1 || dim > x->rank)
    return sg_reject(plan, "dimension %lld is outside %d..%d and -%d..-1 (x has shape %s)",
                     (long long)sg_plan_named_dimension(plan, dim), base, x->rank + base, x->rank + 1,
                     sg_shape_text(x).text);
  int64_t new_dimension = dim < 0 ? dim + x->rank + 1 : dim;
  for (int d = 0; d <= x->rank; d++)
    y->size[d] = d < new_dimension ? x->size[d] : d == new_dimension ? 1 : x->size[d - 1];
  y->rank = x->rank + 1;
  plan->output_dtype[0] = sg_tensor_dtype(plan->inputs[0]);
  plan->output_is_view = true;
  return SG_OK;
}

static void vjp(const sg_call *call) {
  call->d_inputs[0] = sg_reshape(call->context, call->d_outputs[0], &call->input_shapes[0]);
}

#define AT(d) (&(const unsqueeze_options){d})
static const sg_sample samples[] = {{"first", {SG_NORMAL(0, 1, SG_DIMS(2, 3))}, AT(0), NULL, NULL},
                                    {"middle", {SG_NORMAL(0, 1, SG_DIMS(2, 3))}, AT(-2), NULL, NULL},
                                    {"last", {SG_NORMAL(0, 1, SG_DIMS(2, 3))}, AT(2), NULL, NULL},
                                    {"scalar", {SG_NORMAL(0, 1, SG_SCALAR)}, AT(-1), NULL, NULL},
                                    {"empty", {SG_NORMAL(0, 1, SG_DIMS(0, 2))}, AT(0), NULL, NULL},
                                    {0}};
static const sg_sample bad_samples[] = {
    {"dimension", {SG_NORMAL(0, 1, SG_DIMS(1, 3))}, AT(3), "outside", NULL},
    {"too many", {SG_NORMAL(0, 1, SG_DIMS(1, 1, 1, 1, 1, 1, 1, 1))}, AT(0), "8 dimensions already", NULL},
    {0}};

const sg_op op_unsqueeze = {
    .name = "unsqueeze",
    .summary = "Inserts a dimension of extent 1, as a view.",
    .formula = "y holds the elements of x",
    .reference = "",
    .inputs = SG_PORTS({"x", SG_ANY_DTYPE, "tensor"}),
    .outputs = SG_PORTS({"y", SG_ANY_DTYPE, "x with one more dimension, sharing its storage"}),
    .attributes = SG_ATTRIBUTES({"dim", SG_ATTRIBUTE_DIM, offsetof(unsqueeze_options, dim),
                                 "where the new dimension will stand", SG_REQUIRED, 0, 0, NULL}),
    .options_bytes = sizeof(unsqueeze_options),
    .defaults = AT(0),
    .prepare = prepare,
    .vjp = vjp,
    .samples = samples,
    .bad_samples = bad_samples,
};

sg_tensor *sg_unsqueeze(sg_context *context, sg_tensor *x, int64_t dim) {
  return sg_apply_one(context, &op_unsqueeze, 1, &x, AT(dim));
}
