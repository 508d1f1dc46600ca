// SPDX-License-Identifier: GPL-3.0-or-later
//
// A call of a custom op: its forward runs, and what it gave becomes a node.
#include "lua/bind/base/collector.h"
#include "lua/bind/base/error.h"
#include "lua/bind/base/handle.h"
#include "lua/bind/custom_op/custom_op.h"
#include "lua/bind/custom_op/parts.h"

// ---- A call: what it gathers ----------------------------------------------------------------------------------

typedef struct application {
  custom_op *op;
  custom_context *ctx;
  int argument_count, input_count, result_count; // inputs: arguments, then what else the derivative needs
  sg_tensor *arguments[CUSTOM_ARGUMENTS];
  sg_tensor *given[CUSTOM_ARGUMENTS]; // what forward gets in their place
  lua_tensor *slots[CUSTOM_ARGUMENTS > SG_MAX_PORTS ? CUSTOM_ARGUMENTS : SG_MAX_PORTS];
  uint64_t versions[CUSTOM_ARGUMENTS];
  uint64_t carries; // bit i: argument i required a gradient when the call began
  uint64_t hidden; // bit i: see is_hidden
  sg_custom_value inputs[CUSTOM_ARGUMENTS + CUSTOM_SAVED];
  sg_custom_value results[SG_MAX_PORTS];
} application;

static bool carries_gradient(const application *c, int i) {
  return c->carries >> i & 1;
}

// Whether forward gets another tensor in place of argument i.
static bool is_hidden(const application *c, int i) { return c->hidden >> i & 1; }

static void count_arguments(lua_State *L, application *c, int given) {
  const custom_op *op = c->op;
  const char *name = op->op.name;
  while (given > op->input_count && !op->variadic && lua_isnil(L, given)) given--; // as good as absent
  if (given > op->input_count && !op->variadic)
    binding_error(L, "%s: %d arguments given, expected at most %d", name, given, op->input_count);
  c->argument_count = given > op->input_count ? given : op->input_count;
  if (c->argument_count > CUSTOM_ARGUMENTS)
    binding_error(L, "%s: %d arguments, at most %d", name, c->argument_count, CUSTOM_ARGUMENTS);
  lua_settop(L, c->argument_count);
}

static void take_arguments(lua_State *L, application *c) {
  c->carries = 0;
  for (int i = 0; i < c->argument_count; i++) {
    c->arguments[i] = c->given[i] = tensor_test(L, i + 1);
    if (c->arguments[i] == NULL) continue;
    c->versions[i] = sg_tensor_version(c->arguments[i]);
    if (sg_tensor_requires_grad(c->arguments[i])) c->carries |= UINT64_C(1) << i;
    custom_context_keep(c->ctx, c->arguments[i]);
  }
}

// ---- Forward ------------------------------------------------------------------------------------------------

static bool make_arguments(sg_context *context, void *block) {
  application *c = block;
  for (int i = 0; i < c->argument_count; i++) {
    if (!is_hidden(c, i)) continue;
    c->given[i] = sg_custom_argument(context, c->arguments[i]);
    if (c->given[i] == NULL) return false;
  }
  for (int i = 0; i < c->argument_count; i++)
    if (is_hidden(c, i)) c->slots[i]->tensor = sg_retain(custom_context_keep(c->ctx, c->given[i]));
  return true;
}

// Pushes the arguments of forward: what carries a gradient as tensors without history.
static void push_arguments(lua_State *L, binding *b, application *c) {
  c->hidden = 0;
  for (int i = 0; i < c->argument_count; i++) {
    bool hidden = c->arguments[i] != NULL && sg_custom_hides(b->context, c->arguments[i]);
    c->hidden |= (uint64_t)hidden << i;
    if (!hidden) {
      lua_pushvalue(L, i + 1);
      continue;
    }
    c->slots[i] = tensor_new_slot(L, b);
  }
  if (c->hidden != 0) binding_run(L, b, make_arguments, c);
}

