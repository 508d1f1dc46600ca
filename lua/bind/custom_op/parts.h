// SPDX-License-Identifier: GPL-3.0-or-later
//
// What custom_op.c puts together: the functions of the other files of this folder.
#ifndef SELENOGRAD_LUA_BIND_CUSTOM_OP_PARTS_H
#define SELENOGRAD_LUA_BIND_CUSTOM_OP_PARTS_H

#include "lua/bind/custom_op/context.h"

// Puts a checked copy, which only C can reach, in the place of the definition at index 1; nothing else stays on the
// stack. Raises an error for what is no definition as selenograd.op completes it.
void custom_op_own_definition(lua_State *L);

// The function of a custom op: a closure with the op as its third upvalue, the metatable of contexts as its fourth.
int custom_op_call(lua_State *L);
// Has cycles looked for once in each collection, by custom_op_find_cycles.
void custom_op_cycle_open(lua_State *L);
int custom_op_find_cycles(lua_State *L);

// The vjp hook of custom ops, and the closure that it calls in protected mode.
void custom_op_vjp(const sg_call *call);
int custom_op_backward(lua_State *L);

#endif
