// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/nn/recurrent.h"
#include "ops/ops.h"

const sg_op op_rnn_tanh_cell = {
    SG_RECURRENT(rnn_tanh_cell, cell, sg_rnn_tanh_kind),
    SG_WORDS("One step of a recurrent network with tanh.", "y = tanh(w_ih x + b_ih + w_hh hx + b_hh)",
             "Elman, Finding Structure in Time, 1990"),
    .inputs = SG_CELL_PORTS(""),
    SG_CELL_CASES(2),
};

sg_tensor *sg_rnn_tanh_cell(sg_context *context, sg_tensor *x, sg_tensor *hx, sg_tensor *w_ih, sg_tensor *w_hh,
                            sg_tensor *b_ih, sg_tensor *b_hh) {
  return sg_apply_one(context, &op_rnn_tanh_cell, 6, (sg_tensor *[]){x, hx, w_ih, w_hh, b_ih, b_hh}, NULL);
}
