// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the descriptors say, as Lua tables: for the manual and for tools.
#include "lua/bind/base/check.h"
#include "lua/bind/base/error.h"
#include "lua/bind/base/guess.h"
#include "lua/bind/base/table.h"
#include "lua/bind/custom_op/custom_op.h"
#include "lua/bind/functions.h"
#include "lua/bind/op/arguments.h"
#include "lua/bind/op/attribute.h"
#include "ops/ops.h"

static void set_flag(lua_State *L, const char *name, unsigned flag) {
  if (flag == 0) return;
  lua_pushboolean(L, true);
  lua_setfield(L, -2, name);
}

static void push_ports(lua_State *L, const sg_port *port) {
  lua_newtable(L);
  for (int i = 1; port->name != NULL; port++) {
    if (port->flags & SG_HIDDEN && !(port->flags & SG_OPTIONAL)) continue;
    lua_createtable(L, 0, 4);
    table_set_text(L, "name", port->name);
    table_set_text(L, "doc", port->doc);
    set_flag(L, "optional", port->flags & SG_OPTIONAL);
    set_flag(L, "index", port->flags & SG_INDEX);
    set_flag(L, "self", port->flags & SG_SELF);
    set_flag(L, "step", port->flags & SG_STEP);
    set_flag(L, "undifferentiable", port->flags & SG_UNDIFFERENTIABLE);
    set_flag(L, "differentiable", sg_port_is_differentiable(port));
    set_flag(L, "variadic", port->flags & SG_VARIADIC);
    set_flag(L, "any_dtype", port->flags & SG_ANY_DTYPE);
    set_flag(L, "bool_too", port->flags & SG_BOOL_TOO);
    set_flag(L, "floating_too", port->flags & SG_FLOATING_TOO);
    lua_rawseti(L, -2, i++);
  }
}

static void push_attribute(lua_State *L, const sg_op *op, const sg_attribute *a) {
  static const char *const type_names[] = {
      [SG_ATTRIBUTE_FLOAT] = "number",  [SG_ATTRIBUTE_INT] = "integer",       [SG_ATTRIBUTE_BOOL] = "boolean",
      [SG_ATTRIBUTE_INTS] = "integers", [SG_ATTRIBUTE_DIM] = "dimension",     [SG_ATTRIBUTE_DIMS] = "dimensions",
      [SG_ATTRIBUTE_SHAPE] = "shape",   [SG_ATTRIBUTE_CHOICE] = "choice",     [SG_ATTRIBUTE_DTYPE] = "dtype",
      [SG_ATTRIBUTE_NUMBER] = "number",
      [SG_ATTRIBUTE_STRING] = "string", [SG_ATTRIBUTE_INT_LIST] = "integers", [SG_ATTRIBUTE_FLOAT_LIST] = "numbers",
  };
  lua_createtable(L, 0, 8);
  table_set_text(L, "name", a->name);
  table_set_text(L, "type", type_names[a->type]);
  table_set_text(L, "doc", a->doc);
  set_flag(L, "required", a->flags & SG_REQUIRED);
  set_flag(L, "by_name", a->flags & SG_BY_NAME);
  set_flag(L, "or_list", a->flags & SG_OR_LIST);
  if (a->flags & (SG_AT_LEAST | SG_ABOVE)) lua_pushnumber(L, a->minimum), lua_setfield(L, -2, "minimum");
  if (a->flags & (SG_AT_MOST | SG_BELOW)) lua_pushnumber(L, a->maximum), lua_setfield(L, -2, "maximum");
  set_flag(L, "above_minimum", a->flags & SG_ABOVE);
  set_flag(L, "below_maximum", a->flags & SG_BELOW);
  if (!(a->flags & SG_REQUIRED) && sg_op_defaults(op) != NULL)
    attribute_push(L, a, sg_op_defaults(op)), lua_setfield(L, -2, "default");
  if (a->choices == NULL) return;
  lua_newtable(L);
  for (int i = 0; a->choices[i] != NULL; i++) {
    lua_pushstring(L, a->choices[i]);
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -2, "choices");
}

