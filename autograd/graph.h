// SPDX-License-Identifier: GPL-3.0-or-later
//
// The graph below some tensors, to be looked at: which ops were recorded, what they got and gave (graph.c).
#ifndef SELENOGRAD_GRAPH_H
#define SELENOGRAD_GRAPH_H

#include "autograd/selenograd.h"

SG_PUBLIC_BEGIN

// How many ops have been recorded so far: the number of the newest one.
uint64_t sg_recorded(const sg_context *context);

// The recorded ops that `tensors` were computed by, in the order of recording. Those with a number of at most
// `oldest` are left out, and what leads to them alone. Holds them until it is closed; NULL with the error set.
typedef struct sg_graph sg_graph;
sg_graph *sg_graph_open(sg_context *context, int count, sg_tensor *const *tensors, uint64_t oldest);
void sg_graph_close(sg_graph *graph);

typedef struct sg_graph_op {
  const sg_op *op;
  uint64_t number; // in the order of recording, from 1
  int input_count, output_count;
  size_t saved_bytes; // of the tensors it holds for its derivative, each as often as it holds it
} sg_graph_op;

typedef struct sg_graph_input {
  sg_tensor *leaf; // the leaf that is the input; NULL: none that gets a gradient
  int64_t source;  // the place in the graph of the op whose result it is, -1: none that is in the graph
  int output;      // which result
  bool outside;    // it is a result of an op that was left out
  sg_shape shape;
} sg_graph_input;

int64_t sg_graph_count(const sg_graph *graph);
sg_graph_op sg_graph_at(const sg_graph *graph, int64_t place);
sg_graph_input sg_graph_input_of(const sg_graph *graph, int64_t place, int input);
sg_shape sg_graph_output_shape(const sg_graph *graph, int64_t place, int output);
sg_dtype sg_graph_output_dtype(const sg_graph *graph, int64_t place, int output);
// The op that made a tensor, by its place, -1 for a leaf or what was left out; and which of its results it is.
int64_t sg_graph_producer(const sg_graph *graph, const sg_tensor *tensor, int *output);

SG_PUBLIC_END

#endif
