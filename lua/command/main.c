// SPDX-License-Identifier: GPL-3.0-or-later
//
// The `selenograd` command: runs a script, a line of code, or a prompt.
#include "lua/bind/bind.h"
#include "lua/command/call.h"
#include "lua/command/command_line.h"
#include "lua/command/environment.h"
#include "lua/command/interrupt.h"
#include "lua/command/path.h"
#include "lua/command/prompt.h"
#include "lua/command/text_only.h"
#include <errno.h>
#include <lauxlib.h>
#include <limits.h>
#include <lualib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// Of the module at the top of the stack.
static void show_warnings(lua_State *L) {
  lua_getfield(L, -1, "info");
  lua_call(L, 0, 1);
  lua_getfield(L, -1, "warnings");
  for (int i = 1; lua_rawgeti(L, -1, i) == LUA_TSTRING; i++) {
    fprintf(stderr, "selenograd: warning: %s\n", lua_tostring(L, -1));
    lua_pop(L, 1);
  }
  lua_pop(L, 3);
}

static int open_core(lua_State *L) {
  const command_line *line = lua_touserdata(L, lua_upvalueindex(1));
  sg_lua_open_with_config(L, &line->config);
  lua_getfield(L, -1, "keep_tracebacks");
  lua_pushboolean(L, true);
  lua_call(L, 1, 0);
  show_warnings(L);
  return 1;
}

static void set_path(lua_State *L) {
  char program[PATH_MAX];
  ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
  if (length <= 0) return;
  program[length] = '\0';
  command_set_path(L, program);
}

static void set_arguments(lua_State *L, int argc, char **argv, int script) {
  lua_createtable(L, argc, 1);
  for (int i = 0; i < argc; i++) {
    lua_pushstring(L, argv[i]);
    lua_rawseti(L, -2, i - script);
  }
  lua_setglobal(L, "arg");
}

static int require_selenograd(lua_State *L) {
  lua_getglobal(L, "require");
  lua_pushliteral(L, "selenograd");
  lua_call(L, 1, 1);
  lua_setglobal(L, "sg");
  return 0;
}

static int push_arguments(lua_State *L, int argc, char **argv, int first) {
  luaL_checkstack(L, argc + 1, "too many arguments");
  for (int i = first; i < argc; i++) lua_pushstring(L, argv[i]);
  return argc > first ? argc - first : 0;
}

static const char show_version[] =
    "local i = require 'selenograd'.info()\n"
    "local text = ('selenograd %s (%s)\\nOpenBLAS %s with the routines of %s, GSL %s, zlib %s, jansson %s\\n'\n"
    "  .. 'instruction set %s, threads %d\\n'):format(i.version, ..., i.openblas, i.openblas_core, i.gsl, i.zlib,\n"
    "  i.jansson, i.isa, i.threads)\n"
    "if not io.write(text) or not io.stdout:flush() then error('the version cannot be written', 0) end";

static const char show_ops[] =
    "local found, text = pcall(require 'selenograd.manual', ...)\n"
    "if not found then io.stderr:write('selenograd: ', (text:gsub('^.-:%d+: ', '')), '\\n') os.exit(1, true) end\n"
    "io.write(text)";

// Whoever calls os.exit ends everything, and its exit code would be taken for a result. Not given back: finalizers
// of what the file made run last of all, when the state is closed.
static const char check_file[] =
    "os.exit = function() error('os.exit was called, which would end the check', 2) end\n"
    "return require 'selenograd.check'(...)";

// The exit code of `selenograd check` with these arguments.
static int run_check(lua_State *L, int argc, char **argv, int first) {
  int status = luaL_loadbufferx(L, check_file, sizeof check_file - 1, "=check", "t");
  if (status == LUA_OK) {
    lua_pushcfunction(L, command_was_interrupted); // for Lua code that catches errors
    status = command_call(L, 1 + push_arguments(L, argc, argv, first), 1);
  }
  return command_report(L, status) == EXIT_SUCCESS ? (int)lua_tointeger(L, -1) : COMMAND_TROUBLE;
}

// The exit code of `selenograd --version`.
static int run_version(lua_State *L) {
  int status = luaL_loadbufferx(L, show_version, sizeof show_version - 1, "=version", "t");
  lua_pushliteral(L, LUA_RELEASE);
  if (status == LUA_OK) status = command_call(L, 1, 0);
  return command_report(L, status);
}

static int run(lua_State *L) {
  command_line *line = lua_touserdata(L, 1);
  int argc = (int)lua_tointeger(L, 2);
  char **argv = lua_touserdata(L, 3);
  luaL_openlibs(L);
  command_text_only(L);
  command_interruptible_coroutines(L);
  set_path(L);
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
  lua_pushlightuserdata(L, line);
  lua_pushcclosure(L, open_core, 1);
  lua_setfield(L, -2, "selenograd.core");
  lua_settop(L, 0);
  if (line->version) {
    lua_pushinteger(L, run_version(L));
    return 1;
  }
  int at = line->script_position, status = LUA_OK, result = EXIT_SUCCESS;
  bool ops = line->script != NULL && strcmp(line->script, "ops") == 0;
  bool check = line->script != NULL && strcmp(line->script, "check") == 0;
  bool prompt = line->script == NULL && line->code == NULL && isatty(STDIN_FILENO);
  set_arguments(L, argc, argv, line->code != NULL || line->script == NULL ? at - 1 : at);
  if (line->code != NULL || prompt) {
    lua_pushcfunction(L, require_selenograd);
    result = command_report(L, command_call(L, 0, 0));
  }
  if (check) {
    result = run_check(L, argc, argv, at + 1);
  } else if (prompt && result == EXIT_SUCCESS) {
    result = command_prompt(L);
  } else if (result == EXIT_SUCCESS) {
    bool standard_input = line->script == NULL || strcmp(line->script, "-") == 0;
    if (ops) status = luaL_loadbufferx(L, show_ops, sizeof show_ops - 1, "=ops", "t");
    else if (line->code != NULL) status = luaL_loadbufferx(L, line->code, strlen(line->code), "=-e", "t");
    else status = luaL_loadfilex(L, standard_input ? NULL : line->script, "t");
    if (status == LUA_OK)
      status = command_call(L, push_arguments(L, argc, argv, at + (line->code == NULL)), 0);
    result = command_report(L, status);
  }
  lua_pushinteger(L, result);
  return 1;
}

// What was printed may not have reached its file, a full disk say: that is no success.
static int finish(int result, int failure) {
  if (fflush(stdout) == 0 && !ferror(stdout)) return result;
  fprintf(stderr, "selenograd: standard output cannot be written: %s\n", strerror(errno));
  return result == EXIT_SUCCESS ? failure : result;
}

int main(int argc, char **argv) {
  command_prepare_environment(argv);
  command_line line = {.script_position = argc};
  int result = command_line_read(argc, argv, &line);
  if (result != EXIT_SUCCESS || line.finished) return finish(result, EXIT_FAILURE);
  lua_State *L = luaL_newstate();
  if (L == NULL) return command_complain("%s", "there is no memory for Lua");
  lua_pushcfunction(L, run);
  lua_pushlightuserdata(L, &line);
  lua_pushinteger(L, argc);
  lua_pushlightuserdata(L, argv);
  int status = lua_pcall(L, 3, 1, 0);
  result = status == LUA_OK ? (int)lua_tointeger(L, -1) : command_report(L, status);
  lua_close(L);
  const bool check = line.script != NULL && strcmp(line.script, "check") == 0;
  return finish(result, check ? COMMAND_TROUBLE : EXIT_FAILURE);
}
