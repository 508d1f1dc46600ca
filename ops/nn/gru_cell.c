// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/nn/recurrent.h"
#include "ops/ops.h"

const sg_op op_gru_cell = {
    SG_RECURRENT(gru_cell, cell, sg_gru_kind),
    SG_WORDS("One step of a network of gated recurrent units.",
             "a = w_ih x + b_ih, b = w_hh hx + b_hh, in rows r, z, n; n = tanh(a_n + s(a_r + b_r) b_n); y = n + "
             "s(a_z + b_z) (hx - n), with the sigmoid s",
             "Cho et al., Learning Phrase Representations using RNN Encoder-Decoder, 2014; the reset gate behind "
             "the product as in cuDNN"),
    .inputs = SG_CELL_PORTS("3 "),
    SG_CELL_CASES(6),
};

sg_tensor *sg_gru_cell(sg_context *context, sg_tensor *x, sg_tensor *hx, sg_tensor *w_ih, sg_tensor *w_hh,
                       sg_tensor *b_ih, sg_tensor *b_hh) {
  return sg_apply_one(context, &op_gru_cell, 6, (sg_tensor *[]){x, hx, w_ih, w_hh, b_ih, b_hh}, NULL);
}
