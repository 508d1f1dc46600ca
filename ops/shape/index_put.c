// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = x with values at the positions that an index names: y[index1[i], index2[i], ...] = values[i].
//   d_x      = d_y, with zeros at these positions unless the values were added
//   d_values = d_y at these positions, zero for a value that a later one took the place of
#include "ops/ops.h"
#include "ops/shape/placement.h"

// d_y as [extent, inner ...].
static sg_tensor *by_position(const sg_call *call, const sg_placement_plan *plan, sg_tensor *d_y) {
  const sg_shape *x = &call->input_shapes[X];
  sg_shape shape = {1, {plan->extent}};
  for (int d = plan->indexed; d < x->rank; d++) shape.size[shape.rank++] = x->size[d];
  return sg_reshape(call->context, d_y, &shape);
}

// The shape [size, 1, 1, ...] that broadcasts against by_position.
static sg_shape column(const sg_call *call, const sg_placement_plan *plan, int64_t size) {
  sg_shape shape = {1 + call->input_shapes[X].rank - plan->indexed, {size}};
  for (int d = 1; d < shape.rank; d++) shape.size[d] = 1;
  return shape;
}

// y = where(mask, values, x), and x + where(mask, values, 0) where they are added.
static void vjp_of_spread(const sg_call *call, const sg_placement_plan *plan) {
  sg_context *c = call->context;
  sg_tensor *d_y = call->d_outputs[Y], *zero = sg_scalar_like(c, d_y, 0);
  const sg_shape whole = column(call, plan, plan->extent);
  sg_tensor *mask = sg_reshape(c, call->inputs[INDEX], &whole), *rows = by_position(call, plan, d_y);
  if (call->needs[X])
    call->d_inputs[X] = plan->add ? d_y : sg_reshape(c, sg_where(c, mask, zero, rows), &call->input_shapes[X]);
  if (call->needs[VALUES])
    call->d_inputs[VALUES] = sg_sum_to(c, sg_where(c, mask, rows, zero), &call->input_shapes[VALUES]);
}

static sg_tensor *lasting(const sg_call *call, const sg_placement_plan *plan, sg_tensor *position) {
  const sg_shape shape = column(call, plan, plan->count);
  return sg_reshape(call->context, sg_placement_lasting(call->context, position, plan->extent), &shape);
}

// Where x has no element, neither have the values a use.
static void vjp_of_nothing(const sg_call *call) {
  sg_tensor *d_y = call->d_outputs[Y];
  if (call->needs[X]) call->d_inputs[X] = d_y;
  if (call->needs[VALUES])
    call->d_inputs[VALUES] = sg_tensor_full(call->context, sg_tensor_dtype(d_y), &call->input_shapes[VALUES], 0);
}

static void vjp_of_positions(const sg_call *call, const sg_placement_plan *plan) {
  sg_context *c = call->context;
  sg_tensor *d_y = call->d_outputs[Y], *position = call->outputs[POSITION], *zero = sg_scalar_like(c, d_y, 0);
  sg_tensor *rows = by_position(call, plan, d_y);
  if (call->needs[X])
    call->d_inputs[X] =
        plan->add ? d_y : sg_reshape(c, sg_index_put(c, rows, zero, 1, &position, false), &call->input_shapes[X]);
  if (!call->needs[VALUES]) return;
  sg_tensor *taken = sg_index_select(c, rows, position, 0);
  if (!plan->add && !plan->by_mask) taken = sg_where(c, lasting(call, plan, position), taken, zero);
  call->d_inputs[VALUES] = sg_sum_to(c, sg_reshape(c, taken, &plan->target), &call->input_shapes[VALUES]);
}

static void vjp(const sg_call *call) {
  const sg_placement_plan *plan = call->plan;
  if (sg_tensor_elements(call->d_outputs[Y]) == 0)
    vjp_of_nothing(call);
  else if (plan->spread)
    vjp_of_spread(call, plan);
  else
    vjp_of_positions(call, plan);
}

static const sg_sample samples[] = {
    {"by hand",
     SG_ON(SG_VECTOR(1, 2, 3, 4), SG_VECTOR(10, 20),
           {SG_SAMPLE_VALUES, SG_DIMS(4), 0, 0, SG_NUMBERS(1, 0, 1, 0), SG_BOOL}),
     SG_GIVES(10, 2, 20, 4)},
    {0},
};

const sg_op op_index_put = {
    SG_MEMBER_OF(index_put, sg_placement_family),
    SG_WORDS("Puts values at positions of a tensor, or adds them there.",
             "y = x, then y[index1[i], index2[i], ...] = values[i] for every i, the last one last"),
    .inputs = SG_PLACEMENT_INPUTS("what to put into",
                                  "the shape of the positions and then of x behind the indexed dimensions, or one "
                                  "that broadcasts to it"),
    .outputs = SG_PORTS({"y", SG_ANY_DTYPE, "x with the values"},
                        {"position", SG_INDEX | SG_HIDDEN, "numbers of the positions in the indexed dimensions"}),
    .vjp = vjp,
    .samples = samples,
};

sg_tensor *sg_index_put(sg_context *context, sg_tensor *x, sg_tensor *values, int count, sg_tensor *const *index,
                        bool accumulate) {
  return sg_placement_apply(context, &op_index_put, x, values, count, index, accumulate);
}
