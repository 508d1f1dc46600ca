// SPDX-License-Identifier: GPL-3.0-or-later
//
// Where the library's Lua modules are.
#ifndef SELENOGRAD_LUA_COMMAND_PATH_H
#define SELENOGRAD_LUA_COMMAND_PATH_H

#include <lua.h>

// Puts the folder of the library's Lua modules, found from the program's path (which is changed), in front of
// package.path.
void command_set_path(lua_State *L, char *program);

#endif
