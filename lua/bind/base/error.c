// SPDX-License-Identifier: GPL-3.0-or-later
//
// Errors: where they happened, and how a user's own error travels through the engine.
#include "lua/bind/base/error.h"
#include "lua/bind/base/slot.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void binding_write_where(lua_State *L, const binding *b, char *text, size_t size) {
  int library_line = 0;
  char library_source[LUA_IDSIZE] = "";
  lua_Debug at;
  text[0] = 0;
  for (int level = 1; lua_getstack(L, level, &at); level++) {
    lua_getinfo(L, "Sl", &at);
    if (at.currentline <= 0) continue;
    bool in_library =
        b->library_prefix != NULL && strncmp(at.source, b->library_prefix, b->library_prefix_length) == 0;
    if (!in_library) {
      snprintf(text, size, "%s:%d", at.short_src, at.currentline);
      return;
    }
    if (library_line == 0) {
      library_line = at.currentline;
      memcpy(library_source, at.short_src, sizeof library_source);
    }
  }
  if (library_line != 0) snprintf(text, size, "%s:%d", library_source, library_line);
}

void binding_push_where(lua_State *L) {
  char text[LUA_IDSIZE + 32];
  binding_write_where(L, binding_of(L), text, sizeof text);
  lua_pushfstring(L, text[0] ? "%s: " : "%s", text);
}

int binding_error(lua_State *L, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  lua_pushvfstring(L, format, arguments); // first: afterwards what the arguments point to may be gone
  va_end(arguments);
  binding_push_where(L);
  lua_insert(L, -2);
  lua_concat(L, 2);
  lua_error(L);
  abort(); // lua_error does not return
}

int binding_raise(lua_State *L, binding *b, const char *function) {
  char message[SG_MESSAGE_BYTES];
  bool from_callback = sg_error_status(b->context) == SG_CALLBACK_FAILED;
  snprintf(message, sizeof message, "%s", sg_error_message(b->context));
  sg_error_clear(b->context); // before anything here can raise an error of its own
  if (from_callback && lua_getiuservalue(L, lua_upvalueindex(1), BINDING_ERROR) != LUA_TNIL) {
    lua_pushnil(L);
    lua_setiuservalue(L, lua_upvalueindex(1), BINDING_ERROR);
    lua_error(L);
  }
  // What the engine found in the op of that name says so itself.
  const size_t length = function != NULL ? strlen(function) : 0;
  const bool named = length == 0 || (strncmp(message, function, length) == 0 && message[length] == ':');
  binding_error(L, "%s%s%s", named ? "" : function, named ? "" : ": ", message);
}

static int message_handler(lua_State *L) {
  const binding *b = lua_touserdata(L, lua_upvalueindex(1));
  if (!b->keep_traceback || lua_type(L, 1) != LUA_TSTRING) return 1;
  // The innermost traceback is the interesting one: keep it while the same error travels outwards.
  lua_settop(L, 1);
  if (lua_getiuservalue(L, lua_upvalueindex(1), BINDING_TRACEBACK) == LUA_TTABLE) {
    lua_rawgeti(L, -1, 1);
    if (lua_rawequal(L, 1, -1)) return lua_settop(L, 1), 1;
  }
  lua_createtable(L, 2, 0);
  lua_pushvalue(L, 1);
  lua_rawseti(L, -2, 1);
  luaL_traceback(L, L, NULL, 1);
  lua_rawseti(L, -2, 2);
  lua_setiuservalue(L, lua_upvalueindex(1), BINDING_TRACEBACK);
  lua_settop(L, 1);
  return 1;
}

void error_open(lua_State *L) {
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_pushcclosure(L, message_handler, 1);
  lua_setiuservalue(L, lua_upvalueindex(1), BINDING_HANDLER);
}

int binding_pcall(lua_State *L, binding *b, int argument_count, int result_count) {
  if (!b->keep_traceback) return lua_pcall(L, argument_count, result_count, 0);
  int function = lua_gettop(L) - argument_count;
  lua_getiuservalue(L, lua_upvalueindex(1), BINDING_HANDLER);
  lua_insert(L, function);
  int status = lua_pcall(L, argument_count, result_count, function);
  lua_remove(L, function);
  return status;
}

void binding_reword_error(lua_State *L) {
  const int reworded = lua_gettop(L), before = reworded - 1;
  if (lua_getiuservalue(L, lua_upvalueindex(1), BINDING_TRACEBACK) == LUA_TTABLE) {
    lua_rawgeti(L, -1, 1);
    if (lua_rawequal(L, before, -1)) {
      lua_pushvalue(L, reworded);
      lua_rawseti(L, -3, 1);
    }
  }
  lua_settop(L, reworded);
}

void binding_prefix_error(lua_State *L, const char *format, ...) {
  if (lua_type(L, -1) != LUA_TSTRING) return;
  luaL_checkstack(L, LUA_MINSTACK, NULL);
  va_list arguments;
  va_start(arguments, format);
  lua_pushvfstring(L, format, arguments);
  va_end(arguments);
  lua_pushvalue(L, -2);
  lua_concat(L, 2);
  binding_reword_error(L);
  lua_remove(L, -2);
}

sg_status binding_callback_failed(lua_State *L, binding *b) {
  const char *text = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "the error is not a string";
  sg_status status = sg_error(b->context, SG_CALLBACK_FAILED, "%s", text);
  lua_setiuservalue(L, lua_upvalueindex(1), BINDING_ERROR);
  return status;
}

const char *binding_describe(lua_State *L, int index) {
  lua_tensor *slot = tensor_slot(L, index);
  if (slot != NULL) {
    if (slot->tensor == NULL) return lua_pushliteral(L, "a freed tensor");
    return lua_pushfstring(L, "a tensor %s %s", sg_dtype_name(sg_tensor_dtype(slot->tensor)),
                           sg_shape_text(sg_tensor_shape(slot->tensor)).text);
  }
  switch (lua_type(L, index)) {
  case LUA_TNONE:
  case LUA_TNIL:
    return lua_pushliteral(L, "missing");
  case LUA_TNUMBER:
    return lua_pushfstring(L, "the number %s", luaL_tolstring(L, index, NULL));
  case LUA_TBOOLEAN:
    return lua_pushstring(L, lua_toboolean(L, index) ? "true" : "false");
  case LUA_TSTRING:
    return lua_pushfstring(L, "the string '%s'", lua_tostring(L, index));
  default:
    return lua_pushfstring(L, "a %s", luaL_typename(L, index));
  }
}
