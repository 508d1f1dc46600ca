// SPDX-License-Identifier: GPL-3.0-or-later
//
// The derivative of a custom op: its backward, called from inside a backward pass.
#include "lua/bind/base/error.h"
#include "lua/bind/base/handle.h"
#include "lua/bind/custom_op/parts.h"

// What the hook hands to its protected part.
typedef struct request {
  const sg_call *call;
  custom_context *ctx;
  sg_tensor *gradients[CUSTOM_ARGUMENTS]; // NULL where false was returned
} request;

// Pushes the gradients of the results; nil for those without a derivative.
static void push_cotangents(lua_State *L, const request *r, uint64_t *versions) {
  const custom_context *ctx = r->ctx;
  for (int p = 0; p < ctx->result_count; p++) {
    sg_tensor *cotangent = r->call->d_outputs[p];
    if (cotangent == NULL || ctx->constant >> p & 1) {
      lua_pushnil(L);
      continue;
    }
    versions[p] = sg_tensor_version(cotangent);
    lua_tensor *slot = tensor_new_slot(L, ctx->anchor.owner); // may raise, so it comes before the reference
    slot->tensor = sg_retain(cotangent);
  }
}

// Others read the same cotangent, so it is not backward's to write into.
static void check_cotangents(lua_State *L, const request *r, const uint64_t *versions) {
  const custom_context *ctx = r->ctx;
  for (int p = 0; p < ctx->result_count; p++) {
    const sg_tensor *cotangent = r->call->d_outputs[p];
    if (cotangent == NULL || ctx->constant >> p & 1 || sg_tensor_version(cotangent) == versions[p]) continue;
    binding_error(L,
                  "backward of %s: it wrote in place into the gradient of %s, which other ops read; write into a "
                  "clone() of it",
                  ctx->op->op.name, custom_result_name(ctx->op, p).text);
  }
}

// One value per argument: a tensor, or false for zero. nil will do where no gradient is asked for.
static void read_gradient(lua_State *L, request *r, int index, int i) {
  const custom_context *ctx = r->ctx;
  const char *op = ctx->op->op.name;
  sg_text name = custom_argument_name(ctx->op, i);
  bool is_tensor = ctx->tensors >> i & 1;
  sg_tensor *gradient = tensor_test(L, index);
  r->gradients[i] = NULL;
  if (gradient != NULL) {
    if (!is_tensor)
      binding_error(L,
                    "backward of %s: value %d is a tensor, but argument %d (%s) was none; backward returns one "
                    "value for each argument of forward",
                    op, i + 1, i + 1, name.text);
    if (r->call->needs[i] && sg_custom_check_gradient(ctx->anchor.owner->context, gradient, op, name.text) != SG_OK)
      binding_raise(L, ctx->anchor.owner, NULL);
    r->gradients[i] = gradient;
  } else if (lua_isnoneornil(L, index)) {
    if (r->call->needs[i])
      binding_error(L,
                    "backward of %s: it returned no gradient for %s (value %d); return false where the gradient is "
                    "zero",
                    op, name.text, i + 1);
  } else if (lua_type(L, index) != LUA_TBOOLEAN || lua_toboolean(L, index)) {
    binding_error(L, "backward of %s: the gradient of %s (value %d) is %s, expected a tensor, or false for zero",
                  op, name.text, i + 1, binding_describe(L, index));
  }
}

static void read_gradients(lua_State *L, request *r, int first) {
  const custom_context *ctx = r->ctx;
  int count = lua_gettop(L) - first + 1;
  for (int i = ctx->argument_count; i < count; i++)
    if (!lua_isnil(L, first + i))
      binding_error(L, "backward of %s: it returned %d values, expected one for each of the %d arguments",
                    ctx->op->op.name, count, ctx->argument_count);
  for (int i = 0; i < ctx->argument_count; i++) read_gradient(L, r, i < count ? first + i : first + count, i);
}

int custom_op_backward(lua_State *L) {
  request *r = lua_touserdata(L, 1);
  custom_context *ctx = r->ctx;
  uint64_t versions[SG_MAX_PORTS];
  lua_settop(L, 1);
  luaL_checkstack(L, SG_MAX_PORTS + LUA_MINSTACK, "backward");
  lua_getiuservalue(L, lua_upvalueindex(1), BINDING_ANCHORS);
  lua_rawgetp(L, 2, ctx);
  lua_getiuservalue(L, 3, CONTEXT_OP);
  lua_getiuservalue(L, 4, CUSTOM_OP_BACKWARD);
  lua_pushvalue(L, 3);
  push_cotangents(L, r, versions);
  if (binding_pcall(L, ctx->anchor.owner, ctx->result_count + 1, LUA_MULTRET) != LUA_OK) {
    binding_prefix_error(L, "backward of %s: ", ctx->op->op.name);
    lua_error(L);
  }
  check_cotangents(L, r, versions);
  read_gradients(L, r, 5);
  return lua_gettop(L) - 4; // keeps the gradients alive until the hook has put them into its scope
}

// ---- The hook -----------------------------------------------------------------------------------------------

static sg_tensor *into_scope(sg_context *context, sg_tensor *tensor) {
  sg_scope scope = sg_scope_open(context);
  return sg_scope_return(context, scope, tensor);
}

static void deliver(const request *r) {
  const sg_call *call = r->call;
  sg_context *context = call->context;
  for (int i = 0; i < r->ctx->argument_count; i++) {
    if (!call->needs[i]) continue;
    sg_tensor *gradient = r->gradients[i];
    if (gradient == NULL) call->d_inputs[i] = sg_tensor_full(context, call->dtype, &call->input_shapes[i], 0);
    else if (sg_tensor_requires_grad(gradient) && !sg_grad_enabled(context))
      call->d_inputs[i] = sg_tensor_detach(context, gradient);
    else call->d_inputs[i] = into_scope(context, gradient);
  }
}

static bool can_be_followed(const sg_call *call, const custom_context *ctx) {
  if (!ctx->numbers_taken || ctx->op->differentiable || !sg_grad_enabled(call->context)) return true;
  sg_error(call->context, SG_INVALID_STATE,
           "its forward took numbers out of tensors (item, totable), which a second derivative (create_graph) "
           "cannot follow. Compute with tensors; or declare the op once_differentiable; or, when backward computes "
           "nothing from those numbers, differentiable");
  return false;
}

void custom_op_vjp(const sg_call *call) {
  custom_context *ctx = *(custom_context *const *)call->options;
  binding *b = ctx->anchor.owner;
  lua_State *L = b->L;
  request r = {.call = call, .ctx = ctx};
  if (!can_be_followed(call, ctx)) return;
  if (L == NULL || !lua_checkstack(L, LUA_MINSTACK)) {
    sg_error(call->context, SG_OUT_OF_MEMORY, "out of memory: the Lua stack cannot grow");
    return;
  }
  int top = lua_gettop(L);
  const sg_call *outer = ctx->call;
  sg_custom_region region = sg_custom_enter_backward(call->context, ctx->number);
  ctx->call = call;
  ctx->anchor.running = true;
  lua_getiuservalue(L, lua_upvalueindex(1), BINDING_CUSTOM_BACKWARD);
  lua_pushlightuserdata(L, &r);
  int status = lua_pcall(L, 1, LUA_MULTRET, 0);
  ctx->call = outer;
  ctx->anchor.running = outer != NULL;
  sg_custom_leave(call->context, region);
  if (status != LUA_OK) binding_callback_failed(L, b);
  else deliver(&r);
  lua_settop(L, top);
}
