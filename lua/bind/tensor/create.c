// SPDX-License-Identifier: GPL-3.0-or-later
//
// Functions that create tensors and are no ops: sg.tensor, whose numbers come from Lua, and the _like forms, which
// take shape and dtype of a tensor and apply the op full.
#include "ops/create/create.h"
#include "lua/bind/base/check.h"
#include "lua/bind/base/collector.h"
#include "lua/bind/base/error.h"
#include "lua/bind/base/handle.h"
#include "lua/bind/base/number.h"
#include "lua/bind/base/options.h"
#include "lua/bind/tensor/tensor.h"
#include <string.h>

// ---- A tensor of one value ----------------------------------------------------------------------------------

typedef struct creation {
  sg_shape shape;
  create_options options;
  lua_numeric value;
  lua_tensor *slot;
} creation;

static bool creation_work(sg_context *context, void *block) {
  creation *p = block;
  sg_tensor *made = sg_full(context, p->options.dtype, &p->shape, p->value);
  if (made == NULL) return false;
  if (p->options.requires_grad) sg_tensor_set_requires_grad(made, true);
  p->slot->tensor = sg_retain(made);
  return true;
}

// Pushes the tensor.
static lua_tensor *create(lua_State *L, const char *function, creation p) {
  binding *b = binding_open(L);
  p.slot = tensor_new_slot(L, b);
  binding_run_as(L, b, function, creation_work, &p);
  return p.slot;
}

static int create_like(lua_State *L, const char *function, int options_index, lua_numeric value) {
  const sg_tensor *model = tensor_check(L, 1, function, "the model");
  creation p = {*sg_tensor_shape(model), {sg_tensor_dtype(model), false}, value, NULL};
  create_options_read(L, options_index, function, &p.options);
  create(L, function, p);
  return 1;
}

static int create_zeros_like(lua_State *L) { return create_like(L, "zeros_like", 2, numeric_integer(0)); }
static int create_ones_like(lua_State *L) { return create_like(L, "ones_like", 2, numeric_integer(1)); }
static int create_full_like(lua_State *L) {
  return create_like(L, "full_like", 3, numeric_check(L, 2, "full_like", "the value"));
}

// ---- From nested tables -------------------------------------------------------------------------------------

enum { WAITING = 1024 };

typedef struct nested {
  sg_shape shape;
  sg_dtype dtype;
  bool strict; // no dtype was asked for: numbers and booleans do not mix
  sg_tensor *tensor;
  int64_t position, gathered; // of the next element to go into the tensor, and how many wait for it
  double *waiting;            // WAITING of them at most, in the tensor's dtype of no more than 8 bytes
  int64_t at[SG_MAX_RANK];    // the path to the current element, for messages
} nested;

static const char *nested_path(lua_State *L, const nested *n, int depth) {
  luaL_Buffer text;
  luaL_buffinit(L, &text);
  for (int d = 0; d < depth; d++) {
    lua_pushfstring(L, "[%I]", (LUAI_UACINT)(n->at[d] + 1));
    luaL_addvalue(&text);
  }
  luaL_pushresult(&text);
  return lua_tostring(L, -1);
}

static void nested_shape(lua_State *L, int index, sg_shape *shape) {
  lua_pushvalue(L, index);
  for (shape->rank = 0; lua_type(L, -1) == LUA_TTABLE; lua_remove(L, -2)) {
    if (shape->rank == SG_MAX_RANK) binding_error(L, "tensor: more than %d dimensions", SG_MAX_RANK);
    shape->size[shape->rank++] = (int64_t)lua_rawlen(L, -1);
    lua_rawgeti(L, -1, 1);
  }
  lua_pop(L, 1);
}

static void nested_put(nested *n) {
  sg_tensor_put(n->tensor, n->position, n->gathered, n->waiting, "tensor");
  n->position += n->gathered;
  n->gathered = 0;
}

