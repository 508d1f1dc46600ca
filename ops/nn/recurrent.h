// SPDX-License-Identifier: GPL-3.0-or-later
//
// The families of recurrent networks: cells, which take one step, and layers, which take a sequence. They are
// compositions; a member of either is a kind of step, its words and ports, and samples. Weights have the rows of
// one gate behind those of the other, as PyTorch has them.
//
// In f32, large inputs are computed with in f64: sums before a saturating function, and what its slope of 0 is to
// meet, may leave the range where results do not.
#ifndef SELENOGRAD_NN_RECURRENT_H
#define SELENOGRAD_NN_RECURRENT_H

#include "autograd/op.h"
#include "ops/nn/nn.h"

typedef struct sg_recurrent_state {
  sg_tensor *h, *c; // (N, H); c of an lstm alone
  bool in_doubt;    // a relu of exactly 0 in f32, which may be a number that was lost
} sg_recurrent_state;

typedef struct sg_recurrent_kind {
  int gates;     // how many times H rows the weights have
  bool has_cell; // the state has a c beside h
  // The next state, from w_ih x + b_ih and w_hh h + b_hh, both (N, gates H).
  sg_recurrent_state (*step)(sg_context *c, sg_tensor *of_x, sg_tensor *of_h, sg_recurrent_state state);
} sg_recurrent_kind;

extern const sg_recurrent_kind sg_rnn_tanh_kind, sg_rnn_relu_kind, sg_lstm_kind, sg_gru_kind;

extern const sg_op sg_recurrent_cell_family, sg_recurrent_layer_family;

// Whether inputs of f32 are to be computed with in f64.
bool sg_recurrent_wants_f64(const sg_call *call);

// Applies a layer, of which `state_count` inputs stand before the weights.
sg_tensor *sg_apply_recurrent(sg_context *context, const sg_op *op, int state_count, sg_tensor *const *states,
                              int weight_count, sg_tensor *const *weights, const sg_recurrent_options *options,
                              sg_tensor **hy, sg_tensor **cy);

// What a descriptor begins with.
//   SG_RECURRENT(gru_cell, cell, sg_gru_kind),
#define SG_RECURRENT(op, shape, kind) .name = #op, .family = &sg_recurrent_##shape##_family, .member = &kind

// Ports of a member with this many gates ("3 ") and one state.
#define SG_CELL_PORTS(gates) SG_PORTS({"x", 0, "(N, I) or (I)"}, SG_CELL_STATE, SG_CELL_WEIGHTS(gates))
#define SG_LAYER_PORTS(gates) SG_PORTS(SG_LAYER_SEQUENCE, SG_LAYER_STATE, SG_LAYER_WEIGHTS(gates))
#define SG_CELL_STATE                                                                                              \
  { "hx", SG_OPTIONAL, "the state, (N, H) or (H); default zeros" }
#define SG_LAYER_SEQUENCE                                                                                          \
  { "x", 0, "(T, N, I) or (T, I), or (N, T, I) with batch_first" }
#define SG_LAYER_STATE                                                                                             \
  { "hx", SG_OPTIONAL, "first states, (L D, N, H) or (L D, H); default zeros" }

#define SG_CELL_WEIGHTS(gates)                                                                                     \
  {"w_ih", 0, "(" gates "H, I)"}, {"w_hh", 0, "(" gates "H, H)"}, {"b_ih", SG_OPTIONAL, "(" gates "H)"}, {         \
    "b_hh", SG_OPTIONAL, "(" gates "H)"                                                                            \
  }
#define SG_LAYER_WEIGHTS(gates)                                                                                    \
  {                                                                                                                \
    "weights", SG_VARIADIC,                                                                                        \
        "for each layer, and each direction in it: w_ih (" gates "H, I), w_hh (" gates "H, H) and, with "          \
        "has_biases, b_ih and b_hh (" gates "H); I is D H behind the first layer"                                  \
  }

// Samples and bad samples of a member whose steps have one state, for weights with this many rows (H = 2, I = 3).
#define SG_CELL_CASES(rows)                                                                                        \
  .samples = SG_SAMPLES(SG_CELL_SAMPLES(rows)), .bad_samples = SG_SAMPLES(SG_CELL_BAD_SAMPLES(rows))
#define SG_LAYER_CASES(rows)                                                                                       \
  .samples = SG_SAMPLES(SG_LAYER_SAMPLES(rows)), .bad_samples = SG_SAMPLES(SG_LAYER_BAD_SAMPLES(rows))
#define SG_CELL_SAMPLES(rows)                                                                                      \
  {"batch",                                                                                                        \
   SG_ON(SG_RANDN(4, 3), SG_RANDN(4, 2), SG_RANDN(rows, 3), SG_RANDN(rows, 2), SG_RANDN(rows), SG_RANDN(rows))},   \
      {"without biases", SG_ON(SG_RANDN(4, 3), SG_RANDN(4, 2), SG_RANDN(rows, 3), SG_RANDN(rows, 2))},             \
      {"one row",                                                                                                  \
       SG_ON(SG_RANDN(3), SG_RANDN(2), SG_RANDN(rows, 3), SG_RANDN(rows, 2), SG_RANDN(rows), SG_RANDN(rows))},     \
      {"from zeros", SG_ON(SG_RANDN(4, 3), {0}, SG_RANDN(rows, 3), SG_RANDN(rows, 2))}, {                          \
    "no rows", SG_ON(SG_RANDN(0, 3), SG_RANDN(0, 2), SG_RANDN(rows, 3), SG_RANDN(rows, 2))                         \
  }
