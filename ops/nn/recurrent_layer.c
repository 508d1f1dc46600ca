// SPDX-License-Identifier: GPL-3.0-or-later
//
// Within a layer the product with x is one for all steps; what is left to a step is the product with h.
#include "ops/nn/recurrent.h"
#include "ops/ops.h"
#include "ops/wide.h"

static const sg_recurrent_options defaults = {true, 1, 0, false, false, false};

enum { X, H, C }; // C: of an lstm alone

typedef struct network {
  const sg_recurrent_options *options;
  const sg_recurrent_kind *kind;
  int first_weight, weights_of_each;          // inputs of the op
  int64_t directions, steps, rows, in, units; // rows: N, 1 without a batch
  bool batched;
} network;

static network network_of(const sg_op *op, const void *options, const sg_shape *x, const sg_shape *w_hh) {
  network n = {.options = options, .kind = op->member, .batched = x->rank == 3};
  n.first_weight = n.kind->has_cell ? C + 1 : H + 1;
  n.weights_of_each = n.options->has_biases ? 4 : 2;
  n.directions = n.options->bidirectional ? 2 : 1;
  const bool swapped = n.batched && n.options->batch_first;
  n.steps = x->size[swapped ? 1 : 0];
  n.rows = n.batched ? x->size[swapped ? 0 : 1] : 1;
  n.in = x->size[x->rank - 1];
  n.units = w_hh && w_hh->rank == 2 ? w_hh->size[1] : 0;
  return n;
}

// ---- Shapes -------------------------------------------------------------------------------------------

static sg_status check_states(const sg_plan *plan, const network *n) {
  sg_shape expected = SG_DIMS(n->options->num_layers * n->directions, n->rows, n->units);
  if (!n->batched) expected = (sg_shape)SG_DIMS(expected.size[0], n->units);
  for (int i = H; i < n->first_weight; i++) {
    if (!plan->inputs[i] || sg_shape_equal(sg_plan_shape(plan, i), &expected)) continue;
    return sg_reject(plan, "%s has shape %s, expected %s (layers and directions, the batch of x, columns of w_hh)",
                     sg_op_inputs(plan->op)[i].name, sg_shape_text(sg_plan_shape(plan, i)).text,
                     sg_shape_text(&expected).text);
  }
  return SG_OK;
}

// The weights of direction `position` of all.
static sg_status check_weights(const sg_plan *plan, const network *n, int64_t position) {
  static const char *const names[] = {"w_ih", "w_hh", "b_ih", "b_hh"};
  const int64_t in = position < n->directions ? n->in : n->directions * n->units, rows = n->kind->gates * n->units;
  const sg_shape expected[] = {SG_DIMS(rows, in), SG_DIMS(rows, n->units), SG_DIMS(rows), SG_DIMS(rows)};
  for (int k = 0; k < n->weights_of_each; k++) {
    const int64_t weight = position * n->weights_of_each + k;
    const sg_shape *shape = sg_plan_shape(plan, n->first_weight + (int)weight);
    if (sg_shape_equal(shape, &expected[k])) continue;
    return sg_reject(plan, "weights[%lld] has shape %s, expected %s (%s)",
                     (long long)(weight + sg_index_base(plan->context)), sg_shape_text(shape).text,
                     sg_shape_text(&expected[k]).text, names[k]);
  }
  return SG_OK;
}

static sg_status check_count(const sg_plan *plan, const network *n) {
  const sg_recurrent_options *options = n->options;
  const int64_t given = plan->input_count - n->first_weight, each = n->directions * n->weights_of_each;
  if (given % each == 0 && given / each == options->num_layers) return SG_OK;
  return sg_reject(
      plan, "%lld weights given, expected %lld for each of num_layers = %lld (has_biases = %s, bidirectional = %s)",
      (long long)given, (long long)each, (long long)options->num_layers, options->has_biases ? "true" : "false",
      options->bidirectional ? "true" : "false");
}

