// SPDX-License-Identifier: GPL-3.0-or-later
//
// How an op gets its places in Lua: when the module opens, and for ops that come later.
#include "lua/bind/base/error.h"
#include "lua/bind/op/arguments.h"
#include "lua/bind/op/op.h"
#include <string.h>

static const struct operator_name {
  const char *metamethod, *op;
  lua_CFunction function;
} operators[] = {
    {"__add", "add", binding_call_op}, {"__sub", "sub", binding_call_op},
    {"__mul", "mul", binding_call_op}, {"__div", "div", binding_call_op},
    {"__pow", "pow", binding_call_op}, {"__unm", "neg", binding_call_op_unary},
    {"__mod", "remainder", binding_call_op}, {"__idiv", "floor_divide", binding_call_op},
};

// Pushes the closure of the op whose entry is at `entry_index`.
static void push_closure(lua_State *L, int entry_index, lua_CFunction function) {
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_pushvalue(L, lua_upvalueindex(2));
  lua_pushvalue(L, entry_index);
  lua_pushcclosure(L, function, 3);
}

// table[name] = the closure, without metamethods.
static void set_closure(lua_State *L, int table, const char *name, int entry_index, lua_CFunction function) {
  lua_pushstring(L, name);
  push_closure(L, entry_index, function);
  lua_rawset(L, table);
}

void binding_add_op(lua_State *L, const sg_op *op) {
  int top = lua_gettop(L), module = top + 1, methods = top + 2, entry_index = top + 3;
  luaL_checkstack(L, LUA_MINSTACK, op->name);
  lua_getiuservalue(L, lua_upvalueindex(1), BINDING_MODULE);
  lua_getiuservalue(L, lua_upvalueindex(1), BINDING_METHODS);
  op_entry *entry = lua_newuserdatauv(L, sizeof *entry, 0);
  const char *problem = op_entry_fill(entry, op);
  if (problem != NULL) luaL_error(L, "op %s: %s", op->name, problem);
  set_closure(L, module, op->name, entry_index, binding_call_op);
  const sg_port *self = &sg_op_inputs(op)[entry->self];
  if (entry->input_ports > 0 && !(self->flags & SG_VARIADIC)) {
    set_closure(L, methods, op->name, entry_index, entry->self > 0 ? binding_call_op_method : binding_call_op);
    if (entry->visible_outputs == 1 && entry->written == 0 && !entry->lists && !(self->flags & SG_INDEX))
      set_closure(L, methods, lua_pushfstring(L, "%s_", op->name), entry_index, binding_call_op_inplace);
  }
  for (size_t k = 0; k < sizeof operators / sizeof *operators; k++)
    if (strcmp(operators[k].op, op->name) == 0)
      set_closure(L, lua_upvalueindex(2), operators[k].metamethod, entry_index, operators[k].function);
  lua_settop(L, top);
}

// ---- Names --------------------------------------------------------------------------------------------------

// Whether sg.NAME is something, as the function says that was given for it.
static bool is_in_module(lua_State *L, const char *name) {
  const int top = lua_gettop(L);
  if (lua_getiuservalue(L, lua_upvalueindex(1), BINDING_FIND) == LUA_TFUNCTION) {
    lua_pushstring(L, name);
    lua_call(L, 1, 1);
  } else {
    lua_getiuservalue(L, lua_upvalueindex(1), BINDING_MODULE);
    lua_pushstring(L, name);
    lua_rawget(L, -2);
  }
  const bool taken = !lua_isnil(L, -1);
  lua_settop(L, top);
  return taken;
}

static bool is_in_methods(lua_State *L, const char *name) {
  lua_getiuservalue(L, lua_upvalueindex(1), BINDING_METHODS);
  lua_pushstring(L, name);
  bool taken = lua_rawget(L, -2) != LUA_TNIL;
  lua_pop(L, 2);
  return taken;
}

void binding_check_op_name(lua_State *L, const char *function, const char *name) {
  static const char *const keywords[] = {"and",    "break", "do",   "else",  "elseif", "end",    "false", "for",
                                         "function", "goto", "if",   "in",    "local",  "nil",    "not",   "or",
                                         "repeat", "return", "then", "true",  "until",  "while"};
  for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++)
    if (strcmp(keywords[i], name) == 0)
      binding_error(L, "%s: the op cannot be named %s, a keyword of Lua", function, name);
  if (sg_op_find(binding_open(L)->context, name) != NULL)
    binding_error(L, "%s: there is already an op named %s", function, name);
  if (is_in_module(L, name))
    binding_error(L, "%s: the op cannot be named %s, as sg.%s exists", function, name, name);
  const char *method = name;
  if (!is_in_methods(L, method)) method = lua_pushfstring(L, "%s_", name);
  if (is_in_methods(L, method))
    binding_error(L, "%s: the op cannot be named %s, as tensors have a method x:%s", function, name, method);
  lua_pop(L, 1);
}

// module_table(sg, find): ops added from now on get their places in the table, and take no name for which
// find(name) is something.
static int module_table(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  luaL_checktype(L, 2, LUA_TFUNCTION);
  lua_settop(L, 2);
  lua_setiuservalue(L, lua_upvalueindex(1), BINDING_FIND);
  lua_setiuservalue(L, lua_upvalueindex(1), BINDING_MODULE);
  return 0;
}

const binding_function op_add_functions[] = {{"module_table", module_table, 2}, {NULL, NULL, 0}};
