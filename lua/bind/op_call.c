// SPDX-License-Identifier: GPL-3.0-or-later
//
// One closure serves every registered op: sg.NAME(...), x:NAME(...), the arithmetic metamethods, and x:NAME_(...),
// which writes the result into x.
#include "lua/bind/binding.h"
#include <stdio.h>

// The third upvalue: what is known of the op.
static const op_entry *entry_of(lua_State *L) { return lua_touserdata(L, lua_upvalueindex(3)); }

static int call_with(lua_State *L, int argument_count) {
  binding *b = binding_open(L);
  const op_entry *entry = entry_of(L);
  op_arguments arguments;
  luaL_checkstack(L, SG_MAX_PORTS + LUA_MINSTACK, entry->op->name);
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

typedef struct assignment {
  sg_tensor *target, *source;
  lua_numeric value;
} assignment;

static bool assign_work(sg_context *context, void *block) {
  (void)context;
  const assignment *p = block;
  if (p->source != NULL) return sg_tensor_assign(p->target, p->source) == SG_OK;
  return numeric_fill(p->target, p->value) == SG_OK;
}

static int assign_to_self(lua_State *L, sg_tensor *source, lua_numeric value) {
  binding *b = binding_open(L);
  assignment p = {tensor_test(L, 1), source, value};
  binding_run(L, b, assign_work, &p);
  lua_settop(L, 1);
  return 1;
}

static int inplace_copy(lua_State *L) {
  tensor_check(L, 1, "copy_", "self");
  sg_tensor *source = tensor_check(L, 2, "copy_", "the source");
  refuse_lost_gradient(L, sg_tensor_context(source), "copy_", "the source", source);
  return assign_to_self(L, source, numeric_integer(0));
}

static int inplace_fill(lua_State *L) {
  tensor_check(L, 1, "fill_", "self");
  const sg_dtype dtype = sg_tensor_dtype(tensor_test(L, 1));
  if (!lua_isboolean(L, 2)) number_check(L, 2, "fill_", "the value");
  if (!sg_dtype_is_floating(dtype) && dtype != SG_BOOL) integer_check(L, 2, "fill_", "the value");
  return assign_to_self(L, NULL, numeric_of(L, 2));
}

static int inplace_zero(lua_State *L) {
  tensor_check(L, 1, "zero_", "self");
  return assign_to_self(L, NULL, numeric_integer(0));
}

const binding_function inplace_methods[] = {
    {"copy_", inplace_copy, 2}, {"fill_", inplace_fill, 2}, {"zero_", inplace_zero, 1}, {NULL, NULL, 0}};
