// SPDX-License-Identifier: GPL-3.0-or-later
//
// Calls with tracebacks and interrupts.
#include "lua/command/call.h"
#include "lua/command/interrupt.h"
#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>

static int traceback(lua_State *L) {
  if (lua_type(L, 1) != LUA_TSTRING) {
    if (luaL_callmeta(L, 1, "__tostring") && lua_type(L, -1) == LUA_TSTRING) return 1;
    lua_settop(L, 1);
    lua_pushfstring(L, "an error that is a %s", luaL_typename(L, 1));
    lua_replace(L, 1);
  }
  // The module kept the traceback of an error that has crossed the engine.
  if (luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE) &&
      lua_getfield(L, -1, "selenograd.core") == LUA_TTABLE) {
    lua_getfield(L, -1, "command_traceback");
    lua_pushvalue(L, 1);
    if (lua_pcall(L, 1, 1, 0) == LUA_OK && lua_type(L, -1) == LUA_TSTRING) return 1;
  }
  lua_settop(L, 1);
  lua_pushliteral(L, "\n");
  luaL_traceback(L, L, NULL, 1);
  lua_concat(L, 3); // the whole message, also with a zero byte
  return 1;
}

int command_call(lua_State *L, int argument_count, int result_count) {
  int function = lua_gettop(L) - argument_count;
  lua_pushcfunction(L, traceback);
  lua_insert(L, function);
  int status = command_interruptible_call(L, argument_count, result_count, function);
  lua_remove(L, function);
  return status;
}

int command_report(lua_State *L, int status) {
  if (status == LUA_OK) return EXIT_SUCCESS;
  size_t length = 0;
  const char *message = lua_tolstring(L, -1, &length);
  fflush(stdout);
  fputs("selenograd: ", stderr);
  if (message != NULL) fwrite(message, 1, length, stderr);
  else fputs("an error without a message", stderr);
  fputc('\n', stderr);
  lua_pop(L, 1);
  return EXIT_FAILURE;
}
