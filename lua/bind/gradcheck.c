// SPDX-License-Identifier: GPL-3.0-or-later
//
// sg.gradcheck(f, inputs, options): the gradient checker with a Lua function.
#include "autograd/gradcheck/gradcheck.h"
#include "lua/bind/binding.h"
#include <stdlib.h>
#include <string.h>

typedef struct check_request {
  lua_State *L;
  binding *owner;
  int function; // stack index
  int input_count;
  sg_tensor **inputs;
  sg_gradcheck_options options;
  sg_gradcheck_report **report; // in a userdata that frees it
} check_request;

// What the callback hands to its protected part.
typedef struct callback {
  int input_count, *output_count;
  sg_tensor *const *inputs;
  sg_tensor **outputs;
} callback;

// callback_protected(f, callback): calls f with the inputs; takes its results. Runs protected, so it may raise.
static int callback_protected(lua_State *L) {
  binding *b = binding_of(L);
  callback *p = lua_touserdata(L, 2);
  lua_settop(L, 1);
  luaL_checkstack(L, p->input_count + LUA_MINSTACK, "gradcheck");
  for (int i = 0; i < p->input_count; i++) {
    lua_tensor *slot = tensor_new_slot(L, b); // may raise, so it comes before the reference
    slot->tensor = sg_retain(p->inputs[i]);
  }
  lua_call(L, p->input_count, LUA_MULTRET);
  int results = lua_gettop(L);
  if (results == 0 || results > SG_GRADCHECK_MAX_OUTPUTS)
    binding_error(L, "gradcheck: the function returned %d values, expected 1 to %d tensors", results,
                  SG_GRADCHECK_MAX_OUTPUTS);
  for (int i = 0; i < results; i++)
    p->outputs[i] = tensor_check(L, i + 1, "gradcheck", "a result of the function");
  *p->output_count = results;
  return results; // keeps the tensors alive until the caller has put them into its scope
}

// Puts a tensor into the innermost scope.
static sg_tensor *into_scope(sg_context *context, sg_tensor *tensor) {
  sg_scope scope = sg_scope_open(context);
  return sg_scope_return(context, scope, tensor);
}

static sg_status call_function(sg_context *context, void *user, int input_count, sg_tensor *const *inputs,
                               int *output_count, sg_tensor **outputs) {
  check_request *request = user;
  lua_State *L = request->L;
  callback p = {input_count, output_count, inputs, outputs};
  int top = lua_gettop(L);
  // The protected function stands above f on the stack, made beforehand: nothing here takes memory of Lua.
  lua_pushvalue(L, request->function + 1);
  lua_pushvalue(L, request->function);
  lua_pushlightuserdata(L, &p);
  if (binding_pcall(L, request->owner, 2, LUA_MULTRET) != LUA_OK) {
    sg_status status = binding_callback_failed(L, request->owner);
    lua_settop(L, top);
    return status;
  }
  for (int i = 0; i < *output_count; i++) outputs[i] = into_scope(context, outputs[i]);
  lua_settop(L, top);
  return sg_error_status(context);
}

static bool check_work(sg_context *context, void *block) {
  check_request *p = block;
  return sg_gradcheck(context, call_function, p, p->input_count, p->inputs, &p->options, p->report) == SG_OK;
}

// ---- Options ------------------------------------------------------------------------------------------------

static void read_names(lua_State *L, check_request *p) {
  if (lua_type(L, -1) != LUA_TTABLE)
    binding_error(L, "gradcheck: names is %s, expected a list of strings", binding_describe(L, -1));
  const char **names = lua_newuserdatauv(L, (size_t)p->input_count * sizeof *names, 0);
  for (int i = 0; i < p->input_count; i++) {
    lua_rawgeti(L, -2, i + 1);
    names[i] = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : NULL; // anchored by the list
    lua_pop(L, 1);
  }
  p->options.names = names;
}

static void read_mode(lua_State *L, check_request *p) {
  static const char *const modes[] = {"auto", "full", "directional"};
  const char *mode = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "";
  guess g = guess_start(mode);
  for (int i = 0; i < 3; i++) {
    if (strcmp(mode, modes[i]) == 0) {
      p->options.mode = (sg_gradcheck_mode)i;
      return;
    }
    guess_try(&g, modes[i]);
  }
  binding_error(L, "gradcheck: mode is %s, expected full, directional or auto%s", binding_describe(L, -1),
                guess_push(L, &g));
}