static sg_status prepare(sg_plan *plan) {
  const sg_shape *x = sg_plan_shape(plan, X);
  const int hidden = (((const sg_recurrent_kind *)plan->op->member)->has_cell ? C + 1 : H + 1) + 1;
  if (x->rank != 2 && x->rank != 3)
    return sg_reject(plan, "x has shape %s, expected (T, N, I) or (T, I)", sg_shape_text(x).text);
  const sg_shape *w_hh = hidden < plan->input_count ? sg_plan_shape(plan, hidden) : NULL;
  const network n = network_of(plan->op, plan->options, x, w_hh);
  if (n.steps == 0) return sg_reject(plan, "x has shape %s: the sequence is empty", sg_shape_text(x).text);
  if (check_count(plan, &n)) return sg_error_status(plan->context);
  if (w_hh->rank != 2)
    return sg_reject(plan, "weights[%d] has shape %s, expected (%d H, H) (w_hh)", 1 + sg_index_base(plan->context),
                     sg_shape_text(w_hh).text, n.kind->gates);
  for (int64_t i = 0; i < n.options->num_layers * n.directions; i++)
    if (check_weights(plan, &n, i)) return sg_error_status(plan->context);
  return check_states(plan, &n);
}

// ---- The sequence ---------------------------------------------------------------------------------------

// Room for pointers, which belongs to the scope; NULL: no memory.
static sg_tensor **room_for(sg_context *c, int64_t count) {
  sg_tensor *memory = sg_tensor_new(c, SG_U8, &(sg_shape)SG_DIMS(count * (int64_t)sizeof(sg_tensor *)));
  return memory ? sg_output_data(memory) : NULL;
}

// States of (T, N, H) in `all`, from the last step to the first where `backwards`; returns the last one.
static sg_recurrent_state run(sg_context *c, const network *n, sg_tensor *x, sg_recurrent_state state,
                              sg_tensor *const *weights, bool backwards, sg_tensor **all) {
  sg_tensor *b_ih = n->options->has_biases ? weights[2] : NULL, *b_hh = n->options->has_biases ? weights[3] : NULL;
  sg_tensor *of_x = sg_linear(c, x, weights[0], b_ih);
  for (int64_t k = 0; k < n->steps && !sg_error_status(c); k++) {
    const int64_t t = backwards ? n->steps - 1 - k : k;
    state = n->kind->step(c, sg_select(c, of_x, 0, t), sg_linear(c, state.h, weights[1], b_hh), state);
    all[t] = state.h;
  }
  return state;
}

typedef struct results {
  sg_tensor *y;            // (T, N, D H)
  sg_recurrent_state last; // (L D, N, H)
} results;

// (L D, N, H), or zeros.
static sg_tensor *first_states(const sg_call *call, const network *n, int input) {
  sg_context *c = call->context;
  sg_tensor *given = call->inputs[input];
  if (given) return n->batched ? given : sg_unsqueeze(c, given, 1);
  const sg_shape shape = SG_DIMS(n->options->num_layers * n->directions, n->rows, n->units);
  return sg_zeros(c, sg_tensor_dtype(call->inputs[X]), &shape);
}

static sg_tensor *layer(const sg_call *call, const network *n, int64_t index, sg_tensor *x,
                        sg_recurrent_state first, sg_tensor **h, sg_tensor **cells, bool *in_doubt) {
  sg_context *c = call->context;
  sg_tensor *sides[2] = {NULL}, **all = room_for(c, n->steps);
  for (int64_t d = 0; d < n->directions && !sg_error_status(c); d++) {
    const int64_t i = index * n->directions + d;
    sg_recurrent_state state = {sg_select(c, first.h, 0, i), first.c ? sg_select(c, first.c, 0, i) : NULL, false};
    state = run(c, n, x, state, call->inputs + n->first_weight + i * n->weights_of_each, d == 1, all);
    sides[d] = sg_error_status(c) ? NULL : sg_stack(c, (int)n->steps, all, 0);
    h[i] = state.h;
    cells[i] = state.c;
    *in_doubt = *in_doubt || state.in_doubt;
  }
  return n->directions == 1 ? sides[0] : sg_cat(c, 2, sides, -1);
}

