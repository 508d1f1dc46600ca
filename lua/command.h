// SPDX-License-Identifier: GPL-3.0-or-later
//
// The parts of the `selenograd` command.
#ifndef SELENOGRAD_COMMAND_H
#define SELENOGRAD_COMMAND_H

#include <lua.h>
#include <stdbool.h>

// Starts the program anew, if need be, with what OpenMP and OpenBLAS should find in the environment and the user
// has not set.
void command_prepare_environment(char **arguments);
// Puts the folder of the library's Lua modules, found from the program's path (which is changed), in front of
// package.path.
void command_set_path(lua_State *L, char *program);
// Calls a function with tracebacks and interrupts. Returns the status; an error stays on the stack.
int command_call(lua_State *L, int argument_count, int result_count);
// The same as lua_pcall; Ctrl-C raises an error meanwhile, also in a coroutine, and a second one ends the process.
int command_interruptible_call(lua_State *L, int argument_count, int result_count, int handler);
// Lets coroutine.resume and coroutine.wrap tell the handler of Ctrl-C which coroutine runs.
void command_interruptible_coroutines(lua_State *L);
// interrupted(): whether Ctrl-C came during the call that is running.
int command_was_interrupted(lua_State *L);
// Prints the error at the top of the stack, if the status says there is one. Returns the exit code.
int command_report(lua_State *L, int status);
// Makes load, loadfile, dofile and require refuse bytecode, which could corrupt the process.
void command_text_only(lua_State *L);
// The prompt: reads, runs and prints until the end of the input. Returns the exit code.
int command_prompt(lua_State *L);

#endif