#define SG_CELL_BAD_SAMPLES(rows)                                                                                  \
  {"w_ih", SG_ON(SG_RANDN(4, 3), SG_RANDN(4, 2), SG_RANDN(rows, 2), SG_RANDN(rows, 2)),                            \
   .error = ", 2], expected [" #rows ", 3] (the rows of w_hh and the columns of x)"},                              \
      {"w_hh", SG_ON(SG_RANDN(4, 3), SG_RANDN(4, 2), SG_RANDN(rows, 3), SG_RANDN(rows, 9)),                        \
       .error = "w_hh has shape [" #rows ", 9], expected ("},                                                      \
      {"hx", SG_ON(SG_RANDN(4, 3), SG_RANDN(3, 2), SG_RANDN(rows, 3), SG_RANDN(rows, 2)),                          \
       .error = "hx has shape [3, 2], expected [4, 2] (the state of every row of x)"},                             \
  {                                                                                                                \
    "bias", SG_ON(SG_RANDN(4, 3), SG_RANDN(4, 2), SG_RANDN(rows, 3), SG_RANDN(rows, 2), SG_RANDN(9)),              \
        .error = "b_ih has shape [9], expected [" #rows "]"                                                        \
  }
#define SG_LAYER_BAD_SAMPLES(rows)                                                                                 \
  {"number of weights", SG_ON(SG_RANDN(4, 2, 3), SG_RANDN(1, 2, 2), SG_RANDN(rows, 3), SG_RANDN(rows, 2)),         \
   .error = "2 weights given, expected 4 for each of num_layers = 1 (has_biases = true"},                          \
      {"w_ih",                                                                                                     \
       SG_ON(SG_RANDN(4, 2, 3), SG_RANDN(1, 2, 2), SG_RANDN(rows, 2), SG_RANDN(rows, 2), SG_RANDN(rows),           \
             SG_RANDN(rows)),                                                                                      \
       .error = "] has shape [" #rows ", 2], expected [" #rows ", 3]"},                                            \
      {"w_hh",                                                                                                     \
       SG_ON(SG_RANDN(4, 2, 3), SG_RANDN(1, 2, 2), SG_RANDN(rows, 3), SG_RANDN(rows), SG_RANDN(rows),              \
             SG_RANDN(rows)),                                                                                      \
       .error = "] has shape [" #rows "], expected ("},                                                            \
      {"hx",                                                                                                       \
       SG_ON(SG_RANDN(4, 2, 3), SG_RANDN(2, 2, 2), SG_RANDN(rows, 3), SG_RANDN(rows, 2), SG_RANDN(rows),           \
             SG_RANDN(rows)),                                                                                      \
       .error = "hx has shape [2, 2, 2], expected [1, 2, 2]"},                                                     \
      {"rank",                                                                                                     \
       SG_ON(SG_RANDN(4), SG_RANDN(1, 2), SG_RANDN(rows, 3), SG_RANDN(rows, 2), SG_RANDN(rows), SG_RANDN(rows)),   \
       .error = "x has shape [4], expected (T, N, I) or (T, I)"},                                                  \
  {                                                                                                                \
    "no steps",                                                                                                    \
        SG_ON(SG_RANDN(0, 2, 3), SG_RANDN(1, 2, 2), SG_RANDN(rows, 3), SG_RANDN(rows, 2), SG_RANDN(rows),          \
              SG_RANDN(rows)),                                                                                     \
        .error = "x has shape [0, 2, 3]: the sequence is empty"                                                    \
  }
#define SG_LAYER_SAMPLES(rows)                                                                                     \
  {"sequence", SG_ON(SG_RANDN(4, 2, 3), SG_RANDN(1, 2, 2), SG_RANDN(rows, 3), SG_RANDN(rows, 2), SG_RANDN(rows),   \
                     SG_RANDN(rows))},                                                                             \
      {"both directions",                                                                                          \
       SG_ON(SG_RANDN(3, 2, 3), SG_RANDN(2, 2, 2), SG_RANDN(rows, 3), SG_RANDN(rows, 2), SG_RANDN(rows, 3),        \
             SG_RANDN(rows, 2)),                                                                                   \
       SG_WITH(sg_recurrent_options, .num_layers = 1, .bidirectional = true)},                                     \
      {"two layers, batch first",                                                                                  \
       SG_ON(SG_RANDN(2, 3, 3), SG_RANDN(2, 2, 2), SG_RANDN(rows, 3), SG_RANDN(rows, 2), SG_RANDN(rows, 2),        \
             SG_RANDN(rows, 2)),                                                                                   \
       SG_WITH(sg_recurrent_options, .num_layers = 2, .batch_first = true)},                                       \
      {"no batch", SG_ON(SG_RANDN(3, 3), SG_RANDN(1, 2), SG_RANDN(rows, 3), SG_RANDN(rows, 2), SG_RANDN(rows),     \
                         SG_RANDN(rows))},                                                                         \
  {                                                                                                                \
    "from zeros", SG_ON(SG_RANDN(2, 2, 3), {0}, SG_RANDN(rows, 3), SG_RANDN(rows, 2)),                             \
        SG_WITH(sg_recurrent_options, .num_layers = 1)                                                             \
  }

#endif
