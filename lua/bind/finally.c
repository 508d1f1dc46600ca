// SPDX-License-Identifier: GPL-3.0-or-later
//
// What has to be put back whatever happens. An interrupt is an error that may arise at any instruction of Lua, also
// in the one that puts something back; here C sees to it that this is done to its end.
#include "lua/bind/base/error.h"
#include "lua/bind/functions.h"

enum { ATTEMPTS = 8 }; // an interrupt comes once, an error of the cleanup's own every time

// Calls the cleanup at index 1 until it succeeds. A first error is put on the stack and gives the status returned.
static int clean_up(lua_State *L, int status) {
  for (int i = 0; i < ATTEMPTS; i++) {
    lua_pushvalue(L, 1);
    int cleaned = lua_pcall(L, 0, 0, 0);
    if (cleaned == LUA_OK) break;
    if (status == LUA_OK) status = cleaned;
    else lua_pop(L, 1); // the first error is the one that is told
  }
  return status;
}

// finally(cleanup, f, ...): calls f(...), then cleanup(), and returns what f returns or raises its error. A cleanup
// that was interrupted is called again, so calling it twice must do no harm; then the interrupt is raised.
static int call_finally(lua_State *L) {
  binding *b = binding_open(L);
  luaL_checktype(L, 1, LUA_TFUNCTION);
  luaL_checktype(L, 2, LUA_TFUNCTION);
  int status = binding_pcall(L, b, lua_gettop(L) - 2, LUA_MULTRET);
  int results = lua_gettop(L) - 1;
  if (!lua_checkstack(L, 8)) lua_settop(L, 2), status = LUA_ERRMEM; // so many results that there is no room
  status = clean_up(L, status);
  if (status != LUA_OK) return lua_error(L);
  return results;
}

const binding_function finally_functions[] = {{"finally", call_finally, ANY_NUMBER}, {NULL, NULL, 0}};
