// SPDX-License-Identifier: GPL-3.0-or-later
//
// sg.tidy(f, ...) frees what f made, at once; sg.keep(x) exempts a tensor from it.
#include "lua/bind/base/anchor.h"
#include "lua/bind/base/check.h"
#include "lua/bind/base/error.h"
#include "lua/bind/base/handle.h"
#include "lua/bind/functions.h"

// ---- What is returned -----------------------------------------------------------------------------------------

// The tables reached are the keys of one table; those that still have to be looked into are its list.
typedef struct walk {
  uint64_t number;
  int tables, waiting;
} walk;

static void reach(lua_State *L, walk *w, int index) {
  lua_tensor *slot = tensor_slot(L, index);
  if (slot != NULL) slot->returned_by = w->number;
  if (lua_type(L, index) != LUA_TTABLE) return;
  lua_pushvalue(L, index);
  bool seen = lua_rawget(L, w->tables) != LUA_TNIL;
  lua_pop(L, 1);
  if (seen) return;
  lua_pushvalue(L, index);
  lua_pushvalue(L, index);
  lua_rawseti(L, w->tables, ++w->waiting);
  lua_pushboolean(L, true);
  lua_rawset(L, w->tables);
}

// mark_tables(number, tables, value, ...): marks the tensors in tables, and in their tables, as returned by the
// call of that number. A list of work instead of a recursion, as tables may be nested as deep as memory goes. Runs
// protected.
static int mark_tables(lua_State *L) {
  walk w = {(uint64_t)lua_tointeger(L, 1), 2, 0};
  int last = lua_gettop(L);
  luaL_checkstack(L, LUA_MINSTACK, "tidy");
  for (int i = 3; i <= last; i++) reach(L, &w, i);
  while (w.waiting > 0) {
    lua_rawgeti(L, w.tables, w.waiting);
    lua_pushnil(L);
    lua_rawseti(L, w.tables, w.waiting--);
    for (lua_pushnil(L); lua_next(L, last + 1) != 0; lua_pop(L, 1)) {
      reach(L, &w, last + 2);
      reach(L, &w, last + 3);
    }
    lua_settop(L, last);
  }
  return 0;
}

static int new_table(lua_State *L) { return lua_newtable(L), 1; }

enum { AT_ONCE = 100 }; // results that are given to one call of mark_tables

// Marks the tensors in the results at 2 .. count + 1. Returns a status; the error is at the top then. Raises
// nothing.
static int mark_results(lua_State *L, uint64_t number, int count) {
  bool tables = false;
  for (int i = 2; i <= count + 1; i++) {
    lua_tensor *slot = tensor_slot(L, i);
    if (slot != NULL) slot->returned_by = number;
    tables = tables || lua_type(L, i) == LUA_TTABLE;
  }
  if (!tables) return LUA_OK;
  lua_pushcfunction(L, new_table);
  int status = lua_pcall(L, 0, 1, 0), seen = lua_gettop(L);
  for (int done = 0; status == LUA_OK && done < count; done += AT_ONCE) {
    int some = count - done < AT_ONCE ? count - done : AT_ONCE;
    lua_pushvalue(L, 1);
    lua_pushinteger(L, (lua_Integer)number);
    lua_pushvalue(L, seen);
    for (int i = 0; i < some; i++) lua_pushvalue(L, done + i + 2);
    status = lua_pcall(L, some + 2, 0, 0);
  }
  if (status == LUA_OK) lua_pop(L, 1);
  return status;
}

// ---- tidy -----------------------------------------------------------------------------------------------------

static void free_made(binding *b, const lua_tensor *marker, uint64_t number) {
  for (lua_tensor *slot = b->newest, *older; slot != marker; slot = older) {
    older = slot->older;
    if (slot->returned_by == number) continue;
    tensor_slot_unlink(b, slot);
    tensor_slot_free(slot);
  }
}

// What was made and returned belongs to the call around this one; around the outermost, to nobody.
static void end_with_results(binding *b, const lua_tensor *marker) {
  lua_tensor *outer = marker->older, *oldest = marker->newer;
  if (outer != NULL) {
    outer->newer = oldest;
    if (oldest != NULL) oldest->older = outer;
    else b->newest = outer;
    return;
  }
  b->newest = NULL;
  for (lua_tensor *slot = oldest, *newer; slot != NULL; slot = newer) {
    newer = slot->newer;
    slot->older = slot->newer = NULL;
  }
}

// tidy(f, ...): calls f(...) and returns what it returns. Every tensor made meanwhile is freed, except those in the
// results, also inside tables, those kept with sg.keep, and what gradients and the tape still need.
static int lifetime_tidy(lua_State *L) {
  binding *b = binding_open(L);
  callable_check(L, 1, "tidy", "the function");
  int arguments = lua_gettop(L) - 1;
  luaL_checkstack(L, LUA_MINSTACK, "tidy");
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_pushvalue(L, lua_upvalueindex(2));
  lua_pushcclosure(L, mark_tables, 2);
  lua_insert(L, 1);
  // The marker stands in the list for the beginning of this call; f runs protected, so it never outlives it.
  lua_tensor marker = {.older = b->newest};
  if (b->newest != NULL) b->newest->newer = &marker;
  b->newest = &marker;
  uint64_t number = ++b->tidy_count;
  int status = binding_pcall(L, b, arguments, LUA_MULTRET);
  int results = lua_gettop(L) - 1;
  bool full = status == LUA_OK && !lua_checkstack(L, AT_ONCE + LUA_MINSTACK);
  if (status == LUA_OK && !full) status = mark_results(L, number, results);
  free_made(b, &marker, status == LUA_OK && !full ? number : ++b->tidy_count);
  end_with_results(b, &marker);
  if (b->released != NULL) anchor_drain(L, b);
  if (full) lua_settop(L, 1), binding_error(L, "tidy: the stack has no room for the results");
  if (status != LUA_OK) lua_error(L);
  return results;
}

// keep(x, ...): sg.tidy does not free x. For state that outlives the step it is made in. Returns its arguments.
static int lifetime_keep(lua_State *L) {
  binding *b = binding_open(L);
  for (int i = 1; i <= lua_gettop(L); i++) {
    tensor_check(L, i, "keep", "the argument");
    tensor_slot_unlink(b, tensor_slot(L, i));
  }
  return lua_gettop(L);
}

const binding_function lifetime_functions[] = {
    {"tidy", lifetime_tidy, ANY_NUMBER},
    {"keep", lifetime_keep, ANY_NUMBER},
    {NULL, NULL, 0},
};
