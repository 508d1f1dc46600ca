// SPDX-License-Identifier: GPL-3.0-or-later
//
// What a user asks of the checker: the inputs and the options of sg.gradcheck, read or refused.
#include "lua/bind/base/options.h"
#include "autograd/op.h"
#include "lua/bind/base/anchor.h"
#include "lua/bind/base/check.h"
#include "lua/bind/base/error.h"
#include "lua/bind/base/guess.h"
#include "lua/bind/base/handle.h"
#include "lua/bind/gradcheck/gradcheck.h"
#include <string.h>

// ---- Inputs -------------------------------------------------------------------------------------------------

// The length of a list in which nil and false stand for what is absent: its largest key.
static int list_length(lua_State *L) {
  lua_Integer length = 0;
  for (lua_pushnil(L); lua_next(L, CHECK_INPUTS) != 0; lua_pop(L, 1)) {
    int is_integer = 0;
    const lua_Integer key = lua_type(L, -2) == LUA_TNUMBER ? lua_tointegerx(L, -2, &is_integer) : 0;
    if (!is_integer || key < 1)
      binding_error(L, "gradcheck: the inputs have the key %s, expected a list of tensors",
                    binding_describe(L, -2));
    if (key > length) length = key;
  }
  if (length == 0)
    binding_error(L, "gradcheck: the list of inputs is empty or holds nil, expected 1 to %d tensors",
                  SG_GRADCHECK_MAX_INPUTS);
  if (length > SG_GRADCHECK_MAX_INPUTS)
    binding_error(L, "gradcheck: %d inputs, expected 1 to %d", (int)length, SG_GRADCHECK_MAX_INPUTS);
  return (int)length;
}

// The tensor below the name at the top; a handle in the list at CHECK_HELD keeps it.
static sg_tensor *hold(lua_State *L, const char *name) {
  sg_tensor *tensor = tensor_hold(L, -2, "gradcheck", name);
  lua_rawseti(L, CHECK_HELD, (lua_Integer)lua_rawlen(L, CHECK_HELD) + 1);
  return tensor;
}