static results compute(const sg_call *call) {
  sg_context *c = call->context;
  const int hidden = (((const sg_recurrent_kind *)call->op->member)->has_cell ? C + 1 : H + 1) + 1;
  const network n =
      network_of(call->op, call->options, sg_tensor_shape(call->inputs[X]), sg_tensor_shape(call->inputs[hidden]));
  const int count = (int)(n.options->num_layers * n.directions);
  sg_recurrent_state first = {first_states(call, &n, H), n.kind->has_cell ? first_states(call, &n, C) : NULL,
                              false};
  bool in_doubt = false;
  sg_tensor *x = call->inputs[X], **h = room_for(c, count), **cells = room_for(c, count);
  if (!n.batched) x = sg_unsqueeze(c, x, 1);
  if (n.batched && n.options->batch_first) x = sg_transpose(c, x, 0, 1);
  for (int64_t l = 0; l < n.options->num_layers && !sg_error_status(c); l++) {
    if (l > 0 && n.options->train && n.options->dropout > 0)
      x = sg_dropout(c, x, &(sg_dropout_options){n.options->dropout});
    x = layer(call, &n, l, x, first, h, cells, &in_doubt);
  }
  if (sg_error_status(c)) return (results){0};
  results r = {x, {sg_stack(c, count, h, 0), n.kind->has_cell ? sg_stack(c, count, cells, 0) : NULL, in_doubt}};
  if (n.batched && n.options->batch_first) r.y = sg_transpose(c, r.y, 0, 1);
  if (n.batched) return r;
  r.y = sg_squeeze(c, r.y, &(sg_ints){1, {1}});
  r.last.h = sg_squeeze(c, r.last.h, &(sg_ints){1, {1}});
  if (r.last.c) r.last.c = sg_squeeze(c, r.last.c, &(sg_ints){1, {1}});
  return r;
}

static results compute_in_f64(const sg_call *call) {
  sg_context *c = call->context;
  sg_tensor **inputs = room_for(c, call->input_count);
  if (!inputs) return (results){0};
  const sg_call wide = sg_widened(call, inputs);
  if (sg_error_status(c)) return (results){0};
  results r = compute(&wide);
  r.y = sg_to(c, r.y, SG_F32);
  r.last.h = sg_to(c, r.last.h, SG_F32);
  if (r.last.c) r.last.c = sg_to(c, r.last.c, SG_F32);
  return r;
}

static void compose(const sg_call *call, sg_tensor **outputs) {
  sg_context *c = call->context;
  const sg_random_state start = sg_random_get_state(c);
  results r = {.last.in_doubt = sg_recurrent_wants_f64(call)};
  if (!r.last.in_doubt) r = compute(call);
  if (r.last.in_doubt) {
    sg_random_set_state(c, start); // the same dropout
    r = compute_in_f64(call);
  }
  outputs[0] = r.y;
  outputs[1] = r.last.h;
  if (r.last.c) outputs[2] = r.last.c;
}

sg_tensor *sg_apply_recurrent(sg_context *context, const sg_op *op, int state_count, sg_tensor *const *states,
                              int weight_count, sg_tensor *const *weights, const sg_recurrent_options *options,
                              sg_tensor **hy, sg_tensor **cy) {
  sg_tensor *outputs[3] = {NULL};
  sg_tensor **inputs = room_for(context, state_count + (int64_t)weight_count);
  for (int i = 0; inputs && i < state_count; i++) inputs[i] = states[i];
  for (int i = 0; inputs && i < weight_count; i++) inputs[state_count + i] = weights[i];
  if (inputs) sg_apply(context, op, state_count + weight_count, inputs, options, outputs);
  if (hy) *hy = outputs[1];
  if (cy) *cy = outputs[2];
  return outputs[0];
}

const sg_op sg_recurrent_layer_family = {
    .cost = "2 operations for each weight, step and row of the batch; the steps one after the other",
    .outputs = SG_PORTS({"y", 0, "(T, N, D H) or (T, D H): the states of the last layer"},
                        {"hy", 0, "last states, the shape of hx"}),
    SG_OPTIONS(sg_recurrent_options, &defaults,
               SG_OPTION(sg_recurrent_options, has_biases, BOOL, "weights has b_ih and b_hh; default true"),
               SG_OPTION(sg_recurrent_options, num_layers, INT, "L, layers on top of each other; default 1",
                         SG_AT_LEAST, 1),
               SG_OPTION(sg_recurrent_options, dropout, FLOAT,
                         "probability of a zero between layers, with train; default 0", SG_AT_LEAST | SG_BELOW, 0,
                         1),
               SG_OPTION(sg_recurrent_options, train, BOOL, "whether there is dropout; default false"),
               SG_OPTION(sg_recurrent_options, bidirectional, BOOL,
                         "each layer also reads backwards, D = 2; default false"),
               SG_OPTION(sg_recurrent_options, batch_first, BOOL, "x and y are (N, T, ...); default false")),
    .prepare = prepare,
    .compose = compose,
};