static void read_options(lua_State *L, int index, check_request *p) {
  if (lua_isnoneornil(L, index)) return;
  const option_field fields[] = {{"mode", NULL}, {"order", NULL}, {"step", NULL}, {"k", NULL},
                                 {"seed", NULL}, {"names", NULL}, {NULL, NULL}};
  bool_options_read(L, index, "gradcheck", fields);
  if (lua_getfield(L, index, "mode") != LUA_TNIL) read_mode(L, p);
  if (lua_getfield(L, index, "order") != LUA_TNIL) {
    int64_t order = integer_check(L, -1, "gradcheck", "order");
    p->options.order = order >= 1 && order < 100 ? (int)order : 100; // the checker names what it accepts
  }
  if (lua_getfield(L, index, "step") != LUA_TNIL) p->options.step = number_check(L, -1, "gradcheck", "step");
  if (lua_getfield(L, index, "k") != LUA_TNIL) p->options.k = number_check(L, -1, "gradcheck", "k");
  if (lua_getfield(L, index, "seed") != LUA_TNIL)
    p->options.seed = (uint64_t)integer_check(L, -1, "gradcheck", "seed");
  if (lua_getfield(L, index, "names") != LUA_TNIL) read_names(L, p);
}

// The inputs, a tensor or a list of tensors, in a block Lua owns; every floating one is checked.
static void read_inputs(lua_State *L, int index, check_request *p) {
  bool single = tensor_slot(L, index) != NULL;
  if (!single && lua_type(L, index) != LUA_TTABLE)
    binding_error(L, "gradcheck: the inputs are %s, expected a list of tensors", binding_describe(L, index));
  lua_Unsigned count = single ? 1 : lua_rawlen(L, index);
  if (count == 0 || count > SG_GRADCHECK_MAX_INPUTS)
    binding_error(L, "gradcheck: %d inputs, expected 1 to %d", (int)count, SG_GRADCHECK_MAX_INPUTS);
  p->input_count = (int)count;
  p->inputs = lua_newuserdatauv(L, (size_t)count * sizeof *p->inputs, 0);
  bool *check = lua_newuserdatauv(L, (size_t)count * sizeof *check, 0);
  p->options.check = check;
  bool any = false;
  for (int i = 0; i < p->input_count; i++) {
    if (single) lua_pushvalue(L, index);
    else lua_rawgeti(L, index, i + 1);
    p->inputs[i] = tensor_check(L, -1, "gradcheck", "an input");
    check[i] = sg_tensor_requires_grad(p->inputs[i]);
    any |= check[i];
    lua_pop(L, 1);
  }
  // With no input marked by requires_grad, all floating ones are meant.
  for (int i = 0; !any && i < p->input_count; i++) check[i] = sg_dtype_is_floating(sg_tensor_dtype(p->inputs[i]));
}

// ---- The report ---------------------------------------------------------------------------------------------

static void set_number(lua_State *L, const char *name, double value) {
  lua_pushnumber(L, value);
  lua_setfield(L, -2, name);
}

static void set_integer(lua_State *L, const char *name, int64_t value) {
  lua_pushinteger(L, value);
  lua_setfield(L, -2, name);
}

static void set_text(lua_State *L, const char *name, const char *value) {
  lua_pushstring(L, value);
  lua_setfield(L, -2, name);
}

static void push_element(lua_State *L, const sg_gradcheck_element *element) {
  lua_createtable(L, 0, 5);
  lua_createtable(L, element->rank, 0);
  for (int d = 0; d < element->rank; d++) {
    lua_pushinteger(L, element->index[d] + 1);
    lua_rawseti(L, -2, d + 1);
  }
  lua_setfield(L, -2, "index");
  set_number(L, "analytic", element->analytic);
  set_number(L, "numeric", element->numeric);
  set_number(L, "error_bar", element->error_bar);
  set_text(L, "verdict", sg_gradcheck_verdict_name(element->verdict));
}

