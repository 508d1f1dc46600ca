// SPDX-License-Identifier: GPL-3.0-or-later
//
// gradcheck(f, inputs, options): the gradient checker with a Lua function.
#include "lua/bind/base/collector.h"
#include "lua/bind/base/error.h"
#include "lua/bind/base/handle.h"
#include "lua/bind/custom_op/custom_op.h"
#include "lua/bind/gradcheck/gradcheck.h"
#include "lua/bind/op/arguments.h"
#include "lua/bind/op/op.h"
#include <string.h>
#include <time.h>

// ---- The function under test --------------------------------------------------------------------------------

// What the callback hands to its protected part.
typedef struct callback {
  const check_request *request;
  int *output_count;
  sg_tensor *const *inputs;
  sg_tensor **outputs;
} callback;

static bool promotes(const check_request *request) {
  for (int i = 0; i < request->input_count; i++)
    if (sg_tensor_dtype(request->inputs[i]) == SG_F32) return true;
  return false;
}

// What a message of the function has to do with its being checked.
static const char *explanation(const check_request *request, const char *message) {
  if (strstr(message, "attempt to yield") != NULL) return " (the function under test must not yield)";
  if (promotes(request) && strstr(message, "f32") != NULL && strstr(message, "f64") != NULL)
    return " (f32 inputs are checked in f64, so other tensors of the function have to be f64 as well)";
  return "";
}

// The error at the top becomes that of the check, unless it is the user's own kind of error or a lack of memory.
static void raise_in_context(lua_State *L, const check_request *request, int status) {
  if (status == LUA_ERRRUN && lua_type(L, -1) == LUA_TSTRING) {
    const char *text = lua_tostring(L, -1);
    lua_pushliteral(L, "gradcheck: the function failed: ");
    lua_pushvalue(L, -2);
    lua_pushstring(L, explanation(request, text));
    lua_concat(L, 3); // whole, also with a zero byte
    binding_reword_error(L);
  }
  lua_error(L);
}

static const char *advice(lua_State *L, int index) {
  switch (lua_type(L, index)) {
  case LUA_TNUMBER:
    return "; x:item() leaves the graph, return the tensor itself";
  case LUA_TTABLE:
    return "; return several tensors as several values";
  default:
    return "";
  }
}

// Integers among the results have no derivative and are left out.
static void take_results(lua_State *L, const callback *p, int first) {
  const int results = lua_gettop(L) - first + 1;
  int count = 0;
  if (results == 0)
    binding_error(L, "gradcheck: the function returned nothing, expected 1 to %d tensors",
                  SG_GRADCHECK_MAX_OUTPUTS);
  if (results > SG_GRADCHECK_MAX_OUTPUTS)
    binding_error(L, "gradcheck: the function returned %d values, expected 1 to %d tensors", results,
                  SG_GRADCHECK_MAX_OUTPUTS);
  for (int i = 0; i < results; i++) {
    sg_tensor *tensor = tensor_test(L, first + i);
    if (tensor == NULL)
      binding_error(L, "gradcheck: result %d of the function is %s, expected a tensor%s", i + 1,
                    binding_describe(L, first + i), advice(L, first + i));
    if (sg_dtype_is_floating(sg_tensor_dtype(tensor))) p->outputs[count++] = tensor;
  }
  if (count == 0)
    binding_error(L, "gradcheck: the function returned %s, expected f32 or f64: integers have no derivative",
                  binding_describe(L, first));
  *p->output_count = count;
}

// callback_protected(f, callback, last): calls f with the inputs, and `last` when that is not nil; takes its
// results. Runs protected, so it may raise.
static int callback_protected(lua_State *L) {
  binding *b = binding_of(L);
  const callback *p = lua_touserdata(L, 2);
  const check_request *request = p->request;
  luaL_checkstack(L, request->argument_count + LUA_MINSTACK, "gradcheck");
  lua_pushvalue(L, 1);
  for (int a = 0, i = 0; a < request->argument_count; a++) {
    if (i == request->input_count || request->argument[i] != a) {
      lua_pushnil(L);
      continue;
    }
    lua_tensor *slot = tensor_new_slot(L, b); // may raise, so it comes before the reference
    slot->tensor = sg_retain(p->inputs[i++]);
  }
  const bool has_last = lua_toboolean(L, 3);
  if (has_last) lua_pushvalue(L, 3);
  const int status = binding_pcall(L, b, request->argument_count + has_last, LUA_MULTRET);
  if (status != LUA_OK) raise_in_context(L, request, status);
  take_results(L, p, 4);
  return lua_gettop(L) - 3; // keeps the tensors alive until the caller has put them into its scope
}

