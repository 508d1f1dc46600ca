// SPDX-License-Identifier: GPL-3.0-or-later
//
// A report of the checker as Lua tables. The arrays (values of all elements, Jacobians) become tensors when they
// are asked for; the C report lives as long as one of its inputs does.
#include "lua/bind/base/collector.h"
#include "lua/bind/base/number.h"
#include "lua/bind/base/slot.h"
#include "lua/bind/base/table.h"
#include "lua/bind/gradcheck/gradcheck.h"
#include <string.h>

static int report_collect(lua_State *L) {
  sg_gradcheck_report **report = lua_touserdata(L, 1);
  sg_gradcheck_report_free(*report);
  *report = NULL;
  return 0;
}

sg_gradcheck_report **gradcheck_new_report_slot(lua_State *L) {
  return box_push(L, sizeof(sg_gradcheck_report *), report_collect);
}

// ---- Fields -------------------------------------------------------------------------------------------------

// A list of integers, each with `base` added.
static void set_list(lua_State *L, const char *name, int count, const int64_t *values, int base) {
  lua_createtable(L, count, 0);
  for (int i = 0; i < count; i++) {
    lua_pushinteger(L, values[i] + base);
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -2, name);
}

// ---- The arrays of an input ---------------------------------------------------------------------------------

// The third upvalue is the userdata of the report, the fourth the place of the input in it.
static const sg_gradcheck_input *input_of(lua_State *L) {
  sg_gradcheck_report *const *report = lua_touserdata(L, lua_upvalueindex(3));
  return &(*report)->inputs[lua_tointeger(L, lua_upvalueindex(4))];
}

enum { POSITIONS, ANALYTIC, NUMERIC, ERROR_BAR, VERDICTS, VALUE_COLUMNS };

typedef struct values_request {
  const sg_gradcheck_input *input;
  lua_tensor *slots[VALUE_COLUMNS];
} values_request;

static void put_row(sg_tensor *const *columns, int64_t i, const sg_gradcheck_value *value) {
  const int64_t position = value->position + 1, verdict = (int64_t)value->verdict + 1;
  const void *const row[VALUE_COLUMNS] = {[POSITIONS] = &position,
                                          [ANALYTIC] = &value->analytic,
                                          [NUMERIC] = &value->numeric,
                                          [ERROR_BAR] = &value->error_bar,
                                          [VERDICTS] = &verdict};
  for (int column = 0; column < VALUE_COLUMNS; column++)
    sg_tensor_put(columns[column], i, 1, row[column], "gradcheck");
}

static bool values_work(sg_context *context, void *block) {
  const values_request *p = block;
  const sg_shape shape = {1, {p->input->values != NULL ? p->input->checked : 0}};
  sg_tensor *made[VALUE_COLUMNS];
  for (int i = 0; i < VALUE_COLUMNS; i++) {
    made[i] = sg_tensor_new(context, i == POSITIONS || i == VERDICTS ? SG_I64 : SG_F64, &shape);
    if (made[i] == NULL) return false;
  }
  for (int64_t i = 0; i < sg_shape_elements(&shape); i++) put_row(made, i, &p->input->values[i]);
  for (int i = 0; i < VALUE_COLUMNS; i++) p->slots[i]->tensor = sg_retain(made[i]);
  return true;
}

// input:values(): every compared element, in order of position. A table of one-dimensional tensors: positions
// (row-major, from 1), analytic, numeric, error_bar, and verdicts, places in the list verdict_names; and count.
static int input_values(lua_State *L) {
  static const char *const names[VALUE_COLUMNS] = {"positions", "analytic", "numeric", "error_bar", "verdicts"};
  binding *b = binding_open(L);
  values_request p = {.input = input_of(L)};
  lua_createtable(L, 0, VALUE_COLUMNS + 2);
  for (int i = 0; i < VALUE_COLUMNS; i++) {
    p.slots[i] = tensor_new_slot(L, b);
    lua_setfield(L, -2, names[i]);
  }
  binding_run(L, b, values_work, &p);
  table_set_integer(L, "count", p.input->values != NULL ? p.input->checked : 0);
  lua_createtable(L, 4, 0);
  for (int i = 0; i < 4; i++) {
    lua_pushstring(L, sg_gradcheck_verdict_name((sg_gradcheck_verdict)i));
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -2, "verdict_names");
  return 1;
}

