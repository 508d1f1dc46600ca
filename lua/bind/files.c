// SPDX-License-Identifier: GPL-3.0-or-later
//
// Functions about files: read_idx, which data.idx wraps, sg.is_terminal, file_kind and file_target.
#include "lua/bind/base/check.h"
#include "lua/bind/base/collector.h"
#include "lua/bind/base/error.h"
#include "lua/bind/base/slot.h"
#include "lua/bind/functions.h"
#include "lua/data/idx.h"
#include <limits.h>
#include <lualib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct idx_request {
  const char *path;
  sg_idx_options options;
  lua_tensor *result;
} idx_request;

static bool read_idx_work(sg_context *context, void *arguments) {
  idx_request *request = arguments;
  request->result->tensor = sg_retain(sg_idx_read(context, request->path, &request->options));
  return request->result->tensor != NULL;
}

// read_idx(path, dtype or nil, scale, offset): the tensor in an IDX file, each value times scale plus offset.
static int read_idx(lua_State *L) {
  binding *b = binding_open(L);
  const char *path = string_check(L, 1, "idx", "path");
  idx_request request = {.path = path, .options = SG_IDX_DEFAULTS};
  if (!lua_isnoneornil(L, 2)) request.options.dtype = dtype_check(L, 2, "idx");
  request.options.scale = number_check(L, 3, "idx", "scale");
  request.options.offset = number_check(L, 4, "idx", "offset");
  request.result = tensor_new_slot(L, b);
  binding_run(L, b, read_idx_work, &request);
  return 1;
}

// is_terminal(file): whether a file of the io library, such as io.stdout, is a terminal.
static int is_terminal(lua_State *L) {
  const luaL_Stream *stream = luaL_testudata(L, 1, LUA_FILEHANDLE);
  if (stream == NULL) binding_error(L, "is_terminal: the file is %s, expected a file", binding_describe(L, 1));
  lua_pushboolean(L, stream->closef != NULL && isatty(fileno(stream->f)));
  return 1;
}

// file_kind(path): "file", "folder" or "other", following links; nil when there is nothing.
static int file_kind(lua_State *L) {
  struct stat found;
  if (stat(string_check(L, 1, "file_kind", "the path"), &found) != 0) return lua_pushnil(L), 1;
  const char *special = S_ISDIR(found.st_mode) ? "folder" : "other";
  lua_pushstring(L, S_ISREG(found.st_mode) ? "file" : special);
  return 1;
}

// The name of what a path stands for, whether it exists or not: a link is followed, also to what is not there yet.
static bool find_target(const char *path, int links, char target[static PATH_MAX]) {
  char folder[PATH_MAX], link[PATH_MAX], name[PATH_MAX];
  if (realpath(path, target) != NULL) return true;
  const char *slash = strrchr(path, '/');
  const int before = slash == NULL ? 0 : (int)(slash - path) + 1;
  const ssize_t length = links > 0 ? readlink(path, link, sizeof link - 1) : -1;
  if (length > 0) {
    link[length] = '\0';
    const bool absolute = link[0] == '/';
    if (snprintf(name, sizeof name, "%.*s%s", absolute ? 0 : before, path, link) >= PATH_MAX) return false;
    return find_target(name, links - 1, target);
  }
  if (snprintf(name, sizeof name, "%.*s", before, path) >= PATH_MAX) return false;
  if (realpath(before > 0 ? name : ".", folder) == NULL) return false;
  return snprintf(target, PATH_MAX, "%s/%s", folder, path + before) < PATH_MAX;
}

// file_target(path): the path without links and dots, of a file that exists or may be made; nil where none can be.
static int file_target(lua_State *L) {
  char target[PATH_MAX];
  if (find_target(string_check(L, 1, "file_target", "the path"), 40, target))
    lua_pushstring(L, target);
  else
    lua_pushnil(L);
  return 1;
}

const binding_function file_functions[] = {
    {"read_idx", read_idx, 4},
    {"is_terminal", is_terminal, 1},
    {"file_kind", file_kind, 1},
    {"file_target", file_target, 1},
    {NULL, NULL, 0},
};
