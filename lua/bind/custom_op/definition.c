// SPDX-License-Identifier: GPL-3.0-or-later
//
// The definition of a custom op as the op keeps it: a table of its own, which nobody else can change or empty. The
// descriptor points into its strings.
#include "lua/bind/base/error.h"
#include "lua/bind/custom_op/parts.h"

// Copies source[field], which must be of the given type (or nil, unless it is `required`), into the table at the
// top.
static void copy_field(lua_State *L, int source, const char *field, int type, bool required) {
  int found = lua_getfield(L, source, field);
  if (found != type && (required || found != LUA_TNIL))
    binding_error(L, "define_op: %s is %s, expected a %s", field, binding_describe(L, -1), lua_typename(L, type));
  lua_setfield(L, -2, field);
}

// A flag is whether there is something true.
static void copy_flag(lua_State *L, int source, const char *field) {
  lua_getfield(L, source, field);
  lua_pushboolean(L, lua_toboolean(L, -1));
  lua_setfield(L, -3, field);
  lua_pop(L, 1);
}

static void copy_ports(lua_State *L, int source, const char *list, int most) {
  luaL_checkstack(L, LUA_MINSTACK, list);
  if (lua_getfield(L, source, list) != LUA_TTABLE)
    binding_error(L, "define_op: %s is %s, expected a list", list, binding_describe(L, -1));
  int from = lua_gettop(L);
  lua_Unsigned count = lua_rawlen(L, from);
  if (count > (lua_Unsigned)most) binding_error(L, "define_op: %s has more than %d elements", list, most);
  lua_createtable(L, (int)count, 0);
  for (int i = 1; i <= (int)count; i++) {
    if (lua_rawgeti(L, from, i) != LUA_TTABLE)
      binding_error(L, "define_op: element %d of %s is %s, expected a table", i, list, binding_describe(L, -1));
    lua_createtable(L, 0, 4);
    copy_field(L, from + 2, "name", LUA_TSTRING, true);
    copy_field(L, from + 2, "doc", LUA_TSTRING, false);
    copy_flag(L, from + 2, "optional");
    copy_flag(L, from + 2, "constant");
    lua_rawseti(L, from + 1, i);
    lua_pop(L, 1);
  }
  lua_setfield(L, from - 1, list);
  lua_pop(L, 1);
}

void custom_op_own_definition(lua_State *L) {
  static const char *const flags[] = {"outputs_declared", "variadic", "replace", "once_differentiable",
                                      "differentiable"};
  if (lua_type(L, 1) != LUA_TTABLE)
    binding_error(L, "define_op: the definition is %s, expected a table", binding_describe(L, 1));
  lua_settop(L, 1);
  lua_createtable(L, 0, 16);
  copy_field(L, 1, "name", LUA_TSTRING, false);
  copy_field(L, 1, "label", LUA_TSTRING, true);
  copy_field(L, 1, "where", LUA_TSTRING, true);
  copy_field(L, 1, "summary", LUA_TSTRING, true);
  copy_field(L, 1, "formula", LUA_TSTRING, false);
  copy_field(L, 1, "reference", LUA_TSTRING, false);
  lua_getfield(L, 1, "samples"); // a list or a function, for Lua alone
  lua_setfield(L, -2, "samples");
  copy_field(L, 1, "forward", LUA_TFUNCTION, true);
  copy_field(L, 1, "backward", LUA_TFUNCTION, false);
  for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) copy_flag(L, 1, flags[i]);
  copy_ports(L, 1, "inputs", 255);
  copy_ports(L, 1, "outputs", SG_MAX_PORTS);
  lua_replace(L, 1);
}
