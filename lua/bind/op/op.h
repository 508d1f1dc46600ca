// SPDX-License-Identifier: GPL-3.0-or-later
//
// The places of ops in Lua: functions, methods, operators.
#ifndef SELENOGRAD_LUA_BIND_OP_OP_H
#define SELENOGRAD_LUA_BIND_OP_OP_H

#include "autograd/op.h"
#include "lua/bind/base/function.h"

// What an op's closures call, with the op_entry as their third upvalue: sg.NAME and x:NAME, the same as a unary
// metamethod, and x:NAME_.
int binding_call_op(lua_State *L);
int binding_call_op_unary(lua_State *L);
int binding_call_op_method(lua_State *L);
int binding_call_op_inplace(lua_State *L);
// Gives an op its places in Lua: the function sg.NAME, the methods x:NAME and x:NAME_ where they make sense, and
// the metamethod of its operator. The context knows the op already, or the caller registers it next; its
// descriptor outlives the Lua state.
void binding_add_op(lua_State *L, const sg_op *op);
// Raises "function: ..." when a new op cannot have this name: a keyword of Lua, or already an op, sg.NAME, x:NAME
// or x:NAME_.
void binding_check_op_name(lua_State *L, const char *function, const char *name);

extern const binding_function op_add_functions[], op_options_functions[];

#endif
