// SPDX-License-Identifier: GPL-3.0-or-later
//
// The tensor userdata: life, properties, plain methods.
#include "lua/bind/tensor/tensor.h"
#include "autograd/custom.h"
#include "autograd/op.h"
#include "lua/bind/base/anchor.h"
#include "lua/bind/base/check.h"
#include "lua/bind/base/collector.h"
#include "lua/bind/base/error.h"
#include "lua/bind/base/guess.h"
#include "lua/bind/base/handle.h"
#include "ops/ops.h"
#include <string.h>

// ---- Life ---------------------------------------------------------------------------------------------------

static int tensor_collect(lua_State *L) {
  lua_tensor *slot = tensor_slot(L, 1);
  if (slot == NULL) return 0;
  binding *b = binding_of(L);
  tensor_slot_unlink(b, slot);
  tensor_slot_free(slot);
  if (b->released != NULL) anchor_drain(L, b);
  return 0;
}

// At the end of a <close> variable. In an emergency a finalizer's variable may hold what the work that needs memory
// is about; that is left to the collector.
static int tensor_close(lua_State *L) { return binding_of(L)->emergency ? 0 : tensor_collect(L); }

// ---- Properties ---------------------------------------------------------------------------------------------

static int get_shape(lua_State *L, binding *b, sg_tensor *x) {
  (void)b;
  return tensor_shape_push(L, sg_tensor_shape(x)), 1;
}

static int get_ndim(lua_State *L, binding *b, sg_tensor *x) {
  (void)b;
  return lua_pushinteger(L, sg_tensor_shape(x)->rank), 1;
}

static int get_dtype(lua_State *L, binding *b, sg_tensor *x) {
  (void)b;
  return lua_pushstring(L, sg_dtype_name(sg_tensor_dtype(x))), 1;
}

static int get_grad(lua_State *L, binding *b, sg_tensor *x) {
  if (sg_tensor_grad(x) == NULL) return lua_pushnil(L), 1;
  lua_tensor *slot = tensor_new_slot(L, b);
  slot->tensor = sg_retain(sg_tensor_grad(tensor_check(L, 1, "grad", "the tensor")));
  if (slot->tensor == NULL) lua_pushnil(L);
  return 1;
}

static int get_requires_grad(lua_State *L, binding *b, sg_tensor *x) {
  (void)b;
  return lua_pushboolean(L, sg_tensor_requires_grad(x)), 1;
}

static int get_is_leaf(lua_State *L, binding *b, sg_tensor *x) {
  (void)b;
  return lua_pushboolean(L, sg_tensor_is_leaf(x)), 1;
}

// x.T: the dimensions in reverse order, which for a matrix is its transpose.
static int get_transposed(lua_State *L, binding *b, sg_tensor *x) {
  (void)b;
  int rank = sg_tensor_shape(x)->rank;
  lua_getiuservalue(L, lua_upvalueindex(1), BINDING_METHODS);
  if (lua_getfield(L, -1, "permute") == LUA_TNIL) binding_error(L, "permute: there is no such op");
  lua_pushvalue(L, 1);
  lua_createtable(L, rank, 0);
  for (int d = 0; d < rank; d++) {
    lua_pushinteger(L, rank - d);
    lua_rawseti(L, -2, d + 1);
  }
  if (rank == 0) return lua_pushvalue(L, 1), 1;
  lua_call(L, 2, 1);
  return 1;
}

static const struct property {
  const char *name;
  int (*get)(lua_State *L, binding *b, sg_tensor *x);
} properties[] = {
    {"shape", get_shape},     {"grad", get_grad},    {"dtype", get_dtype}, {"requires_grad", get_requires_grad},
    {"is_leaf", get_is_leaf}, {"T", get_transposed}, {"ndim", get_ndim},
};
enum { PROPERTIES = sizeof properties / sizeof *properties };

static int unknown_field(lua_State *L, const char *name) {
  guess g = guess_start(name);
  for (int i = 0; i < PROPERTIES; i++) guess_try(&g, properties[i].name);
  lua_getiuservalue(L, lua_upvalueindex(1), BINDING_METHODS);
  for (lua_pushnil(L); lua_next(L, -2) != 0; lua_pop(L, 1))
    if (lua_type(L, -2) == LUA_TSTRING) guess_try(&g, lua_tostring(L, -2));
  binding_error(L, "a tensor has no field '%s'%s", name, guess_push(L, &g));
}

