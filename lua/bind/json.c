// SPDX-License-Identifier: GPL-3.0-or-later
//
// JSON, written and read by jansson: what sg.json offers.
//
// Lua to JSON: a table whose metatable has __jsontype = "array", or that has a first element, is an array of its
// elements 1 .. n; any other table is an object, and its keys must be strings. JSON has no NaN and no infinities:
// they become the strings "NaN", "Infinity" and "-Infinity". sg.json.null is null.
// JSON to Lua: the same backwards; arrays are marked by that metatable, so that empty ones stay arrays.
#include "lua/bind/base/check.h"
#include "lua/bind/base/error.h"
#include "lua/bind/base/table.h"
#include "lua/bind/functions.h"
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DEEPEST = 200 };

// What jansson has allocated: freed by the collector, so that everything in between may raise.
typedef struct json_box {
  json_t *root;
  char *text;
} json_box;

static int box_free(lua_State *L) {
  json_box *box = lua_touserdata(L, 1);
  json_decref(box->root);
  free(box->text);
  *box = (json_box){0};
  return 0;
}

// ---- Lua to JSON --------------------------------------------------------------------------------------------

static bool is_array(lua_State *L, int table) {
  bool array = lua_rawgeti(L, table, 1) != LUA_TNIL;
  lua_pop(L, 1);
  if (!array && luaL_getmetafield(L, table, "__jsontype") != LUA_TNIL) {
    array = lua_type(L, -1) == LUA_TSTRING && strcmp(lua_tostring(L, -1), "array") == 0;
    lua_pop(L, 1);
  }
  return array;
}

static json_t *number(lua_State *L, int index) {
  if (lua_isinteger(L, index)) return json_integer(lua_tointeger(L, index));
  double value = lua_tonumber(L, index);
  if (isnan(value)) return json_string("NaN");
  if (isinf(value)) return json_string(value < 0 ? "-Infinity" : "Infinity");
  return json_real(value);
}

static json_t *text(lua_State *L, int index) {
  size_t length;
  const char *bytes = lua_tolstring(L, index, &length);
  json_t *made = json_stringn(bytes, length);
  if (made == NULL) binding_error(L, "json: %s is not UTF-8", binding_describe(L, index));
  return made;
}

// The value at `index`; that of a table is still empty.
static json_t *new_value(lua_State *L, int index) {
  json_t *made = NULL;
  switch (lua_type(L, index)) {
  case LUA_TNIL: made = json_null(); break;
  case LUA_TBOOLEAN: made = json_boolean(lua_toboolean(L, index)); break;
  case LUA_TNUMBER: made = number(L, index); break;
  case LUA_TSTRING: made = text(L, index); break;
  case LUA_TTABLE: made = is_array(L, index) ? json_array() : json_object(); break;
  case LUA_TLIGHTUSERDATA:
    if (lua_touserdata(L, index) == NULL) made = json_null();
    break;
  default: break;
  }
  if (made == NULL) binding_error(L, "json: %s cannot be written as JSON", binding_describe(L, index));
  return made;
}

static void fill(lua_State *L, json_t *value, int table, int depth);

// Adds the value on top of the stack to what is being filled. It belongs there before anything can raise.
static void add(lua_State *L, json_t *parent, const char *key, int depth) {
  int top = lua_gettop(L);
  json_t *value = new_value(L, top);
  int failed = key != NULL ? json_object_set_new(parent, key, value) : json_array_append_new(parent, value);
  if (failed) binding_error(L, "json: the key '%s' is not UTF-8, or there is no memory", key != NULL ? key : "");
  fill(L, value, top, depth + 1);
}

static void fill_array(lua_State *L, json_t *array, int table, int depth) {
  lua_Unsigned count = lua_rawlen(L, table), keys = 0;
  for (lua_pushnil(L); lua_next(L, table) != 0; lua_pop(L, 1)) keys++;
  if (keys != count) binding_error(L, "json: an array has other keys than 1 .. %d", (int)count);
  for (lua_Unsigned i = 1; i <= count; i++) {
    lua_rawgeti(L, table, (lua_Integer)i);
    add(L, array, NULL, depth);
    lua_pop(L, 1);
  }
}

