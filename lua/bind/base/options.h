// SPDX-License-Identifier: GPL-3.0-or-later
//
// Tables of options of functions that are no ops.
#ifndef SELENOGRAD_LUA_BIND_BASE_OPTIONS_H
#define SELENOGRAD_LUA_BIND_BASE_OPTIONS_H

#include "lua/bind/base/binding.h"

// The options {dtype = , requires_grad = } of the functions that create tensors.
typedef struct create_options {
  sg_dtype dtype;
  bool requires_grad;
} create_options;
// Reads them from the table at `index` (nil and none are allowed), with defaults already in `options`.
void create_options_read(lua_State *L, int index, const char *function, create_options *options);

typedef struct option_field {
  const char *name;
  bool *value;
} option_field;
// Reads boolean options by name from the table at `index` (nil and none are allowed); raises for unknown names.
void bool_options_read(lua_State *L, int index, const char *function, const option_field *fields);

#endif
