// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/nn/recurrent.h"
#include "ops/ops.h"

const sg_op op_rnn_relu = {
    SG_RECURRENT(rnn_relu, layer, sg_rnn_relu_kind),
    SG_WORDS(
        "A recurrent network with relu over a sequence, in layers and directions.",
        "h[t] = relu(w_ih x[t] + b_ih + w_hh h[t - 1] + b_hh)",
        "Le, Jaitly and Hinton, A Simple Way to Initialize Recurrent Networks of Rectified Linear Units, 2015; the "
        "derivative at 0 is 0"),
    .subgradient = "0 where a unit gets 0",
    .inputs = SG_LAYER_PORTS(""),
    SG_LAYER_CASES(2),
};

sg_tensor *sg_rnn_relu(sg_context *context, sg_tensor *x, sg_tensor *hx, int count, sg_tensor *const *weights,
                       const sg_recurrent_options *options, sg_tensor **hy) {
  return sg_apply_recurrent(context, &op_rnn_relu, 2, (sg_tensor *[]){x, hx}, count, weights, options, hy, NULL);
}
