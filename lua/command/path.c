// SPDX-License-Identifier: GPL-3.0-or-later
//
// Where the library's Lua modules are: share/lua/5.4 beside the program, or one folder up.
#include "lua/command/path.h"
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

// Turns a path into that of its folder. That of a file in the root folder is empty, which is right before a /.
static bool cut_last_name(char *path) {
  char *slash = strrchr(path, '/');
  if (slash != NULL) *slash = '\0';
  return slash != NULL;
}

void command_set_path(lua_State *L, char *program) {
  if (!cut_last_name(program)) return;
  lua_pushfstring(L, "%s/share/lua/5.4", program);
  lua_pushfstring(L, "%s/selenograd/init.lua", lua_tostring(L, -1));
  if (access(lua_tostring(L, -1), R_OK) != 0 && cut_last_name(program)) {
    lua_pushfstring(L, "%s/share/lua/5.4", program);
    lua_replace(L, -3);
  }
  lua_pop(L, 1);
  const char *folder = lua_tostring(L, -1);
  lua_getglobal(L, "package");
  lua_getfield(L, -1, "path");
  lua_pushfstring(L, "%s/?.lua;%s/?/init.lua;%s", folder, folder, lua_tostring(L, -1));
  lua_setfield(L, -3, "path");
  lua_pop(L, 3);
}
