// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the files of this folder have for Lua. module.c puts it all together.
#ifndef SELENOGRAD_LUA_BIND_FUNCTIONS_H
#define SELENOGRAD_LUA_BIND_FUNCTIONS_H

#include "lua/bind/base/function.h"

extern const binding_function file_functions[], finally_functions[], finite_functions[], gradient_functions[],
    gradient_methods[], graph_functions[], info_functions[], json_functions[], lifetime_functions[],
    message_functions[], op_info_functions[], op_sample_functions[], plugin_functions[], settings_functions[];

// info.c: pushes a list of sentences: what is wrong with the libraries and the process that this runs on.
void binding_push_warnings(lua_State *L, binding *b);

#endif
