// SPDX-License-Identifier: GPL-3.0-or-later
//
// Which nodes a backward pass goes through, and in which order: from the newest to the oldest of those below the
// outputs, as recording order is a topological order. Nodes that are reached and not yet in their place wait in a
// pairing heap (Fredman, Sedgewick, Sleator and Tarjan, Algorithmica 1, 1986), the newest on top. The heap lives in
// the nodes: it takes no memory, cannot fail, does not recurse, and never sees a node of another graph. A chain has
// one node at a time in it.
#include "autograd/backward.h"

// ---- The heap ---------------------------------------------------------------------------------------

// In the heap, `older` is a node's first child, all of which are older than it, and `newer` its next sibling.
static sg_node *merge(sg_node *a, sg_node *b) {
  if (!a) return b;
  if (!b) return a;
  sg_node *parent = a->sequence > b->sequence ? a : b, *child = parent == a ? b : a;
  child->newer = parent->older;
  parent->older = child;
  return parent;
}

// One heap of a list of siblings: pairs first, then the pairs from the last to the first, which is what makes n
// removals cost O(n log n) whatever their order.
static sg_node *merge_siblings(sg_node *first) {
  sg_node *pairs = NULL, *heap = NULL;
  while (first) {
    sg_node *second = first->newer, *rest = second ? second->newer : NULL, *pair = merge(first, second);
    pair->newer = pairs;
    pairs = pair;
    first = rest;
  }
  while (pairs) {
    sg_node *rest = pairs->newer;
    heap = merge(heap, pairs);
    pairs = rest;
  }
  return heap;
}

static sg_status meet(pass *p, sg_node *node) {
  if (node->pass == p->number) return SG_OK;
  if (node->active) {
    return sg_error(p->context, SG_INVALID_STATE, "backward: %s belongs to a backward pass that is still running",
                    node->op->name);
  }
  node->pass = p->number;
  node->active = true;
  node->needed = p->all_leaves;
  node->target = false;
  node->older = node->newer = NULL;
  p->waiting = merge(p->waiting, node);
  return SG_OK;
}

// ---- The order --------------------------------------------------------------------------------------

// Every node that was met gets its place on the list, also when another could not be met: sg_pass_leave lets go of
// them all.
sg_status sg_pass_reach(pass *p) {
  sg_context *context = p->context;
  for (int i = 0; i < p->output_count && !context->status; i++) {
    if (p->outputs[i]->node) meet(p, p->outputs[i]->node);
  }
  while (p->waiting) {
    sg_node *node = p->waiting;
    p->waiting = merge_siblings(node->older);
    node->older = NULL;
    node->newer = p->oldest;
    if (p->oldest) {
      p->oldest->older = node;
    } else {
      p->newest = node;
    }
    p->oldest = node;
    for (int i = 0; i < node->input_count && !context->status; i++) {
      if (node->edges[i].node) meet(p, node->edges[i].node);
    }
  }
  return context->status;
}

// A node is needed when one of its edges leads to a wanted input, or to a needed node.
void sg_pass_mark_needed(pass *p) {
  for (int i = 0; i < p->target_count; i++) {
    sg_node *node = p->targets[i]->node;
    if (node && node->pass == p->number) node->target = true;
  }
  if (p->all_leaves) return;
  for (sg_node *node = p->oldest; node; node = node->newer) {
    for (int i = 0; i < node->input_count && !node->needed; i++) {
      node->needed = sg_edge_wanted(p, &node->edges[i]);
    }
  }
}

// ---- Targets ----------------------------------------------------------------------------------------

// Where what flows along an edge arrives; NULL where that is no target.
static sg_arrivals *target_of(const pass *p, const sg_edge *edge) {
  if (edge->node) return edge->node->target ? &edge->node->arrivals[edge->output] : NULL;
  return edge->leaf && sg_edge_wanted(p, edge) ? &edge->leaf->pending->arrivals : NULL;
}

static void expect(const pass *p, const sg_edge *edge) {
  sg_arrivals *arrivals = target_of(p, edge);
  if (arrivals) arrivals->expected = true;
}

static sg_edge edge_to(sg_tensor *tensor) {
  return (sg_edge){tensor->node, tensor->node ? NULL : tensor, tensor->output};
}

// A node that was reached has a cotangent when its turn comes, and gives one to every edge that leads to a target.
int sg_pass_find_unused(pass *p) {
  for (int i = 0; i < p->output_count; i++) {
    const sg_edge edge = edge_to(p->outputs[i]);
    expect(p, &edge);
  }
  for (const sg_node *node = p->newest; node; node = node->older) {
    for (int i = 0; i < node->input_count; i++) expect(p, &node->edges[i]);
  }
  for (int i = 0; i < p->target_count; i++) {
    const sg_edge edge = edge_to(p->targets[i]);
    const sg_arrivals *arrivals = target_of(p, &edge);
    if (!arrivals || !arrivals->expected) return i;
  }
  return -1;
}

// ---- The end ----------------------------------------------------------------------------------------

void sg_node_release_cotangents(sg_node *node) {
  for (int i = 0; i < node->output_count; i++) {
    sg_drop(node->cotangents[i]);
    node->cotangents[i] = NULL;
  }
}

void sg_node_release_arrivals(sg_node *node) {
  for (int i = 0; i < node->output_count; i++) sg_arrivals_release(node->context, &node->arrivals[i]);
  sg_node_release_cotangents(node);
}

// A pass that came to its end has released what arrived at each node but the targets.
void sg_pass_leave(pass *p) {
  const bool whole = !p->context->status;
  for (sg_node *node = p->newest, *next; node; node = next) {
    next = node->older;
    node->older = node->newer = NULL;
    if (!whole || node->target) sg_node_release_arrivals(node);
    node->active = node->needed = node->target = false;
  }
}