typedef struct jacobian_request {
  const sg_gradcheck_input *input;
  const double *data;
  lua_tensor *slot;
} jacobian_request;

static bool jacobian_work(sg_context *context, void *block) {
  const jacobian_request *p = block;
  const sg_shape shape = {2, {p->input->output_elements, sg_shape_elements(&p->input->shape)}};
  sg_tensor *made = sg_tensor_from(context, SG_F64, &shape, p->data);
  if (made == NULL) return false;
  p->slot->tensor = sg_retain(made);
  return true;
}

static int push_jacobian(lua_State *L, const double *data) {
  if (data == NULL) return lua_pushnil(L), 1;
  binding *b = binding_open(L);
  jacobian_request p = {input_of(L), data, tensor_new_slot(L, b)};
  binding_run(L, b, jacobian_work, &p);
  return 1;
}

// What is made when it is asked for: input.values, input.analytic_jacobian, input.numeric_jacobian.
static int input_index(lua_State *L) {
  const char *name = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "";
  if (strcmp(name, "analytic_jacobian") == 0) return push_jacobian(L, input_of(L)->analytic_jacobian);
  if (strcmp(name, "numeric_jacobian") == 0) return push_jacobian(L, input_of(L)->numeric_jacobian);
  if (strcmp(name, "values") != 0) return lua_pushnil(L), 1;
  for (int i = 1; i <= 4; i++) lua_pushvalue(L, lua_upvalueindex(i));
  lua_pushcclosure(L, input_values, 4);
  return 1;
}

// ---- The tables ---------------------------------------------------------------------------------------------

static void push_element(lua_State *L, const sg_gradcheck_element *element) {
  lua_createtable(L, 0, 6);
  set_list(L, "index", element->rank, element->index, 1);
  table_set_integer(L, "position", element->position + 1);
  table_set_number(L, "analytic", element->analytic);
  table_set_number(L, "numeric", element->numeric);
  table_set_number(L, "error_bar", element->error_bar);
  table_set_text(L, "verdict", sg_gradcheck_verdict_name(element->verdict));
}

static void set_counts(lua_State *L, const char *name, const sg_gradcheck_counts *counts) {
  lua_createtable(L, 0, 4);
  table_set_integer(L, "passed", counts->passed);
  table_set_integer(L, "failed", counts->failed);
  table_set_integer(L, "nondifferentiable", counts->nondifferentiable);
  table_set_integer(L, "inconclusive", counts->inconclusive);
  lua_setfield(L, -2, name);
}

static void push_counts(lua_State *L, const sg_gradcheck_input *input) {
  table_set_integer(L, "checked", input->checked);
  table_set_integer(L, "passed", input->passed);
  table_set_integer(L, "failed", input->failed);
  table_set_integer(L, "nondifferentiable", input->nondifferentiable);
  table_set_integer(L, "inconclusive", input->inconclusive);
  table_set_integer(L, "skipped", input->skipped);
  if (input->mode == SG_GRADCHECK_DIRECTIONAL) set_counts(L, "directions", &input->directions);
  if (input->analytic_jacobian != NULL) set_counts(L, "entries", &input->entries);
}

static void push_promises(lua_State *L, const sg_gradcheck_input *input) {
  table_set_number(L, "max_error", input->max_error);
  table_set_number(L, "largest", input->largest);
  table_set_number(L, "resolution", input->resolution);
  table_set_integer(L, "probes", input->probes);
  table_set_number(L, "dense_error", input->dense_error);
  table_set_number(L, "dense_miss", input->dense_miss);
  table_set_number(L, "single_error", input->single_error);
  table_set_number(L, "single_miss", input->single_miss);
}

