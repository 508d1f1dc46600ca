// SPDX-License-Identifier: GPL-3.0-or-later
//
// Bytecode is not accepted.
#ifndef SELENOGRAD_LUA_COMMAND_TEXT_ONLY_H
#define SELENOGRAD_LUA_COMMAND_TEXT_ONLY_H

#include <lua.h>

// Makes load, loadfile, dofile and require refuse bytecode, which could corrupt the process.
void command_text_only(lua_State *L);

#endif
