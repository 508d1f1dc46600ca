// SPDX-License-Identifier: GPL-3.0-or-later
//
// One step of every kind. References: Elman, Finding Structure in Time, 1990; Hochreiter and Schmidhuber, Long
// Short-Term Memory, 1997; Cho et al., Learning Phrase Representations using RNN Encoder-Decoder, 2014, with the
// reset gate behind the product as in cuDNN.
#include "ops/nn/recurrent.h"
#include "ops/ops.h"
#include "ops/wide.h"

bool sg_recurrent_wants_f64(const sg_call *call) {
  enum { ORDINARY = 1 << 20 };
  for (int i = 0; call->dtype == SG_F32 && i < call->input_count; i++)
    if (!sg_is_within(call->context, call->inputs[i], ORDINARY)) return true;
  return false;
}

static bool has_zero(sg_context *c, sg_tensor *x) {
  sg_tensor *all = sg_all(c, sg_tensor_detach(c, x), NULL);
  return !sg_error_status(c) && sg_tensor_value(all, 0) == 0;
}

// h = tanh(a + b) or relu(a + b)
static sg_recurrent_state tanh_step(sg_context *c, sg_tensor *of_x, sg_tensor *of_h, sg_recurrent_state state) {
  (void)state;
  return (sg_recurrent_state){sg_tanh(c, sg_add(c, of_x, of_h)), NULL, false};
}
static sg_recurrent_state relu_step(sg_context *c, sg_tensor *of_x, sg_tensor *of_h, sg_recurrent_state state) {
  sg_tensor *sum = sg_add(c, of_x, of_h);
  if (sg_error_status(c)) return state;
  const bool in_doubt = sg_tensor_dtype(sum) == SG_F32 && has_zero(c, sum);
  return (sg_recurrent_state){sg_relu(c, sum), NULL, state.in_doubt || in_doubt};
}

static sg_tensor *gate(sg_context *c, sg_tensor *gates, int64_t position, int64_t count, int64_t units) {
  return sg_narrow(c, gates, -1, position * units, count * units);
}

// With the gates i, f, g, o of a + b:  c = s(f) c + s(i) tanh(g),  h = s(o) tanh(c)
static sg_recurrent_state lstm_step(sg_context *c, sg_tensor *of_x, sg_tensor *of_h, sg_recurrent_state state) {
  sg_tensor *gates = sg_add(c, of_x, of_h);
  if (sg_error_status(c)) return state;
  const int64_t units = sg_tensor_shape(state.h)->size[1];
  sg_tensor *in = sg_sigmoid(c, gate(c, gates, 0, 1, units)), *forget = sg_sigmoid(c, gate(c, gates, 1, 1, units));
  sg_tensor *candidate = sg_tanh(c, gate(c, gates, 2, 1, units)), *out = sg_sigmoid(c, gate(c, gates, 3, 1, units));
  sg_tensor *cell = sg_add(c, sg_mul(c, forget, state.c), sg_mul(c, in, candidate));
  return (sg_recurrent_state){sg_mul(c, out, sg_tanh(c, cell)), cell, false};
}

// With the gates r, z, n of a and b:  n = tanh(a_n + s(r) b_n),  h = n + s(z) (h - n)
static sg_recurrent_state gru_step(sg_context *c, sg_tensor *of_x, sg_tensor *of_h, sg_recurrent_state state) {
  const int64_t units = sg_tensor_shape(state.h)->size[1];
  sg_tensor *both = sg_sigmoid(c, sg_add(c, gate(c, of_x, 0, 2, units), gate(c, of_h, 0, 2, units)));
  sg_tensor *reset = gate(c, both, 0, 1, units), *update = gate(c, both, 1, 1, units);
  sg_tensor *recalled = sg_mul(c, reset, gate(c, of_h, 2, 1, units));
  sg_tensor *candidate = sg_tanh(c, sg_add(c, gate(c, of_x, 2, 1, units), recalled));
  return (sg_recurrent_state){sg_add(c, candidate, sg_mul(c, update, sg_sub(c, state.h, candidate))), NULL, false};
}

const sg_recurrent_kind sg_rnn_tanh_kind = {1, false, tanh_step}, sg_rnn_relu_kind = {1, false, relu_step},
                        sg_lstm_kind = {4, true, lstm_step}, sg_gru_kind = {3, false, gru_step};