// Puts a tensor into the innermost scope.
static sg_tensor *into_scope(sg_context *context, sg_tensor *tensor) {
  sg_scope scope = sg_scope_open(context);
  return sg_scope_return(context, scope, tensor);
}

static sg_status call_function(sg_context *context, void *user, int input_count, sg_tensor *const *inputs,
                               int *output_count, sg_tensor **outputs) {
  (void)input_count;
  if (sg_error_status(context) != SG_OK) return sg_error_status(context); // ops in Lua would take it for their own
  const check_request *request = user;
  lua_State *L = request->L;
  callback p = {request, output_count, inputs, outputs};
  const int top = lua_gettop(L);
  // Everything was made beforehand: nothing here takes memory of Lua.
  lua_pushvalue(L, CHECK_CALLBACK);
  lua_pushvalue(L, CHECK_FUNCTION);
  lua_pushlightuserdata(L, &p);
  lua_pushvalue(L, CHECK_LAST_ARGUMENT);
  if (lua_pcall(L, 3, LUA_MULTRET, 0) != LUA_OK) {
    const sg_status status = binding_callback_failed(L, request->owner);
    lua_settop(L, top);
    return status;
  }
  for (int i = 0; i < *output_count; i++) outputs[i] = into_scope(context, outputs[i]);
  lua_settop(L, top);
  return sg_error_status(context);
}

// ---- Between evaluations -------------------------------------------------------------------------------------

static double seconds_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

// give_way(options or nil). Their `progress` is looked up here, where an error of a metamethod is caught.
static int give_way(lua_State *L) {
  if (lua_isnil(L, 1)) return 0;
  lua_getfield(L, 1, "progress");
  if (lua_toboolean(L, -1)) lua_call(L, 0, 0);
  return 0;
}

// A call is where the hook that an interrupt sets gets its turn: an op under test calls nothing else.
static sg_status poll(sg_context *context, void *user) {
  enum { per_second = 10 };
  check_request *request = user;
  lua_State *L = request->L;
  const int top = lua_gettop(L);
  lua_pushcfunction(L, give_way);
  lua_pushnil(L);
  if (request->has_progress && seconds_now() - request->told > 1.0 / per_second) {
    request->told = seconds_now();
    lua_pop(L, 1);
    lua_pushvalue(L, CHECK_OPTIONS);
  }
  sg_status status = sg_error_status(context);
  if (lua_pcall(L, 1, 0, 0) != LUA_OK) status = binding_callback_failed(L, request->owner);
  lua_settop(L, top);
  return status;
}

// ---- An op under test ---------------------------------------------------------------------------------------

// The entry of the op whose closure stands at CHECK_FUNCTION, NULL for everything else.
static const op_entry *op_under_test(lua_State *L) {
  if (lua_tocfunction(L, CHECK_FUNCTION) != binding_call_op) return NULL;
  lua_getupvalue(L, CHECK_FUNCTION, 3);
  const op_entry *entry = lua_touserdata(L, -1); // anchored by the closure
  lua_pop(L, 1);
  return entry;
}

static void push_argument(lua_State *L, int argument) {
  if (tensor_slot(L, CHECK_INPUTS) != NULL)
    lua_pushvalue(L, CHECK_INPUTS);
  else
    lua_rawgeti(L, CHECK_INPUTS, argument + 1);
  if (!lua_toboolean(L, -1)) lua_pop(L, 1), lua_pushnil(L);
}