static void nested_element(lua_State *L, nested *n, int depth) {
  bool alike = !n->strict || lua_isboolean(L, -1) == (n->dtype == SG_BOOL);
  if (!is_number(L, -1) || !alike) {
    const char *value = binding_describe(L, -1);
    binding_error(L, "tensor: element %s is %s, expected %s", nested_path(L, n, depth), value,
                  n->strict && n->dtype == SG_BOOL ? "true or false" : "a number");
  }
  if (n->gathered == WAITING) nested_put(n);
  if (!numeric_store(n->waiting, n->dtype, n->gathered++, numeric_of(L, -1))) {
    const char *value = luaL_tolstring(L, -1, NULL);
    binding_error(L, "tensor: element %s is %s, expected an integer%s for dtype %s", nested_path(L, n, depth),
                  value, n->dtype == SG_U8 ? " from 0 to 255" : "", sg_dtype_name(n->dtype));
  }
}

// Reads the value at the top of the stack.
static void nested_read(lua_State *L, nested *n, int depth) {
  if (depth == n->shape.rank) {
    nested_element(L, n, depth);
    return;
  }
  int value = lua_gettop(L);
  int64_t expected = n->shape.size[depth];
  if (lua_type(L, value) != LUA_TTABLE || (int64_t)list_check(L, value, "tensor") != expected) {
    const char *path = nested_path(L, n, depth);
    if (lua_type(L, value) != LUA_TTABLE)
      binding_error(L, "tensor: element %s is %s, expected a list of %I", path, binding_describe(L, value),
                    (LUAI_UACINT)expected);
    binding_error(L, "tensor: list %s has %I elements, expected %I as in the first one", path,
                  (LUAI_UACINT)lua_rawlen(L, value), (LUAI_UACINT)expected);
  }
  for (int64_t i = 0; i < expected; i++) {
    n->at[depth] = i;
    lua_rawgeti(L, value, i + 1);
    nested_read(L, n, depth + 1);
    lua_pop(L, 1);
  }
}

// Whether the first element of nested lists is true or false.
static bool holds_booleans(lua_State *L, int index) {
  lua_pushvalue(L, index);
  for (int depth = 0; lua_type(L, -1) == LUA_TTABLE && depth < SG_MAX_RANK; depth++)
    lua_rawgeti(L, -1, 1), lua_remove(L, -2);
  bool found = lua_isboolean(L, -1);
  lua_pop(L, 1);
  return found;
}

// tensor(value, {dtype = the default, requires_grad = false}): from a number or nested lists of numbers, or of
// booleans, whose dtype is bool.
static int create_tensor(lua_State *L) {
  const sg_dtype natural = holds_booleans(L, 1) ? SG_BOOL : binding_open(L)->default_dtype;
  create_options options = {natural, false};
  create_options_read(L, 2, "tensor", &options);
  if (!is_number(L, 1) && lua_type(L, 1) != LUA_TTABLE)
    binding_error(L, "tensor: the value is %s, expected a number or lists of numbers", binding_describe(L, 1));
  lua_settop(L, 1);
  luaL_checkstack(L, SG_MAX_RANK + LUA_MINSTACK, "tensor");
  double waiting[WAITING];
  nested n = {.dtype = options.dtype, .strict = options.dtype == natural, .waiting = waiting};
  nested_shape(L, 1, &n.shape);
  creation p = {.shape = n.shape, .options = {options.dtype, false}, .value = numeric_integer(0)};
  n.tensor = create(L, "tensor", p)->tensor;
  lua_pushvalue(L, 1);
  nested_read(L, &n, 0);
  nested_put(&n);
  lua_pop(L, 1);
  if (options.requires_grad) sg_tensor_set_requires_grad(n.tensor, true);
  return 1;
}

const binding_function create_functions[] = {
    {"tensor", create_tensor, 2},
    {"zeros_like", create_zeros_like, 2},
    {"ones_like", create_ones_like, 2},
    {"full_like", create_full_like, 3},
    {NULL, NULL, 0},
};
