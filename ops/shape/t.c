// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = x transposed, of a matrix; what has fewer dimensions as it is. A copy.
#include "ops/ops.h"
#include "ops/shape/layout.h"

static sg_status prepare(sg_plan *plan) {
  const sg_shape *x = sg_plan_shape(plan, 0);
  if (x->rank > 2)
    return sg_reject(plan, "x has shape %s, expected 2 dimensions or fewer; transpose says which to exchange",
                     sg_shape_text(x).text);
  return sg_layout_in_order(plan, x->rank == 2 ? (const int[]){1, 0} : (const int[]){0}, 0);
}

static void vjp(const sg_call *call) { call->d_inputs[0] = sg_t(call->context, call->d_outputs[0]); }

const sg_op op_t = {
    SG_LAYOUT(t, prepare, vjp),
    SG_WORDS("Transposes a matrix.", "y[j, i] = x[i, j]; y = x of a vector or a scalar"),
    .inputs = SG_PORTS({"x", SG_ANY_DTYPE, "matrix, vector or scalar"}),
    .outputs = SG_PORTS({"y", SG_ANY_DTYPE, "x, transposed"}),
    .samples = SG_SAMPLES(
        {"matrix", SG_ON(SG_VALUES(SG_NUMBERS(1, 2, 3, 4, 5, 6), SG_DIMS(2, 3))), SG_GIVES(1, 4, 2, 5, 3, 6)},
        {"vector", SG_ON(SG_RANDN(3))}, {"scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR))},
        {"empty", SG_ON(SG_RANDN(0, 2))}, {"integers", SG_ON(SG_RANDINT(-9, 9, SG_DIMS(2, 3)))},
        {"mask", SG_ON(SG_MASK(SG_DIMS(3, 2)))}),
    .bad_samples = SG_SAMPLES({"batch", SG_ON(SG_RANDN(2, 3, 4)), .error = "x has shape [2, 3, 4]"}),
};

sg_tensor *sg_t(sg_context *context, sg_tensor *x) { return sg_apply_one(context, &op_t, 1, &x, NULL); }
