// SPDX-License-Identifier: GPL-3.0-or-later
//
// Checks of single arguments of a Lua call.
#ifndef SELENOGRAD_LUA_BIND_BASE_CHECK_H
#define SELENOGRAD_LUA_BIND_BASE_CHECK_H

#include "lua/bind/base/binding.h"

// Whether the value at `index` is a table of options: a table without list elements.
bool is_options(lua_State *L, int index);
// Reads a list of integers, or one integer.
void ints_check(lua_State *L, int index, const char *function, const char *name, sg_ints *list);
// Reads a shape from a list of sizes at `index`, or from the integers at index .. last; returns the index after it.
int shape_check(lua_State *L, int index, int last, const char *function, sg_shape *shape);
// Refuses arguments behind the first `most`; nil counts as absent. `function` is for the message.
void surplus_check(lua_State *L, int most, const char *function);
// The length of the list at `index`, a table. A key other than 1 .. length, or n = length, is refused: an option
// written into the list, as in zeros{2, dtype = "f64"}, would be read by nobody.
lua_Unsigned list_check(lua_State *L, int index, const char *function);
// An integer, also one written as a float; raises "function: name is ..., expected an integer".
int64_t integer_check(lua_State *L, int index, const char *function, const char *name);
// A string without zero bytes.
const char *string_check(lua_State *L, int index, const char *function, const char *name);
// Something that can be called.
void callable_check(lua_State *L, int index, const char *function, const char *name);
double number_check(lua_State *L, int index, const char *function, const char *name);
sg_dtype dtype_check(lua_State *L, int index, const char *function);

#endif
