// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/nn/recurrent.h"
#include "ops/ops.h"
#include "ops/wide.h"

enum { X, H };

// The inputs, counted behind the states.
typedef struct cell_inputs {
  int c, w_ih, w_hh, b_ih, b_hh; // c -1: none
} cell_inputs;

static cell_inputs inputs_of(const sg_op *op) {
  const int c = ((const sg_recurrent_kind *)op->member)->has_cell ? H + 1 : -1, w = c > 0 ? c + 1 : H + 1;
  return (cell_inputs){c, w, w + 1, w + 2, w + 3};
}

// ---- Shapes -------------------------------------------------------------------------------------------

static sg_status check_shape(const sg_plan *plan, int input, sg_shape expected, const char *why) {
  if (input < 0 || !plan->inputs[input] || sg_shape_equal(sg_plan_shape(plan, input), &expected)) return SG_OK;
  return sg_reject(plan, "%s has shape %s, expected %s (%s)", sg_op_inputs(plan->op)[input].name,
                   sg_shape_text(sg_plan_shape(plan, input)).text, sg_shape_text(&expected).text, why);
}

static sg_status prepare(sg_plan *plan) {
  const sg_recurrent_kind *kind = plan->op->member;
  const cell_inputs in = inputs_of(plan->op);
  const sg_shape *x = sg_plan_shape(plan, X), *w_hh = sg_plan_shape(plan, in.w_hh);
  if (x->rank != 1 && x->rank != 2)
    return sg_reject(plan, "x has shape %s, expected (N, I) or (I)", sg_shape_text(x).text);
  if (w_hh->rank != 2 || w_hh->size[0] != kind->gates * w_hh->size[1])
    return sg_reject(plan, "w_hh has shape %s, expected (%d H, H)", sg_shape_text(w_hh).text, kind->gates);
  const int64_t width = x->size[x->rank - 1], units = w_hh->size[1], rows = kind->gates * units;
  sg_shape state = *x;
  state.size[state.rank - 1] = units;
  if (check_shape(plan, H, state, "the state of every row of x") ||
      check_shape(plan, in.c, state, "the state of every row of x") ||
      check_shape(plan, in.w_ih, (sg_shape)SG_DIMS(rows, width), "the rows of w_hh and the columns of x") ||
      check_shape(plan, in.b_ih, (sg_shape)SG_DIMS(rows), "the rows of w_hh"))
    return sg_error_status(plan->context);
  return check_shape(plan, in.b_hh, (sg_shape)SG_DIMS(rows), "the rows of w_hh");
}

// ---- One step -------------------------------------------------------------------------------------------

static sg_tensor *as_row(sg_context *c, sg_tensor *x) {
  return x && sg_tensor_shape(x)->rank == 1 ? sg_unsqueeze(c, x, 0) : x;
}

static sg_recurrent_state next_state(const sg_call *call) {
  const sg_recurrent_kind *kind = call->op->member;
  const cell_inputs in = inputs_of(call->op);
  sg_context *c = call->context;
  sg_tensor *const *inputs = call->inputs, *x = as_row(c, inputs[X]), *w_hh = inputs[in.w_hh];
  if (sg_error_status(c)) return (sg_recurrent_state){0};
  const sg_shape shape = SG_DIMS(sg_tensor_shape(x)->size[0], sg_tensor_shape(w_hh)->size[1]);
  sg_recurrent_state state = {as_row(c, inputs[H]), in.c > 0 ? as_row(c, inputs[in.c]) : NULL, false};
  if (!state.h) state.h = sg_zeros(c, sg_tensor_dtype(x), &shape);
  if (!state.c && kind->has_cell) state.c = sg_zeros(c, sg_tensor_dtype(x), &shape);
  if (sg_error_status(c)) return state;
  sg_tensor *of_x = sg_linear(c, x, inputs[in.w_ih], inputs[in.b_ih]);
  return kind->step(c, of_x, sg_linear(c, state.h, w_hh, inputs[in.b_hh]), state);
}

static sg_recurrent_state next_state_in_f64(const sg_call *call) {
  sg_context *c = call->context;
  sg_tensor *inputs[SG_MAX_PORTS];
  const sg_call wide = sg_widened(call, inputs);
  const sg_recurrent_state state = next_state(&wide);
  return (sg_recurrent_state){sg_to(c, state.h, SG_F32), state.c ? sg_to(c, state.c, SG_F32) : NULL, false};
}

static void compose(const sg_call *call, sg_tensor **outputs) {
  sg_context *c = call->context;
  sg_recurrent_state state = {NULL, NULL, sg_recurrent_wants_f64(call)};
  if (!state.in_doubt) state = next_state(call);
  if (state.in_doubt) state = next_state_in_f64(call);
  const bool one_row = sg_tensor_shape(call->inputs[X])->rank == 1;
  outputs[0] = one_row ? sg_select(c, state.h, 0, 0) : state.h;
  if (state.c) outputs[1] = one_row ? sg_select(c, state.c, 0, 0) : state.c;
}

const sg_op sg_recurrent_cell_family = {
    .cost = "2 operations for each weight and row of the batch",
    .outputs = SG_PORTS({"y", 0, "(N, H) or (H), the next state"}),
    .prepare = prepare,
    .compose = compose,
};