static void push_input(lua_State *L, const sg_gradcheck_input *input) {
  lua_createtable(L, 0, 16);
  set_text(L, "name", input->name);
  set_text(L, "verdict", sg_gradcheck_verdict_name(input->verdict));
  set_text(L, "reason", input->reason);
  set_integer(L, "position", input->position + 1);
  set_integer(L, "order", input->order);
  set_integer(L, "checked", input->checked);
  set_integer(L, "passed", input->passed);
  set_integer(L, "failed", input->failed);
  set_integer(L, "nondifferentiable", input->nondifferentiable);
  set_integer(L, "inconclusive", input->inconclusive);
  set_number(L, "max_error", input->max_error);
  set_number(L, "largest", input->largest);
  set_number(L, "resolution", input->resolution);
  if (input->worst.position < 0) return;
  push_element(L, &input->worst);
  lua_setfield(L, -2, "worst");
}

static int report_text(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_getfield(L, 1, "text");
  return 1;
}

static void push_text(lua_State *L, const sg_gradcheck_report *report) {
  size_t length = sg_gradcheck_report_text(report, 1, NULL, 0);
  luaL_Buffer text;
  char *room = luaL_buffinitsize(L, &text, length + 1);
  sg_gradcheck_report_text(report, 1, room, length + 1);
  luaL_pushresultsize(&text, length);
}

static void push_report(lua_State *L, const sg_gradcheck_report *report) {
  lua_createtable(L, 0, 8);
  lua_pushboolean(L, report->ok);
  lua_setfield(L, -2, "ok");
  set_text(L, "verdict", sg_gradcheck_verdict_name(report->verdict));
  set_text(L, "reason", report->reason);
  set_text(L, "notes", report->notes);
  set_integer(L, "order", report->order);
  set_integer(L, "evaluations", (int64_t)report->evaluations);
  push_text(L, report);
  lua_setfield(L, -2, "text");
  lua_createtable(L, report->input_count, 0);
  for (int i = 0; i < report->input_count; i++) {
    push_input(L, &report->inputs[i]);
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -2, "inputs");
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, report_text);
  lua_setfield(L, -2, "__tostring");
  lua_setmetatable(L, -2);
}

static int report_collect(lua_State *L) {
  sg_gradcheck_report **report = lua_touserdata(L, 1);
  sg_gradcheck_report_free(*report);
  *report = NULL;
  return 0;
}

// ---- The functions ------------------------------------------------------------------------------------------

// gradcheck(f, inputs, {mode, order, step, k, seed, names}): the report as a table; tostring gives it as text.
static int gradcheck(lua_State *L) {
  check_request p = {.L = L, .owner = binding_open(L), .function = 1};
  lua_settop(L, 3);
  if (lua_isnil(L, 1)) binding_error(L, "gradcheck: the function is missing");
  luaL_checkstack(L, 2 * LUA_MINSTACK, "gradcheck");
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_pushvalue(L, lua_upvalueindex(2));
  lua_pushcclosure(L, callback_protected, 2);
  lua_insert(L, 2); // f, callback_protected, inputs, options
  read_inputs(L, 3, &p);
  read_options(L, 4, &p);
  p.report = lua_newuserdatauv(L, sizeof *p.report, 0);
  *p.report = NULL;
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, report_collect);
  lua_setfield(L, -2, "__gc");
  lua_setmetatable(L, -2);
  binding_run(L, p.owner, check_work, &p);
  push_report(L, *p.report);
  sg_gradcheck_report_free(*p.report);
  *p.report = NULL;
  return 1;
}

// assert_gradcheck(f, inputs, options): the report, or an error with it as text.
static int assert_gradcheck(lua_State *L) {
  gradcheck(L);
  lua_getfield(L, -1, "ok");
  if (!lua_toboolean(L, -1)) {
    lua_getfield(L, -2, "text");
    binding_error(L, "assert_gradcheck: the gradient is not proven\n%s", lua_tostring(L, -1));
  }
  lua_pop(L, 1);
  return 1;
}

const luaL_Reg gradcheck_functions[] = {
    {"gradcheck", gradcheck}, {"assert_gradcheck", assert_gradcheck}, {NULL, NULL}};
