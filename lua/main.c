// SPDX-License-Identifier: GPL-3.0-or-later
//
// The `selenograd` command: runs a script, a line of code, or a prompt.
#include "lua/bind/bind.h"
#include "lua/command.h"
#include <errno.h>
#include <lauxlib.h>
#include <limits.h>
#include <lualib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
    "usage: selenograd [options] FILE.lua [arguments]   run a script ('-' reads standard input)\n"
    "       selenograd [options] -e CODE [arguments]    run a line of Lua\n"
    "       selenograd [options]                        a prompt\n"
    "       selenograd check FILE.lua [options]         prove gradients; 'check --help' tells how\n"
    "       selenograd ops [NAME]                       what ops there are, or all about one\n"
    "\n"
    "options:\n"
    "  --threads N           threads to compute with (default: the number of processors)\n"
    "  --seed N              seed of the random numbers (default: 0)\n"
    "  --memory-limit SIZE   most bytes of live tensors, such as 500M or 2G (default: none)\n"
    "  --help                this text\n"
    "  --version             versions, also of the libraries, and what the processor is used for\n";

typedef struct command_line {
  sg_config config;
  const char *code;   // of -e
  const char *script; // NULL: none
  int script_position; // of the script in argv, argc without one
  bool finished;       // --help has said all
  bool version;        // --version
} command_line;

// The exit code of a command line that makes no sense, and of what could not be checked: 1 is a script that failed,
// or a gradient that is wrong.
enum { TROUBLE = 2 };

static int complain(const char *format, const char *what) {
  fprintf(stderr, "selenograd: ");
  fprintf(stderr, format, what);
  fprintf(stderr, "\nTry 'selenograd --help'.\n");
  return TROUBLE;
}

// ---- Options ------------------------------------------------------------------------------------------------

static bool read_number(const char *text, unsigned long long most, unsigned long long *value, const char **rest) {
  char *end;
  errno = 0;
  if (text[0] < '0' || text[0] > '9') return false;
  *value = strtoull(text, &end, 10);
  *rest = end;
  return errno == 0 && *value <= most;
}

static bool read_size(const char *text, uint64_t *size) {
  static const char units[] = "KMGT";
  unsigned long long value;
  const char *rest;
  if (!read_number(text, UINT64_MAX, &value, &rest)) return false;
  int shift = 0;
  const char *unit = *rest != '\0' ? strchr(units, *rest) : NULL;
  if (unit != NULL) {
    shift = 10 * (int)(unit - units + 1);
    rest++;
  }
  if (*rest == 'B') rest++;
  *size = (uint64_t)value << shift;
  return *rest == '\0' && value > 0 && value <= (uint64_t)INT64_MAX >> shift; // what Lua can show
}

static int read_value_option(const char *name, const char *value, sg_config *config) {
  unsigned long long number;
  const char *rest = "";
  if (strcmp(name, "--memory-limit") == 0) {
    if (!read_size(value, &config->memory_limit))
      return complain("--memory-limit: '%s' is not a size such as 500M or 2G", value);
  } else if (strcmp(name, "--threads") == 0) {
    if (!read_number(value, 1024, &number, &rest) || *rest != '\0' || number == 0)
      return complain("--threads: '%s' is not a number from 1 to 1024", value);
    config->threads = (int)number;
  } else {
    if (!read_number(value, UINT64_MAX, &number, &rest) || *rest != '\0')
      return complain("--seed: '%s' is not a number", value);
    config->seed = number;
  }
  return EXIT_SUCCESS;
}

static const char *nearest_option(const char *given) {
  static const char *const names[] = {"--threads", "--seed", "--memory-limit", "--help", "--version"};
  const char *best = NULL;
  size_t most = 3;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    size_t same = 0;
    while (given[same] != '\0' && given[same] == names[i][same]) same++;
    if (same > most || (same == 3 && best == NULL)) {
      best = names[i];
      most = same;
    }
  }
  return best;
}

