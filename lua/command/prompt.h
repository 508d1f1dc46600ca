// SPDX-License-Identifier: GPL-3.0-or-later
//
// The prompt.
#ifndef SELENOGRAD_LUA_COMMAND_PROMPT_H
#define SELENOGRAD_LUA_COMMAND_PROMPT_H

#include <lua.h>

// The prompt: reads, runs and prints until the end of the input. Returns the exit code.
int command_prompt(lua_State *L);

#endif
