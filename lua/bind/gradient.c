// SPDX-License-Identifier: GPL-3.0-or-later
//
// Differentiation: x:backward, sg.grad, and the recording switch.
#include "autograd/anomaly.h"
#include "lua/bind/base/check.h"
#include "lua/bind/base/collector.h"
#include "lua/bind/base/error.h"
#include "lua/bind/base/handle.h"
#include "lua/bind/base/options.h"
#include "lua/bind/functions.h"

// ---- backward -----------------------------------------------------------------------------------------------

typedef struct backward_request {
  sg_tensor *tensor, *cotangent;
  sg_backward_options options;
} backward_request;

static bool backward_work(sg_context *context, void *block) {
  const backward_request *p = block;
  return sg_backward(context, p->tensor, p->cotangent, &p->options) == SG_OK;
}

// x:backward([cotangent,] {retain_graph = false, create_graph = false})
static int tensor_backward(lua_State *L) {
  binding *b = binding_open(L);
  backward_request p = {tensor_check(L, 1, "backward", "self"), NULL, {false, false, false}};
  int at = 2;
  if (lua_isnil(L, at))
    at++;
  else if ((p.cotangent = tensor_test(L, at)) != NULL)
    at++; // options are read without allocating anything
  const option_field fields[] = {
      {"retain_graph", &p.options.retain_graph}, {"create_graph", &p.options.create_graph}, {NULL, NULL}};
  surplus_check(L, at, "backward");
  bool_options_read(L, at, "backward", fields);
  binding_run(L, b, backward_work, &p);
  return 0;
}

// ---- grad ---------------------------------------------------------------------------------------------------

typedef struct grad_request {
  int output_count, input_count;
  sg_tensor **outputs, **cotangents, **inputs, **gradients;
  sg_backward_options options;
  lua_tensor **slots;
} grad_request;

static bool grad_work(sg_context *context, void *block) {
  const grad_request *p = block;
  if (sg_grad(context, p->output_count, p->outputs, p->cotangents, p->input_count, p->inputs, &p->options,
              p->gradients) != SG_OK)
    return false;
  for (int i = 0; i < p->input_count; i++) p->slots[i]->tensor = sg_retain(p->gradients[i]);
  return true;
}

// How many tensors there are at `index`: one, or a list of them.
static int list_length(lua_State *L, int index, const char *name) {
  bool single = tensor_slot(L, index) != NULL;
  if (!single && lua_type(L, index) != LUA_TTABLE)
    binding_error(L, "grad: %s is %s, expected a tensor or a list of tensors", name, binding_describe(L, index));
  lua_Unsigned length = single ? 1 : list_check(L, index, "grad");
  if (length == 0 || length > 1 << 20) binding_error(L, "grad: %s has %d tensors", name, (int)length);
  return (int)length;
}

// The tensors of the list of handles at `index`.
static void take_tensors(lua_State *L, int index, const char *name, bool gaps, int count, sg_tensor **tensors) {
  for (int i = 0; i < count; i++) {
    lua_rawgeti(L, index, i + 1);
    tensors[i] = tensor_test(L, -1);
    if (tensors[i] == NULL && !(gaps && lua_type(L, -1) == LUA_TBOOLEAN))
      binding_error(L, "grad: element %d of %s is %s, expected a tensor", i + 1, name, binding_describe(L, -1));
    lua_pop(L, 1);
  }
}

// Pushes a block that Lua owns.
static void *push_block(lua_State *L, int count, size_t bytes) {
  return lua_newuserdatauv(L, (size_t)count * bytes, 0);
}

// Where things stand on the stack while a request is read.
enum { OUTPUTS = 1, INPUTS, OPTIONS, COTANGENTS, OUTPUT_LIST, INPUT_LIST, COTANGENT_LIST };

// Everything is allocated before the first tensor is taken.
static void read_request(lua_State *L, binding *b, grad_request *p) {
  lua_pushnil(L); // COTANGENTS
  if (lua_type(L, OPTIONS) == LUA_TTABLE) lua_getfield(L, OPTIONS, "grad_outputs"), lua_replace(L, COTANGENTS);
  bool cotangents = !lua_isnil(L, COTANGENTS);
  p->output_count = list_length(L, OUTPUTS, "outputs");
  p->input_count = list_length(L, INPUTS, "inputs");
  int cotangent_count = cotangents ? list_length(L, COTANGENTS, "grad_outputs") : 0;
  if (cotangents && cotangent_count != p->output_count)
    binding_error(L, "grad: grad_outputs has %d tensors, expected %d, one for each output", cotangent_count,
                  p->output_count);
  handles_copy(L, OUTPUTS, p->output_count);
  handles_copy(L, INPUTS, p->input_count);
  handles_copy(L, COTANGENTS, cotangent_count);
  p->outputs = push_block(L, p->output_count, sizeof *p->outputs);
  p->inputs = push_block(L, p->input_count, sizeof *p->inputs);
  p->gradients = push_block(L, p->input_count, sizeof *p->gradients);
  p->slots = push_block(L, p->input_count, sizeof *p->slots);
  if (cotangents) p->cotangents = push_block(L, cotangent_count, sizeof *p->cotangents);
  lua_createtable(L, p->input_count, 0);
  for (int i = 0; i < p->input_count; i++) {
    p->slots[i] = tensor_new_slot(L, b);
    lua_rawseti(L, -2, i + 1);
  }
  take_tensors(L, OUTPUT_LIST, "outputs", false, p->output_count, p->outputs);
  take_tensors(L, INPUT_LIST, "inputs", false, p->input_count, p->inputs);
  if (cotangents) take_tensors(L, COTANGENT_LIST, "grad_outputs", true, cotangent_count, p->cotangents);
}

