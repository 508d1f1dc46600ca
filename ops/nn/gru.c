// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/nn/recurrent.h"
#include "ops/ops.h"

const sg_op op_gru = {
    SG_RECURRENT(gru, layer, sg_gru_kind),
    SG_WORDS("A network of gated recurrent units over a sequence, in layers and directions.",
             "h[t] = gru_cell(x[t], h[t - 1])",
             "Cho et al., Learning Phrase Representations using RNN Encoder-Decoder, 2014; the reset gate behind "
             "the product as in cuDNN"),
    .inputs = SG_LAYER_PORTS("3 "),
    SG_LAYER_CASES(6),
};

sg_tensor *sg_gru(sg_context *context, sg_tensor *x, sg_tensor *hx, int count, sg_tensor *const *weights,
                  const sg_recurrent_options *options, sg_tensor **hy) {
  return sg_apply_recurrent(context, &op_gru, 2, (sg_tensor *[]){x, hx}, count, weights, options, hy, NULL);
}
