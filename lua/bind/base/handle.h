// SPDX-License-Identifier: GPL-3.0-or-later
//
// Tensors taken out of their handles, with errors for what is none.
#ifndef SELENOGRAD_LUA_BIND_BASE_HANDLE_H
#define SELENOGRAD_LUA_BIND_BASE_HANDLE_H

#include "lua/bind/base/slot.h"

// The tensor at an index, NULL when there is something else; raises when the tensor was freed.
sg_tensor *tensor_test(lua_State *L, int index);
// The tensor at an index; raises "function: name is a string, expected a tensor".
sg_tensor *tensor_check(lua_State *L, int index, const char *function, const char *name);
// The same as tensor_check, and pushes a second handle of the tensor: it stays while that is on the stack, whatever
// becomes of the first. Once it is needed no more, tensor_let_go(L, index of the second handle) frees it at once.
sg_tensor *tensor_hold(lua_State *L, int index, const char *function, const char *name);
void tensor_let_go(lua_State *L, int index);
// Pushes a list of `count` values, those of the list at `index` or, when that is a tensor, the tensor.
void handles_copy(lua_State *L, int index, int count);

#endif
