// SPDX-License-Identifier: GPL-3.0-or-later
//
// The prompt: expressions are printed, statements are run, unfinished lines are continued.
#include "lua/command/call.h"
#include "lua/command/prompt.h"
#include <editline/readline.h>
#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Reads a line and pushes it. False at the end of the input.
static int push_line(lua_State *L, const char *prompt) {
  char *line = readline(prompt);
  if (line == NULL) return 0;
  if (line[0] != '\0') add_history(line);
  lua_pushstring(L, line);
  free(line);
  return 1;
}

// Compiles the text at the top of the stack, first as an expression. Leaves a function or a message above it.
static int compile(lua_State *L) {
  size_t length;
  const char *text = lua_tolstring(L, -1, &length);
  const char *expression = lua_pushfstring(L, "return %s", text);
  int status = luaL_loadbufferx(L, expression, strlen(expression), "=input", "t");
  if (status != LUA_OK) {
    lua_pop(L, 1);
    status = luaL_loadbufferx(L, text, length, "=input", "t");
  }
  lua_remove(L, -2);
  return status;
}

static int is_unfinished(lua_State *L, int status) {
  static const char mark[] = "<eof>";
  size_t length;
  if (status != LUA_ERRSYNTAX) return 0;
  const char *message = lua_tolstring(L, -1, &length);
  return length >= sizeof mark - 1 && strcmp(message + length - (sizeof mark - 1), mark) == 0;
}

// Reads a whole chunk. Leaves a function or a message; -1 at the end of the input.
static int read_chunk(lua_State *L) {
  if (!push_line(L, "> ")) return -1;
  for (;;) {
    int status = compile(L);
    if (!is_unfinished(L, status) || (lua_pop(L, 1), !push_line(L, ">> "))) {
      lua_remove(L, lua_gettop(L) > 1 ? -2 : -1);
      return lua_gettop(L) > 0 ? status : -1;
    }
    lua_pushliteral(L, "\n");
    lua_insert(L, -2);
    lua_concat(L, 3);
  }
}

static void print_results(lua_State *L) {
  int count = lua_gettop(L);
  if (count == 0) return;
  luaL_checkstack(L, LUA_MINSTACK, "too many results to print");
  lua_getglobal(L, "print");
  lua_insert(L, 1);
  command_report(L, command_call(L, count, 0));
}

int command_prompt(lua_State *L) {
  printf("selenograd, with %s. The library is sg; end with Ctrl-D.\n", LUA_RELEASE);
  using_history();
  for (;;) {
    lua_settop(L, 0);
    int status = read_chunk(L);
    if (status < 0) break;
    if (status == LUA_OK) status = command_call(L, 0, LUA_MULTRET);
    if (status == LUA_OK) print_results(L);
    else command_report(L, status);
  }
  putchar('\n');
  return EXIT_SUCCESS;
}