// Calls forward; its results are at the top of the stack.
static void run_forward(lua_State *L, binding *b, application *c, int context_index) {
  lua_getiuservalue(L, lua_upvalueindex(3), CUSTOM_OP_FORWARD);
  lua_pushvalue(L, context_index);
  push_arguments(L, b, c);
  sg_custom_region region = sg_custom_enter_forward(b->context, c->ctx->number);
  int status = binding_pcall(L, b, c->argument_count + 1, LUA_MULTRET);
  c->ctx->numbers_taken = sg_custom_leave(b->context, region);
  c->ctx->phase = CUSTOM_DONE;
  if (status == LUA_OK) return;
  binding_prefix_error(L, "forward of %s: ", c->op->op.name);
  lua_error(L);
}

// ---- What forward gave --------------------------------------------------------------------------------------

static void check_arguments(lua_State *L, const application *c) {
  for (int i = 0; i < c->argument_count; i++) {
    if (c->arguments[i] != NULL && !carries_gradient(c, i) && sg_tensor_requires_grad(c->arguments[i]))
      binding_error(L, "%s: %s did not require a gradient when the call began, and now it does", c->op->op.name,
                    custom_argument_name(c->op, i).text);
    if (!carries_gradient(c, i) || sg_tensor_version(c->arguments[i]) == c->versions[i]) continue;
    binding_error(L,
                  "%s: forward wrote into %s in place, which requires a gradient; the derivative would be taken "
                  "at other values. Write into a clone() of it",
                  c->op->op.name, custom_argument_name(c->op, i).text);
  }
}

static int argument_position(const application *c, const sg_tensor *tensor) {
  for (int i = 0; i < c->argument_count; i++)
    if (tensor == c->given[i] || tensor == c->arguments[i]) return i;
  return -1;
}

static bool is_marked(const custom_context *ctx, const sg_tensor *tensor) {
  for (int i = 0; i < ctx->marked_count; i++)
    if (ctx->marked[i] == tensor) return true;
  return false;
}

static void read_result(lua_State *L, application *c, int index, int p) {
  const char *name = c->op->op.name;
  sg_tensor *tensor = tensor_test(L, index);
  if (tensor == NULL)
    binding_error(L, "%s: forward returned %s as result %d, expected a tensor", name, binding_describe(L, index),
                  p + 1);
  bool constant = is_marked(c->ctx, tensor) || c->op->op.outputs[p].flags & SG_STEP ||
                  !sg_dtype_is_floating(sg_tensor_dtype(tensor));
  c->results[p] = (sg_custom_value){.tensor = tensor, .constant = constant, .version = sg_tensor_version(tensor)};
  if (!constant) return;
  c->ctx->constant |= 1u << p;
  if (argument_position(c, tensor) < 0) sg_custom_constant(tensor);
}

static void count_results(lua_State *L, application *c, int count) {
  const char *name = c->op->op.name;
  if (count == 0) binding_error(L, "%s: forward returned nothing, expected a tensor", name);
  if (count > SG_MAX_PORTS)
    binding_error(L, "%s: forward returned %d values, at most %d", name, count, SG_MAX_PORTS);
  if (c->op->output_count >= 0 && count != c->op->output_count)
    binding_error(L, "%s: forward returned %d values, expected %d, as its outputs say", name, count,
                  c->op->output_count);
  c->result_count = c->ctx->result_count = count;
}

static void take_results(lua_State *L, application *c, int first) {
  const char *name = c->op->op.name;
  int count = c->result_count;
  for (int p = 0; p < count; p++) read_result(L, c, first + p, p);
  for (int i = 0; i < c->ctx->marked_count; i++) {
    bool returned = false;
    for (int p = 0; p < count; p++) returned |= c->results[p].tensor == c->ctx->marked[i];
    if (!returned)
      binding_error(L, "%s: ctx:mark_non_differentiable: tensor %d is no result of forward", name, i + 1);
  }
}

