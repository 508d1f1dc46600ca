// SPDX-License-Identifier: GPL-3.0-or-later
#include "autograd/untraced.h"

#include "autograd/internal.h"

void *sg_untraced_data(sg_tensor *tensor) { return tensor->elements > 0 ? tensor->data : NULL; }

sg_tensor *sg_untraced_exchange_grad(sg_tensor *leaf, sg_tensor *grad) {
  sg_tensor *before = leaf->grad;
  leaf->grad = grad;
  return before;
}

size_t sg_untraced_leaves(const sg_context *context, sg_tensor **leaves) {
  size_t count = 0;
  for (const sg_node *node = context->first_node; node; node = node->next)
    for (int i = 0; i < node->input_count; i++) {
      if (!node->edges[i].leaf) continue;
      if (leaves) leaves[count] = node->edges[i].leaf;
      count++;
    }
  return count;
}
