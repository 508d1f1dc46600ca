// SPDX-License-Identifier: GPL-3.0-or-later
//
// Errors: where they happened, and how a user's own error travels through the engine.
#ifndef SELENOGRAD_LUA_BIND_BASE_ERROR_H
#define SELENOGRAD_LUA_BIND_BASE_ERROR_H

#include "lua/bind/base/binding.h"

// Raises a message with the position of the script line that called, skipping the library's own Lua modules.
int binding_error(lua_State *L, const char *format, ...) __attribute__((noreturn));
// Raises the engine's pending error (or the user's own error that caused it) and clears it. `function`, when not
// NULL, is put before a message of the engine.
int binding_raise(lua_State *L, binding *b, const char *function) __attribute__((noreturn));
// The position of the calling script line, "file:line: " or "", is pushed.
void binding_push_where(lua_State *L);
// The same as text without the ": ". Allocates and raises nothing.
void binding_write_where(lua_State *L, const binding *b, char *text, size_t size);
// What stands at a stack index, in words for a message: "a string", "a tensor f32 [2, 3]". Pushed.
const char *binding_describe(lua_State *L, int index);
// Calls the function at the top below its arguments in protected mode. An error stays at the top of the stack; its
// traceback is kept when the command asked for it. Returns the status of lua_pcall.
// Raises nothing; two more places on the stack must be free.
int binding_pcall(lua_State *L, binding *b, int argument_count, int result_count);
// Puts text in front of the error at the top of the stack, if it is a message, and of its traceback.
void binding_prefix_error(lua_State *L, const char *format, ...);
// Takes the error at the top of the stack, to be raised by binding_raise, and makes it the engine's pending error.
sg_status binding_callback_failed(lua_State *L, binding *b);
// Below the top an error message that binding_pcall caught, at the top the same in other words: the kept traceback
// goes over to those.
void binding_reword_error(lua_State *L);
// Makes what binding_pcall needs.
void error_open(lua_State *L);

#endif