static int tensor_get(lua_State *L) {
  binding *b = binding_open(L);
  if (lua_type(L, 2) != LUA_TSTRING) return tensor_index_get(L, b);
  lua_getiuservalue(L, lua_upvalueindex(1), BINDING_METHODS);
  lua_pushvalue(L, 2);
  if (lua_rawget(L, -2) != LUA_TNIL) return 1;
  const char *name = lua_tostring(L, 2);
  for (int i = 0; i < PROPERTIES; i++)
    if (strcmp(properties[i].name, name) == 0)
      return properties[i].get(L, b, tensor_check(L, 1, name, "the tensor"));
  return unknown_field(L, name);
}

static int tensor_set(lua_State *L) {
  binding *b = binding_open(L);
  if (lua_type(L, 2) != LUA_TSTRING) return tensor_index_set(L);
  const char *name = lua_tostring(L, 2);
  sg_tensor *x = tensor_check(L, 1, name, "the tensor");
  if (strcmp(name, "grad") == 0) {
    sg_tensor *grad = lua_isnil(L, 3) ? NULL : tensor_check(L, 3, "grad", "the gradient");
    if (sg_tensor_set_grad(x, grad) != SG_OK) binding_raise(L, b, "grad");
  } else if (strcmp(name, "requires_grad") == 0) {
    if (!lua_isboolean(L, 3))
      binding_error(L, "requires_grad: the value is %s, expected true or false", binding_describe(L, 3));
    if (sg_tensor_set_requires_grad(x, lua_toboolean(L, 3)) != SG_OK) binding_raise(L, b, NULL);
  } else {
    binding_error(L, "the field '%s' of a tensor cannot be set; requires_grad and grad can", name);
  }
  return 0;
}

// x:requires_grad_(requires_grad = true): x, which requires a gradient from now on, or does not.
static int tensor_require_grad(lua_State *L) {
  sg_tensor *x = tensor_check(L, 1, "requires_grad_", "self");
  const bool given = !lua_isnoneornil(L, 2);
  if (given && !lua_isboolean(L, 2))
    binding_error(L, "requires_grad_: the argument is %s, expected true or false", binding_describe(L, 2));
  if (sg_tensor_set_requires_grad(x, !given || lua_toboolean(L, 2)) != SG_OK)
    binding_raise(L, binding_open(L), NULL);
  return lua_settop(L, 1), 1;
}

// ---- Methods ------------------------------------------------------------------------------------------------

static int tensor_length(lua_State *L) {
  const sg_shape *shape = sg_tensor_shape(tensor_check(L, 1, "#", "the operand"));
  if (shape->rank == 0) binding_error(L, "#: a tensor of shape [] has no length");
  return lua_pushinteger(L, shape->size[0]), 1;
}

static int tensor_size(lua_State *L) {
  sg_tensor *x = tensor_check(L, 1, "size", "self");
  if (lua_isnoneornil(L, 2)) return get_shape(L, NULL, x);
  const sg_shape *shape = sg_tensor_shape(x);
  int64_t given = integer_check(L, 2, "size", "the dimension");
  int d = given == 0 ? -1 : sg_shape_dimension(shape, given > 0 ? given - 1 : given);
  if (d < 0)
    binding_error(L, "size: dimension %I is out of range for shape %s", (LUAI_UACINT)given,
                  sg_shape_text(shape).text);
  return lua_pushinteger(L, shape->size[d]), 1;
}

static int tensor_dim(lua_State *L) {
  return lua_pushinteger(L, sg_tensor_shape(tensor_check(L, 1, "dim", "self"))->rank), 1;
}

static int tensor_is_floating_point(lua_State *L) {
  return lua_pushboolean(L, sg_dtype_is_floating(sg_tensor_dtype(tensor_check(L, 1, "is_floating_point", "self")))),
         1;
}

static int tensor_numel(lua_State *L) {
  return lua_pushinteger(L, sg_tensor_elements(tensor_check(L, 1, "numel", "self"))), 1;
}

static void push_value(lua_State *L, const sg_tensor *x, int64_t position) {
  const sg_dtype dtype = sg_tensor_dtype(x);
  if (dtype == SG_BOOL)
    lua_pushboolean(L, sg_tensor_integer(x, position) != 0);
  else if (!sg_dtype_is_floating(dtype))
    lua_pushinteger(L, sg_tensor_integer(x, position));
  else
    lua_pushnumber(L, sg_tensor_value(x, position));
}

static const sg_tensor *take_numbers(lua_State *L, sg_tensor *x, const char *reader) {
  const sg_tensor *numbers = sg_tensor_take_numbers(x, reader);
  if (numbers == NULL) binding_raise(L, binding_of(L), NULL);
  return numbers;
}

static int tensor_item(lua_State *L) {
  sg_tensor *x = tensor_check(L, 1, "item", "self");
  if (sg_tensor_elements(x) != 1)
    binding_error(L, "item: the tensor has shape %s, expected one element", sg_shape_text(sg_tensor_shape(x)).text);
  return push_value(L, take_numbers(L, x, "item"), 0), 1;
}

