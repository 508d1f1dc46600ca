// SPDX-License-Identifier: GPL-3.0-or-later
//
// The end of tensors, nodes and contexts, which hold each other (lifetime.c).
#ifndef SELENOGRAD_LIFETIME_H
#define SELENOGRAD_LIFETIME_H

#include "autograd/node.h"

// Ends the life of a tensor without references.
void sg_tensor_end(sg_tensor *tensor);
// sg_release, for the places that every op comes by.
static inline void sg_drop(sg_tensor *tensor) {
  if (tensor && --tensor->references == 0) sg_tensor_end(tensor);
}

// What a tensor or a node has in its list of hooks (hook.h).
struct sg_hook {
  sg_context *context;
  sg_hook *next, **list;
  int output;   // of the node
  bool removed; // and to be swept out
  sg_tensor *(*function)(sg_context *context, sg_tensor *gradient,
                         void *user); // NULL: `retained` keeps its gradient
  void (*release)(void *user);
  void *user;
  sg_tensor *retained; // not held
};
// Ends the hooks that were removed, and all.
void sg_hooks_sweep(sg_hook **list);
void sg_hooks_end(sg_hook **list);

void sg_node_release(sg_node *node);
// What the node saved, when its derivative is not needed any more.
void sg_node_release_saved(sg_node *node);
// Gives back a node that was never linked.
void sg_node_discard(sg_node *node);

#endif
