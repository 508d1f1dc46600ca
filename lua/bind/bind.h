// SPDX-License-Identifier: GPL-3.0-or-later
//
// The C face of the Lua binding: opens the module selenograd.core in a Lua state.
#ifndef SELENOGRAD_LUA_BIND_H
#define SELENOGRAD_LUA_BIND_H

#include "autograd/selenograd.h"
#include <lua.h>

// The entry point of `require "selenograd.core"`: sg_lua_open_with_config with the defaults.
int luaopen_selenograd_core(lua_State *L);

// Opens a context with the given configuration, which belongs to the Lua state, and pushes the module table.
// Two fields are ignored: `ops` NULL means all built-in ops, and `index_base` is always 1. Returns 1.
// Raises a Lua error when there is no memory, so call it from a C function run by lua_pcall. Every allocation goes
// through the state's lua_Alloc or the configuration's allocator; lua_close gives all of it back.
int sg_lua_open_with_config(lua_State *L, const sg_config *config);

#endif
