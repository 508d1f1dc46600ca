// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/nn/recurrent.h"
#include "ops/ops.h"

#define WEIGHTS SG_RANDN(8, 3), SG_RANDN(8, 2)

const sg_op op_lstm_cell = {
    SG_RECURRENT(lstm_cell, cell, sg_lstm_kind),
    SG_WORDS("One step of a long short-term memory.",
             "a = w_ih x + b_ih + w_hh hx + b_hh, in rows i, f, g, o; cy = s(f) cx + s(i) tanh(g); y = s(o) "
             "tanh(cy), with the sigmoid s",
             "Hochreiter and Schmidhuber, Long Short-Term Memory, 1997; Gers et al., Learning to Forget, 2000"),
    .inputs = SG_PORTS({"x", 0, "(N, I) or (I)"}, SG_CELL_STATE,
                       {"cx", SG_OPTIONAL, "the memory, (N, H) or (H); default zeros"}, SG_CELL_WEIGHTS("4 ")),
    .outputs = SG_PORTS({"y", 0, "(N, H) or (H), the next state"}, {"cy", 0, "(N, H) or (H), the next memory"}),
    .samples = SG_SAMPLES(
        {"batch", SG_ON(SG_RANDN(4, 3), SG_RANDN(4, 2), SG_RANDN(4, 2), WEIGHTS, SG_RANDN(8), SG_RANDN(8))},
        {"without biases", SG_ON(SG_RANDN(4, 3), SG_RANDN(4, 2), SG_RANDN(4, 2), WEIGHTS)},
        {"one row", SG_ON(SG_RANDN(3), SG_RANDN(2), SG_RANDN(2), WEIGHTS, SG_RANDN(8), SG_RANDN(8))},
        {"from zeros", SG_ON(SG_RANDN(4, 3), {0}, {0}, WEIGHTS)},
        {"no rows", SG_ON(SG_RANDN(0, 3), SG_RANDN(0, 2), SG_RANDN(0, 2), WEIGHTS)}),
    .bad_samples =
        SG_SAMPLES({"w_ih", SG_ON(SG_RANDN(4, 3), SG_RANDN(4, 2), SG_RANDN(4, 2), SG_RANDN(8, 2), SG_RANDN(8, 2)),
                    .error = "w_ih has shape [8, 2], expected [8, 3]"},
                   {"cx", SG_ON(SG_RANDN(4, 3), SG_RANDN(4, 2), SG_RANDN(3, 2), WEIGHTS),
                    .error = "cx has shape [3, 2], expected [4, 2] (the state of every row of x)"}),
};

sg_tensor *sg_lstm_cell(sg_context *context, sg_tensor *x, sg_tensor *hx, sg_tensor *cx, sg_tensor *w_ih,
                        sg_tensor *w_hh, sg_tensor *b_ih, sg_tensor *b_hh, sg_tensor **cy) {
  sg_tensor *outputs[2] = {NULL}, *inputs[] = {x, hx, cx, w_ih, w_hh, b_ih, b_hh};
  sg_apply(context, &op_lstm_cell, 7, inputs, NULL, outputs);
  if (cy) *cy = outputs[1];
  return outputs[0];
}
