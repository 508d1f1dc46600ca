// SPDX-License-Identifier: GPL-3.0-or-later
#include "lua/bind/base/anchor.h"
#include "lua/bind/base/error.h"
#include "lua/bind/base/handle.h"

sg_tensor *tensor_test(lua_State *L, int index) {
  lua_tensor *slot = tensor_slot(L, index);
  if (slot == NULL) return NULL;
  if (slot->watched) anchor_touch(L, index, slot);
  if (slot->tensor == NULL) binding_error(L, "the tensor was freed by sg.tidy or at the end of a <close> variable");
  return slot->tensor;
}

sg_tensor *tensor_check(lua_State *L, int index, const char *function, const char *name) {
  sg_tensor *tensor = tensor_test(L, index);
  if (tensor == NULL)
    binding_error(L, "%s: %s is %s, expected a tensor", function, name, binding_describe(L, index));
  return tensor;
}

sg_tensor *tensor_hold(lua_State *L, int index, const char *function, const char *name) {
  index = lua_absindex(L, index);
  tensor_check(L, index, function, name);
  lua_tensor *slot = tensor_new_slot(L, binding_of(L));
  slot->tensor = sg_retain(tensor_check(L, index, function, name));
  return slot->tensor;
}

void tensor_let_go(lua_State *L, int index) {
  lua_tensor *slot = lua_touserdata(L, index);
  tensor_slot_unlink(binding_of(L), slot);
  tensor_slot_free(slot);
}

void handles_copy(lua_State *L, int index, int count) {
  bool single = tensor_slot(L, index) != NULL;
  lua_createtable(L, count, 0);
  for (int i = 1; i <= count; i++) {
    if (single)
      lua_pushvalue(L, index);
    else
      lua_rawgeti(L, index, i);
    lua_rawseti(L, -2, i);
  }
}
