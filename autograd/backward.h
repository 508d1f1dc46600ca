// SPDX-License-Identifier: GPL-3.0-or-later
//
// Shared by backward.c (the pass over the graph), reach.c (its nodes and their order), derivative.c (the
// derivative of one node), arrive.c (the sum of what arrives at one place) and commit.c (the gradients of leaves).
#ifndef SELENOGRAD_BACKWARD_H
#define SELENOGRAD_BACKWARD_H

#include "autograd/internal.h"

typedef struct pass pass;

// The gradient of one leaf while a pass runs. Passes may nest (a callback that differentiates): the leaf points
// to the innermost pass's entry, which remembers the outer one's.
struct sg_pending {
  const pass *pass;
  sg_tensor *leaf;
  sg_arrivals arrivals; // joined into its sum once the walk is over
  sg_tensor *committed; // what .grad becomes
  sg_pending *outer;
  sg_pending *next;
};

#define SG_FEW_LEAVES 4

struct pass {
  sg_context *context;
  const char *name; // "backward" or "grad", for messages
  sg_backward_options options;
  uint64_t number;
  bool all_leaves;           // sg_backward; otherwise only what leads to the targets is computed
  sg_tensor *const *outputs; // held, and the targets, while the pass runs: a callback may let go of them
  int output_count;
  sg_tensor *const *targets; // sg_grad's inputs
  int target_count;
  sg_tensor **captured;     // what sg_grad gives back, while it is put together
  sg_node *newest, *oldest; // the ends of the list of nodes it goes through, linked by `older` and `newer`
  sg_node *waiting;         // nodes that were met and have no place on the list yet
  bool has_stretches;       // more cotangents have arrived somewhere than are added one by one
  sg_pending *pending;
  int pending_count;
  sg_pending few_pending[SG_FEW_LEAVES]; // the first ones need no memory of their own
};

// Whether the pass wants what flows along an edge.
static inline bool sg_edge_wanted(const pass *p, const sg_edge *edge) {
  if (edge->leaf) return p->all_leaves || (edge->leaf->pending && edge->leaf->pending->pass == p);
  return edge->node && (edge->node->needed || edge->node->target);
}

// Puts the nodes below the outputs into order. Fails for a node that another pass is going through.
sg_status sg_pass_reach(pass *p);
// Marks the targets' nodes, and those on a path to something wanted.
void sg_pass_mark_needed(pass *p);
// The first target to which no edge of the pass leads, or -1. The targets are marked by then.
int sg_pass_find_unused(pass *p);
// Ends the pass on every node it reached, whether it succeeded or not.
void sg_pass_leave(pass *p);
// Once they are settled; sg_node_release_arrivals also releases what was not.
void sg_node_release_cotangents(sg_node *node);
void sg_node_release_arrivals(sg_node *node);

// Calls the hooks of output `output` in a list, each of which may put another tensor in the place of the gradient.
sg_status sg_hooks_run(const pass *p, sg_hook **list, int output, sg_tensor **gradient);

#define SG_STRETCH 32 // cotangents that are added one by one

// Adds a cotangent (borrowed) to what has arrived; at most places one does. May fail, as an error of the context.
void sg_arrive_again(pass *p, sg_arrivals *arrivals, sg_tensor *cotangent);
static inline void sg_arrive(pass *p, sg_arrivals *arrivals, sg_tensor *cotangent) {
  if (arrivals->length > 0) {
    sg_arrive_again(p, arrivals, cotangent);
    return;
  }
  arrivals->sum = sg_retain(cotangent);
  arrivals->length = 1;
}
// The same for a cotangent that is 0 but for a part, whose elements are given, of a gradient of that dtype and
// shape. No graph of gradients is created. Costs what the part costs, but for the first one.
void sg_arrive_part(pass *p, sg_arrivals *arrivals, sg_dtype dtype, const sg_shape *shape, const sg_part *part,
                    const sg_tensor *elements);
// Makes one sum of all that has arrived, NULL if nothing has, and hands it over. May fail likewise.
sg_status sg_arrivals_join(pass *p, sg_arrivals *arrivals);
static inline sg_status sg_arrivals_settle(pass *p, sg_arrivals *arrivals, sg_tensor **sum) {
  if ((arrivals->finished || arrivals->covered) && sg_arrivals_join(p, arrivals)) return p->context->status;
  *sum = arrivals->sum;
  arrivals->sum = NULL;
  arrivals->length = 0;
  return SG_OK;
}
// Lets go of what has arrived; of more than a sum seldom.
void sg_arrivals_release_more(sg_context *context, sg_arrivals *arrivals);
static inline void sg_arrivals_release(sg_context *context, sg_arrivals *arrivals) {
  sg_drop(arrivals->sum);
  if (arrivals->finished || arrivals->covered) sg_arrivals_release_more(context, arrivals);
  *arrivals = (sg_arrivals){0};
}

// Whether nobody else holds the tensor or its memory.
bool sg_gradient_alone(const sg_tensor *gradient);
// The same, and the memory is not much more than the tensor needs: then it may become a .grad as it is.
bool sg_gradient_is_own(const sg_tensor *gradient);
// An owned tensor a + b, recorded when the pass creates a graph.
sg_tensor *sg_gradient_sum(pass *p, sg_tensor *a, sg_tensor *b);
// An owned tensor of the same value with memory of its own; it keeps the history.
sg_tensor *sg_gradient_copy(pass *p, sg_tensor *gradient);
// Makes, for every leaf, what its .grad will be, or a sum that can be added to it in place. May fail.
sg_status sg_pass_prepare_commit(pass *p);
// Sets or adds to every .grad. Cannot fail.
void sg_pass_commit(pass *p);

#define SG_FEW_INPUTS 16

// The derivative of one node, being taken. Arrays for few inputs need no memory of their own.
typedef struct sg_derivative {
  sg_node *node;
  sg_tensor **inputs, **outputs, **d_inputs;
  bool *needs;
  void *block; // the arrays, when there are more than SG_FEW_INPUTS, or outputs than SG_MAX_PORTS
  size_t block_bytes;
  sg_tensor *few_inputs[SG_FEW_INPUTS], *few_d_inputs[SG_FEW_INPUTS];
  bool few_needs[SG_FEW_INPUTS];
  sg_tensor *few_outputs[SG_MAX_PORTS];
} sg_derivative;

// Whether the node can be differentiated: its op has a derivative, and what it saved is there and unchanged.
sg_status sg_derivative_check(const sg_node *node);
sg_status sg_derivative_open(sg_derivative *derivative, sg_node *node);
// Fills d_inputs where needs says so; the tensors belong to the innermost scope.
void sg_derivative_run(sg_derivative *derivative, bool create_graph);
void sg_derivative_close(sg_derivative *derivative);
// For an op that takes a part of its input: which.
void sg_derivative_part(const sg_node *node, sg_part *part);

// A gradient must be there, with the shape and dtype of its input.
sg_status sg_check_gradient(const sg_node *node, int input, const sg_tensor *gradient);

#endif
