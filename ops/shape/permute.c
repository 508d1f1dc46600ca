// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = x with its dimensions in another order: dimension d of y is dimension dims[d] of x. A copy.
#include "ops/ops.h"
#include "ops/shape/layout.h"

typedef struct permute_options {
  sg_ints dims;
} permute_options;

static sg_status prepare(sg_plan *plan) {
  const sg_ints *dims = &((const permute_options *)plan->options)->dims;
  const sg_shape *x = sg_plan_shape(plan, 0);
  int order[SG_MAX_RANK];
  if (dims->count != x->rank)
    return sg_reject(plan, "dims names %d dimensions, expected the %d of x %s", dims->count, x->rank,
                     sg_shape_text(x).text);
  if (sg_layout_named(plan, "dims", dims, order)) return sg_error_status(plan->context);
  return sg_layout_in_order(plan, order, 0);
}

static void vjp(const sg_call *call) {
  const sg_ints *dims = &((const permute_options *)call->options)->dims;
  const sg_shape *x = &call->input_shapes[0];
  sg_ints inverse = {.count = x->rank};
  for (int d = 0; d < x->rank; d++) inverse.value[sg_shape_dimension(x, dims->value[d])] = d;
  call->d_inputs[0] = sg_permute(call->context, call->d_outputs[0], &inverse);
}

#define ORDER(...) (&(const permute_options){.dims = SG_DIMS(__VA_ARGS__)})

const sg_op op_permute = {
    SG_LAYOUT(permute, prepare, vjp),
    SG_WORDS("Puts the dimensions of a tensor in another order.", "dimension d of y is dimension dims[d] of x"),
    .outputs = SG_PORTS({"y", SG_ANY_DTYPE, "x with its dimensions in the new order"}),
    SG_OPTIONS(permute_options, SG_CONSTANT(permute_options, .dims = {0}),
               SG_OPTION(permute_options, dims, DIMS, "every dimension of x once", SG_REQUIRED)),
    .samples = SG_SAMPLES({"rotate", SG_ON(SG_RANDN(2, 3, 4)), ORDER(1, 2, 0)},
                          {"channels last", SG_ON(SG_RANDN(2, 9, 3, 3)), ORDER(0, 2, 3, 1)},
                          {"reverse", SG_ON(SG_RANDN(2, 3, 4)), ORDER(-1, -2, -3)},
                          {"matrix", SG_ON(SG_VALUES(SG_NUMBERS(1, 2, 3, 4, 5, 6), SG_DIMS(2, 3))), ORDER(1, 0),
                           SG_GIVES(1, 4, 2, 5, 3, 6)},
                          {"identity", SG_ON(SG_RANDN(2, 3)), ORDER(0, 1)},
                          {"scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR)), SG_WITH(permute_options, .dims = {0})},
                          {"empty", SG_ON(SG_RANDN(2, 0, 3)), ORDER(2, 1, 0)}),
    .bad_samples =
        SG_SAMPLES({"too few", SG_ON(SG_RANDN(2, 3)), ORDER(0), .error = "dims names 1 dimensions, expected the 2"},
                   {"twice", SG_ON(SG_RANDN(2, 3)), ORDER(1, -1), .error = "named twice"}),
};

sg_tensor *sg_permute(sg_context *context, sg_tensor *x, const sg_ints *dims) {
  return sg_apply_one(context, &op_permute, 1, &x, &(permute_options){*dims});
}