// The inputs of order 2 and 3 come after the caller's: the cotangents.
static void push_input(lua_State *L, int slot, int at, const sg_gradcheck_input *input,
                       const check_request *request) {
  const bool given = input->position < request->input_count;
  lua_createtable(L, 0, 32);
  table_set_text(L, "name", given ? request->names[input->position] : input->name);
  table_set_integer(L, "position", given ? request->argument[input->position] + 1 : input->position + 1);
  table_set_integer(L, "order", input->order);
  set_list(L, "shape", input->shape.rank, input->shape.size, 0);
  table_set_text(L, "mode", sg_gradcheck_mode_name(input->mode));
  table_set_text(L, "verdict", sg_gradcheck_verdict_name(input->verdict));
  table_set_text(L, "diagnosis", input->diagnosis);
  table_set_text(L, "reason", input->reason);
  push_counts(L, input);
  push_promises(L, input);
  if (input->worst.position >= 0) {
    push_element(L, &input->worst);
    lua_setfield(L, -2, "worst");
  }
  lua_createtable(L, 0, 1);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_pushvalue(L, lua_upvalueindex(2));
  lua_pushvalue(L, slot);
  lua_pushinteger(L, at);
  lua_pushcclosure(L, input_index, 4);
  lua_setfield(L, -2, "__index");
  lua_setmetatable(L, -2);
}

// report.inputs[name]: the first input of that name.
static int inputs_index(lua_State *L) {
  if (lua_type(L, 2) != LUA_TSTRING) return lua_pushnil(L), 1;
  for (lua_Integer i = 1; lua_rawgeti(L, 1, i) == LUA_TTABLE; i++) {
    lua_getfield(L, -1, "name");
    if (lua_rawequal(L, -1, 2)) return lua_pop(L, 1), 1;
    lua_pop(L, 2);
  }
  return lua_pushnil(L), 1;
}

static void set_metamethod(lua_State *L, const char *name, lua_CFunction function) {
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, function);
  lua_setfield(L, -2, name);
  lua_setmetatable(L, -2);
}

static void set_inputs(lua_State *L, int slot, const sg_gradcheck_report *report, const check_request *request) {
  lua_createtable(L, report->input_count, 0);
  for (int i = 0; i < report->input_count; i++) {
    push_input(L, slot, i, &report->inputs[i], request);
    lua_rawseti(L, -2, i + 1);
  }
  set_metamethod(L, "__index", inputs_index);
  lua_setfield(L, -2, "inputs");
}

static void set_structures(lua_State *L, const sg_gradcheck_report *report) {
  lua_createtable(L, report->structure_count, 0);
  for (int i = 0; i < report->structure_count; i++) {
    lua_createtable(L, 0, 3);
    table_set_text(L, "name", report->structures[i].name);
    table_set_text(L, "verdict", sg_gradcheck_verdict_name(report->structures[i].verdict));
    table_set_text(L, "text", report->structures[i].text);
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -2, "structures");
}

static void push_text(lua_State *L, const sg_gradcheck_report *report) {
  size_t length = sg_gradcheck_report_text(report, 1, NULL, 0);
  luaL_Buffer text;
  char *room = luaL_buffinitsize(L, &text, length + 1);
  sg_gradcheck_report_text(report, 1, room, length + 1);
  luaL_pushresultsize(&text, length);
}

static int report_text(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_getfield(L, 1, "text");
  return 1;
}

void gradcheck_push_report(lua_State *L, int slot, const check_request *request) {
  const sg_gradcheck_report *report = *(sg_gradcheck_report *const *)lua_touserdata(L, slot);
  lua_createtable(L, 0, 12);
  lua_pushboolean(L, report->ok);
  lua_setfield(L, -2, "ok");
  table_set_text(L, "verdict", sg_gradcheck_verdict_name(report->verdict));
  table_set_text(L, "mode", sg_gradcheck_mode_name(report->mode));
  table_set_text(L, "reason", report->reason);
  table_set_text(L, "notes", report->notes);
  table_set_integer(L, "order", report->order);
  table_set_number(L, "miss", report->miss);
  table_set_integer(L, "evaluations", (int64_t)report->evaluations);
  push_text(L, report);
  lua_setfield(L, -2, "text");
  set_structures(L, report);
  set_inputs(L, slot, report, request);
  set_metamethod(L, "__tostring", report_text);
}
