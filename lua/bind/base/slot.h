// SPDX-License-Identifier: GPL-3.0-or-later
//
// A tensor as Lua sees it: the userdata, which knows nothing of errors. What takes the tensor out of it is in
// handle.h.
#ifndef SELENOGRAD_LUA_BIND_BASE_SLOT_H
#define SELENOGRAD_LUA_BIND_BASE_SLOT_H

#include "lua/bind/base/binding.h"

// `tensor` is NULL before it is filled and after it was freed. While sg.tidy runs, the tensors made inside are
// linked in order of their creation.
struct lua_tensor {
  sg_tensor *tensor;
  lua_tensor *older, *newer;
  bool watched;         // whether it keeps contexts of custom ops, see anchor.h
  uint64_t returned_by; // the number of the last sg.tidy whose results it was among
};

// The userdata at an index when it is a tensor (freed or not), else NULL.
static inline lua_tensor *tensor_slot(lua_State *L, int index) {
  void *block = lua_touserdata(L, index);
  if (block == NULL || !lua_getmetatable(L, index)) return NULL;
  bool is_tensor = lua_rawequal(L, -1, lua_upvalueindex(2));
  lua_pop(L, 1);
  return is_tensor ? block : NULL;
}
// Pushes a new userdata without a tensor in it.
lua_tensor *tensor_new_slot(lua_State *L, binding *b);
// Frees what is in it, if anything is.
void tensor_slot_free(lua_tensor *slot);
void tensor_slot_unlink(binding *b, lua_tensor *slot);

#endif
