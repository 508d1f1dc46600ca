// SPDX-License-Identifier: GPL-3.0-or-later
#include "lua/bind/base/check.h"
#include "lua/bind/base/error.h"
#include "lua/bind/base/guess.h"
#include "lua/bind/base/options.h"
#include <string.h>

// The key of an option below its value at the top.
static const char *option_name(lua_State *L, const char *function) {
  if (lua_type(L, -2) != LUA_TSTRING)
    binding_error(L, "%s: the options have the key %s, expected names", function, binding_describe(L, -2));
  return lua_tostring(L, -2);
}

void create_options_read(lua_State *L, int index, const char *function, create_options *options) {
  for (int i = index + 1; i <= lua_gettop(L); i++)
    if (!lua_isnil(L, i)) binding_error(L, "%s: unexpected argument: %s", function, binding_describe(L, i));
  if (lua_isnoneornil(L, index)) return;
  if (lua_type(L, index) != LUA_TTABLE)
    binding_error(L, "%s: unexpected argument: %s", function, binding_describe(L, index));
  for (lua_pushnil(L); lua_next(L, index) != 0; lua_pop(L, 1)) {
    const char *name = option_name(L, function);
    if (strcmp(name, "dtype") == 0) {
      options->dtype = dtype_check(L, -1, function);
    } else if (strcmp(name, "requires_grad") == 0) {
      if (!lua_isboolean(L, -1))
        binding_error(L, "%s: requires_grad is %s, expected true or false", function, binding_describe(L, -1));
      options->requires_grad = lua_toboolean(L, -1);
    } else {
      guess g = guess_start(name);
      guess_try(&g, "dtype");
      guess_try(&g, "requires_grad");
      binding_error(L, "%s: unknown option '%s'%s", function, name, guess_push(L, &g));
    }
  }
  if (options->requires_grad && !sg_dtype_is_floating(options->dtype))
    binding_error(L, "%s: a tensor of dtype %s cannot require a gradient", function, sg_dtype_name(options->dtype));
}

void bool_options_read(lua_State *L, int index, const char *function, const option_field *fields) {
  if (lua_isnoneornil(L, index)) return;
  if (lua_type(L, index) != LUA_TTABLE)
    binding_error(L, "%s: the options are %s, expected a table", function, binding_describe(L, index));
  for (lua_pushnil(L); lua_next(L, index) != 0; lua_pop(L, 1)) {
    const char *name = option_name(L, function);
    guess g = guess_start(name);
    const option_field *field = fields;
    for (; field->name != NULL && strcmp(field->name, name) != 0; field++) guess_try(&g, field->name);
    if (field->name == NULL) binding_error(L, "%s: unknown option '%s'%s", function, name, guess_push(L, &g));
    if (field->value == NULL) continue; // read by the caller
    if (!lua_isboolean(L, -1))
      binding_error(L, "%s: %s is %s, expected true or false", function, name, binding_describe(L, -1));
    *field->value = lua_toboolean(L, -1);
  }
}