// grad(outputs, inputs, {grad_outputs =, retain_graph =, create_graph =, allow_unused =}): a list of gradients, or
// one gradient when `inputs` is a tensor. An element of grad_outputs may be false: one, for an output of one
// element.
static int gradient_grad(lua_State *L) {
  binding *b = binding_open(L);
  grad_request p = {0};
  lua_settop(L, OPTIONS);
  const option_field fields[] = {{"grad_outputs", NULL},
                                 {"retain_graph", &p.options.retain_graph},
                                 {"create_graph", &p.options.create_graph},
                                 {"allow_unused", &p.options.allow_unused},
                                 {NULL, NULL}};
  bool_options_read(L, OPTIONS, "grad", fields);
  read_request(L, b, &p);
  binding_run(L, b, grad_work, &p);
  for (int i = 0; i < p.input_count; i++) {
    if (p.slots[i]->tensor != NULL) continue;
    lua_pushboolean(L, false);
    lua_rawseti(L, -2, i + 1);
  }
  if (tensor_slot(L, INPUTS) != NULL) lua_rawgeti(L, -1, 1);
  return 1;
}

// ---- Recording ----------------------------------------------------------------------------------------------

// Calls f(...) with recording on or off, and puts it back whatever happens. Returns what f returns.
static int with_recording(lua_State *L, const char *function, bool enabled) {
  binding *b = binding_open(L);
  callable_check(L, 1, function, "the function");
  bool before = sg_set_grad_enabled(b->context, enabled);
  int status = binding_pcall(L, b, lua_gettop(L) - 1, LUA_MULTRET);
  sg_set_grad_enabled(b->context, before);
  if (status != LUA_OK) lua_error(L);
  return lua_gettop(L);
}

static int gradient_no_grad(lua_State *L) { return with_recording(L, "no_grad", false); }
static int gradient_enable_grad(lua_State *L) { return with_recording(L, "enable_grad", true); }

static int gradient_is_enabled(lua_State *L) {
  return lua_pushboolean(L, sg_grad_enabled(binding_open(L)->context)), 1;
}

// set_grad_enabled(enabled): returns what it was before.
static int gradient_set_enabled(lua_State *L) {
  if (!lua_isboolean(L, 1))
    binding_error(L, "set_grad_enabled: the argument is %s, expected true or false", binding_describe(L, 1));
  return lua_pushboolean(L, sg_set_grad_enabled(binding_open(L)->context, lua_toboolean(L, 1))), 1;
}

// ---- Anomalies ----------------------------------------------------------------------------------------------

// set_detect_anomaly(enabled): returns what it was before.
static int gradient_set_detect_anomaly(lua_State *L) {
  binding *b = binding_open(L);
  if (!lua_isboolean(L, 1))
    binding_error(L, "set_detect_anomaly: the argument is %s, expected true or false", binding_describe(L, 1));
  return lua_pushboolean(L, sg_set_detect_anomaly(b->context, lua_toboolean(L, 1))), 1;
}

// detect_anomaly(f, ...): calls f(...) with an error at the first NaN or infinity. Returns what f returns.
static int gradient_detect_anomaly(lua_State *L) {
  binding *b = binding_open(L);
  callable_check(L, 1, "detect_anomaly", "the function");
  const bool before = sg_set_detect_anomaly(b->context, true);
  const int status = binding_pcall(L, b, lua_gettop(L) - 1, LUA_MULTRET);
  sg_set_detect_anomaly(b->context, before);
  if (status != LUA_OK) lua_error(L);
  return lua_gettop(L);
}

static int gradient_detects_anomaly(lua_State *L) {
  return lua_pushboolean(L, sg_detects_anomaly(binding_open(L)->context)), 1;
}

const binding_function gradient_functions[] = {
    {"detect_anomaly", gradient_detect_anomaly, ANY_NUMBER},
    {"set_detect_anomaly", gradient_set_detect_anomaly, 1},
    {"is_anomaly_enabled", gradient_detects_anomaly, 0},
    {"grad", gradient_grad, 3},
    {"no_grad", gradient_no_grad, ANY_NUMBER},
    {"enable_grad", gradient_enable_grad, ANY_NUMBER},
    {"is_grad_enabled", gradient_is_enabled, 0},
    {"set_grad_enabled", gradient_set_enabled, 1},
    {NULL, NULL, 0},
};
const binding_function gradient_methods[] = {{"backward", tensor_backward, 3}, {NULL, NULL, 0}};