static int read_command_line(int argc, char **argv, command_line *line) {
  static const char *const with_value[] = {"--threads", "--seed", "--memory-limit"};
  int i = 1;
  for (; i < argc && argv[i][0] == '-' && argv[i][1] != '\0'; i++) {
    const char *option = argv[i];
    if (strcmp(option, "--help") == 0 || strcmp(option, "-h") == 0) {
      fputs(usage, stdout);
      line->finished = true;
      return EXIT_SUCCESS;
    }
    if (strcmp(option, "--version") == 0 || strcmp(option, "-v") == 0) {
      line->version = true;
      break;
    }
    if (strcmp(option, "-e") == 0) {
      if (++i == argc) return complain("%s needs a line of Lua after it", option);
      line->code = argv[i++];
      break;
    }
    const char *value = NULL, *name = NULL;
    for (size_t k = 0; k < sizeof with_value / sizeof *with_value; k++) {
      size_t length = strlen(with_value[k]);
      if (strncmp(option, with_value[k], length) != 0) continue;
      if (option[length] == '=') value = option + length + 1;
      else if (option[length] != '\0') continue;
      name = with_value[k];
    }
    if (name == NULL) {
      const char *near = nearest_option(option);
      if (near != NULL) fprintf(stderr, "selenograd: did you mean %s?\n", near);
      return complain("unknown option '%s'", option);
    }
    if (value == NULL && ++i == argc) return complain("%s needs a value after it", name);
    if (read_value_option(name, value != NULL ? value : argv[i], &line->config)) return TROUBLE;
  }
  line->script_position = i;
  if (line->code == NULL && i < argc) line->script = argv[i];
  return EXIT_SUCCESS;
}

// ---- Running ------------------------------------------------------------------------------------------------

static int traceback(lua_State *L) {
  if (lua_type(L, 1) != LUA_TSTRING) {
    if (luaL_callmeta(L, 1, "__tostring") && lua_type(L, -1) == LUA_TSTRING) return 1;
    lua_settop(L, 1);
    lua_pushfstring(L, "an error that is a %s", luaL_typename(L, 1));
    lua_replace(L, 1);
  }
  // The module kept the traceback of an error that has crossed the engine.
  if (luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE) &&
      lua_getfield(L, -1, "selenograd.core") == LUA_TTABLE) {
    lua_getfield(L, -1, "command_traceback");
    lua_pushvalue(L, 1);
    if (lua_pcall(L, 1, 1, 0) == LUA_OK && lua_type(L, -1) == LUA_TSTRING) return 1;
  }
  lua_settop(L, 1);
  lua_pushliteral(L, "\n");
  luaL_traceback(L, L, NULL, 1);
  lua_concat(L, 3); // the whole message, also with a zero byte
  return 1;
}

int command_call(lua_State *L, int argument_count, int result_count) {
  int function = lua_gettop(L) - argument_count;
  lua_pushcfunction(L, traceback);
  lua_insert(L, function);
  int status = command_interruptible_call(L, argument_count, result_count, function);
  lua_remove(L, function);
  return status;
}

int command_report(lua_State *L, int status) {
  if (status == LUA_OK) return EXIT_SUCCESS;
  size_t length = 0;
  const char *message = lua_tolstring(L, -1, &length);
  fflush(stdout);
  fputs("selenograd: ", stderr);
  if (message != NULL) fwrite(message, 1, length, stderr);
  else fputs("an error without a message", stderr);
  fputc('\n', stderr);
  lua_pop(L, 1);
  return EXIT_FAILURE;
}

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
  return command_report(L, status) == EXIT_SUCCESS ? (int)lua_tointeger(L, -1) : TROUBLE;
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
  int result = read_command_line(argc, argv, &line);
  if (result != EXIT_SUCCESS || line.finished) return finish(result, EXIT_FAILURE);
  lua_State *L = luaL_newstate();
  if (L == NULL) return complain("%s", "there is no memory for Lua");
  lua_pushcfunction(L, run);
  lua_pushlightuserdata(L, &line);
  lua_pushinteger(L, argc);
  lua_pushlightuserdata(L, argv);
  int status = lua_pcall(L, 3, 1, 0);
  result = status == LUA_OK ? (int)lua_tointeger(L, -1) : command_report(L, status);
  lua_close(L);
  const bool check = line.script != NULL && strcmp(line.script, "check") == 0;
  return finish(result, check ? TROUBLE : EXIT_FAILURE);
}
