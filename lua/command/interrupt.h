// SPDX-License-Identifier: GPL-3.0-or-later
//
// Ctrl-C.
#ifndef SELENOGRAD_LUA_COMMAND_INTERRUPT_H
#define SELENOGRAD_LUA_COMMAND_INTERRUPT_H

#include <lua.h>

// The same as lua_pcall; Ctrl-C raises an error meanwhile, also in a coroutine, and a second one ends the process.
int command_interruptible_call(lua_State *L, int argument_count, int result_count, int handler);
// Lets coroutine.resume and coroutine.wrap tell the handler of Ctrl-C which coroutine runs.
void command_interruptible_coroutines(lua_State *L);
// interrupted(): whether Ctrl-C came during the call that is running.
int command_was_interrupted(lua_State *L);

#endif
