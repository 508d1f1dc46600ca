// SPDX-License-Identifier: GPL-3.0-or-later
//
// Ctrl-C: an error "interrupted" at the next instruction of Lua. A hook belongs to one state, and a coroutine has
// one of its own; Lua does not tell a signal handler which is running, so the functions of `coroutine` that run one
// keep note of it.
#include "lua/command/interrupt.h"
#include <lauxlib.h>
#include <signal.h>
#include <stdbool.h>

// A signal handler has no other way to find these.
static lua_State *volatile running;
static volatile sig_atomic_t asked;    // by the user, and the hook has not been called yet
static volatile sig_atomic_t stopping; // the error is on its way out of coroutines
static volatile sig_atomic_t interrupted;

static void stop_hook(lua_State *L, lua_Debug *at) {
  (void)at;
  lua_sethook(L, NULL, 0, 0);
  asked = 0;
  stopping = 1;
  luaL_error(L, "interrupted");
}

static void set_hook(lua_State *L) {
  lua_sethook(L, stop_hook, LUA_MASKCALL | LUA_MASKRET | LUA_MASKLINE | LUA_MASKCOUNT, 1);
}

static void on_interrupt(int number) {
  signal(number, SIG_DFL); // a second one ends the process
  asked = interrupted = 1;
  // lua_sethook is made to be called here. NOLINTNEXTLINE(bugprone-signal-handler, cert-sig30-c)
  set_hook(running);
}

int command_interruptible_call(lua_State *L, int argument_count, int result_count, int handler) {
  running = L;
  asked = stopping = interrupted = 0;
  signal(SIGINT, on_interrupt);
  int status = lua_pcall(L, argument_count, result_count, handler);
  signal(SIGINT, SIG_DFL);
  lua_sethook(L, NULL, 0, 0); // of an interrupt that came too late
  return status;
}

int command_was_interrupted(lua_State *L) { return lua_pushboolean(L, interrupted), 1; }

// ---- Coroutines -----------------------------------------------------------------------------------------------

// Moves the results, or the error, from the coroutine to the top of L. Returns how many results there are; -1: an
// error.
static int take_results(lua_State *L, lua_State *co, int status, int count) {
  if (status != LUA_OK && status != LUA_YIELD) return lua_xmove(co, L, 1), -1;
  if (lua_checkstack(L, count + 1)) return lua_xmove(co, L, count), count;
  lua_pop(co, count);
  lua_pushliteral(L, "too many results to resume");
  return -1;
}

// What an interrupt has to do with a coroutine that has returned, failed or yielded to L: it goes on in L.
static void pass_interrupt_on(lua_State *L, lua_State *co, bool failed) {
  if (asked) lua_sethook(co, NULL, 0, 0), set_hook(L);
  if (!stopping) return;
  bool is_main = lua_pushthread(L);
  lua_pop(L, 1);
  if (is_main || !failed) stopping = 0;
  if (failed) luaL_error(L, "interrupted");
}

// Resumes `co` with the values at the top of L, and returns as take_results.
static int resume(lua_State *L, lua_State *co, int argument_count) {
  if (!lua_checkstack(co, argument_count)) {
    lua_pushliteral(L, "too many arguments to resume");
    return -1;
  }
  lua_xmove(L, co, argument_count);
  lua_State *outer = running;
  int count = 0;
  running = co;
  int status = lua_resume(co, L, argument_count, &count); // raises nothing
  running = outer;
  int results = take_results(L, co, status, count);
  pass_interrupt_on(L, co, results < 0);
  return results;
}

// coroutine.resume(co, ...)
static int coroutine_resume(lua_State *L) {
  lua_State *co = lua_tothread(L, 1);
  luaL_argexpected(L, co != NULL, 1, "thread");
  int count = resume(L, co, lua_gettop(L) - 1);
  lua_pushboolean(L, count >= 0);
  lua_insert(L, count >= 0 ? -(count + 1) : -2);
  return count >= 0 ? count + 1 : 2;
}

// coroutine.close(co), the upvalue, in which the variables that it closes run as the coroutine.
static int coroutine_close(lua_State *L) {
  lua_State *co = lua_tothread(L, 1), *outer = running;
  luaL_argexpected(L, co != NULL, 1, "thread");
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  running = co;
  int status = lua_pcall(L, lua_gettop(L) - 1, LUA_MULTRET, 0);
  running = outer;
  pass_interrupt_on(L, co, status != LUA_OK || !lua_toboolean(L, 1));
  return status == LUA_OK ? lua_gettop(L) : lua_error(L);
}

// What coroutine.wrap returns: the upvalues are the coroutine and coroutine.close.
static int call_wrapped(lua_State *L) {
  lua_State *co = lua_tothread(L, lua_upvalueindex(1));
  int count = resume(L, co, lua_gettop(L));
  if (count >= 0) return count;
  int status = lua_status(co);
  if (status != LUA_OK && status != LUA_YIELD) { // closes its variables; the error may become theirs
    lua_pushvalue(L, lua_upvalueindex(2));
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_call(L, 1, 2);
  }
  if (status != LUA_ERRMEM && lua_type(L, -1) == LUA_TSTRING) {
    luaL_where(L, 1);
    lua_insert(L, -2);
    lua_concat(L, 2);
  }
  return lua_error(L);
}

// coroutine.wrap(f)
static int coroutine_wrap(lua_State *L) {
  luaL_checktype(L, 1, LUA_TFUNCTION);
  lua_State *co = lua_newthread(L);
  lua_pushvalue(L, 1);
  lua_xmove(L, co, 1);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_pushcclosure(L, call_wrapped, 2);
  return 1;
}

void command_interruptible_coroutines(lua_State *L) {
  lua_getglobal(L, "coroutine");
  lua_pushcfunction(L, coroutine_resume);
  lua_setfield(L, -2, "resume");
  lua_getfield(L, -1, "close");
  lua_pushcclosure(L, coroutine_close, 1);
  lua_pushvalue(L, -1);
  lua_setfield(L, -3, "close");
  lua_pushcclosure(L, coroutine_wrap, 1);
  lua_setfield(L, -2, "wrap");
  lua_pop(L, 1);
}
