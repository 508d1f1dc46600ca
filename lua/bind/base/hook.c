// SPDX-License-Identifier: GPL-3.0-or-later
//
// x:register_hook(f) and x:retain_grad().
#include "autograd/hook.h"
#include "lua/bind/base/anchor.h"
#include "lua/bind/base/check.h"
#include "lua/bind/base/error.h"
#include "lua/bind/base/handle.h"
#include "lua/bind/base/hook.h"

typedef struct lua_hook {
  lua_anchor anchor;
  sg_hook *hook; // NULL once it has ended
} lua_hook;
enum { HOOK_FUNCTION = 1, HOOK_VALUES = HOOK_FUNCTION };

// ---- Calling ------------------------------------------------------------------------------------------------

typedef struct request {
  lua_hook *hook;
  sg_tensor *gradient, *result;
} request;

// The protected part. Returns what the function returned, which keeps the result alive.
static int run_hook(lua_State *L) {
  request *r = lua_touserdata(L, 1);
  binding *b = r->hook->anchor.owner;
  lua_settop(L, 1);
  luaL_checkstack(L, LUA_MINSTACK, "a hook");
  lua_getiuservalue(L, lua_upvalueindex(1), BINDING_ANCHORS);
  lua_rawgetp(L, 2, r->hook);
  lua_getiuservalue(L, 3, HOOK_FUNCTION);
  lua_tensor *slot = tensor_new_slot(L, b);
  slot->tensor = sg_retain(r->gradient);
  if (binding_pcall(L, b, 1, 1) != LUA_OK) lua_error(L);
  r->result = tensor_test(L, -1);
  if (r->result == NULL && !lua_isnil(L, -1))
    binding_error(L, "a hook returned %s, expected a tensor, or nil for the gradient as it is",
                  binding_describe(L, -1));
  return 1;
}

static sg_tensor *call_hook(sg_context *context, sg_tensor *gradient, void *user) {
  lua_hook *hook = user;
  binding *b = hook->anchor.owner;
  lua_State *L = b->L;
  request r = {.hook = hook, .gradient = gradient};
  if (L == NULL || !lua_checkstack(L, LUA_MINSTACK)) {
    sg_error(context, SG_OUT_OF_MEMORY, "out of memory: the Lua stack cannot grow");
    return NULL;
  }
  const int top = lua_gettop(L);
  const bool running = hook->anchor.running;
  hook->anchor.running = true;
  lua_getiuservalue(L, lua_upvalueindex(1), BINDING_HOOK_CALL);
  lua_pushlightuserdata(L, &r);
  const int status = lua_pcall(L, 1, 1, 0);
  hook->anchor.running = running;
  sg_tensor *result = NULL;
  if (status != LUA_OK)
    binding_callback_failed(L, b);
  else if (r.result != NULL)
    result = sg_scope_return(context, sg_scope_open(context), r.result);
  lua_settop(L, top);
  return result;
}

void hook_release(void *user) {
  lua_hook *hook = user;
  hook->hook = NULL;
  anchor_release(&hook->anchor);
}

// ---- Registering --------------------------------------------------------------------------------------------

// x:register_hook(f): f(gradient) is called with the gradient of x in every backward pass; what it returns, if not
// nil, takes its place. Returns a handle with a method remove().
static int register_hook(lua_State *L) {
  binding *b = binding_open(L);
  tensor_check(L, 1, "register_hook", "self");
  callable_check(L, 2, "register_hook", "the hook");
  lua_settop(L, 2);
  lua_hook *hook = lua_newuserdatauv(L, sizeof *hook, HOOK_VALUES);
  *hook = (lua_hook){.anchor = {.owner = b, .content = HOOK_FUNCTION}};
  lua_pushvalue(L, 2);
  lua_setiuservalue(L, 3, HOOK_FUNCTION);
  lua_getiuservalue(L, lua_upvalueindex(1), BINDING_HOOK_METATABLE);
  lua_setmetatable(L, 3);
  anchor_reserve(L, &hook->anchor);
  hook->hook = sg_tensor_add_hook(tensor_check(L, 1, "register_hook", "self"), call_hook, hook_release, hook);
  hook->anchor.held = hook->hook != NULL;
  anchor_hold(L, 3, &hook->anchor);
  if (hook->hook == NULL) binding_raise(L, b, NULL);
  anchor_refers(&hook->anchor, true);
  return 1;
}

static int retain_grad(lua_State *L) {
  sg_tensor *x = tensor_check(L, 1, "retain_grad", "self");
  if (sg_tensor_retain_grad(x) != SG_OK) binding_raise(L, binding_open(L), NULL);
  return lua_settop(L, 1), 1;
}

static lua_hook *hook_check(lua_State *L) {
  lua_getiuservalue(L, lua_upvalueindex(1), BINDING_HOOK_METATABLE);
  const bool is_hook = lua_type(L, 1) == LUA_TUSERDATA && lua_getmetatable(L, 1) && lua_rawequal(L, -1, -2);
  if (!is_hook) binding_error(L, "remove: self is %s, expected a hook", binding_describe(L, 1));
  return lua_touserdata(L, 1);
}

// hook:remove(): it is not called any more. Once more does no harm.
static int hook_remove(lua_State *L) {
  binding *b = binding_open(L);
  lua_hook *hook = hook_check(L);
  if (hook->hook == NULL) return 0;
  sg_hook *removed = hook->hook;
  hook->hook = NULL;
  sg_hook_remove(removed);
  if (b->released != NULL) anchor_drain(L, b);
  return 0;
}

// One that is held gets here only when the Lua state closes, or with the handles that alone keep it.
static int hook_collect(lua_State *L) {
  lua_hook *hook = lua_touserdata(L, 1);
  anchor_refers(&hook->anchor, false);
  if (!hook->anchor.held) anchor_forget(L, &hook->anchor);
  return 0;
}

void hook_open(lua_State *L) {
  static const binding_function methods[] = {{"remove", hook_remove, 1}, {NULL, NULL, 0}};
  lua_createtable(L, 0, 4);
  lua_newtable(L);
  binding_set_functions(L, methods);
  lua_setfield(L, -2, "__index");
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_pushcclosure(L, hook_collect, 1);
  lua_setfield(L, -2, "__gc");
  lua_pushliteral(L, "hook");
  lua_setfield(L, -2, "__name");
  lua_pushliteral(L, "hook");
  lua_setfield(L, -2, "__metatable");
  lua_setiuservalue(L, lua_upvalueindex(1), BINDING_HOOK_METATABLE);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_pushvalue(L, lua_upvalueindex(2));
  lua_pushcclosure(L, run_hook, 2);
  lua_setiuservalue(L, lua_upvalueindex(1), BINDING_HOOK_CALL);
}

const binding_function hook_methods[] = {
    {"register_hook", register_hook, 2}, {"retain_grad", retain_grad, 1}, {NULL, NULL, 0}};
