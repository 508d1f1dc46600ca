// SPDX-License-Identifier: GPL-3.0-or-later
//
// Tensors in Lua: what makes them, their fields and methods, what [] does, and their text.
#ifndef SELENOGRAD_LUA_BIND_TENSOR_TENSOR_H
#define SELENOGRAD_LUA_BIND_TENSOR_TENSOR_H

#include "lua/bind/base/function.h"

extern const luaL_Reg tensor_metamethods[];
extern const binding_function tensor_methods[], convert_methods[], create_functions[], random_functions[],
    print_functions[], tensor_functions[];

// What x[...] and x[...] = v do; the text of x.
int tensor_index_get(lua_State *L, binding *b);
int tensor_index_set(lua_State *L);
int tensor_text(lua_State *L);
// Pushes a shape as a list that can be printed and compared. Opened before the first.
void tensor_shape_open(lua_State *L);
void tensor_shape_push(lua_State *L, const sg_shape *shape);
// How many tables without a value the nested tables of this tensor have, 0 when it has elements: any number is
// possible.
int64_t tensor_empty_rows(const sg_tensor *x);

#endif
