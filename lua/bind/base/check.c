// SPDX-License-Identifier: GPL-3.0-or-later
//
// Checks of single arguments of a Lua call: numbers, strings, functions, dtypes, lists, shapes; and that there are
// no more of them.
#include "lua/bind/base/check.h"
#include "lua/bind/base/error.h"
#include <string.h>

void surplus_check(lua_State *L, int most, const char *function) {
  for (int i = most + 1; i <= lua_gettop(L); i++)
    if (!lua_isnil(L, i)) binding_error(L, "%s: unexpected argument %d: %s", function, i, binding_describe(L, i));
  if (lua_gettop(L) > most) lua_settop(L, most);
}

int64_t integer_check(lua_State *L, int index, const char *function, const char *name) {
  int exact = 0;
  lua_Integer value = lua_type(L, index) == LUA_TNUMBER ? lua_tointegerx(L, index, &exact) : 0;
  if (!exact) binding_error(L, "%s: %s is %s, expected an integer", function, name, binding_describe(L, index));
  return value;
}

const char *string_check(lua_State *L, int index, const char *function, const char *name) {
  size_t length = 0;
  const char *text = lua_type(L, index) == LUA_TSTRING ? lua_tolstring(L, index, &length) : NULL;
  if (text == NULL)
    binding_error(L, "%s: %s is %s, expected a string", function, name, binding_describe(L, index));
  if (strlen(text) != length) binding_error(L, "%s: %s contains a zero byte", function, name);
  return text;
}

void callable_check(lua_State *L, int index, const char *function, const char *name) {
  if (lua_type(L, index) == LUA_TFUNCTION) return;
  if (luaL_getmetafield(L, index, "__call") == LUA_TNIL)
    binding_error(L, "%s: %s is %s, expected a function", function, name, binding_describe(L, index));
  lua_pop(L, 1);
}

double number_check(lua_State *L, int index, const char *function, const char *name) {
  if (lua_type(L, index) != LUA_TNUMBER)
    binding_error(L, "%s: %s is %s, expected a number", function, name, binding_describe(L, index));
  return lua_tonumber(L, index);
}

sg_dtype dtype_check(lua_State *L, int index, const char *function) {
  const char *name = lua_type(L, index) == LUA_TSTRING ? lua_tostring(L, index) : "";
  sg_dtype dtype = sg_dtype_named(name);
  if (dtype != 0) return dtype;
  binding_error(L, "%s: dtype is %s, expected \"f32\", \"f64\", \"i64\", \"bool\" or \"u8\"", function,
                binding_describe(L, index));
}

// ---- Lists --------------------------------------------------------------------------------------------------

// Whether the key below the value at the top is one of a list: 1 .. count, or the n of table.pack.
static bool is_of_list(lua_State *L, lua_Unsigned count) {
  if (lua_isinteger(L, -2)) return (lua_Unsigned)lua_tointeger(L, -2) - 1 < count;
  return lua_type(L, -2) == LUA_TSTRING && strcmp(lua_tostring(L, -2), "n") == 0 && lua_isinteger(L, -1) &&
         (lua_Unsigned)lua_tointeger(L, -1) == count;
}

// Pushes the key after which to look: in a long list, which Lua keeps as an array with the fields behind it, one of
// the last.
static void push_start(lua_State *L, int index, lua_Unsigned count) {
  enum { LONG = 64 };
  lua_pushnil(L);
  if (count <= LONG) return;
  const lua_Integer start = (lua_Integer)count - LONG;
  if (lua_rawgeti(L, index, start) != LUA_TNIL) lua_pushinteger(L, start), lua_replace(L, -3);
  lua_pop(L, 1);
}

lua_Unsigned list_check(lua_State *L, int index, const char *function) {
  const lua_Unsigned count = lua_rawlen(L, index);
  index = lua_absindex(L, index);
  for (push_start(L, index, count); lua_next(L, index) != 0; lua_pop(L, 1))
    if (!is_of_list(L, count))
      binding_error(L, "%s: a list has the field %s beside 1 .. %I; options stand in a table of their own",
                    function, luaL_tolstring(L, -2, NULL), (LUAI_UACINT)count);
  return count;
}

bool is_options(lua_State *L, int index) { return lua_type(L, index) == LUA_TTABLE && lua_rawlen(L, index) == 0; }

void ints_check(lua_State *L, int index, const char *function, const char *name, sg_ints *list) {
  if (lua_type(L, index) != LUA_TTABLE) {
    *list = (sg_ints){1, {integer_check(L, index, function, name)}};
    return;
  }
  lua_Unsigned count = list_check(L, index, function);
  if (count > SG_MAX_RANK)
    binding_error(L, "%s: %s has %d elements, expected at most %d", function, name, (int)count, SG_MAX_RANK);
  index = lua_absindex(L, index);
  list->count = (int)count;
  for (int i = 0; i < list->count; i++) {
    lua_rawgeti(L, index, i + 1);
    list->value[i] = integer_check(L, -1, function, name);
    lua_pop(L, 1);
  }
}

int shape_check(lua_State *L, int index, int last, const char *function, sg_shape *shape) {
  sg_ints sizes = {0, {0}};
  if (index <= last && lua_type(L, index) == LUA_TTABLE) {
    ints_check(L, index++, function, "a size", &sizes);
  } else {
    for (; index <= last && lua_type(L, index) == LUA_TNUMBER; index++) {
      if (sizes.count == SG_MAX_RANK) binding_error(L, "%s: more than %d sizes", function, SG_MAX_RANK);
      sizes.value[sizes.count++] = integer_check(L, index, function, "a size");
    }
  }
  *shape = (sg_shape){sizes.count, {0}};
  memcpy(shape->size, sizes.value, sizeof shape->size);
  return index;
}
