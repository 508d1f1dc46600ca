// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/ops.h"

#include <string.h>

#define OP(name) extern const sg_op op_##name;
#include "ops/op_list.h"
#undef OP

static const sg_op *const builtin_ops[] = {
#define OP(name) &op_##name,
#include "ops/op_list.h"
#undef OP
    NULL,
};

const sg_op *const *sg_builtin_ops(void) { return builtin_ops; }

// ---- Rooms ----------------------------------------------------------------------------------------

typedef struct entry {
  const char *room, *title; // NULL for an op
  const sg_op *op;
} entry;

static const entry entries[] = {
#define ROOM(name, title) {#name, title, NULL},
#define OP(name) {NULL, NULL, &op_##name},
#include "ops/op_list.h"
#undef OP
};

const char *sg_builtin_op_room(const char *name, const char **title) {
  const entry *room = NULL;
  for (size_t i = 0; i < sizeof entries / sizeof *entries; i++) {
    if (entries[i].room) room = &entries[i];
    else if (strcmp(entries[i].op->name, name) == 0) return *title = room->title, room->room;
  }
  return NULL;
}
