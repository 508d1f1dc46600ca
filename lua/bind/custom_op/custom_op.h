// SPDX-License-Identifier: GPL-3.0-or-later
//
// Ops defined in Lua by sg.op: custom_op.c defines them, definition.c keeps what was said of them, call.c calls
// them, context.c is the `ctx` of their functions, backward.c their derivative, cycle.c sees to it that they are
// freed.
#ifndef SELENOGRAD_LUA_BIND_CUSTOM_OP_CUSTOM_OP_H
#define SELENOGRAD_LUA_BIND_CUSTOM_OP_CUSTOM_OP_H

#include "autograd/op.h"
#include "lua/bind/base/function.h"

extern const binding_function custom_op_functions[];
void custom_op_open(lua_State *L);
// Whether an op was defined in Lua; pushes its definition then.
bool custom_op_definition(lua_State *L, const sg_op *op);
// The descriptor of the custom op whose function is at `index`, NULL for everything else.
const sg_op *custom_op_of(lua_State *L, int index);

#endif
