// SPDX-License-Identifier: GPL-3.0-or-later
//
// One closure serves every registered op: sg.NAME(...), x:NAME(...), the arithmetic metamethods, and x:NAME_(...),
// which writes the result into x.
#include "lua/bind/binding.h"
#include <stdio.h>

// The third upvalue: what is known of the op.
static const op_entry *entry_of(lua_State *L) { return lua_touserdata(L, lua_upvalueindex(3)); }

static bool writing_work(sg_context *context, void *arguments) {
  op_arguments *p = arguments;
  bool done = arguments_apply(context, p);
  for (int i = 0; i < p->entry->visible_outputs; i++) tensor_slot_free(p->slots[i]);
  return done;
}

// An op that writes into a tensor returns the Lua value of that tensor.
static int call_writing(lua_State *L, binding *b, const op_entry *entry, int argument_count,
                        op_arguments *arguments) {
  lua_tensor results[SG_MAX_PORTS] = {{0}}; // not on the Lua side
  for (int i = 0; i < entry->visible_outputs; i++) arguments->slots[i] = &results[i];
  arguments_read(L, entry, 1, argument_count, arguments);
  binding_run(L, b, writing_work, arguments);
  lua_pushvalue(L, 1);
  return 1;
}

static int call_with(lua_State *L, int argument_count) {
  binding *b = binding_open(L);
  const op_entry *entry = entry_of(L);
  op_arguments arguments;
  luaL_checkstack(L, SG_MAX_PORTS + LUA_MINSTACK, entry->op->name);
  if (entry->writes) return call_writing(L, b, entry, argument_count, &arguments);
  int first_output = lua_gettop(L) + 1;
  for (int i = 0; i < entry->visible_outputs; i++) arguments.slots[i] = tensor_new_slot(L, b);
  arguments_read(L, entry, 1, argument_count, &arguments);
  binding_run(L, b, arguments_apply, &arguments);
  lua_settop(L, first_output + entry->visible_outputs - 1);
  return entry->visible_outputs;
}

int binding_call_op(lua_State *L) { return call_with(L, lua_gettop(L)); }

// Moves the self of a method, which comes first, to where the op has it.
static void place_self(lua_State *L) {
  int self = entry_of(L)->self;
  if (lua_gettop(L) <= self) lua_settop(L, self + 1); // what is missing is told in the op's words
  lua_pushvalue(L, 1);
  lua_remove(L, 1);
  lua_insert(L, self + 1);
}

int binding_call_op_method(lua_State *L) {
  place_self(L);
  return binding_call_op(L);
}

// Lua gives the operand of a unary operator twice.
int binding_call_op_unary(lua_State *L) {
  lua_settop(L, 1);
  return call_with(L, 1);
}

// ---- In place -----------------------------------------------------------------------------------------------

typedef struct inplace {
  op_arguments arguments;
  lua_tensor result; // not on the Lua side: released by the work itself
  sg_tensor *target;
  char function[64];
} inplace;

static bool inplace_work(sg_context *context, void *block) {
  inplace *p = block;
  bool recording = sg_set_grad_enabled(context, false);
  bool done = arguments_apply(context, &p->arguments);
  sg_set_grad_enabled(context, recording);
  done = done && sg_tensor_assign_as(p->target, p->result.tensor, p->function) == SG_OK;
  tensor_slot_free(&p->result);
  return done;
}

// A write in place is not recorded, so a gradient that should flow through the written value would be lost.
static void refuse_lost_gradient(lua_State *L, sg_context *context, const char *function, const char *name,
                                 const sg_tensor *value) {
  if (value != NULL && sg_grad_enabled(context) && sg_tensor_requires_grad(value))
    binding_error(
        L,
        "%s: %s requires a gradient, and a write in place is not recorded; use the form that returns a new "
        "tensor, detach it, or write inside sg.no_grad",
        function, name);
}

int binding_call_op_inplace(lua_State *L) {
  binding *b = binding_open(L);
  const op_entry *entry = entry_of(L);
  inplace p;
  const char *function = p.function;
  snprintf(p.function, sizeof p.function, "%s_", entry->op->name);
  p.target = tensor_check(L, 1, function, "self");
  if (entry->self > 0) place_self(L);
  p.result = (lua_tensor){0};
  p.arguments.slots[0] = &p.result;
  int last = lua_gettop(L);
  luaL_checkstack(L, SG_MAX_PORTS + LUA_MINSTACK, function);
  arguments_read(L, entry, 1, last, &p.arguments);
  for (int i = 0; i < p.arguments.input_count; i++)
    if (!(p.arguments.numbers >> i & 1u))
      refuse_lost_gradient(L, b->context, function,
                           i < entry->input_ports ? sg_op_inputs(entry->op)[i].name : "an input",
                           p.arguments.inputs[i]);
  binding_run(L, b, inplace_work, &p);
  lua_pushvalue(L, entry->self + 1);
  return 1;
}