// The inputs as a call of the op would give them, those of a variadic port in a list, and the op's options.
static void read_op_arguments(lua_State *L, const op_entry *entry, const check_request *request,
                              op_arguments *into) {
  const int fixed = entry->input_ports - entry->variadic, count = request->argument_count;
  luaL_checkstack(L, count + SG_MAX_PORTS + LUA_MINSTACK, "gradcheck");
  const int first = lua_gettop(L) + 1;
  for (int a = 0; a < count && (a < fixed || !entry->variadic); a++) push_argument(L, a);
  if (entry->variadic && count > fixed) {
    lua_createtable(L, count - fixed, 0);
    for (int a = fixed; a < count; a++) {
      push_argument(L, a);
      lua_rawseti(L, -2, a - fixed + 1);
    }
  }
  if (lua_toboolean(L, CHECK_LAST_ARGUMENT)) lua_pushvalue(L, CHECK_LAST_ARGUMENT);
  arguments_read(L, entry, first, lua_gettop(L), into);
  int present = 0;
  for (int a = 0; a < into->input_count; a++) present += into->inputs[a] != NULL;
  if (present != request->input_count || into->numbers != 0)
    binding_error(L, "gradcheck: the options of %s hold an input, expected it in the list of inputs",
                  entry->op->name);
}

// The request by argument, as sg_gradcheck_op wants it, instead of by input.
typedef struct op_request {
  const check_request *request;
  const op_arguments *arguments;
  sg_gradcheck_options options;
  const char *names[SG_GRADCHECK_MAX_INPUTS];
  bool check[SG_GRADCHECK_MAX_INPUTS];
  sg_tensor *skip[SG_GRADCHECK_MAX_INPUTS];
} op_request;

static sg_status check_op(sg_context *context, void *block) {
  const op_request *o = block;
  const op_arguments *a = o->arguments;
  return sg_gradcheck_op(context, a->entry->op, a->options, a->input_count, a->inputs, &o->options,
                         o->request->report);
}

static void arrange_by_argument(const check_request *request, op_request *o) {
  o->options = request->options;
  for (int i = 0; i < request->input_count; i++) {
    const int a = request->argument[i];
    o->names[a] = request->names[i];
    o->check[a] = request->check[i];
    o->skip[a] = request->skip[i];
  }
  o->options.names = o->names;
  o->options.check = o->check;
  if (request->options.skip != NULL) o->options.skip = o->skip;
}

// ---- The check ----------------------------------------------------------------------------------------------

typedef struct run {
  const check_request *request;
  sg_status (*check)(sg_context *context, void *block);
  void *block;
} run;

static sg_status check_function(sg_context *context, void *block) {
  const check_request *p = block;
  return sg_gradcheck(context, call_function, block, p->input_count, p->inputs, &p->options, p->report);
}

static bool check_work(sg_context *context, void *block) {
  const run *r = block;
  return r->check(context, r->block) == SG_OK;
}

static void check_op_with(lua_State *L, const op_entry *entry, check_request *p) {
  op_arguments arguments;
  op_request o = {.request = p, .arguments = &arguments};
  read_op_arguments(L, entry, p, &arguments);
  arrange_by_argument(p, &o);
  binding_run(L, p->owner, check_work, &(run){p, check_op, &o});
}

static void require_callable(lua_State *L) {
  if (lua_type(L, CHECK_FUNCTION) == LUA_TFUNCTION) return;
  if (tensor_slot(L, CHECK_FUNCTION) == NULL && luaL_getmetafield(L, CHECK_FUNCTION, "__call") != LUA_TNIL) {
    lua_pop(L, 1);
    return;
  }
  binding_error(L, "gradcheck: the function is %s, expected a function, an op or a module",
                binding_describe(L, CHECK_FUNCTION));
}

// gradcheck(f, inputs, options): the report as a table; tostring gives it as text.
static int gradcheck(lua_State *L) {
  check_request p = {.L = L, .owner = binding_open(L)};
  lua_settop(L, 3);
  require_callable(L);
  luaL_checkstack(L, 2 * LUA_MINSTACK, "gradcheck");
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_pushvalue(L, lua_upvalueindex(2));
  lua_pushcclosure(L, callback_protected, 2);
  lua_insert(L, CHECK_CALLBACK);
  const op_entry *entry = op_under_test(L);
  gradcheck_read_request(L, entry != NULL ? entry->op : custom_op_of(L, CHECK_FUNCTION), &p);
  p.options.poll = poll;
  p.options.poll_user = &p;
  p.report = gradcheck_new_report_slot(L);
  const int slot = lua_gettop(L);
  if (entry != NULL)
    check_op_with(L, entry, &p);
  else
    binding_run(L, p.owner, check_work, &(run){&p, check_function, &p});
  gradcheck_let_go(L);
  gradcheck_push_report(L, slot, &p);
  return 1;
}

const binding_function gradcheck_functions[] = {{"gradcheck", gradcheck, 3}, {NULL, NULL, 0}};
