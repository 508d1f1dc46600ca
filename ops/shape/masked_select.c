// SPDX-License-Identifier: GPL-3.0-or-later
//
// The elements that a mask marks. How many there are depends on values: the positions of what is marked are found
// first, which is a constant to derivatives, and index_select takes what is there.
#include "ops/ops.h"
#include "ops/shape/marked.h"

enum { X, MASK };

// The shape that both broadcast to.
static sg_status prepare(sg_plan *plan) {
  const sg_shape *x = sg_plan_shape(plan, X), *mask = sg_plan_shape(plan, MASK);
  if (sg_shape_broadcast(x, mask, plan->own)) return SG_OK;
  return sg_reject(plan, "mask has shape %s, which does not broadcast with x %s", sg_shape_text(mask).text,
                   sg_shape_text(x).text);
}

static void compose(const sg_call *call, sg_tensor **outputs) {
  sg_context *c = call->context;
  const sg_shape line = {1, {sg_shape_elements(call->plan)}};
  sg_tensor *positions = sg_marked_positions(c, sg_expand(c, call->inputs[MASK], call->plan));
  sg_tensor *elements = sg_expand(c, call->inputs[X], call->plan);
  outputs[0] = sg_index_select(c, sg_reshape(c, elements, &line), positions, 0);
}

#define MARKS(...) SG_VALUES_OF(SG_BOOL, SG_NUMBERS(1, 0, 1, 0, 0, 1), __VA_ARGS__)

const sg_op op_masked_select = {
    SG_COMPOSED(masked_select, prepare, compose),
    SG_WORDS("The elements that a mask marks, one after the other.",
             "y[k] = x[i] for the k-th position i where the mask is not 0, in row-major order"),
    .inputs =
        SG_PORTS({"x", SG_ANY_DTYPE, "tensor"},
                 {"mask", SG_ANY_DTYPE | SG_STEP, "bools, or numbers of which all but 0 are true; both broadcast"}),
    .outputs = SG_PORTS({"y", SG_ANY_DTYPE, "vector of these elements"}),
    .plan_bytes = sizeof(sg_shape),
    .samples =
        SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(1, 2, 3, 4, 5, 6), MARKS(SG_DIMS(6))), SG_GIVES(1, 3, 6)},
                   {"matrix", SG_ON(SG_RANDN(2, 3), MARKS(SG_DIMS(2, 3)))},
                   {"rows", SG_ON(SG_RANDN(6, 2), MARKS(SG_DIMS(6, 1)))},
                   {"a number", SG_ON(SG_NORMAL(0, 1, SG_SCALAR), MARKS(SG_DIMS(2, 3)))},
                   {"numbers for marks", SG_ON(SG_RANDN(5), SG_RANDINT(-1, 2, SG_DIMS(5)))},
                   {"nothing marked", SG_ON(SG_RANDN(2, 2), SG_VALUES_OF(SG_BOOL, SG_NUMBERS(0, 0), SG_DIMS(2)))},
                   {"scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR), SG_VALUES_OF(SG_BOOL, SG_NUMBERS(1), SG_SCALAR))},
                   {"empty", SG_ON(SG_RANDN(0, 2), SG_MASK(SG_DIMS(2)))},
                   {"integers", SG_ON(SG_RANDINT(-9, 9, SG_DIMS(6)), MARKS(SG_DIMS(6)))}),
    .bad_samples = SG_SAMPLES({"shape", SG_ON(SG_RANDN(3, 2), SG_MASK(SG_DIMS(3))),
                               .error = "mask has shape [3], which does not broadcast with x [3, 2]"}),
};

sg_tensor *sg_masked_select(sg_context *context, sg_tensor *x, sg_tensor *mask) {
  return sg_apply_one(context, &op_masked_select, 2, (sg_tensor *[]){x, mask}, NULL);
}
