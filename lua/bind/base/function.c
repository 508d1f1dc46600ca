// SPDX-License-Identifier: GPL-3.0-or-later
#include "lua/bind/base/check.h"
#include "lua/bind/base/function.h"

// Every function is called through this one, which has its entry as third upvalue.
static int call_function(lua_State *L) {
  const binding_function *f = lua_touserdata(L, lua_upvalueindex(3));
  if (f->most != ANY_NUMBER && lua_gettop(L) > f->most) surplus_check(L, f->most, f->name);
  return f->function(L);
}

void binding_set_functions(lua_State *L, const binding_function *functions) {
  for (; functions->name != NULL; functions++) {
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_pushvalue(L, lua_upvalueindex(2));
    lua_pushlightuserdata(L, (void *)(uintptr_t)functions); // only read
    lua_pushcclosure(L, call_function, 3);
    lua_setfield(L, -2, functions->name);
  }
}
