// SPDX-License-Identifier: GPL-3.0-or-later
//
// What a number of handles alone keep alive. The node of a custom op keeps what its user put aside, and that may
// hold handles of tensors that keep the node: a cycle of which neither counts of references nor the user's
// collector sees the whole. Counting again does: references that come from the handles, and from what is kept by
// nothing else, are subtracted; what has none left is kept by the handles alone.
#include <string.h>

#include "autograd/custom.h"
#include "autograd/internal.h"

typedef struct object {
  const void *it; // a tensor or a node
  int64_t counted;
  bool is_node, kept; // kept: by the handles alone
  uint32_t visit;     // the last visit that reached it
  uint32_t next;      // on the list of work
} object;

static const uint32_t NONE = UINT32_MAX;
enum { MOST_OBJECTS = 1 << 20 };

struct sg_custom_cycle {
  sg_context *context;
  object *objects;
  uint32_t *index; // a hash table of places in `objects` + 1, of twice its capacity
  uint32_t count, capacity, work, visits;
  bool failed;
};

typedef void reach_function(sg_custom_cycle *c, const void *it, bool is_node);

// ---- The objects ----------------------------------------------------------------------------------------------

static size_t objects_bytes(uint32_t capacity) { return capacity * sizeof(object); }
static size_t index_bytes(uint32_t capacity) { return 2 * (size_t)capacity * sizeof(uint32_t); }

static uint32_t *place_of(const sg_custom_cycle *c, const void *it) {
  uint32_t mask = 2 * c->capacity - 1;
  uint32_t at = (uint32_t)((uintptr_t)it >> 6) * 2654435761u & mask; // blocks are aligned to 64 bytes
  while (c->index[at] && c->objects[c->index[at] - 1].it != it) at = (at + 1) & mask;
  return &c->index[at];
}

static void release_arrays(const sg_custom_cycle *c) {
  if (c->objects) sg_memory_give(c->context, c->objects, objects_bytes(c->capacity));
  if (c->index) sg_memory_give(c->context, c->index, index_bytes(c->capacity));
}

static bool grow(sg_custom_cycle *c) {
  sg_custom_cycle larger = *c;
  larger.capacity = c->capacity ? 2 * c->capacity : 256;
  if (larger.capacity > MOST_OBJECTS) return false;
  larger.objects = sg_memory_take(c->context, objects_bytes(larger.capacity));
  larger.index = larger.objects ? sg_memory_take(c->context, index_bytes(larger.capacity)) : NULL;
  if (!larger.index) {
    sg_error_clear(c->context);
    if (larger.objects) sg_memory_give(c->context, larger.objects, objects_bytes(larger.capacity));
    return false;
  }
  if (c->count) memcpy(larger.objects, c->objects, c->count * sizeof(object));
  memset(larger.index, 0, index_bytes(larger.capacity));
  for (uint32_t i = 0; i < c->count; i++) *place_of(&larger, larger.objects[i].it) = i + 1;
  release_arrays(c);
  *c = larger;
  return true;
}

static object *object_of(sg_custom_cycle *c, const void *it, bool is_node) {
  if (c->count == c->capacity && !grow(c)) {
    c->failed = true;
    return NULL;
  }
  uint32_t *place = place_of(c, it);
  if (!*place) {
    c->objects[c->count] = (object){.it = it, .is_node = is_node};
    *place = ++c->count;
  }
  return &c->objects[*place - 1];
}

static void push(sg_custom_cycle *c, object *o) {
  o->next = c->work;
  c->work = (uint32_t)(o - c->objects);
}

static void each_child(sg_custom_cycle *c, const object *o, reach_function *reach) {
  if (!o->is_node) {
    const sg_tensor *tensor = o->it;
    if (tensor->node) reach(c, tensor->node, true);
    if (tensor->grad) reach(c, tensor->grad, false);
    return;
  }
  const sg_node *node = o->it;
  for (int i = 0; i < node->input_count; i++) {
    if (node->edges[i].node) reach(c, node->edges[i].node, true);
    if (node->edges[i].leaf) reach(c, node->edges[i].leaf, false);
    if (node->saved_inputs[i].tensor) reach(c, node->saved_inputs[i].tensor, false);
  }
  for (int p = 0; p < node->output_count; p++) {
    if (node->saved_outputs[p].tensor) reach(c, node->saved_outputs[p].tensor, false);
  }
}

static bool work_on(sg_custom_cycle *c, reach_function *reach, object *taken) {
  if (c->work == NONE || c->failed) return false;
  *taken = c->objects[c->work];
  c->work = taken->next;
  each_child(c, taken, reach);
  return true;
}

// ---- Counting -------------------------------------------------------------------------------------------------

static int64_t references_of(const object *o) {
  return o->is_node ? ((const sg_node *)o->it)->references : ((const sg_tensor *)o->it)->references;
}

static void count_reference(sg_custom_cycle *c, const void *it, bool is_node) {
  object *o = object_of(c, it, is_node);
  if (!o || ++o->counted != references_of(o)) return;
  o->kept = true;
  push(c, o);
}

bool sg_custom_cycle_open(sg_custom_cycle **cycle, sg_context *context, int count, sg_tensor *const *handles) {
  *cycle = NULL;
  if (context->status) return false;
  sg_custom_cycle *c = sg_memory_take(context, sizeof *c);
  if (!c) return sg_error_clear(context), false;
  *c = (sg_custom_cycle){.context = context, .work = NONE};
  object taken;
  for (int i = 0; i < count; i++) {
    if (handles[i]) count_reference(c, handles[i], false);
  }
  while (work_on(c, count_reference, &taken)) continue;
  if (!c->failed) return *cycle = c, true;
  sg_custom_cycle_close(c);
  return false;
}

void sg_custom_cycle_close(sg_custom_cycle *c) {
  release_arrays(c);
  sg_memory_give(c->context, c, sizeof *c);
}

// ---- What a handle keeps --------------------------------------------------------------------------------------

static void visit_kept(sg_custom_cycle *c, const void *it, bool is_node) {
  object *o = object_of(c, it, is_node);
  if (!o || !o->kept || o->visit == c->visits) return;
  o->visit = c->visits;
  push(c, o);
}

void sg_custom_cycle_visit(sg_custom_cycle *c, const sg_tensor *handle, sg_custom_visit *see, void *user) {
  object taken;
  c->visits++;
  c->work = NONE;
  visit_kept(c, handle, false);
  while (work_on(c, visit_kept, &taken)) {
    const sg_node *node = taken.is_node ? taken.it : NULL;
    if (node && node->op->release) see(user, node->op->release, node->options);
    const sg_hook *hook = node ? node->hooks : ((const sg_tensor *)taken.it)->hooks;
    for (; hook; hook = hook->next) {
      if (hook->release && !hook->removed) see(user, hook->release, hook->user);
    }
  }
}
