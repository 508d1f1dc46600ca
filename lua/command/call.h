// SPDX-License-Identifier: GPL-3.0-or-later
//
// A call from the command, and what is told of its error.
#ifndef SELENOGRAD_LUA_COMMAND_CALL_H
#define SELENOGRAD_LUA_COMMAND_CALL_H

#include <lua.h>

// Calls a function with tracebacks and interrupts. Returns the status; an error stays on the stack.
int command_call(lua_State *L, int argument_count, int result_count);
// Prints the error at the top of the stack, if the status says there is one. Returns the exit code.
int command_report(lua_State *L, int status);

#endif
