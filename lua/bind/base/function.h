// SPDX-License-Identifier: GPL-3.0-or-later
//
// Functions and methods for Lua, with the number of their arguments.
#ifndef SELENOGRAD_LUA_BIND_BASE_FUNCTION_H
#define SELENOGRAD_LUA_BIND_BASE_FUNCTION_H

#include "lua/bind/base/binding.h"

// A function or method for Lua, with the most arguments it takes, self among them. More are refused before it runs,
// so that none is ever ignored; ANY_NUMBER says that it looks after them itself.
typedef struct binding_function {
  const char *name;
  lua_CFunction function;
  int most;
} binding_function;
enum { ANY_NUMBER = -1 };

// Adds functions to the table on top of the stack, with the two upvalues.
void binding_set_functions(lua_State *L, const binding_function *functions);

#endif
