// SPDX-License-Identifier: GPL-3.0-or-later
//
// Memory, threads, instruction set, clock.
#include "lua/bind/base/check.h"
#include "lua/bind/base/error.h"
#include "lua/bind/base/slot.h"
#include "lua/bind/functions.h"
#include <time.h>

static void set_count(lua_State *L, const char *name, uint64_t value) {
  lua_pushinteger(L, value < LUA_MAXINTEGER ? (lua_Integer)value : LUA_MAXINTEGER);
  lua_setfield(L, -2, name);
}

static int settings_memory(lua_State *L) {
  sg_memory_usage usage = sg_memory(binding_open(L)->context);
  lua_createtable(L, 0, 6);
  set_count(L, "live_bytes", usage.live_bytes);
  set_count(L, "peak_bytes", usage.peak_bytes);
  set_count(L, "cached_bytes", usage.cached_bytes);
  set_count(L, "limit_bytes", usage.limit_bytes);
  set_count(L, "live_tensors", usage.live_tensors);
  set_count(L, "live_nodes", usage.live_nodes);
  return 1;
}

// set_memory_limit(bytes): 0 for none.
static int settings_set_memory_limit(lua_State *L) {
  binding *b = binding_open(L);
  int64_t bytes = integer_check(L, 1, "set_memory_limit", "the limit");
  if (bytes < 0) binding_error(L, "set_memory_limit: the limit is negative");
  sg_memory_set_limit(b->context, (uint64_t)bytes);
  return 0;
}

static int settings_reset_peak(lua_State *L) { return sg_memory_reset_peak(binding_open(L)->context), 0; }
static int settings_release_cache(lua_State *L) { return sg_memory_release_cache(binding_open(L)->context), 0; }
static int settings_threads(lua_State *L) {
  return lua_pushinteger(L, sg_threads(binding_open(L)->context)), 1;
}

// set_threads(n): 0 for the number of processors.
static int settings_set_threads(lua_State *L) {
  binding *b = binding_open(L);
  int64_t threads = integer_check(L, 1, "set_threads", "the number of threads");
  if (threads < 0 || threads > 1024) binding_error(L, "set_threads: the number is outside [0, 1024]");
  sg_set_threads(b->context, (int)threads);
  if (sg_error_status(b->context) != SG_OK) binding_raise(L, b, "set_threads");
  return 0;
}

static int settings_isa(lua_State *L) { return lua_pushstring(L, sg_isa(binding_open(L)->context)), 1; }

// time(): a monotonic clock, in seconds.
static int settings_time(lua_State *L) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return lua_pushnumber(L, (double)now.tv_sec + 1e-9 * (double)now.tv_nsec), 1;
}

// set_default_dtype(dtype): "f32" or "f64", of tensors and parameters that are made without a dtype from now on.
static int settings_set_default_dtype(lua_State *L) {
  binding *b = binding_open(L);
  const sg_dtype dtype = dtype_check(L, 1, "set_default_dtype");
  if (!sg_dtype_is_floating(dtype))
    binding_error(L, "set_default_dtype: dtype is \"%s\", expected \"f32\" or \"f64\"", sg_dtype_name(dtype));
  b->default_dtype = dtype;
  return 0;
}

static int settings_default_dtype(lua_State *L) {
  return lua_pushstring(L, sg_dtype_name(binding_open(L)->default_dtype)), 1;
}

static int settings_is_tensor(lua_State *L) { return lua_pushboolean(L, tensor_slot(L, 1) != NULL), 1; }

const binding_function settings_functions[] = {
    {"memory", settings_memory, 0}, {"set_memory_limit", settings_set_memory_limit, 1},
    {"reset_peak", settings_reset_peak, 0}, {"release_cache", settings_release_cache, 0},
    {"threads", settings_threads, 0}, {"set_threads", settings_set_threads, 1},
    {"isa", settings_isa, 0}, {"time", settings_time, 0},
    {"set_default_dtype", settings_set_default_dtype, 1}, {"get_default_dtype", settings_default_dtype, 0},
    {"is_tensor", settings_is_tensor, 1}, {NULL, NULL, 0},
};
