// SPDX-License-Identifier: GPL-3.0-or-later
//
// The `ctx` of a custom op's functions: what forward leaves for backward.
#include "lua/bind/custom_op/context.h"
#include "lua/bind/base/check.h"
#include "lua/bind/base/error.h"
#include "lua/bind/base/handle.h"
#include <stdio.h>
#include <string.h>

sg_tensor *custom_context_keep(custom_context *ctx, sg_tensor *tensor) {
  ctx->kept[ctx->kept_count++] = sg_retain(tensor);
  return tensor;
}

static void forget_saved(custom_context *ctx) {
  for (int i = 0; i < ctx->saved_count; i++) {
    sg_release(ctx->saved[i].tensor);
    ctx->saved[i].tensor = NULL;
  }
}

void custom_context_end(custom_context *ctx) {
  forget_saved(ctx);
  for (; ctx->kept_count > 0; ctx->kept_count--) sg_release(ctx->kept[ctx->kept_count - 1]);
  for (; ctx->marked_count > 0; ctx->marked_count--) sg_release(ctx->marked[ctx->marked_count - 1]);
}

static custom_context *context_check(lua_State *L, const char *method) {
  // The third upvalue is the metatable.
  bool is_context = lua_type(L, 1) == LUA_TUSERDATA && lua_getmetatable(L, 1);
  if (!is_context || !lua_rawequal(L, -1, lua_upvalueindex(3)))
    binding_error(L, "ctx:%s: self is %s, expected the first argument of forward or backward", method,
                  binding_describe(L, 1));
  lua_pop(L, 1);
  return lua_touserdata(L, 1);
}

// ---- Saving -------------------------------------------------------------------------------------------------

static void check_saved(lua_State *L, const custom_context *ctx, int index, int position) {
  const char *name = ctx->op->op.name;
  const sg_tensor *tensor = tensor_test(L, index);
  if (tensor == NULL && !lua_isnil(L, index))
    binding_error(L, "%s: ctx:save: value %d is %s, expected a tensor or nil; other things can be fields of ctx",
                  name, position, binding_describe(L, index));
}

// ctx:save(...): keeps tensors for backward, where ctx:saved() returns them in this order.
static int context_save(lua_State *L) {
  custom_context *ctx = context_check(L, "save");
  const char *name = ctx->op->op.name;
  int count = lua_gettop(L) - 1;
  if (ctx->phase != CUSTOM_FORWARD) binding_error(L, "%s: ctx:save works in forward only", name);
  if (ctx->saved_count >= 0) binding_error(L, "%s: ctx:save was called before; one call saves everything", name);
  if (count > CUSTOM_SAVED) binding_error(L, "%s: ctx:save: %d values, at most %d", name, count, CUSTOM_SAVED);
  luaL_checkstack(L, LUA_MINSTACK, name);
  for (int i = 0; i < count; i++) check_saved(L, ctx, i + 2, i + 1);
  ctx->saved = lua_newuserdatauv(L, ((size_t)count + 1) * sizeof *ctx->saved, 0);
  lua_setiuservalue(L, 1, CONTEXT_SAVED);
  for (int i = 0; i < count; i++) {
    lua_tensor *slot = tensor_slot(L, i + 2);
    sg_tensor *tensor = slot != NULL ? slot->tensor : NULL;
    if (slot != NULL && tensor == NULL) { // a finalizer freed it just now
      ctx->saved_count = i;
      forget_saved(ctx);
      tensor_test(L, i + 2);
    }
    ctx->saved[i] = (custom_saved){sg_retain(tensor), tensor != NULL ? sg_tensor_version(tensor) : 0, 0};
  }
  ctx->saved_count = count;
  return 0;
}

static sg_tensor *saved_tensor(const custom_context *ctx, int i) {
  int place = ctx->saved[i].place;
  if (place == 0) return NULL;
  return place > 0 ? ctx->call->inputs[place - 1] : ctx->call->outputs[-place - 1];
}

// ctx:saved(): what forward saved.
static int context_saved(lua_State *L) {
  const custom_context *ctx = context_check(L, "saved");
  surplus_check(L, 1, "ctx:saved");
  const char *name = ctx->op->op.name;
  if (ctx->call == NULL) binding_error(L, "%s: ctx:saved works in backward only, while it runs", name);
  if (ctx->saved_count < 0) binding_error(L, "%s: ctx:saved: forward saved nothing", name);
  luaL_checkstack(L, ctx->saved_count + LUA_MINSTACK, name);
  for (int i = 0; i < ctx->saved_count; i++) {
    if (ctx->saved[i].place == 0) {
      lua_pushnil(L);
      continue;
    }
    lua_tensor *slot = tensor_new_slot(L, ctx->anchor.owner); // may raise, so it comes before the reference
    slot->tensor = sg_retain(saved_tensor(ctx, i));
  }
  return ctx->saved_count;
}

// ctx:mark_non_differentiable(y, ...): results that no derivative flows through.
static int context_mark(lua_State *L) {
  custom_context *ctx = context_check(L, "mark_non_differentiable");
  const char *name = ctx->op->op.name;
  if (ctx->phase != CUSTOM_FORWARD) binding_error(L, "%s: ctx:mark_non_differentiable works in forward only", name);
  for (int i = 2; i <= lua_gettop(L); i++) {
    sg_tensor *tensor = tensor_check(L, i, name, "an argument of ctx:mark_non_differentiable");
    if (ctx->marked_count == SG_MAX_PORTS)
      binding_error(L, "%s: ctx:mark_non_differentiable: more than %d tensors", name, SG_MAX_PORTS);
    ctx->marked[ctx->marked_count++] = sg_retain(tensor);
  }
  return 0;
}

