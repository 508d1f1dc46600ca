// SPDX-License-Identifier: GPL-3.0-or-later
//
// load, loadfile, dofile and require for text only: crafted bytecode can corrupt the process.
#include "lua/command/text_only.h"
#include <lauxlib.h>
#include <string.h>

// Calls the original function (the upvalue) with "t" in the place of its mode.
static int load_text(lua_State *L, int mode) {
  int top = lua_gettop(L);
  const char *given = luaL_optstring(L, mode, "bt");
  if (strchr(given, 't') == NULL) {
    lua_pushnil(L);
    lua_pushliteral(L, "bytecode is not accepted here, text only");
    return 2;
  }
  if (top < mode) lua_settop(L, mode);
  lua_pushliteral(L, "t");
  lua_replace(L, mode);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
  return lua_gettop(L);
}

static int text_load(lua_State *L) { return load_text(L, 3); }
static int text_loadfile(lua_State *L) { return load_text(L, 2); }

static int text_dofile(lua_State *L) {
  const char *name = luaL_optstring(L, 1, NULL);
  lua_settop(L, 1);
  if (luaL_loadfilex(L, name, "t") != LUA_OK) return lua_error(L);
  lua_call(L, 0, LUA_MULTRET);
  return lua_gettop(L) - 1;
}

// package.searchers[2]: finds Lua files along package.path.
static int search_text(lua_State *L) {
  const char *name = luaL_checkstring(L, 1);
  lua_getglobal(L, "package");
  lua_getfield(L, -1, "searchpath");
  lua_pushvalue(L, 1);
  lua_getfield(L, -3, "path");
  lua_call(L, 2, 2);
  if (lua_isnil(L, -2)) return 1; // where it looked
  lua_pop(L, 1);
  const char *file = lua_tostring(L, -1);
  if (luaL_loadfilex(L, file, "t") != LUA_OK)
    return luaL_error(L, "error loading module '%s' from file '%s':\n\t%s", name, file, lua_tostring(L, -1));
  lua_insert(L, -2);
  return 2;
}

static void wrap(lua_State *L, const char *name, lua_CFunction function) {
  lua_getglobal(L, name);
  lua_pushcclosure(L, function, 1);
  lua_setglobal(L, name);
}

void command_text_only(lua_State *L) {
  wrap(L, "load", text_load);
  wrap(L, "loadfile", text_loadfile);
  wrap(L, "dofile", text_dofile);
  lua_getglobal(L, "package");
  lua_getfield(L, -1, "searchers");
  lua_pushcfunction(L, search_text);
  lua_rawseti(L, -2, 2);
  lua_pop(L, 2);
}
