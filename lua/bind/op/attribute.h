// SPDX-License-Identifier: GPL-3.0-or-later
//
// Values of attributes between Lua and an options struct.
#ifndef SELENOGRAD_LUA_BIND_OP_ATTRIBUTE_H
#define SELENOGRAD_LUA_BIND_OP_ATTRIBUTE_H

#include "autograd/op.h"
#include <lua.h>

// The options nobody gave: those of the descriptor, with sg.set_default_dtype's in the place of f32.
void attribute_defaults(lua_State *L, const sg_op *op, unsigned char *options);
// Reads the value at `index` as an attribute into its field of an options struct. Raises "op: name is ...". Returns
// how many values it pushed: one that keeps a string or list which the field points to, else none.
int attribute_read(lua_State *L, int index, const char *op, const sg_attribute *a, unsigned char *options);
// Reads the integers at index .. last as the list that the attribute is. Returns their number.
int attribute_read_numbers(lua_State *L, int index, int last, const char *op, const sg_attribute *a,
                           unsigned char *options);
// Pushes the value of an attribute in an op's options struct, as Lua writes it: dimensions count from 1.
void attribute_push(lua_State *L, const sg_attribute *attribute, const void *options);

#endif
