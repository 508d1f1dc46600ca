// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/nn/recurrent.h"
#include "ops/ops.h"

const sg_op op_rnn_relu_cell = {
    SG_RECURRENT(rnn_relu_cell, cell, sg_rnn_relu_kind),
    SG_WORDS(
        "One step of a recurrent network with relu.", "y = relu(w_ih x + b_ih + w_hh hx + b_hh)",
        "Le, Jaitly and Hinton, A Simple Way to Initialize Recurrent Networks of Rectified Linear Units, 2015; the "
        "derivative at 0 is 0"),
    .subgradient = "0 where a unit gets 0",
    .inputs = SG_CELL_PORTS(""),
    SG_CELL_CASES(2),
};

sg_tensor *sg_rnn_relu_cell(sg_context *context, sg_tensor *x, sg_tensor *hx, sg_tensor *w_ih, sg_tensor *w_hh,
                            sg_tensor *b_ih, sg_tensor *b_hh) {
  return sg_apply_one(context, &op_rnn_relu_cell, 6, (sg_tensor *[]){x, hx, w_ih, w_hh, b_ih, b_hh}, NULL);
}
