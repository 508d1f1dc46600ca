// SPDX-License-Identifier: GPL-3.0-or-later
//
// Numbers as Lua holds them.
#ifndef SELENOGRAD_LUA_BIND_BASE_NUMBER_H
#define SELENOGRAD_LUA_BIND_BASE_NUMBER_H

#include "lua/bind/base/binding.h"

// A number as Lua holds it.
typedef sg_number lua_numeric;
// Whether there is a number, or a boolean, which counts as 1 or 0.
bool is_number(lua_State *L, int index);
lua_numeric numeric_check(lua_State *L, int index, const char *function, const char *name);
// The number at an index.
lua_numeric numeric_of(lua_State *L, int index);
lua_numeric numeric_integer(int64_t value);
lua_numeric numeric_real(double value);
// A tensor full of it; an error of the engine when the dtype is i64 and it is not whole.
sg_tensor *numeric_full(sg_context *context, sg_dtype dtype, const sg_shape *shape, lua_numeric number);
// Writes one element. False, and nothing written: an i64 cannot be that.
bool numeric_store(void *data, sg_dtype dtype, int64_t position, lua_numeric number);

#endif
