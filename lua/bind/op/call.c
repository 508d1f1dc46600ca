// SPDX-License-Identifier: GPL-3.0-or-later
//
// One closure serves every registered op: sg.NAME(...), x:NAME(...) and the arithmetic metamethods.
#include "lua/bind/base/collector.h"
#include "lua/bind/op/arguments.h"
#include "lua/bind/op/op.h"

static bool writing_work(sg_context *context, void *arguments) {
  op_arguments *p = arguments;
  bool done = arguments_apply(context, p);
  for (int i = 0; i < p->entry->visible_outputs; i++) tensor_slot_free(p->slots[i]);
  return done;
}

// An op that writes into tensors returns the Lua value of the first one.
static int call_writing(lua_State *L, binding *b, const op_entry *entry, int argument_count,
                        op_arguments *arguments) {
  lua_tensor results[SG_MAX_PORTS] = {{0}}; // not on the Lua side
  for (int i = 0; i < entry->visible_outputs; i++) arguments->slots[i] = &results[i];
  arguments_read(L, entry, 1, argument_count, arguments);
  binding_run(L, b, writing_work, arguments);
  const int place = arguments->place[sg_op_written_input(entry->op, 0)]; // also of one given by name
  if (place != 0) lua_pushvalue(L, place);
  else lua_pushnil(L); // it may be optional
  return 1;
}

// take_list(arguments): the list of tensors, each in a slot of its own.
static int take_list(lua_State *L) {
  op_arguments *p = lua_touserdata(L, 1);
  lua_createtable(L, p->list.count, 0);
  while (p->listed < p->list.count) {
    lua_tensor *slot = tensor_new_slot(L, binding_of(L)); // may raise, so it comes first
    slot->tensor = p->list.tensor[p->listed++];
    lua_rawseti(L, 2, p->listed);
  }
  return 1;
}

// An op that gives a list of tensors returns a table of them, behind the results that stand alone. How many there
// are is known once it was applied, and their slots are made then, in a call that is protected.
static int call_listing(lua_State *L, binding *b, const op_entry *entry, int argument_count,
                        op_arguments *arguments) {
  const int alone = entry->visible_outputs - 1, first_output = lua_gettop(L) + 1;
  for (int i = 0; i < alone; i++) arguments->slots[i] = tensor_new_slot(L, b);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_pushvalue(L, lua_upvalueindex(2));
  lua_pushcclosure(L, take_list, 2);
  lua_pushlightuserdata(L, arguments);
  const int called = lua_gettop(L);
  arguments_read(L, entry, 1, argument_count, arguments);
  arguments->listed = 0;
  binding_run(L, b, arguments_apply, arguments);
  lua_settop(L, called);
  const int status = lua_pcall(L, 1, 1, 0);
  for (int i = arguments->listed; i < arguments->list.count; i++) sg_release(arguments->list.tensor[i]);
  sg_release(arguments->list.memory);
  if (status != LUA_OK) return lua_error(L);
  lua_settop(L, first_output + alone);
  return alone + 1;
}

static int call_with(lua_State *L, int argument_count) {
  binding *b = binding_open(L);
  const op_entry *entry = op_entry_of(L);
  op_arguments arguments;
  luaL_checkstack(L, SG_MAX_PORTS + SG_MAX_ATTRIBUTES + LUA_MINSTACK, entry->op->name);
  if (entry->written != 0) return call_writing(L, b, entry, argument_count, &arguments);
  if (entry->lists) return call_listing(L, b, entry, argument_count, &arguments);
  int first_output = lua_gettop(L) + 1;
  for (int i = 0; i < entry->visible_outputs; i++) arguments.slots[i] = tensor_new_slot(L, b);
  arguments_read(L, entry, 1, argument_count, &arguments);
  binding_run_as(L, b, entry->creates ? entry->op->name : NULL, arguments_apply, &arguments);
  lua_settop(L, first_output + arguments.returned - 1);
  return arguments.returned;
}

int binding_call_op(lua_State *L) { return call_with(L, lua_gettop(L)); }

int binding_call_op_method(lua_State *L) {
  op_place_self(L);
  return binding_call_op(L);
}

// Lua gives the operand of a unary operator twice.
int binding_call_op_unary(lua_State *L) {
  lua_settop(L, 1);
  return call_with(L, 1);
}