void gradcheck_let_go(lua_State *L) {
  for (lua_Integer i = 1; lua_rawgeti(L, CHECK_HELD, i) != LUA_TNIL; i++) {
    tensor_let_go(L, -1);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

static void read_inputs(lua_State *L, check_request *p) {
  const bool single = tensor_slot(L, CHECK_INPUTS) != NULL;
  if (!single && lua_type(L, CHECK_INPUTS) != LUA_TTABLE)
    binding_error(L, "gradcheck: the inputs are %s, expected a list of tensors", binding_describe(L, CHECK_INPUTS));
  p->argument_count = single ? 1 : list_length(L);
  p->inputs = lua_newuserdatauv(L, (size_t)p->argument_count * sizeof *p->inputs, 0);
  for (int i = 0; i < p->argument_count; i++) {
    if (single)
      lua_pushvalue(L, CHECK_INPUTS);
    else
      lua_rawgeti(L, CHECK_INPUTS, i + 1);
    if (lua_toboolean(L, -1)) {
      p->argument[p->input_count] = i;
      const char *name = lua_pushfstring(L, "input %d", i + 1);
      p->inputs[p->input_count++] = hold(L, name);
      lua_pop(L, 1);
    }
    lua_pop(L, 1);
  }
  if (p->input_count == 0) binding_error(L, "gradcheck: every input is absent, expected at least one tensor");
}

static bool is_floating(const check_request *p, int i) {
  return sg_dtype_is_floating(sg_tensor_dtype(p->inputs[i]));
}

static bool is_constant(const sg_op *op, int argument) {
  if (op == NULL || argument >= sg_op_input_ports(op)) return false;
  return !sg_port_is_differentiable(&sg_op_inputs(op)[argument]);
}

// The inputs that require a gradient; with none marked so, all floating ones are meant.
static void choose_inputs(lua_State *L, const sg_op *op, check_request *p) {
  bool any = false, floating = false;
  for (int i = 0; i < p->input_count; i++) {
    p->check[i] = sg_tensor_requires_grad(p->inputs[i]) && !is_constant(op, p->argument[i]);
    any = any || p->check[i];
    floating = floating || is_floating(p, i);
  }
  if (!floating)
    binding_error(L,
                  "gradcheck: every input is i64, and only f32 and f64 have derivatives; x:to(\"f64\") converts");
  for (int i = 0; i < p->input_count && !any; i++)
    p->check[i] = is_floating(p, i) && !is_constant(op, p->argument[i]);
}

// ---- Options by input ---------------------------------------------------------------------------------------

// The list stands on top of the stack.
static void read_names(lua_State *L, check_request *p) {
  if (lua_type(L, -1) != LUA_TTABLE)
    binding_error(L, "gradcheck: names is %s, expected a list of strings", binding_describe(L, -1));
  const lua_Unsigned count = list_check(L, -1, "gradcheck");
  if (count != (lua_Unsigned)p->argument_count)
    binding_error(L, "gradcheck: names is a list of %d, expected %d, one for each input", (int)count,
                  p->argument_count);
  for (int i = 0; i < p->argument_count; i++) {
    if (lua_rawgeti(L, -1, i + 1) != LUA_TSTRING)
      binding_error(L, "gradcheck: name %d is %s, expected a string", i + 1, binding_describe(L, -1));
    lua_rawseti(L, CHECK_NAMES, i + 1);
  }
}

// Names nobody gave: those of the ports of an op, else numbers.
static void invent_names(lua_State *L, const sg_op *op, const check_request *p) {
  const int ports = op == NULL ? 0 : sg_op_input_ports(op);
  for (int i = 0; i < p->argument_count; i++) {
    if (i < ports && !(sg_op_inputs(op)[i].flags & SG_VARIADIC))
      lua_pushstring(L, sg_op_inputs(op)[i].name);
    else
      lua_pushfstring(L, "input %d", i + 1);
    lua_rawseti(L, CHECK_NAMES, i + 1);
  }
}

static void anchor_names(lua_State *L, check_request *p) {
  for (int i = 0; i < p->input_count; i++) {
    lua_rawgeti(L, CHECK_NAMES, p->argument[i] + 1);
    p->names[i] = lua_tostring(L, -1);
    lua_pop(L, 1);
  }
  p->options.names = p->names;
}

// The input that a key, a name or a position, stands for.
static int input_for_key(lua_State *L, int key, const char *option, const check_request *p) {
  int is_integer = 0;
  const lua_Integer position = lua_type(L, key) == LUA_TNUMBER ? lua_tointegerx(L, key, &is_integer) : 0;
  const char *name = lua_type(L, key) == LUA_TSTRING ? lua_tostring(L, key) : NULL;
  guess g = guess_start(name != NULL ? name : "");
  for (int i = 0; i < p->input_count; i++) {
    if (is_integer && position == p->argument[i] + 1) return i;
    if (name != NULL && strcmp(name, p->names[i]) == 0) return i;
    if (name != NULL) guess_try(&g, p->names[i]);
  }
  const char *given = name != NULL ? lua_pushfstring(L, "'%s'", name) : binding_describe(L, key);
  binding_error(L, "gradcheck: %s has the key %s, expected the name or position of an input%s", option, given,
                guess_push(L, &g));
}

static void read_mask(lua_State *L, check_request *p, int i) {
  if (!lua_toboolean(L, -1)) return;
  const char *name = lua_pushfstring(L, "skip of %s", p->names[i]);
  sg_tensor *mask = hold(L, name);
  lua_pop(L, 1);
  const sg_shape *shape = sg_tensor_shape(mask), *expected = sg_tensor_shape(p->inputs[i]);
  if (!sg_shape_equal(shape, expected))
    binding_error(L, "gradcheck: skip of %s has shape %s, expected %s, the shape of the input", p->names[i],
                  sg_shape_text(shape).text, sg_shape_text(expected).text);
  p->skip[i] = mask;
}

// One mask for the only input, or a table of masks by name or position.
static void read_skip(lua_State *L, check_request *p) {
  p->options.skip = p->skip;
  if (tensor_slot(L, -1) != NULL) {
    if (p->input_count > 1)
      binding_error(L, "gradcheck: skip is a tensor, expected a table of masks by name, as there are %d inputs",
                    p->input_count);
    return read_mask(L, p, 0);
  }
  if (lua_type(L, -1) != LUA_TTABLE)
    binding_error(L, "gradcheck: skip is %s, expected a tensor or a table of tensors", binding_describe(L, -1));
  const int table = lua_gettop(L);
  for (lua_pushnil(L); lua_next(L, table) != 0; lua_pop(L, 1)) read_mask(L, p, input_for_key(L, -2, "skip", p));
}

// A table of true and false by name or position: which inputs are checked. What it does not name is left as chosen.
static void read_check(lua_State *L, check_request *p) {
  if (lua_type(L, -1) != LUA_TTABLE)
    binding_error(L, "gradcheck: check is %s, expected a table of true and false by input",
                  binding_describe(L, -1));
  const int table = lua_gettop(L);
  for (lua_pushnil(L); lua_next(L, table) != 0; lua_pop(L, 1)) {
    const int i = input_for_key(L, -2, "check", p);
    if (!lua_isboolean(L, -1))
      binding_error(L, "gradcheck: check of %s is %s, expected true or false", p->names[i],
                    binding_describe(L, -1));
    p->check[i] = lua_toboolean(L, -1);
    if (p->check[i] && !is_floating(p, i))
      binding_error(L, "gradcheck: check asks for %s, which is %s, and only f32 and f64 have derivatives",
                    p->names[i], sg_dtype_name(sg_tensor_dtype(p->inputs[i])));
    if (p->check[i] && is_constant(p->op, p->argument[i]))
      binding_error(L, "gradcheck: check asks for %s, in which %s declares no derivative", p->names[i],
                    p->op->name);
  }
}

// ---- Options of the check -----------------------------------------------------------------------------------

static void read_mode(lua_State *L, check_request *p) {
  const char *mode = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "";
  guess g = guess_start(mode);
  for (int i = SG_GRADCHECK_AUTO; i <= SG_GRADCHECK_DIRECTIONAL; i++) {
    const char *name = sg_gradcheck_mode_name((sg_gradcheck_mode)i);
    if (strcmp(mode, name) == 0) {
      p->options.mode = (sg_gradcheck_mode)i;
      return;
    }
    guess_try(&g, name);
  }
  const char *given = binding_describe(L, -1);
  binding_error(L, "gradcheck: mode is %s, expected full, directional or auto%s", given, guess_push(L, &g));
}

static void read_detached(lua_State *L, check_request *p) {
  static const char *const names[] = {[SG_GRADCHECK_FOLLOW] = "follow", [SG_GRADCHECK_CONSTANT] = "constant", NULL};
  const char *given = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "";
  guess g = guess_start(given);
  for (int i = 0; names[i] != NULL; i++) {
    if (strcmp(given, names[i]) == 0) {
      p->options.detached = (sg_gradcheck_detached)i;
      return;
    }
    guess_try(&g, names[i]);
  }
  const char *described = binding_describe(L, -1);
  binding_error(L, "gradcheck: detached is %s, expected follow or constant%s", described, guess_push(L, &g));
}

static void read_order(lua_State *L, check_request *p) {
  int is_integer = 0;
  const lua_Integer order = lua_type(L, -1) == LUA_TNUMBER ? lua_tointegerx(L, -1, &is_integer) : 0;
  if (!is_integer || order < 1 || order > 3)
    binding_error(L, "gradcheck: order is %s, expected 1, 2 or 3", binding_describe(L, -1));
  p->options.order = (int)order;
}

static void read_miss(lua_State *L, check_request *p) {
  p->options.miss = number_check(L, -1, "gradcheck", "miss");
  if (!(p->options.miss > 0 && p->options.miss < 1))
    binding_error(L, "gradcheck: miss is %s, expected a probability between 0 and 1, such as 0.01",
                  binding_describe(L, -1));
}

static void read_step(lua_State *L, check_request *p) {
  p->options.step = number_check(L, -1, "gradcheck", "step");
}
static void read_k(lua_State *L, check_request *p) { p->options.k = number_check(L, -1, "gradcheck", "k"); }

static void read_seed(lua_State *L, check_request *p) {
  p->options.seed = (uint64_t)integer_check(L, -1, "gradcheck", "seed");
}

static void read_budget(lua_State *L, check_request *p) {
  const int64_t budget = integer_check(L, -1, "gradcheck", "budget");
  if (budget < 1)
    binding_error(L, "gradcheck: budget is %s, expected a number of evaluations >= 1", binding_describe(L, -1));
  p->options.budget = (uint64_t)budget;
}

static void read_progress(lua_State *L, check_request *p) {
  if (lua_type(L, -1) != LUA_TFUNCTION)
    binding_error(L, "gradcheck: progress is %s, expected a function", binding_describe(L, -1));
  p->has_progress = true;
}

static void read_each(lua_State *L, check_request *p) {
  static const struct reader {
    const char *name;
    void (*read)(lua_State *L, check_request *p); // the value on top of the stack
  } readers[] = {
      {"mode", read_mode},   {"order", read_order},       {"miss", read_miss},        {"step", read_step},
      {"k", read_k},         {"seed", read_seed},         {"budget", read_budget},    {"skip", read_skip},
      {"check", read_check}, {"progress", read_progress}, {"detached", read_detached}};
  for (size_t i = 0; i < sizeof readers / sizeof *readers; i++) {
    if (lua_getfield(L, CHECK_OPTIONS, readers[i].name) != LUA_TNIL) readers[i].read(L, p);
    lua_settop(L, CHECK_HELD + 1);
  }
}

// The inputs' block stays at CHECK_HELD + 1.
void gradcheck_read_request(lua_State *L, const sg_op *op, check_request *p) {
  const option_field fields[] = {{"mode", NULL},     {"order", NULL},    {"step", NULL},
                                 {"k", NULL},        {"miss", NULL},     {"seed", NULL},
                                 {"budget", NULL},   {"names", NULL},    {"skip", NULL},
                                 {"check", NULL},    {"options", NULL},  {"jacobian", &p->options.jacobian},
                                 {"progress", NULL}, {"detached", NULL}, {NULL, NULL}};
  bool_options_read(L, CHECK_OPTIONS, "gradcheck", fields);
  const bool given = lua_type(L, CHECK_OPTIONS) == LUA_TTABLE;
  if (given) lua_getfield(L, CHECK_OPTIONS, "options");
  lua_settop(L, CHECK_LAST_ARGUMENT);
  if (lua_toboolean(L, CHECK_LAST_ARGUMENT) && lua_type(L, CHECK_LAST_ARGUMENT) != LUA_TTABLE)
    binding_error(L, "gradcheck: options is %s, expected a table, the last argument of the function",
                  binding_describe(L, CHECK_LAST_ARGUMENT));
  lua_newtable(L); // CHECK_NAMES
  lua_newtable(L); // CHECK_HELD
  p->op = op;
  read_inputs(L, p);
  choose_inputs(L, op, p);
  p->options.check = p->check;
  if (given && lua_getfield(L, CHECK_OPTIONS, "names") != LUA_TNIL)
    read_names(L, p);
  else
    invent_names(L, op, p);
  anchor_names(L, p);
  lua_settop(L, CHECK_HELD + 1);
  if (given) read_each(L, p);
}
