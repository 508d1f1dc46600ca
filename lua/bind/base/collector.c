// SPDX-License-Identifier: GPL-3.0-or-later
//
// Lua's collector does not see the bytes of tensors: to it every tensor is 60 bytes. It starts a cycle when its own
// heap has doubled; here it is told of tensor growth in the same proportion. With H the size of Lua's heap and B
// the live tensor bytes after the last cycle, growth by g bytes counts as g * H / B bytes of Lua's heap, so that a
// cycle runs whenever the live tensors have doubled, however large or small they are. Growth counts above the
// high-water mark since the last cycle only: a program that frees its tensors itself (sg.tidy, <close>) causes no
// cycles.
#include "lua/bind/base/anchor.h"
#include "lua/bind/base/collector.h"
#include "lua/bind/base/error.h"
#include <stdio.h>

static const double floor_bytes = 4 << 20; // B is at least this: tiny programs need no haste
static const double step_bytes = 8 << 10;  // the collector's own step: smaller debts are saved up

// A sentinel is garbage from its birth. Its finalizer runs once in each cycle and makes the next sentinel.
static int sentinel_collected(lua_State *L) {
  binding *b = lua_touserdata(L, lua_upvalueindex(1));
  if (b->context == NULL) return 0;
  // Other finalizers of this cycle are still to run; collector_feed follows the bytes down.
  b->base_bytes = b->high_bytes = sg_memory(b->context).live_bytes;
  lua_newuserdatauv(L, 0, 0);
  lua_pushvalue(L, lua_upvalueindex(2));
  lua_setmetatable(L, -2);
  // Without memory for it there will be another cycle.
  if (b->referring > 0 && lua_getiuservalue(L, lua_upvalueindex(1), BINDING_FIND_CYCLES) == LUA_TFUNCTION)
    lua_pcall(L, 0, 0, 0);
  return 0;
}

void collector_open(lua_State *L, binding *b) {
  int state = lua_gettop(L); // the binding's userdata is at the top
  (void)b;
  lua_newuserdatauv(L, 0, 0);
  lua_createtable(L, 0, 1);
  lua_pushvalue(L, state);
  lua_pushvalue(L, -2);
  lua_pushcclosure(L, sentinel_collected, 2);
  lua_setfield(L, -2, "__gc");
  lua_setmetatable(L, -2);
  lua_pop(L, 1);
}

void collector_feed(lua_State *L, binding *b) {
  uint64_t live = sg_memory(b->context).live_bytes;
  if (live < b->base_bytes) b->base_bytes = b->high_bytes = live;
  if (live <= b->high_bytes) return;
  double growth = (double)(live - b->high_bytes);
  b->high_bytes = live;
  double heap = 1024.0 * lua_gc(L, LUA_GCCOUNT);
  double base = (double)b->base_bytes > floor_bytes ? (double)b->base_bytes : floor_bytes;
  b->debt_bytes += growth * heap / base;
  if (b->debt_bytes < step_bytes) return;
  double kilobytes = b->debt_bytes / 1024;
  b->debt_bytes = 0;
  if (lua_gc(L, LUA_GCISRUNNING)) lua_gc(L, LUA_GCSTEP, kilobytes < 1e6 ? (int)kilobytes : 1000000);
}

static bool attempt(lua_State *L, binding *b, binding_work *work, void *arguments) {
  sg_scope scope = sg_scope_open(b->context);
  lua_State *outer = b->L;
  b->L = L;
  bool done = work(b->context, arguments);
  b->L = outer;
  sg_scope_close(b->context, scope);
  return done;
}

static int do_nothing(lua_State *L) { return (void)L, 0; }

// A finalizer that Lua has no memory to call is lost, and what it would have freed with it. Lua keeps the room of a
// call that has ended for the next one, through a collection as well.
static bool can_call_finalizers(lua_State *L) {
  if (!lua_checkstack(L, LUA_MINSTACK)) return false;
  lua_pushcfunction(L, do_nothing);
  if (lua_pcall(L, 0, 0, 0) == LUA_OK) return true;
  lua_pop(L, 1);
  return false;
}

// Whether the second attempt succeeded. When it could not even begin (a backward pass uses its graph up), the lack
// of memory remains the error.
static bool attempt_again(lua_State *L, binding *b, binding_work *work, void *arguments) {
  char shortage[512];
  if (!can_call_finalizers(L)) return false;
  snprintf(shortage, sizeof shortage, "%s", sg_error_message(b->context));
  sg_error_clear(b->context);
  b->emergency = true; // finalizers run by the collection do not start another one
  lua_gc(L, LUA_GCCOLLECT);
  lua_gc(L, LUA_GCCOLLECT); // what finalizers let go
  b->emergency = false;
  if (attempt(L, b, work, arguments)) return true;
  if (sg_error_status(b->context) == SG_INVALID_STATE) {
    sg_error_clear(b->context);
    sg_error(b->context, SG_OUT_OF_MEMORY, "%s", shortage);
  }
  return false;
}

void binding_run_as(lua_State *L, binding *b, const char *function, binding_work *work, void *arguments) {
  bool done = attempt(L, b, work, arguments);
  if (!done && sg_error_status(b->context) == SG_OUT_OF_MEMORY && !b->emergency)
    done = attempt_again(L, b, work, arguments);
  if (!done) binding_raise(L, b, function);
  if (b->released != NULL) anchor_drain(L, b);
  collector_feed(L, b);
}

void binding_run(lua_State *L, binding *b, binding_work *work, void *arguments) {
  binding_run_as(L, b, NULL, work, arguments);
}
