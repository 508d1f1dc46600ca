// SPDX-License-Identifier: GPL-3.0-or-later
//
// Where the command looks for its Lua modules, also when it lies in the root folder.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "lua/command/path.h"
#include <lauxlib.h>
#include <lualib.h>
#include <stdio.h>

static void expect_path(const char *program, const char *folder) {
  lua_State *L = luaL_newstate();
  char buffer[256], expected[1024];
  assert_non_null(L);
  luaL_openlibs(L);
  luaL_dostring(L, "package.path = 'before'");
  snprintf(buffer, sizeof buffer, "%s", program);
  snprintf(expected, sizeof expected, "%s/?.lua;%s/?/init.lua;before", folder, folder);
  command_set_path(L, buffer);
  assert_int_equal(lua_gettop(L), 0);
  luaL_dostring(L, "return package.path");
  assert_string_equal(lua_tostring(L, -1), expected);
  lua_close(L);
}

static void folders(void **state) {
  (void)state;
  expect_path("/nowhere/bin/selenograd", "/nowhere/share/lua/5.4");
  expect_path("/nowhere/selenograd", "/share/lua/5.4");
  expect_path("/selenograd", "/share/lua/5.4");
  expect_path(LUA_MODULES "/../../../selenograd", LUA_MODULES "/../../../share/lua/5.4");
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(folders)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
