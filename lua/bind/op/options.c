// SPDX-License-Identifier: GPL-3.0-or-later
//
// Options of an op, read before the op is called: a module keeps them from its construction on, and what its op's
// descriptor says of them need not be said again.
#include "lua/bind/base/check.h"
#include "lua/bind/base/error.h"
#include "lua/bind/op/arguments.h"
#include "lua/bind/op/attribute.h"
#include "lua/bind/op/op.h"
#include <string.h>

// op_options(name, owner, given): all options of the op by name, those of `given` and the defaults, in the form in
// which the op takes them. Raises what the op would, in the words of `owner`: "Dropout: p is 2, expected a value in
// [0, 1)". Keys of `given` that are no options are not looked at.
static int op_options(lua_State *L) {
  binding *b = binding_open(L);
  const sg_op *op = sg_op_find(b->context, string_check(L, 1, "op_options", "the name"));
  const char *owner = string_check(L, 2, "op_options", "the owner");
  if (op == NULL) binding_error(L, "op_options: there is no op '%s'", lua_tostring(L, 1));
  luaL_checktype(L, 3, LUA_TTABLE);
  lua_settop(L, 3);
  lua_getiuservalue(L, lua_upvalueindex(1), BINDING_CUSTOM_OPS);
  lua_getfield(L, -1, op->name); // keeps an op alive that is replaced meanwhile
  _Alignas(16) unsigned char options[MAX_OPTIONS_BYTES];
  if (sg_op_options_bytes(op) > 0) attribute_defaults(L, op, options);
  sg_op named = *op;
  named.name = owner;
  lua_createtable(L, 0, 4);
  const int result = lua_gettop(L);
  for (const sg_attribute *a = sg_op_attributes(op); a->name != NULL; a++) {
    if (lua_getfield(L, 3, a->name) != LUA_TNIL) attribute_read(L, result + 1, owner, a, options);
    else if (a->flags & SG_REQUIRED) binding_error(L, "%s: %s is missing", owner, a->name);
    if (sg_attribute_check(b->context, &named, a, options + a->offset) != SG_OK) binding_raise(L, b, NULL);
    attribute_push(L, a, options);
    lua_setfield(L, result, a->name);
    lua_settop(L, result); // what kept a string or list goes here
  }
  return 1;
}

const binding_function op_options_functions[] = {{"op_options", op_options, 3}, {NULL, NULL, 0}};
