// SPDX-License-Identifier: GPL-3.0-or-later
//
// sg.set_printoptions{...} and sg.get_printoptions(): how tensors are shown as text.
#include "lua/bind/base/check.h"
#include "lua/bind/base/error.h"
#include "lua/bind/base/guess.h"
#include "lua/bind/tensor/tensor.h"
#include <stddef.h>
#include <string.h>

static const struct field {
  const char *name;
  size_t offset;
  int64_t least, most;
} fields[] = {
    {"precision", offsetof(print_options, precision), 0, 17},
    {"threshold", offsetof(print_options, threshold), 0, INT32_MAX},
    {"edgeitems", offsetof(print_options, edgeitems), 1, 1 << 20},
    {"linewidth", offsetof(print_options, linewidth), 1, 1 << 20},
};
enum { FIELDS = sizeof fields / sizeof *fields };

static const struct profile {
  const char *name;
  print_options options;
} profiles[] = {
    {"default", PRINT_DEFAULTS},
    {"short", {2, 1000, 2, 100, -1}},
    {"full", {4, INT32_MAX, 3, 100, -1}},
};

static int *place(print_options *options, const struct field *field) {
  return (int *)(void *)((char *)options + field->offset);
}

static void unknown(lua_State *L, const char *name) {
  guess g = guess_start(name);
  for (int i = 0; i < FIELDS; i++) guess_try(&g, fields[i].name);
  guess_try(&g, "sci_mode");
  guess_try(&g, "profile");
  binding_error(L, "set_printoptions: unknown option '%s'%s", name, guess_push(L, &g));
}

// The option `name`, whose value is at the top.
static void read_option(lua_State *L, print_options *options, const char *name) {
  if (strcmp(name, "profile") == 0) return; // read before
  if (strcmp(name, "sci_mode") == 0) {
    const bool automatic = lua_type(L, -1) == LUA_TSTRING && strcmp(lua_tostring(L, -1), "auto") == 0;
    if (!automatic && !lua_isboolean(L, -1))
      binding_error(L, "set_printoptions: sci_mode is %s, expected true, false or \"auto\"",
                    binding_describe(L, -1));
    options->sci_mode = automatic ? -1 : lua_toboolean(L, -1);
    return;
  }
  for (int i = 0; i < FIELDS; i++) {
    if (strcmp(fields[i].name, name) != 0) continue;
    const int64_t value = integer_check(L, lua_gettop(L), "set_printoptions", name);
    if (value < fields[i].least || value > fields[i].most)
      binding_error(L, "set_printoptions: %s is %I, expected a whole number in [%I, %I]", name, (LUAI_UACINT)value,
                    (LUAI_UACINT)fields[i].least, (LUAI_UACINT)fields[i].most);
    *place(options, &fields[i]) = (int)value;
    return;
  }
  unknown(L, name);
}

static void read_profile(lua_State *L, print_options *options) {
  if (lua_getfield(L, 1, "profile") == LUA_TNIL) return;
  const char *name = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "";
  for (size_t i = 0; i < sizeof profiles / sizeof *profiles; i++) {
    if (strcmp(profiles[i].name, name) != 0) continue;
    *options = profiles[i].options;
    return;
  }
  binding_error(L, "set_printoptions: profile is %s, expected \"default\", \"short\" or \"full\"",
                binding_describe(L, -1));
}

// set_printoptions{precision = 4, threshold = 1000, edgeitems = 3, linewidth = 100, sci_mode = "auto", profile =}:
// digits behind the point; elements from which on a tensor is shortened, and how many are shown at each end then;
// columns of a line; whether numbers have exponents. A profile sets all of them before the others are read. What is
// not named stays.
static int set_options(lua_State *L) {
  print_options options = binding_open(L)->print;
  if (lua_type(L, 1) != LUA_TTABLE)
    binding_error(L, "set_printoptions: the options are %s, expected a table", binding_describe(L, 1));
  read_profile(L, &options);
  lua_settop(L, 1);
  for (lua_pushnil(L); lua_next(L, 1) != 0; lua_pop(L, 1)) {
    if (lua_type(L, -2) != LUA_TSTRING)
      binding_error(L, "set_printoptions: the options have the key %s, expected names", binding_describe(L, -2));
    read_option(L, &options, lua_tostring(L, -2));
  }
  binding_of(L)->print = options;
  return 0;
}

static int get_options(lua_State *L) {
  print_options options = binding_open(L)->print;
  lua_createtable(L, 0, FIELDS + 1);
  for (int i = 0; i < FIELDS; i++) {
    lua_pushinteger(L, *place(&options, &fields[i]));
    lua_setfield(L, -2, fields[i].name);
  }
  if (options.sci_mode < 0)
    lua_pushliteral(L, "auto");
  else
    lua_pushboolean(L, options.sci_mode);
  lua_setfield(L, -2, "sci_mode");
  return 1;
}

const binding_function print_functions[] = {
    {"set_printoptions", set_options, 1}, {"get_printoptions", get_options, 0}, {NULL, NULL, 0}};
