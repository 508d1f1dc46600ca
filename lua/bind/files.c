// SPDX-License-Identifier: GPL-3.0-or-later
//
// Functions about files: sg.read_idx, which data.idx wraps, sg.is_terminal and sg.file_kind.
#include "lua/bind/binding.h"
#include "lua/data/idx.h"

#include <lualib.h>
#include <stdio.h>
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
  size_t length = 0;
  const char *path = luaL_checklstring(L, 1, &length);
  if (strlen(path) != length) return binding_error(L, "idx: path contains a zero byte");
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
  luaL_Stream *stream = luaL_checkudata(L, 1, LUA_FILEHANDLE);
  lua_pushboolean(L, stream->closef != NULL && isatty(fileno(stream->f)));
  return 1;
}

// file_kind(path): "file", "folder" or "other", following links; nil when there is nothing.
static int file_kind(lua_State *L) {
  struct stat found;
  if (stat(luaL_checkstring(L, 1), &found) != 0) return lua_pushnil(L), 1;
  const char *special = S_ISDIR(found.st_mode) ? "folder" : "other";
  lua_pushstring(L, S_ISREG(found.st_mode) ? "file" : special);
  return 1;
}

const luaL_Reg file_functions[] = {
    {"read_idx", read_idx}, {"is_terminal", is_terminal}, {"file_kind", file_kind}, {NULL, NULL}};