// The names of the ports in a mask, as a list.
static void push_names(lua_State *L, const sg_port *ports, unsigned mask) {
  for (int p = 0; ports[p].name != NULL; p++) {
    if (!(mask >> p & 1)) continue;
    lua_pushstring(L, ports[p].name);
    lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
  }
}

// op_info(name): {name, summary, formula, reference, subgradient, cost, room (the folder of a built-in op),
// room_title, inputs, outputs, attributes, differentiable, derivatives (which there are, in words), keeps (the
// names of what is saved for them, as far as the descriptor says), dimension_second (whether the first option may
// come before the second tensor)}; for an op defined in Lua also custom = true and its samples.
static int op_info(lua_State *L) {
  binding *b = binding_open(L);
  const char *name = string_check(L, 1, "op_info", "the name");
  const sg_op *op = sg_op_find(b->context, name);
  if (op == NULL) {
    guess g = guess_start(name);
    for (size_t i = 0; i < sg_op_count(b->context); i++) guess_try(&g, sg_op_at(b->context, i)->name);
    binding_error(L, "there is no op '%s'%s", name, guess_push(L, &g));
  }
  lua_getiuservalue(L, lua_upvalueindex(1), BINDING_CUSTOM_OPS);
  lua_getfield(L, -1, op->name); // keeps an op alive that is replaced meanwhile
  lua_createtable(L, 0, 8);
  table_set_text(L, "name", op->name);
  table_set_text(L, "summary", op->summary);
  table_set_text(L, "formula", op->formula);
  table_set_text(L, "reference", op->reference);
  table_set_text(L, "subgradient", sg_op_subgradient(op));
  table_set_text(L, "cost", sg_op_cost(op));
  const char *title = NULL;
  table_set_text(L, "room", sg_builtin_op_room(op->name, &title));
  table_set_text(L, "room_title", title);
  const bool differentiable = sg_op_is_differentiable(op), composed = sg_op_compose(op) != NULL;
  const bool again = (sg_op_vjp(op) != NULL && !op->once_differentiable) || composed;
  set_flag(L, "differentiable", differentiable);
  table_set_text(L, "derivatives", !differentiable ? "none" : again ? "of every order" : "the first only");
  lua_newtable(L);
  push_names(L, sg_op_inputs(op), sg_op_save_inputs(op));
  push_names(L, sg_op_outputs(op), sg_op_save_outputs(op));
  lua_setfield(L, -2, "keeps");
  op_entry entry;
  op_entry_fill(&entry, op);
  set_flag(L, "dimension_second", entry.dimension_second);
  push_ports(L, sg_op_inputs(op));
  lua_setfield(L, -2, "inputs");
  push_ports(L, sg_op_outputs(op));
  lua_setfield(L, -2, "outputs");
  lua_newtable(L);
  for (int i = 0; sg_op_attributes(op)[i].name != NULL; i++) {
    push_attribute(L, op, &sg_op_attributes(op)[i]);
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -2, "attributes");
  if (custom_op_definition(L, op)) {
    if (lua_getfield(L, -1, "backward") == LUA_TNIL) {
      lua_pushliteral(L, "none");
      lua_setfield(L, -4, "derivatives");
      lua_pushnil(L);
      lua_setfield(L, -4, "differentiable");
    }
    lua_pop(L, 1);
    lua_getfield(L, -1, "samples");
    lua_setfield(L, -3, "samples");
    lua_pop(L, 1);
    set_flag(L, "custom", true);
  }
  return 1;
}

// ops(): the names of all ops.
static int op_names(lua_State *L) {
  binding *b = binding_open(L);
  lua_newtable(L);
  for (size_t i = 0; i < sg_op_count(b->context); i++) {
    lua_pushstring(L, sg_op_at(b->context, i)->name);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return 1;
}

const binding_function op_info_functions[] = {{"op_info", op_info, 1}, {"ops", op_names, 0}, {NULL, NULL, 0}};