static void push_nested(lua_State *L, const sg_tensor *x, int dimension, int64_t position, int64_t stride) {
  const sg_shape *shape = sg_tensor_shape(x);
  if (dimension == shape->rank) {
    push_value(L, x, position);
    return;
  }
  int64_t count = shape->size[dimension];
  stride = count > 0 ? stride / count : 0;
  lua_createtable(L, count < INT32_MAX ? (int)count : 0, 0);
  for (int64_t i = 0; i < count; i++) {
    push_nested(L, x, dimension + 1, position + i * stride, stride);
    lua_rawseti(L, -2, i + 1);
  }
}

static int tensor_totable(lua_State *L) {
  lua_settop(L, 1);
  luaL_checkstack(L, SG_MAX_RANK + LUA_MINSTACK, "totable");
  sg_tensor *x = tensor_hold(L, 1, "totable", "self");
  const sg_tensor *numbers = take_numbers(L, x, "totable");
  if (tensor_empty_rows(x) > 1 << 20)
    binding_error(L, "totable: a tensor %s has no element and too many rows for tables",
                  sg_shape_text(sg_tensor_shape(x)).text);
  push_nested(L, numbers, 0, 0, sg_tensor_elements(x));
  tensor_let_go(L, 2);
  return 1;
}

typedef struct derive {
  sg_tensor *source;
  sg_dtype dtype; // when make is NULL
  sg_tensor *(*make)(sg_context *context, sg_tensor *tensor);
  lua_tensor *slot;
} derive;

static bool derive_work(sg_context *context, void *arguments) {
  derive *d = arguments;
  sg_tensor *made = d->make != NULL ? d->make(context, d->source) : sg_to(context, d->source, d->dtype);
  d->slot->tensor = sg_retain(made);
  return made != NULL;
}

static int derive_tensor(lua_State *L, const char *function, derive d) {
  binding *b = binding_open(L);
  d.slot = tensor_new_slot(L, b);
  d.source = tensor_check(L, 1, function, "self");
  binding_run(L, b, derive_work, &d);
  return 1;
}

// x:to(dtype): x itself when it has that dtype.
static int tensor_to(lua_State *L) {
  sg_tensor *x = tensor_check(L, 1, "to", "self");
  sg_dtype dtype = dtype_check(L, 2, "to");
  if (dtype == sg_tensor_dtype(x)) return lua_pushvalue(L, 1), 1;
  return derive_tensor(L, "to", (derive){.dtype = dtype});
}

static int tensor_detach(lua_State *L) {
  tensor_check(L, 1, "detach", "self");
  return derive_tensor(L, "detach", (derive){.make = sg_tensor_detach});
}

// custom_leaf(x): what x:detach() gives, for a module that sees to the gradient itself.
static int tensor_custom_leaf(lua_State *L) {
  tensor_check(L, 1, "custom_leaf", "self");
  return derive_tensor(L, "custom_leaf", (derive){.make = sg_custom_leaf});
}

const binding_function tensor_functions[] = {{"custom_leaf", tensor_custom_leaf, 1}, {NULL, NULL, 0}};

// x:clone(): a copy in memory of its own, through which gradients flow.
static int tensor_clone(lua_State *L) {
  tensor_check(L, 1, "clone", "self");
  return derive_tensor(L, "clone", (derive){.make = sg_clone});
}

static int tensor_producer(lua_State *L) {
  const sg_op *op = sg_tensor_producer(tensor_check(L, 1, "producer", "self"));
  if (op != NULL)
    lua_pushstring(L, op->name);
  else
    lua_pushnil(L);
  return 1;
}

static int tensor_self(lua_State *L) {
  tensor_check(L, 1, "contiguous", "self");
  return lua_settop(L, 1), 1;
}

const binding_function tensor_methods[] = {
    {"size", tensor_size, 2},
    {"dim", tensor_dim, 1},
    {"numel", tensor_numel, 1},
    {"is_floating_point", tensor_is_floating_point, 1},
    {"item", tensor_item, 1},
    {"totable", tensor_totable, 1},
    {"to", tensor_to, 2},
    {"detach", tensor_detach, 1},
    {"clone", tensor_clone, 1},
    {"producer", tensor_producer, 1},
    {"contiguous", tensor_self, 1},
    {"requires_grad_", tensor_require_grad, 2},
    {NULL, NULL, 0},
};

const luaL_Reg tensor_metamethods[] = {
    {"__gc", tensor_collect},
    {"__close", tensor_close},
    {"__index", tensor_get},
    {"__newindex", tensor_set},
    {"__len", tensor_length},
    {"__tostring", tensor_text},
    {NULL, NULL},
};
