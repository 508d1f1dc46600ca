// SPDX-License-Identifier: GPL-3.0-or-later
//
// load_ops(path): loads a plugin, autograd/plugin.h, and gives its ops their places in Lua.
#include "autograd/plugin.h"
#include "lua/bind/base/collector.h"
#include "lua/bind/base/error.h"
#include "lua/bind/functions.h"
#include "lua/bind/op/arguments.h"
#include "lua/bind/op/op.h"
#include <string.h>
#include <sys/stat.h>

typedef struct loading {
  const char *path;
  const sg_plugin *plugin;
  void *library;
  bool adding; // names may have been added
  bool added;
} loading;

static bool open_work(sg_context *context, void *block) {
  loading *p = block;
  p->plugin = sg_plugin_open(context, p->path, &p->library);
  return p->plugin != NULL;
}

static bool register_work(sg_context *context, void *block) {
  const loading *p = block;
  return sg_plugin_register(context, p->plugin) == SG_OK;
}

// ---- A library that was compiled again ----------------------------------------------------------------------

// Pushes what tells a file from what it was before.
static void push_state_of_file(lua_State *L, const char *path) {
  struct stat file;
  if (stat(path, &file) != 0) memset(&file, 0, sizeof file);
  lua_pushfstring(L, "%I %I %I %I %I", (LUAI_UACINT)file.st_dev, (LUAI_UACINT)file.st_ino,
                  (LUAI_UACINT)file.st_size, (LUAI_UACINT)file.st_mtim.tv_sec, (LUAI_UACINT)file.st_mtim.tv_nsec);
}

// The linker answers with the library it has loaded from a path before, whatever the file holds now: the old
// gradient would pass for the new one.
static void refuse_changed_file(lua_State *L, const loading *p) {
  lua_getiuservalue(L, lua_upvalueindex(1), BINDING_PLUGINS);
  if (lua_rawgetp(L, -1, p->plugin) == LUA_TSTRING) {
    push_state_of_file(L, p->path);
    if (!lua_rawequal(L, -1, -2))
      binding_error(L,
                    "load_ops: %s has changed since it was loaded, and a loaded library stays; start anew to load "
                    "the new one",
                    p->path);
    lua_pop(L, 1);
  }
  lua_pop(L, 2);
}

static void remember_file(lua_State *L, const loading *p) {
  lua_getiuservalue(L, lua_upvalueindex(1), BINDING_PLUGINS);
  push_state_of_file(L, p->path);
  lua_rawsetp(L, -2, p->plugin);
  lua_pop(L, 1);
}

// ---- Adding -------------------------------------------------------------------------------------------------

// The stack of load_ops.
enum { PATH = 1, NAMES, IN_PLACE_NAMES, MODULE, METHODS, FILES };

// table[name] = nil for the names of a list that are there. Allocates nothing.
static void remove_names(lua_State *L, int table, int names) {
  for (int i = 1; lua_rawgeti(L, names, i) == LUA_TSTRING; i++) {
    lua_pushvalue(L, -1);
    if (lua_rawget(L, table) != LUA_TNIL) {
      lua_pushvalue(L, -2);
      lua_pushnil(L);
      lua_rawset(L, table);
    }
    lua_pop(L, 2);
  }
  lua_pop(L, 1);
}

static bool is_registered(const sg_context *context, const sg_plugin *plugin) {
  for (const sg_op *const *op = plugin->ops; *op != NULL; op++)
    if (sg_op_find(context, (*op)->name) != *op) return false;
  return true;
}

static void check_op(lua_State *L, const char *path, const sg_op *op) {
  const char *function = lua_pushfstring(L, "load_ops: %s", path);
  op_entry entry;
  const char *problem = op_entry_fill(&entry, op);
  if (problem != NULL) binding_error(L, "%s: op %s: %s", function, op->name, problem);
  binding_check_op_name(L, function, op->name);
  lua_pop(L, 1);
}

// Everything that may raise an error while the library is open, called in protected mode with the loading, the list
// of names and the list of names with _, both empty.
static int add_ops(lua_State *L) {
  loading *p = lua_touserdata(L, 1);
  const sg_op *const *ops = p->plugin->ops;
  binding *b = binding_open(L);
  refuse_changed_file(L, p);
  for (int i = 0; ops[i] != NULL; i++) {
    lua_pushstring(L, ops[i]->name);
    lua_rawseti(L, 2, i + 1);
    lua_pushfstring(L, "%s_", ops[i]->name);
    lua_rawseti(L, 3, i + 1);
  }
  if (is_registered(b->context, p->plugin)) return 0;
  for (int i = 0; ops[i] != NULL; i++) check_op(L, p->path, ops[i]);
  p->adding = true;
  for (int i = 0; ops[i] != NULL; i++) binding_add_op(L, ops[i]);
  remember_file(L, p);
  binding_run_as(L, b, "load_ops", register_work, p);
  p->added = true;
  return 0;
}

static void take_back(lua_State *L, const loading *p) {
  remove_names(L, MODULE, NAMES);
  remove_names(L, METHODS, NAMES);
  remove_names(L, METHODS, IN_PLACE_NAMES);
  lua_pushnil(L);
  lua_rawsetp(L, FILES, p->plugin);
}

// load_ops(path): the names of the plugin's ops. All of them are added, or none.
static int load_ops(lua_State *L) {
  binding *b = binding_open(L);
  size_t length;
  if (lua_type(L, PATH) != LUA_TSTRING)
    binding_error(L, "load_ops: the path is %s, expected a string", binding_describe(L, PATH));
  loading p = {.path = lua_tolstring(L, PATH, &length)};
  if (length == 0 || strlen(p.path) != length) binding_error(L, "load_ops: the path is empty or has a zero in it");
  if (!lua_isnoneornil(L, 2)) binding_error(L, "load_ops: unexpected argument 2: %s", binding_describe(L, 2));
  lua_settop(L, PATH);
  lua_newtable(L);
  lua_newtable(L);
  lua_getiuservalue(L, lua_upvalueindex(1), BINDING_MODULE);
  lua_getiuservalue(L, lua_upvalueindex(1), BINDING_METHODS);
  lua_getiuservalue(L, lua_upvalueindex(1), BINDING_PLUGINS);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_pushvalue(L, lua_upvalueindex(2));
  lua_pushcclosure(L, add_ops, 2);
  lua_pushlightuserdata(L, &p);
  lua_pushvalue(L, NAMES);
  lua_pushvalue(L, IN_PLACE_NAMES);
  binding_run_as(L, b, "load_ops", open_work, &p);
  int status = lua_pcall(L, 3, 0, 0);
  if (status != LUA_OK && p.adding) take_back(L, &p);
  if (!p.added) sg_plugin_close(p.library);
  if (status != LUA_OK) lua_error(L);
  lua_pushvalue(L, NAMES);
  return 1;
}

const binding_function plugin_functions[] = {{"load_ops", load_ops, 1}, {NULL, NULL, 0}};
