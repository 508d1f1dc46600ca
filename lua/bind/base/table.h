// SPDX-License-Identifier: GPL-3.0-or-later
//
// Fields of the table on top of the stack, and boxes: userdata that own what has no other owner in Lua.
#ifndef SELENOGRAD_LUA_BIND_BASE_TABLE_H
#define SELENOGRAD_LUA_BIND_BASE_TABLE_H

#include "lua/bind/base/binding.h"

// NULL leaves the field absent.
void table_set_text(lua_State *L, const char *name, const char *value);
void table_set_integer(lua_State *L, const char *name, int64_t value);
void table_set_number(lua_State *L, const char *name, double value);
void table_set_flag(lua_State *L, const char *name, bool value);

// Pushes a userdata of that size, zeroed, which `close` ends: a __gc, given the userdata. So what it comes to hold
// is ended whatever is raised.
void *box_push(lua_State *L, size_t bytes, lua_CFunction close);

#endif
