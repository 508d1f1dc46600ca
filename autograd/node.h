// SPDX-License-Identifier: GPL-3.0-or-later
//
// Nodes of the tape (tape.c).
#ifndef SELENOGRAD_NODE_H
#define SELENOGRAD_NODE_H

#include "autograd/tensor.h"

// Where the gradient of an input goes: to output `output` of `node`, or to the leaf, or nowhere.
typedef struct sg_edge {
  sg_node *node;
  sg_tensor *leaf;
  int output;
} sg_edge;

// What has arrived at one place of a running backward pass (arrive.c).
typedef struct sg_stretch sg_stretch;
typedef struct sg_covered sg_covered;
typedef struct sg_arrivals {
  sg_tensor *sum;       // of the last cotangents, at most `length` of them in every element
  sg_stretch *finished; // sums of those before
  sg_covered *covered;  // where the last parts lie, NULL: nowhere
  int length;
  bool expected; // an edge of the pass leads here; known of its targets only
} sg_arrivals;

typedef struct sg_saved {
  sg_tensor *tensor; // NULL: not saved
  uint64_t version;  // of its storage when it was saved
} sg_saved;

enum { SG_PLACE_BYTES = 128 };

// One recorded application of an op, in one block of memory with its arrays.
struct sg_node {
  int64_t references; // from the tensors it produced and from edges
  sg_context *context;
  const sg_op *op;
  sg_node *previous, *next; // all live nodes of the context, in recording order
  sg_node *next_doomed;     // work list of releases
  sg_node *older, *newer;   // neighbours in the order of a running pass
  size_t block_bytes;
  uint64_t sequence;
  uint64_t pass;  // the backward pass that reached this node
  uint64_t visit; // the graph that was opened last and holds it
  bool active;   // that pass is running
  bool needed;   // the pass wants a gradient through this node
  bool target;   // the pass wants the cotangents of its outputs
  bool consumed; // its saved values are gone
  bool saves;    // there are saved values, or were before it was consumed
  sg_dtype dtype;
  int input_count, output_count;
  size_t backward_scratch_bytes;
  sg_hook *hooks; // of its outputs
  char *place;    // where it was applied, of SG_PLACE_BYTES; NULL: not written down
  void *options;
  void *plan;              // the op's own part of the plan
  sg_edge *edges;          // [input_count]
  sg_saved *saved_inputs;  // [input_count]
  sg_saved *saved_outputs; // [output_count]
  sg_arrivals *arrivals;   // [output_count], while a pass runs
  sg_tensor **cotangents;  // [output_count], their sums, while the node has its turn
  sg_shape *input_shapes;  // [input_count]
  sg_shape *output_shapes; // [output_count]
  sg_dtype *output_dtypes; // [output_count]
};

// A node with all its arrays, not yet linked to anything and not on the context's list; NULL on failure.
sg_node *sg_node_make(const sg_plan *plan, int output_count);
// Fills the node from a finished forward call, puts it on the list, and makes it the outputs' producer.
// `aliases[p]` is a detached alias of output p where the plan saves it; the node takes it over.
void sg_node_link(sg_node *node, const sg_plan *plan, const sg_port *input_ports, const sg_port *output_ports,
                  sg_tensor **outputs, sg_tensor **aliases);
// The parts of it: options, each input, each output, and the place on the list.
void sg_node_take_options(sg_node *node, const sg_plan *plan);
void sg_node_link_input(sg_node *node, int i, sg_tensor *input, bool differentiable);
void sg_node_link_output(sg_node *node, int p, sg_tensor *output, bool differentiable);
void sg_node_publish(sg_node *node);
// What an input or output is called: by its port, of which a variadic one takes all that follow, or by its op.
sg_text sg_node_value_name(const sg_node *node, bool output, int position);

#endif