// ---- Fields -------------------------------------------------------------------------------------------------

static int push_needs(lua_State *L, const custom_context *ctx) {
  lua_createtable(L, ctx->argument_count, 0);
  for (int i = 0; i < ctx->argument_count; i++) {
    lua_pushboolean(L, ctx->call != NULL ? ctx->call->needs[i] : (ctx->needs >> i & 1) != 0);
    lua_rawseti(L, -2, i + 1);
  }
  return 1;
}

static const luaL_Reg methods[] = {
    {"save", context_save}, {"saved", context_saved}, {"mark_non_differentiable", context_mark}, {NULL, NULL}};

// The fourth upvalue: the methods.
static int context_get(lua_State *L) {
  const custom_context *ctx = context_check(L, "?");
  lua_settop(L, 2);
  if (lua_type(L, 2) == LUA_TSTRING && strcmp(lua_tostring(L, 2), "needs_input_grad") == 0)
    return push_needs(L, ctx);
  lua_pushvalue(L, 2);
  if (lua_rawget(L, lua_upvalueindex(4)) != LUA_TNIL) return 1;
  if (lua_getiuservalue(L, 1, CONTEXT_FIELDS) != LUA_TTABLE) return lua_pushnil(L), 1;
  lua_pushvalue(L, 2);
  lua_rawget(L, -2);
  return 1;
}

static void check_field(lua_State *L, const custom_context *ctx) {
  const char *name = ctx->op->op.name;
  lua_pushvalue(L, 2);
  bool reserved = lua_rawget(L, lua_upvalueindex(4)) != LUA_TNIL;
  lua_pop(L, 1);
  if (lua_type(L, 2) == LUA_TSTRING && strcmp(lua_tostring(L, 2), "needs_input_grad") == 0) reserved = true;
  if (reserved) binding_error(L, "%s: ctx.%s cannot be set", name, lua_tostring(L, 2));
  if (lua_isnil(L, 2)) binding_error(L, "%s: a field of ctx has no name", name);
  if (lua_type(L, 2) == LUA_TNUMBER && lua_tonumber(L, 2) != lua_tonumber(L, 2))
    binding_error(L, "%s: a field of ctx cannot be named NaN", name);
  if (tensor_slot(L, 3) != NULL)
    binding_error(L,
                  "%s: ctx.%s is a tensor; ctx:save(...) keeps tensors for backward, and sees whether they are "
                  "changed in place meanwhile",
                  name, luaL_tolstring(L, 2, NULL));
  if (ctx->phase != CUSTOM_FORWARD) binding_error(L, "%s: fields of ctx can be set in forward only", name);
}

static int context_set(lua_State *L) {
  custom_context *ctx = context_check(L, "?");
  lua_settop(L, 3);
  check_field(L, ctx);
  if (lua_getiuservalue(L, 1, CONTEXT_FIELDS) != LUA_TTABLE) {
    lua_newtable(L);
    lua_pushvalue(L, -1);
    lua_setiuservalue(L, 1, CONTEXT_FIELDS);
  }
  lua_pushvalue(L, 2);
  lua_pushvalue(L, 3);
  lua_rawset(L, -3);
  int type = lua_type(L, 3);
  if (type == LUA_TTABLE || type == LUA_TFUNCTION) anchor_refers(&ctx->anchor, true);
  return 0;
}

// A context that a node holds gets here only when the Lua state closes.
static int context_collect(lua_State *L) {
  custom_context *ctx = lua_touserdata(L, 1);
  custom_context_end(ctx);
  anchor_refers(&ctx->anchor, false);
  if (!ctx->anchor.held && ctx->needs != 0) anchor_forget(L, &ctx->anchor);
  return 0;
}

void custom_op_release(void *options) {
  custom_context *ctx = *(custom_context **)options;
  anchor_release(&ctx->anchor);
}

// ---- Making -------------------------------------------------------------------------------------------------

void custom_context_metatable(lua_State *L) {
  static const luaL_Reg metamethods[] = {{"__index", context_get}, {"__newindex", context_set}, {NULL, NULL}};
  lua_createtable(L, 0, 6);
  int metatable = lua_gettop(L);
  lua_createtable(L, 0, 3);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_pushvalue(L, lua_upvalueindex(2));
  lua_pushvalue(L, metatable);
  luaL_setfuncs(L, methods, 3);
  lua_pushvalue(L, metatable);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_pushvalue(L, lua_upvalueindex(2));
  lua_pushvalue(L, metatable);
  lua_pushvalue(L, metatable + 1);
  luaL_setfuncs(L, metamethods, 4);
  lua_settop(L, metatable);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_pushcclosure(L, context_collect, 1);
  lua_setfield(L, metatable, "__gc");
  lua_pushliteral(L, "ctx");
  lua_setfield(L, metatable, "__name");
  lua_pushliteral(L, "ctx");
  lua_setfield(L, metatable, "__metatable");
}

custom_context *custom_context_new(lua_State *L, binding *b, int op_index, int metatable, int argument_count) {
  size_t kept_bytes = 2 * (size_t)argument_count * sizeof(sg_tensor *);
  custom_context *ctx = lua_newuserdatauv(L, sizeof *ctx + kept_bytes, CONTEXT_VALUES);
  *ctx = (custom_context){.anchor = {.owner = b, .content = CONTEXT_FIELDS},
                          .op = lua_touserdata(L, op_index),
                          .argument_count = argument_count,
                          .saved_count = -1};
  lua_pushvalue(L, op_index);
  lua_setiuservalue(L, -2, CONTEXT_OP);
  lua_pushvalue(L, metatable);
  lua_setmetatable(L, -2);
  return ctx;
}