// Finds what each saved tensor is: an argument, a result, or something else that the node is to keep.
static void place_saved(lua_State *L, binding *b, application *c) {
  custom_context *ctx = c->ctx;
  c->input_count = c->argument_count;
  for (int i = 0; i < c->argument_count; i++) {
    c->inputs[i] = (sg_custom_value){.tensor = c->arguments[i]};
    if (c->arguments[i] != NULL) ctx->tensors |= UINT64_C(1) << i;
  }
  for (int k = 0; k < ctx->saved_count; k++) {
    custom_saved *saved = &ctx->saved[k];
    if (saved->tensor == NULL) continue;
    sg_custom_value *value = NULL;
    int argument = argument_position(c, saved->tensor), p = 0;
    while (p < c->result_count && (c->results[p].tensor != saved->tensor || c->results[p].constant)) p++;
    if (argument >= 0) {
      value = &c->inputs[argument];
      saved->place = argument + 1;
    } else if (p < c->result_count) {
      value = &c->results[p];
      saved->place = -(p + 1);
    } else {
      if (sg_grad_enabled(b->context) && sg_tensor_requires_grad(saved->tensor))
        binding_error(L,
                      "%s: ctx:save: value %d requires a gradient and is no argument of the op; make it one, or "
                      "detach() it",
                      c->op->op.name, k + 1);
      value = &c->inputs[c->input_count++];
      *value = (sg_custom_value){.tensor = saved->tensor, .constant = true};
      saved->place = c->input_count;
    }
    value->saved = true;
    value->version = saved->version;
  }
}

// ---- Joining the tape ---------------------------------------------------------------------------------------

static bool record(sg_context *context, void *block) {
  application *c = block;
  sg_tensor *outputs[SG_MAX_PORTS];
  bool recorded;
  // As it was when the call began: a node has to have a place in the table of contexts.
  bool recording = sg_set_grad_enabled(context, c->ctx->needs != 0);
  sg_status status = sg_custom_record(context, &c->op->op, c->input_count, c->inputs, c->result_count, c->results,
                                      &c->ctx, &recorded, outputs);
  sg_set_grad_enabled(context, recording);
  if (status != SG_OK) return false;
  c->ctx->anchor.held = recorded;
  for (int p = 0; p < c->result_count; p++) c->slots[p]->tensor = sg_retain(outputs[p]);
  return true;
}

// ---- The call -----------------------------------------------------------------------------------------------

// The third upvalue is the op, the fourth the metatable of contexts.
int custom_op_call(lua_State *L) {
  binding *b = binding_open(L);
  application c;
  c.op = lua_touserdata(L, lua_upvalueindex(3));
  luaL_checkstack(L, CUSTOM_ARGUMENTS + 2 * LUA_MINSTACK, c.op->op.name);
  count_arguments(L, &c, lua_gettop(L));
  int context_index = c.argument_count + 1;
  c.ctx = custom_context_new(L, b, lua_upvalueindex(3), lua_upvalueindex(4), c.argument_count);
  take_arguments(L, &c);
  if (sg_custom_check(b->context, &c.op->op, c.argument_count, c.arguments) != SG_OK) binding_raise(L, b, NULL);
  c.ctx->number = sg_custom_number(b->context);
  bool recording = sg_grad_enabled(b->context);
  c.ctx->needs = recording ? c.carries : 0;
  run_forward(L, b, &c, context_index);
  count_results(L, &c, lua_gettop(L) - context_index);
  luaL_checkstack(L, SG_MAX_PORTS + LUA_MINSTACK, c.op->op.name);
  if (c.ctx->needs != 0) anchor_reserve(L, &c.ctx->anchor);
  int first = lua_gettop(L) + 1;
  for (int p = 0; p < c.result_count; p++) c.slots[p] = tensor_new_slot(L, b);
  if (recording) check_arguments(L, &c);
  take_results(L, &c, context_index + 1);
  place_saved(L, b, &c);
  binding_run(L, b, record, &c);
  if (c.ctx->needs != 0) anchor_hold(L, context_index, &c.ctx->anchor);
  custom_context_end(c.ctx);
  lua_settop(L, first + c.result_count - 1);
  return c.result_count;
}

const sg_op *custom_op_of(lua_State *L, int index) {
  if (lua_tocfunction(L, index) != custom_op_call) return NULL;
  lua_getupvalue(L, index, 3);
  const custom_op *op = lua_touserdata(L, -1); // anchored by the closure
  lua_pop(L, 1);
  return &op->op;
}
