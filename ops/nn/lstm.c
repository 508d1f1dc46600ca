// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/nn/recurrent.h"
#include "ops/ops.h"

#define WEIGHTS SG_RANDN(8, 3), SG_RANDN(8, 2)

const sg_op op_lstm = {
    SG_RECURRENT(lstm, layer, sg_lstm_kind),
    SG_WORDS("A long short-term memory over a sequence, in layers and directions.",
             "h[t], c[t] = lstm_cell(x[t], h[t - 1], c[t - 1])",
             "Hochreiter and Schmidhuber, Long Short-Term Memory, 1997; Gers et al., Learning to Forget, 2000"),
    .inputs =
        SG_PORTS(SG_LAYER_SEQUENCE, SG_LAYER_STATE,
                 {"cx", SG_OPTIONAL, "first memories, the shape of hx; default zeros"}, SG_LAYER_WEIGHTS("4 ")),
    .outputs = SG_PORTS({"y", 0, "(T, N, D H) or (T, D H): the states of the last layer"},
                        {"hy", 0, "last states, the shape of hx"}, {"cy", 0, "last memories, the shape of hx"}),
    .samples = SG_SAMPLES(
        {"sequence",
         SG_ON(SG_RANDN(4, 2, 3), SG_RANDN(1, 2, 2), SG_RANDN(1, 2, 2), WEIGHTS, SG_RANDN(8), SG_RANDN(8))},
        {"both directions", SG_ON(SG_RANDN(3, 2, 3), SG_RANDN(2, 2, 2), SG_RANDN(2, 2, 2), WEIGHTS, WEIGHTS),
         SG_WITH(sg_recurrent_options, .num_layers = 1, .bidirectional = true)},
        {"two layers, batch first",
         SG_ON(SG_RANDN(2, 3, 3), SG_RANDN(2, 2, 2), SG_RANDN(2, 2, 2), WEIGHTS, SG_RANDN(8, 2), SG_RANDN(8, 2)),
         SG_WITH(sg_recurrent_options, .num_layers = 2, .batch_first = true)},
        {"no batch", SG_ON(SG_RANDN(3, 3), SG_RANDN(1, 2), SG_RANDN(1, 2), WEIGHTS, SG_RANDN(8), SG_RANDN(8))},
        {"from zeros", SG_ON(SG_RANDN(2, 2, 3), {0}, {0}, WEIGHTS),
         SG_WITH(sg_recurrent_options, .num_layers = 1)}),
    .bad_samples = SG_SAMPLES(
        {"cx", SG_ON(SG_RANDN(4, 2, 3), SG_RANDN(1, 2, 2), SG_RANDN(1, 3, 2), WEIGHTS, SG_RANDN(8), SG_RANDN(8)),
         .error = "cx has shape [1, 3, 2], expected [1, 2, 2]"}),
};

sg_tensor *sg_lstm(sg_context *context, sg_tensor *x, sg_tensor *hx, sg_tensor *cx, int count,
                   sg_tensor *const *weights, const sg_recurrent_options *options, sg_tensor **hy, sg_tensor **cy) {
  return sg_apply_recurrent(context, &op_lstm, 3, (sg_tensor *[]){x, hx, cx}, count, weights, options, hy, cy);
}
