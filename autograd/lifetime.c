// SPDX-License-Identifier: GPL-3.0-or-later
//
// How tensors, their memory, nodes, scopes and contexts end. They hold each other, tensors their producer and nodes
// what they saved and their predecessors, so one ends another; therefore it is all here, and the files above know
// of beginnings only. A tensor or node goes with its last reference, a context once it is closed and nothing of it
// is alive.
#include "autograd/lifetime.h"

// ---- Contexts -----------------------------------------------------------------------------------

static void context_free(sg_context *context) {
  sg_memory_release_cache(context);
  sg_release_function *release = context->release;
  void *user = context->allocator_user;
  release(user, context, SG_CONTEXT_BYTES);
}

static void free_context_if_done(sg_context *context) {
  if (!context->closed || context->releasing) return;
  if (!context->memory.live_tensors && !context->memory.live_nodes) context_free(context);
}

// ---- Tensors ------------------------------------------------------------------------------------

// In use until its last storage is gone, though nobody holds it any more: the sanitizer is told.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) // clang's way to say so
#define __SANITIZE_ADDRESS__ 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
static void forbid(sg_tensor *tensor) { __asan_poison_memory_region(tensor, sizeof *tensor); }
static void allow(sg_tensor *tensor) { __asan_unpoison_memory_region(tensor, sizeof *tensor); }
#else
static void forbid(sg_tensor *tensor) { (void)tensor; }
static void allow(sg_tensor *tensor) { (void)tensor; }
#endif

static sg_tensor_block *block_of(sg_storage *storage) {
  return (sg_tensor_block *)(void *)((char *)storage - offsetof(sg_tensor_block, storage));
}

sg_tensor *sg_retain(sg_tensor *tensor) {
  if (tensor) tensor->references++;
  return tensor;
}

static void free_memory(sg_context *context, sg_tensor *tensor) {
  sg_storage *storage = tensor->storage;
  sg_tensor_block *block = block_of(storage);
  context->memory.live_tensors--;
  if (tensor != &block->tensor) {
    sg_memory_give(context, tensor, sizeof *tensor);
  } else if (storage->references > 1) {
    forbid(tensor);
  }
  if (--storage->references > 0) return;
  allow(&block->tensor);
  sg_memory_give(context, block, storage->block_bytes);
}

// ---- Hooks --------------------------------------------------------------------------------------

static void end_hook(sg_hook *hook) {
  if (hook->release) hook->release(hook->user);
  sg_memory_give(hook->context, hook, sizeof *hook);
}

void sg_hooks_sweep(sg_hook **list) {
  while (*list) {
    sg_hook *hook = *list;
    if (hook->removed) {
      *list = hook->next;
      end_hook(hook);
    } else {
      list = &hook->next;
    }
  }
}

void sg_hooks_end(sg_hook **list) {
  while (*list) {
    sg_hook *hook = *list;
    *list = hook->next;
    end_hook(hook);
  }
}

// Out of line, as few tensors have any.
__attribute__((noinline)) static void end_hooks_of(sg_tensor *tensor) {
  sg_hooks_end(&tensor->hooks);
  if (!tensor->retains_grad) return;
  for (sg_hook *hook = tensor->node->hooks; hook; hook = hook->next) {
    if (hook->retained == tensor) hook->removed = true, hook->retained = NULL;
  }
  if (!tensor->context->hooks_running) sg_hooks_sweep(&tensor->node->hooks);
}

// A loop, not a recursion: a gradient may have a gradient of its own, and so on.
void sg_tensor_end(sg_tensor *tensor) {
  do {
    sg_context *context = tensor->context;
    sg_tensor *grad = tensor->grad;
    sg_node *node = tensor->node;
    if (tensor->hooks || tensor->retains_grad) end_hooks_of(tensor);
    free_memory(context, tensor);
    tensor = grad;
    if (node) sg_node_release(node);
    if (!tensor && context->closed) free_context_if_done(context);
  } while (tensor && --tensor->references == 0);
}

void sg_release(sg_tensor *tensor) { sg_drop(tensor); }

// ---- Nodes --------------------------------------------------------------------------------------

void sg_node_discard(sg_node *node) {
  if (!node) return;
  if (node->place) sg_memory_give(node->context, node->place, SG_PLACE_BYTES);
  sg_memory_give(node->context, node, node->block_bytes);
}

void sg_node_release_saved(sg_node *node) {
  if (!node->saves) return;
  for (int i = 0; i < node->input_count; i++) {
    sg_tensor *saved = node->saved_inputs[i].tensor;
    node->saved_inputs[i].tensor = NULL;
    sg_drop(saved);
  }
  for (int p = 0; p < node->output_count; p++) {
    sg_tensor *saved = node->saved_outputs[p].tensor;
    node->saved_outputs[p].tensor = NULL;
    sg_drop(saved);
  }
}

static void unlink_node(sg_node *node) {
  sg_context *context = node->context;
  if (node->previous) {
    node->previous->next = node->next;
  } else {
    context->first_node = node->next;
  }
  if (node->next) {
    node->next->previous = node->previous;
  } else {
    context->last_node = node->previous;
  }
  context->memory.live_nodes--;
}

static void free_node(sg_node *node) {
  unlink_node(node);
  sg_node_release_saved(node);
  if (node->op->release) node->op->release(node->options);
  if (node->hooks) sg_hooks_end(&node->hooks);
  for (int i = 0; i < node->input_count; i++) {
    sg_drop(node->edges[i].leaf);
    if (node->edges[i].node) sg_node_release(node->edges[i].node);
  }
  sg_node_discard(node);
}

// A node that dies may take its predecessors along, a million of them: they wait on a list, not on the stack.
void sg_node_release(sg_node *node) {
  if (--node->references > 0) return;
  sg_context *context = node->context;
  node->next_doomed = context->doomed;
  context->doomed = node;
  if (context->releasing) return;
  context->releasing = true;
  while (context->doomed) {
    sg_node *next = context->doomed;
    context->doomed = next->next_doomed;
    free_node(next);
  }
  context->releasing = false;
}

// ---- Scopes and all -----------------------------------------------------------------------------

void sg_scope_close(sg_context *context, sg_scope scope) {
  while (context->scope_count > scope) sg_drop(context->scope_tensors[--context->scope_count]);
}

// What every node holds, at the end of a context: a .grad made with create_graph holds its graph, which holds the
// leaf it is the gradient of. Nodes are held one ahead of the walk, because letting go of one may free others.
static void cut_tape(sg_context *context) {
  sg_node *node = context->first_node;
  if (node) node->references++;
  while (node) {
    sg_node_release_saved(node);
    for (int i = 0; i < node->input_count; i++) {
      sg_edge edge = node->edges[i];
      node->edges[i] = (sg_edge){0};
      sg_release(edge.leaf);
      if (edge.node) sg_node_release(edge.node);
    }
    sg_node *next = node->next;
    if (next) next->references++;
    sg_node_release(node);
    node = next;
  }
}

void sg_close(sg_context *context) {
  if (!context) return;
  sg_scope_close(context, 0);
  cut_tape(context);
  if (context->scope_tensors) {
    sg_memory_give(context, context->scope_tensors, context->scope_capacity * sizeof *context->scope_tensors);
    context->scope_tensors = NULL;
    context->scope_capacity = 0;
  }
  sg_written_forms_close(context);
  sg_registry_close(context);
  context->closed = true;
  free_context_if_done(context);
}