static void fill_object(lua_State *L, json_t *object, int table, int depth) {
  for (lua_pushnil(L); lua_next(L, table) != 0; lua_pop(L, 1)) {
    if (lua_type(L, -2) != LUA_TSTRING)
      binding_error(L, "json: an object has the key %s, expected a string", binding_describe(L, -2));
    size_t length;
    const char *key = lua_tolstring(L, -2, &length);
    if (strlen(key) != length) binding_error(L, "json: a key contains a zero byte");
    add(L, object, key, depth);
  }
}

static void fill(lua_State *L, json_t *value, int table, int depth) {
  if (!json_is_array(value) && !json_is_object(value)) return;
  if (depth > DEEPEST) binding_error(L, "json: tables are nested more than %d deep", DEEPEST);
  luaL_checkstack(L, 8, "json");
  if (json_is_array(value)) fill_array(L, value, table, depth);
  else fill_object(L, value, table, depth);
}

// json_encode(value, indent): indent 0 or absent: one line. Objects are sorted by key.
static int json_encode(lua_State *L) {
  luaL_checkany(L, 1);
  int64_t indent = lua_isnoneornil(L, 2) ? 0 : integer_check(L, 2, "json", "indent");
  if (indent < 0 || indent > 31) binding_error(L, "json: indent is %d, expected 0 to 31", (int)indent);
  lua_settop(L, 1);
  json_box *box = box_push(L, sizeof(json_box), box_free);
  box->root = new_value(L, 1);
  fill(L, box->root, 1, 1);
  size_t flags = JSON_ENCODE_ANY | JSON_SORT_KEYS;
  box->text = json_dumps(box->root, flags | (indent > 0 ? JSON_INDENT((size_t)indent) : JSON_COMPACT));
  if (box->text == NULL) binding_error(L, "json: there is no memory for the text");
  lua_pushstring(L, box->text);
  lua_pushvalue(L, 2);
  lua_replace(L, 1);
  box_free(L); // at once: it may be large
  return 1;
}

// ---- JSON to Lua --------------------------------------------------------------------------------------------

static void push_value(lua_State *L, const json_t *value);

static void push_array(lua_State *L, const json_t *array) {
  size_t count = json_array_size(array);
  lua_createtable(L, (int)count, 0);
  for (size_t i = 0; i < count; i++) {
    push_value(L, json_array_get(array, i));
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  lua_createtable(L, 0, 1);
  lua_pushliteral(L, "array");
  lua_setfield(L, -2, "__jsontype");
  lua_setmetatable(L, -2);
}

static void push_object(lua_State *L, const json_t *object) {
  lua_newtable(L);
  void *at = json_object_iter((json_t *)(uintptr_t)object); // only read
  for (; at != NULL; at = json_object_iter_next((json_t *)(uintptr_t)object, at)) {
    push_value(L, json_object_iter_value(at));
    lua_setfield(L, -2, json_object_iter_key(at));
  }
}

static void push_value(lua_State *L, const json_t *value) {
  luaL_checkstack(L, 8, "json");
  switch (json_typeof(value)) {
  case JSON_OBJECT: push_object(L, value); break;
  case JSON_ARRAY: push_array(L, value); break;
  case JSON_STRING: lua_pushlstring(L, json_string_value(value), json_string_length(value)); break;
  case JSON_INTEGER: lua_pushinteger(L, json_integer_value(value)); break;
  case JSON_REAL: lua_pushnumber(L, json_real_value(value)); break;
  case JSON_NULL: lua_pushlightuserdata(L, NULL); break;
  default: lua_pushboolean(L, json_is_true(value)); break;
  }
}

// json_decode(text): the value; duplicate keys are refused.
static int json_decode(lua_State *L) {
  size_t length;
  const char *bytes = luaL_checklstring(L, 1, &length);
  lua_settop(L, 1);
  json_box *box = box_push(L, sizeof(json_box), box_free);
  json_error_t error;
  box->root = json_loadb(bytes, length, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
  if (box->root == NULL)
    binding_error(L, "json: line %d, column %d: %s", error.line, error.column, error.text);
  push_value(L, box->root);
  return 1;
}

const binding_function json_functions[] = {
    {"json_encode", json_encode, 2},
    {"json_decode", json_decode, 1},
    {NULL, NULL, 0},
};
