// SPDX-License-Identifier: GPL-3.0-or-later
#include "lua/bind/base/slot.h"

lua_tensor *tensor_new_slot(lua_State *L, binding *b) {
  lua_tensor *slot = lua_newuserdatauv(L, sizeof *slot, 0);
  *slot = (lua_tensor){0};
  lua_pushvalue(L, lua_upvalueindex(2));
  lua_setmetatable(L, -2);
  if (b->newest != NULL) {
    slot->older = b->newest;
    b->newest->newer = slot;
    b->newest = slot;
  }
  return slot;
}

void tensor_slot_unlink(binding *b, lua_tensor *slot) {
  if (slot->older == NULL) return; // only the marker of the outermost sg.tidy has no older neighbour
  slot->older->newer = slot->newer;
  if (slot->newer != NULL)
    slot->newer->older = slot->older;
  else
    b->newest = slot->older;
  slot->older = slot->newer = NULL;
}

void tensor_slot_free(lua_tensor *slot) {
  sg_tensor *tensor = slot->tensor;
  slot->tensor = NULL;
  sg_release(tensor);
}
