// SPDX-License-Identifier: GPL-3.0-or-later
//
// Shapes in Lua: plain lists of extents, with a metatable that lets them be printed as [2, 3], joined to text with
// .. and compared with ==.
#include "lua/bind/base/error.h"
#include "lua/bind/tensor/tensor.h"

static int shape_text(lua_State *L) {
  luaL_Buffer text;
  const lua_Integer rank = luaL_len(L, 1);
  lua_settop(L, 1);
  luaL_buffinit(L, &text);
  luaL_addchar(&text, '[');
  for (lua_Integer d = 1; d <= rank; d++) {
    if (d > 1) luaL_addstring(&text, ", ");
    lua_rawgeti(L, 1, d);
    luaL_tolstring(L, -1, NULL);
    lua_remove(L, -2);
    luaL_addvalue(&text);
  }
  luaL_addchar(&text, ']');
  luaL_pushresult(&text);
  return 1;
}

static int shape_concat(lua_State *L) {
  luaL_tolstring(L, 1, NULL);
  luaL_tolstring(L, 2, NULL);
  lua_concat(L, 2);
  return 1;
}

// Of two tables, one of them a shape: the same extents.
static int shape_equal(lua_State *L) {
  const size_t rank = lua_rawlen(L, 1);
  bool equal = lua_rawlen(L, 2) == rank;
  for (size_t d = 1; equal && d <= rank; d++) {
    lua_rawgeti(L, 1, (lua_Integer)d);
    lua_rawgeti(L, 2, (lua_Integer)d);
    equal = lua_rawequal(L, -1, -2);
    lua_pop(L, 2);
  }
  return lua_pushboolean(L, equal), 1;
}

static const luaL_Reg shape_metamethods[] = {
    {"__tostring", shape_text}, {"__concat", shape_concat}, {"__eq", shape_equal}, {NULL, NULL}};

void tensor_shape_push(lua_State *L, const sg_shape *shape) {
  const sg_shape extents = *shape; // creating a table may end the tensor
  lua_createtable(L, extents.rank, 0);
  for (int d = 0; d < extents.rank; d++) {
    lua_pushinteger(L, extents.size[d]);
    lua_rawseti(L, -2, d + 1);
  }
  lua_getiuservalue(L, lua_upvalueindex(1), BINDING_SHAPE);
  lua_setmetatable(L, -2);
}

void tensor_shape_open(lua_State *L) {
  luaL_newlib(L, shape_metamethods);
  lua_setiuservalue(L, lua_upvalueindex(1), BINDING_SHAPE);
}
