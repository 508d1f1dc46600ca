// SPDX-License-Identifier: GPL-3.0-or-later
#include "lua/bind/base/anchor.h"
#include "lua/bind/base/slot.h"

void anchor_open(lua_State *L) {
  lua_newtable(L);
  lua_setiuservalue(L, lua_upvalueindex(1), BINDING_ANCHORS);
  lua_newtable(L);
  lua_createtable(L, 0, 1);
  lua_pushliteral(L, "k");
  lua_setfield(L, -2, "__mode");
  lua_setmetatable(L, -2);
  lua_setiuservalue(L, lua_upvalueindex(1), BINDING_WATCHED);
}

// table[anchor] = the value at the top, which is popped.
static void set_value(lua_State *L, const lua_anchor *anchor) {
  lua_getiuservalue(L, lua_upvalueindex(1), BINDING_ANCHORS);
  lua_insert(L, -2);
  lua_rawsetp(L, -2, anchor);
  lua_pop(L, 1);
}

void anchor_reserve(lua_State *L, const lua_anchor *anchor) {
  lua_pushboolean(L, false);
  set_value(L, anchor);
}

void anchor_forget(lua_State *L, const lua_anchor *anchor) {
  lua_pushnil(L);
  set_value(L, anchor);
}

void anchor_hold(lua_State *L, int index, const lua_anchor *anchor) {
  if (anchor->held) lua_pushvalue(L, index);
  else lua_pushnil(L);
  set_value(L, anchor);
}

void anchor_release(lua_anchor *anchor) {
  anchor->ended = true;
  anchor->next = anchor->owner->released;
  anchor->owner->released = anchor;
}

void anchor_refers(lua_anchor *anchor, bool refers) {
  anchor->owner->referring += refers - anchor->refers;
  anchor->refers = refers;
}

void anchor_drain(lua_State *L, binding *b) {
  if (!lua_checkstack(L, 3)) return;
  while (b->released != NULL) {
    const lua_anchor *anchor = b->released;
    b->released = anchor->next;
    anchor_forget(L, anchor);
  }
}

void anchor_touch(lua_State *L, int index, lua_tensor *slot) {
  index = lua_absindex(L, index);
  int top = lua_gettop(L);
  luaL_checkstack(L, LUA_MINSTACK, "a handle");
  slot->watched = false;
  lua_getiuservalue(L, lua_upvalueindex(1), BINDING_ANCHORS);
  lua_getiuservalue(L, lua_upvalueindex(1), BINDING_WATCHED);
  lua_pushvalue(L, index);
  if (lua_rawget(L, top + 2) == LUA_TTABLE)
    for (lua_Integer i = 1; lua_rawgeti(L, top + 3, i) == LUA_TUSERDATA; i++) {
      lua_anchor *anchor = lua_touserdata(L, -1);
      anchor->weak = false;
      if (anchor->ended) lua_pop(L, 1);
      else lua_rawsetp(L, top + 1, anchor); // the key is there
    }
  lua_settop(L, top + 2);
  lua_pushvalue(L, index);
  lua_pushnil(L);
  lua_rawset(L, top + 2);
  lua_settop(L, top);
}
