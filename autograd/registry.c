// SPDX-License-Identifier: GPL-3.0-or-later
//
// The ops that a context knows, in the order in which they came and by name.
#include <string.h>

#include "autograd/context.h"

// Names are found by open addressing in a table twice as long as the list, so at least half of its places are free.
static size_t first_place(const sg_context *context, const char *name) {
  uint64_t hash = UINT64_C(14695981039346656037); // FNV-1a
  for (; *name; name++) hash = (hash ^ (unsigned char)*name) * UINT64_C(1099511628211);
  return (size_t)(hash ^ hash >> 32) & (2 * context->op_capacity - 1);
}

// The place of an op of that name, or the free one where it would go.
static uint32_t *find_place(const sg_context *context, const char *name) {
  size_t place = first_place(context, name);
  while (context->op_places[place] && strcmp(context->ops[context->op_places[place] - 1]->name, name) != 0)
    place = (place + 1) & (2 * context->op_capacity - 1);
  return &context->op_places[place];
}

// One block holds the list and the table.
static size_t block_bytes(size_t capacity) { return capacity * (sizeof(const sg_op *) + 2 * sizeof(uint32_t)); }

static sg_status reserve(sg_context *context, size_t count) {
  size_t capacity = context->op_capacity ? context->op_capacity : 128, before = context->op_capacity;
  while (capacity < context->op_count + count) capacity *= 2;
  if (capacity == before) return SG_OK;
  const sg_op **ops = sg_memory_take(context, block_bytes(capacity));
  if (!ops) return context->status;
  if (before) {
    memcpy(ops, context->ops, context->op_count * sizeof *ops);
    sg_memory_give(context, context->ops, block_bytes(before));
  }
  context->ops = ops;
  context->op_capacity = capacity;
  context->op_places = (uint32_t *)(void *)(ops + capacity);
  memset(context->op_places, 0, 2 * capacity * sizeof *context->op_places);
  for (size_t i = 0; i < context->op_count; i++) *find_place(context, ops[i]->name) = (uint32_t)i + 1;
  return SG_OK;
}

static sg_status refuse_twice(sg_context *context, const sg_op *op) {
  return sg_error(context, SG_INVALID_ARGUMENT, "there is already an op named %s", op->name);
}

static void insert(sg_context *context, const sg_op *op, uint32_t *place) {
  context->ops[context->op_count++] = op;
  *place = (uint32_t)context->op_count;
  if (strcmp(op->name, "add") == 0) context->add = op;
}

static size_t length(const sg_op *const *ops) {
  size_t count = 0;
  while (ops[count]) count++;
  return count;
}

sg_status sg_registry_open(sg_context *context, const sg_op *const *ops) {
  if (context->status || reserve(context, length(ops))) return context->status;
  for (const sg_op *const *op = ops; *op; op++) {
    if (sg_op_check(context, *op)) return context->status;
    uint32_t *place = find_place(context, (*op)->name);
    if (*place) return refuse_twice(context, *op);
    insert(context, *op, place);
  }
  return SG_OK;
}

sg_status sg_ops_add(sg_context *context, const sg_op *const *ops) {
  for (const sg_op *const *op = ops; *op; op++) {
    const sg_op *known = sg_op_find(context, (*op)->name);
    if (known && known != *op) return refuse_twice(context, *op);
  }
  if (reserve(context, length(ops))) return context->status;
  for (const sg_op *const *op = ops; *op; op++) {
    uint32_t *place = find_place(context, (*op)->name);
    if (!*place) insert(context, *op, place);
  }
  return SG_OK;
}

sg_status sg_op_register(sg_context *context, const sg_op *op) {
  if (sg_op_check(context, op)) return context->status;
  if (sg_op_find(context, op->name)) return refuse_twice(context, op);
  return sg_ops_add(context, (const sg_op *const[]){op, NULL});
}

sg_status sg_op_replace(sg_context *context, const sg_op *op) {
  if (sg_op_check(context, op)) return context->status;
  const sg_op *before = sg_op_find(context, op->name);
  if (!before) {
    return sg_error(context, SG_INVALID_ARGUMENT, "there is no op named %s to be replaced", op->name);
  }
  if (context->add == before) context->add = op;
  context->ops[*find_place(context, op->name) - 1] = op;
  return SG_OK;
}

const sg_op *sg_op_find(const sg_context *context, const char *name) {
  if (!context->op_count) return NULL;
  const uint32_t place = *find_place(context, name);
  return place ? context->ops[place - 1] : NULL;
}

size_t sg_op_count(const sg_context *context) { return context->op_count; }

const sg_op *sg_op_at(const sg_context *context, size_t position) {
  return position < context->op_count ? context->ops[position] : NULL;
}

void sg_registry_close(sg_context *context) {
  if (!context->ops) return;
  sg_memory_give(context, context->ops, block_bytes(context->op_capacity));
  context->ops = NULL;
  context->op_places = NULL;
  context->op_count = context->op_capacity = 0;
}
