// SPDX-License-Identifier: GPL-3.0-or-later
#include "autograd/graph.h"

#include <stdlib.h>
#include <string.h>

#include "autograd/internal.h"

struct sg_graph {
  sg_context *context;
  sg_node **nodes; // in the order of recording, each held
  int64_t count, capacity;
  uint64_t oldest, visit;
};

uint64_t sg_recorded(const sg_context *context) { return context->node_sequence; }

// ---- Collecting -----------------------------------------------------------------------------------

static size_t bytes_of(int64_t capacity) { return (size_t)capacity * sizeof(sg_node *); }

static bool make_place(sg_graph *g) {
  if (g->count < g->capacity) return true;
  const int64_t capacity = g->capacity ? 2 * g->capacity : 64;
  sg_node **nodes = sg_memory_take(g->context, bytes_of(capacity));
  if (!nodes) return false;
  if (g->count) memcpy(nodes, g->nodes, bytes_of(g->count));
  if (g->nodes) sg_memory_give(g->context, g->nodes, bytes_of(g->capacity));
  g->nodes = nodes;
  g->capacity = capacity;
  return true;
}

static bool take_in(sg_graph *g, sg_node *node) {
  if (!node || node->sequence <= g->oldest || node->visit == g->visit) return true;
  if (!make_place(g)) return false;
  node->visit = g->visit;
  node->references++;
  g->nodes[g->count++] = node;
  return true;
}

// The list is its own work list: what a node leads to is put behind it.
static bool collect_ops(sg_graph *g) {
  for (int64_t i = 0; i < g->count; i++) {
    const sg_node *node = g->nodes[i];
    for (int k = 0; k < node->input_count; k++) {
      if (!take_in(g, node->edges[k].node)) return false;
    }
  }
  return true;
}

static int by_number(const void *a, const void *b) {
  const uint64_t number_a = (*(sg_node *const *)a)->sequence, number_b = (*(sg_node *const *)b)->sequence;
  return (number_a > number_b) - (number_a < number_b);
}

sg_graph *sg_graph_open(sg_context *context, int count, sg_tensor *const *tensors, uint64_t oldest) {
  if (context->status) return NULL;
  sg_graph *g = sg_memory_take(context, sizeof *g);
  if (!g) return NULL;
  *g = (sg_graph){.context = context, .oldest = oldest, .visit = ++context->graph_counter};
  bool whole = true;
  for (int i = 0; i < count && whole; i++) whole = take_in(g, tensors[i]->node);
  if (!whole || !collect_ops(g)) {
    sg_graph_close(g);
    return NULL;
  }
  if (g->count) qsort(g->nodes, (size_t)g->count, sizeof *g->nodes, by_number);
  return g;
}

void sg_graph_close(sg_graph *g) {
  for (int64_t i = 0; i < g->count; i++) sg_node_release(g->nodes[i]);
  if (g->nodes) sg_memory_give(g->context, g->nodes, bytes_of(g->capacity));
  sg_memory_give(g->context, g, sizeof *g);
}

// ---- Looking --------------------------------------------------------------------------------------

int64_t sg_graph_count(const sg_graph *g) { return g->count; }

static int64_t place_in_graph(const sg_graph *g, const sg_node *node) {
  int64_t low = 0, high = g->count;
  if (!node) return -1;
  while (low < high) {
    const int64_t middle = low + (high - low) / 2;
    if (g->nodes[middle]->sequence < node->sequence)
      low = middle + 1;
    else
      high = middle;
  }
  return low < g->count && g->nodes[low] == node ? low : -1;
}

static size_t saved_bytes(const sg_node *node) {
  size_t bytes = 0;
  for (int i = 0; i < node->input_count; i++)
    if (node->saved_inputs[i].tensor) bytes += sg_tensor_bytes(node->saved_inputs[i].tensor);
  for (int p = 0; p < node->output_count; p++)
    if (node->saved_outputs[p].tensor) bytes += sg_tensor_bytes(node->saved_outputs[p].tensor);
  return bytes;
}

sg_graph_op sg_graph_at(const sg_graph *g, int64_t place) {
  const sg_node *node = g->nodes[place];
  return (sg_graph_op){node->op, node->sequence, node->input_count, node->output_count, saved_bytes(node)};
}

sg_graph_input sg_graph_input_of(const sg_graph *g, int64_t place, int input) {
  const sg_node *node = g->nodes[place];
  const sg_edge *edge = &node->edges[input];
  const int64_t source = place_in_graph(g, edge->node);
  return (sg_graph_input){.leaf = edge->leaf,
                          .source = source,
                          .output = edge->output,
                          .outside = edge->node && source < 0,
                          .shape = node->input_shapes[input]};
}

sg_shape sg_graph_output_shape(const sg_graph *g, int64_t place, int output) {
  return g->nodes[place]->output_shapes[output];
}

sg_dtype sg_graph_output_dtype(const sg_graph *g, int64_t place, int output) {
  return g->nodes[place]->output_dtypes[output];
}

int64_t sg_graph_producer(const sg_graph *g, const sg_tensor *tensor, int *output) {
  *output = tensor->output;
  return place_in_graph(g, tensor->node);
}
