// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/nn/recurrent.h"
#include "ops/ops.h"

const sg_op op_rnn_tanh = {
    SG_RECURRENT(rnn_tanh, layer, sg_rnn_tanh_kind),
    SG_WORDS("A recurrent network with tanh over a sequence, in layers and directions.",
             "h[t] = tanh(w_ih x[t] + b_ih + w_hh h[t - 1] + b_hh)", "Elman, Finding Structure in Time, 1990"),
    .inputs = SG_LAYER_PORTS(""),
    SG_LAYER_CASES(2),
};

sg_tensor *sg_rnn_tanh(sg_context *context, sg_tensor *x, sg_tensor *hx, int count, sg_tensor *const *weights,
                       const sg_recurrent_options *options, sg_tensor **hy) {
  return sg_apply_recurrent(context, &op_rnn_tanh, 2, (sg_tensor *[]){x, hx}, count, weights, options, hy, NULL);
}
