// SPDX-License-Identifier: GPL-3.0-or-later
//
// sg.tidy(f, ...) frees what f made, at once; sg.keep(x) exempts a tensor from it.
#include "lua/bind/binding.h"

// Marks the tensors reachable from the value at the top, through tables, in the set at index `set`. Pops the value.
static void mark_kept(lua_State *L, int set) {
  luaL_checkstack(L, 8, "sg.tidy: too deeply nested results");
  bool table = lua_type(L, -1) == LUA_TTABLE;
  if (!table && tensor_slot(L, -1) == NULL) return lua_pop(L, 1);
  lua_pushvalue(L, -1);
  bool seen = lua_rawget(L, set) != LUA_TNIL;
  lua_pop(L, 1);
  if (seen) return lua_pop(L, 1);
  lua_pushvalue(L, -1);
  lua_pushboolean(L, true);
  lua_rawset(L, set);
  if (table)
    for (lua_pushnil(L); lua_next(L, -2) != 0;) {
      lua_pushvalue(L, -2);
      mark_kept(L, set); // the key
      mark_kept(L, set); // the value
    }
  else tensor_slot_unlink(binding_of(L), tensor_slot(L, -1));
  lua_pop(L, 1);
}

// marker and results -> results. Runs protected: collecting the results takes memory.
static int keep_results(lua_State *L) {
  int results = lua_gettop(L);
  lua_newtable(L);
  for (int i = 1; i <= results; i++) {
    lua_pushvalue(L, i);
    mark_kept(L, results + 1);
  }
  lua_settop(L, results + 1);
  return 1; // the set
}

static void free_down_to(binding *b, lua_tensor *marker) {
  while (b->newest != marker) {
    lua_tensor *slot = b->newest;
    tensor_slot_unlink(b, slot);
    tensor_slot_free(slot);
  }
}

// What an inner sg.tidy returns belongs to the outer one.
static void link_results(lua_State *L, binding *b, int set) {
  for (lua_pushnil(L); lua_next(L, set) != 0; lua_pop(L, 1)) {
    lua_tensor *slot = tensor_slot(L, -2);
    if (slot == NULL || slot->older != NULL || slot->kept) continue;
    slot->older = b->newest;
    b->newest->newer = slot;
    b->newest = slot;
  }
}

// tidy(f, ...): calls f(...) and returns what it returns. Every tensor made meanwhile is freed, except those in the
// results, also inside tables, those kept with sg.keep, and what gradients and the tape still need.
static int lifetime_tidy(lua_State *L) {
  binding *b = binding_open(L);
  if (lua_isnoneornil(L, 1)) binding_error(L, "tidy: the function is missing");
  int arguments = lua_gettop(L) - 1;
  luaL_checkstack(L, 8, "tidy");
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_pushvalue(L, lua_upvalueindex(2));
  lua_pushcclosure(L, keep_results, 2);
  lua_insert(L, 1);
  // The marker stands in the list for the beginning of this call; f runs protected, so it never outlives it.
  lua_tensor marker = {NULL, b->newest, NULL, false};
  if (b->newest != NULL) b->newest->newer = &marker;
  b->newest = &marker;
  int status = binding_pcall(L, b, arguments, LUA_MULTRET);
  int results = lua_gettop(L) - 1;
  if (status == LUA_OK && lua_checkstack(L, results + 8)) {
    lua_pushvalue(L, 1);
    for (int i = 0; i < results; i++) lua_pushvalue(L, i + 2);
    status = lua_pcall(L, results, 1, 0);
  }
  free_down_to(b, &marker);
  b->newest = marker.older;
  if (marker.older != NULL) marker.older->newer = NULL;
  if (status != LUA_OK) lua_error(L);
  if (b->newest != NULL) link_results(L, b, lua_gettop(L));
  lua_pop(L, 1);
  return results;
}

// keep(x, ...): sg.tidy does not free x. For state that outlives the step it is made in. Returns its arguments.
static int lifetime_keep(lua_State *L) {
  binding *b = binding_open(L);
  for (int i = 1; i <= lua_gettop(L); i++) {
    tensor_check(L, i, "keep", "the argument");
    tensor_slot_unlink(b, tensor_slot(L, i));
    tensor_slot(L, i)->kept = true;
  }
  return lua_gettop(L);
}

const luaL_Reg lifetime_functions[] = {{"tidy", lifetime_tidy}, {"keep", lifetime_keep}, {NULL, NULL}};
