// SPDX-License-Identifier: GPL-3.0-or-later
//
// Opens selenograd.core: the context, the tensor metatable, the module table.
#include "lua/bind/base/anchor.h"
#include "lua/bind/base/collector.h"
#include "lua/bind/base/error.h"
#include "lua/bind/base/hook.h"
#include "lua/bind/bind.h"
#include "lua/bind/custom_op/custom_op.h"
#include "lua/bind/functions.h"
#include "lua/bind/gradcheck/gradcheck.h"
#include "lua/bind/op/op.h"
#include "lua/bind/tensor/tensor.h"
#include "ops/ops.h"

static int binding_collect(lua_State *L) {
  binding *b = lua_touserdata(L, 1);
  sg_context *context = b->context;
  b->context = NULL;
  if (context != NULL) sg_close(context);
  return 0;
}

// Runs as a closure with the two upvalues; returns the module table.
static int open_module(lua_State *L) {
  static const binding_function *const functions[] = {
      create_functions,  random_functions,     gradient_functions,  lifetime_functions,  settings_functions,
      op_info_functions, gradcheck_functions,  message_functions,   file_functions,      op_add_functions,
      plugin_functions,  json_functions,       op_sample_functions, custom_op_functions, info_functions,
      finally_functions, op_options_functions, finite_functions,    print_functions,     graph_functions,
      tensor_functions,
  };
  const sg_context *context = binding_open(L)->context;
  lua_newtable(L);
  lua_newtable(L);
  lua_pushvalue(L, -2);
  lua_setiuservalue(L, lua_upvalueindex(1), BINDING_MODULE);
  lua_pushvalue(L, -1);
  lua_setiuservalue(L, lua_upvalueindex(1), BINDING_METHODS);
  lua_newtable(L);
  lua_setiuservalue(L, lua_upvalueindex(1), BINDING_PLUGINS);
  error_open(L);
  anchor_open(L);
  tensor_shape_open(L);
  hook_open(L);
  custom_op_open(L);
  // First, so that an op never hides a function.
  for (size_t i = 0; i < sg_op_count(context); i++) binding_add_op(L, sg_op_at(context, i));
  binding_set_functions(L, tensor_methods);
  binding_set_functions(L, gradient_methods);
  binding_set_functions(L, convert_methods);
  binding_set_functions(L, hook_methods);
  lua_setfield(L, -2, "methods");
  for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) binding_set_functions(L, functions[i]);
  lua_pushlightuserdata(L, NULL);
  lua_setfield(L, -2, "json_null");
  lua_pushliteral(L, SELENOGRAD_VERSION);
  lua_setfield(L, -2, "_VERSION");
  lua_pushvalue(L, lua_upvalueindex(2));
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_pushvalue(L, lua_upvalueindex(2));
  luaL_setfuncs(L, tensor_metamethods, 2);
  lua_pop(L, 1);
  return 1;
}

static void write_place(void *user, char *text, size_t size) {
  const binding *b = user;
  text[0] = 0;
  if (b->L != NULL) binding_write_where(b->L, b, text, size);
}

// Has OpenBLAS tested before anything is computed, for the warnings. Where memory is too short for that now, it is
// done before the first product.
static void test_libraries(sg_context *context) {
  if (sg_products_decide(context) != SG_OK) sg_error_clear(context);
  sg_memory_release_cache(context);
  sg_memory_reset_peak(context);
}

// Lua shows them after warn("@on"); sg.info() has them too.
static int warn(lua_State *L) {
  binding_push_warnings(L, binding_open(L));
  for (int i = 1; lua_rawgeti(L, -1, i) == LUA_TSTRING; i++) {
    lua_warning(L, "selenograd: ", 1);
    lua_warning(L, lua_tostring(L, -1), 0);
    lua_pop(L, 1);
  }
  return 0;
}

// Lua makes the metatable of what long strings are put together in when it first needs it, and where memory fails
// half way it keeps one without __close, with which no long string can be made any more. So it is made here, and
// such a half thrown away before.
static void open_buffers(lua_State *L) {
  static const char box[] = "_UBOX*"; // of lauxlib.c
  if (luaL_getmetatable(L, box) == LUA_TTABLE) {
    lua_getfield(L, -1, "__close");
    if (lua_isnil(L, -1)) {
      lua_pushnil(L);
      lua_setfield(L, LUA_REGISTRYINDEX, box);
    }
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  luaL_Buffer buffer;
  luaL_buffinitsize(L, &buffer, 2 * LUAL_BUFFERSIZE);
  luaL_pushresultsize(&buffer, 0);
  lua_pop(L, 1);
}

int sg_lua_open_with_config(lua_State *L, const sg_config *config) {
  sg_config own = config != NULL ? *config : (sg_config){0};
  if (own.ops == NULL) own.ops = sg_builtin_ops();
  own.index_base = 1;
  luaL_checkversion(L);
  open_buffers(L);
  binding *b = lua_newuserdatauv(L, sizeof *b, BINDING_VALUES);
  *b = (binding){.print = PRINT_DEFAULTS, .default_dtype = SG_F32};
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, binding_collect);
  lua_setfield(L, -2, "__gc");
  lua_setmetatable(L, -2);
  b->context = sg_open(&own);
  if (b->context == NULL) return luaL_error(L, "selenograd: there is no memory for a context");
  if (sg_error_status(b->context) != SG_OK) return luaL_error(L, "selenograd: %s", sg_error_message(b->context));
  sg_set_place(b->context, write_place, b);
  test_libraries(b->context);
  collector_open(L, b);
  lua_createtable(L, 0, 16);
  lua_pushliteral(L, "tensor");
  lua_setfield(L, -2, "__name");
  lua_pushliteral(L, "tensor");
  lua_setfield(L, -2, "__metatable");
  lua_pushboolean(L, true); // lets setmetatable see that tensors have a finalizer before it is set
  lua_setfield(L, -2, "__gc");
  lua_pushvalue(L, -2);
  lua_pushvalue(L, -2);
  lua_pushcclosure(L, warn, 2);
  lua_call(L, 0, 0);
  lua_pushcclosure(L, open_module, 2);
  lua_call(L, 0, 1);
  return 1;
}

__attribute__((visibility("default"))) int luaopen_selenograd_core(lua_State *L) {
  return sg_lua_open_with_config(L, NULL);
}
