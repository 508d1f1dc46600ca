// SPDX-License-Identifier: GPL-3.0-or-later
//
// Custom ops: how sg.op makes one from its definition.
#include "lua/bind/base/error.h"
#include "lua/bind/custom_op/custom_op.h"
#include "lua/bind/custom_op/parts.h"
#include "lua/bind/op/op.h"
#include <string.h>

// ---- The descriptor -----------------------------------------------------------------------------------------

static sg_status refuse(sg_plan *plan) {
  return sg_reject(plan, "is defined in Lua and can be applied from there only");
}

static void nothing(const sg_call *call) { (void)call; }

// Silence would be a gradient of zero.
static void no_derivative(const sg_call *call) {
  sg_error(call->context, SG_INVALID_STATE, "this op has no derivative: it was defined without a backward");
}

// ---- Defining -----------------------------------------------------------------------------------------------

// A string of the definition at index 1, which keeps it.
static const char *text_field(lua_State *L, int table, const char *field) {
  lua_getfield(L, table, field);
  const char *text = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : NULL;
  lua_pop(L, 1);
  return text;
}

static bool flag_field(lua_State *L, int table, const char *field) {
  lua_getfield(L, table, field);
  bool flag = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return flag;
}

// Reads definition[list], {name =, doc =, optional =, constant =} each. Of more than there is room for, the last
// port stands for all that follow. Returns how many there are.
static int read_ports(lua_State *L, const char *list, unsigned common, sg_port *ports) {
  lua_getfield(L, 1, list);
  int table = lua_gettop(L), count = (int)lua_rawlen(L, table);
  for (int i = 0; i < count && i < SG_MAX_PORTS; i++) {
    lua_rawgeti(L, table, i + 1);
    unsigned flags = flag_field(L, table + 1, "optional") ? SG_OPTIONAL : 0;
    flags |= common;
    if (flag_field(L, table + 1, "constant")) flags |= SG_STEP;
    ports[i] = (sg_port){text_field(L, table + 1, "name"), flags, text_field(L, table + 1, "doc")};
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  return count;
}

static void read_definition(lua_State *L, custom_op *op) {
  sg_op *d = &op->op;
  d->name = text_field(L, 1, "label");
  d->summary = text_field(L, 1, "summary");
  d->formula = text_field(L, 1, "formula");
  d->reference = text_field(L, 1, "reference");
  op->input_count = read_ports(L, "inputs", 0, op->inputs);
  op->output_count = read_ports(L, "outputs", SG_ZERO_IF_UNUSED, op->outputs);
  if (!flag_field(L, 1, "outputs_declared")) {
    op->output_count = -1;
    op->outputs[0].flags = SG_ZERO_IF_UNUSED; // the end of an empty list stands for every result
  }
  op->variadic = flag_field(L, 1, "variadic");
  op->differentiable = flag_field(L, 1, "differentiable");
  d->once_differentiable = flag_field(L, 1, "once_differentiable");
  if (op->input_count >= SG_MAX_PORTS || op->variadic) {
    int last = op->input_count < SG_MAX_PORTS ? op->input_count : SG_MAX_PORTS - 1;
    op->inputs[last] = (sg_port){"further_arguments", SG_VARIADIC, "further arguments"};
  }
  d->inputs = op->inputs;
  d->outputs = op->outputs;
  static custom_context *const none = NULL;
  d->options_bytes = sizeof none;
  d->defaults = &none;
  d->prepare = refuse;
  d->forward = nothing;
  d->vjp = no_derivative;
  d->release = custom_op_release;
  d->value_name = custom_value_name;
}

static bool is_custom(const sg_op *op) { return sg_op_prepare(op) == refuse; }

bool custom_op_definition(lua_State *L, const sg_op *op) {
  if (!is_custom(op)) return false;
  lua_getiuservalue(L, lua_upvalueindex(1), BINDING_CUSTOM_OPS);
  lua_getfield(L, -1, op->name);
  lua_getiuservalue(L, -1, CUSTOM_OP_DEFINITION);
  lua_replace(L, -3);
  lua_pop(L, 1);
  return true;
}

// Raises when the name is taken. Returns the custom op to be replaced, or NULL.
static const sg_op *check_name(lua_State *L, binding *b, const char *name) {
  const sg_op *old = sg_op_find(b->context, name);
  if (old == NULL || !is_custom(old)) return binding_check_op_name(L, "sg.op", name), NULL;
  if (flag_field(L, 1, "replace")) return old;
  custom_op_definition(L, old);
  binding_error(L, "sg.op: there is already a custom op '%s', defined at %s; replace = true replaces it", name,
                text_field(L, lua_gettop(L), "where"));
}

// table[name] = the value at the top, which is popped.
static void set_in(lua_State *L, int user_value, const char *name) {
  lua_getiuservalue(L, lua_upvalueindex(1), user_value);
  lua_pushstring(L, name);
  lua_rotate(L, -3, -1);
  lua_rawset(L, -3);
  lua_pop(L, 1);
}

// define_op(definition): the function of a new op. selenograd.op has checked and completed the definition; with a
// name the op is registered as sg.NAME and x:NAME.
static int define_op(lua_State *L) {
  binding *b = binding_open(L);
  custom_op_own_definition(L);
  const char *name = text_field(L, 1, "name");
  const sg_op *old = name != NULL ? check_name(L, b, name) : NULL;
  custom_op *op = lua_newuserdatauv(L, sizeof *op, CUSTOM_OP_VALUES); // 2
  *op = (custom_op){0};
  read_definition(L, op);
  lua_pushvalue(L, 1);
  lua_setiuservalue(L, 2, CUSTOM_OP_DEFINITION);
  lua_getfield(L, 1, "forward");
  lua_setiuservalue(L, 2, CUSTOM_OP_FORWARD);
  if (lua_getfield(L, 1, "backward") != LUA_TNIL) op->op.vjp = custom_op_vjp;
  lua_setiuservalue(L, 2, CUSTOM_OP_BACKWARD);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_pushvalue(L, lua_upvalueindex(2));
  lua_pushvalue(L, 2);
  lua_getiuservalue(L, lua_upvalueindex(1), BINDING_CUSTOM_METATABLE);
  lua_pushcclosure(L, custom_op_call, 4); // 3
  if (name == NULL) return 1;
  lua_pushvalue(L, 2);
  set_in(L, BINDING_CUSTOM_OPS, name); // before the context knows it: it has to outlive that
  if ((old != NULL ? sg_op_replace(b->context, &op->op) : sg_op_register(b->context, &op->op)) != SG_OK)
    binding_raise(L, b, "sg.op");
  lua_pushvalue(L, 3);
  set_in(L, BINDING_MODULE, name);
  lua_pushvalue(L, 3);
  set_in(L, BINDING_METHODS, name);
  return 1;
}

void custom_op_open(lua_State *L) {
  custom_op_cycle_open(L);
  lua_newtable(L);
  lua_setiuservalue(L, lua_upvalueindex(1), BINDING_CUSTOM_OPS);
  custom_context_metatable(L);
  lua_setiuservalue(L, lua_upvalueindex(1), BINDING_CUSTOM_METATABLE);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_pushvalue(L, lua_upvalueindex(2));
  lua_pushcclosure(L, custom_op_backward, 2);
  lua_setiuservalue(L, lua_upvalueindex(1), BINDING_CUSTOM_BACKWARD);
}

const binding_function custom_op_functions[] = {{"define_op", define_op, 1}, {NULL, NULL, 0}};
