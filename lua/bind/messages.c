// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the library's Lua modules and the command have for messages: positions, guesses, tracebacks.
#include "lua/bind/base/check.h"
#include "lua/bind/base/error.h"
#include "lua/bind/base/guess.h"
#include "lua/bind/functions.h"

// describe(value): what it is, in words for a message.
static int describe(lua_State *L) {
  luaL_checkany(L, 1);
  binding_describe(L, 1);
  return 1;
}

// closest(name, list): the text "; did you mean 'x'?" for the nearest name in a list, or "".
static int closest(lua_State *L) {
  guess g = guess_start(string_check(L, 1, "closest", "the name"));
  if (lua_type(L, 2) != LUA_TTABLE)
    binding_error(L, "closest: the candidates are %s, expected a list", binding_describe(L, 2));
  for (lua_Integer i = 1; lua_rawgeti(L, 2, i) == LUA_TSTRING; i++) {
    guess_try(&g, lua_tostring(L, -1)); // anchored by the list
    lua_pop(L, 1);
  }
  guess_push(L, &g);
  return 1;
}

// fail(message): raises a message at the script line that called into the library.
static int fail(lua_State *L) {
  luaL_checkstring(L, 1);
  lua_settop(L, 1);
  binding_push_where(L);
  lua_insert(L, 1);
  lua_concat(L, 2); // whole, zero bytes and all
  return lua_error(L);
}

// library_path(folder): error positions skip Lua code in this folder.
static int library_path(lua_State *L) {
  binding *b = binding_of(L);
  luaL_checkstring(L, 1);
  lua_pushfstring(L, "@%s", lua_tostring(L, 1));
  b->library_prefix = lua_tolstring(L, -1, &b->library_prefix_length);
  lua_setiuservalue(L, lua_upvalueindex(1), BINDING_LIBRARY);
  return 0;
}

// command_traceback(message): the message with the traceback kept where the error arose, or nil.
static int command_traceback(lua_State *L) {
  lua_settop(L, 1);
  if (lua_getiuservalue(L, lua_upvalueindex(1), BINDING_TRACEBACK) == LUA_TTABLE) {
    lua_rawgeti(L, -1, 1);
    if (lua_rawequal(L, 1, -1)) {
      lua_pushvalue(L, 1);
      lua_pushliteral(L, "\n");
      lua_rawgeti(L, 2, 2);
      return lua_concat(L, 3), 1;
    }
  }
  lua_pushnil(L);
  return 1;
}

static int keep_tracebacks(lua_State *L) {
  binding_of(L)->keep_traceback = lua_toboolean(L, 1);
  return 0;
}

const binding_function message_functions[] = {
    {"describe", describe, 1},
    {"closest", closest, 2},
    {"fail", fail, 1},
    {"library_path", library_path, 1},
    {"command_traceback", command_traceback, 1},
    {"keep_tracebacks", keep_tracebacks, 1},
    {NULL, NULL, 0},
};
