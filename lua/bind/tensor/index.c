// SPDX-License-Identifier: GPL-3.0-or-later
//
// x[i], x[{ {1, 3}, {}, 2 }], x[mask], x[index], x[{index1, {}, index2}] and the assignments to them. Positions
// count from 1, negative ones from the end, but for those of an index, an i64 tensor of any shape; a range {first,
// last} or {first, last, step} includes both ends, {} is the whole dimension, a number drops its dimension. Several
// tensors broadcast, as in PyTorch; take.h has the rest.
#include "lua/bind/base/check.h"
#include "lua/bind/base/collector.h"
#include "lua/bind/base/error.h"
#include "lua/bind/base/handle.h"
#include "lua/bind/base/number.h"
#include "lua/bind/tensor/take.h"
#include "lua/bind/tensor/tensor.h"
#include "ops/ops.h"

// A position in [1, size], given from either end, turned to [0, size).
static int64_t position_check(lua_State *L, int index, int dimension, const sg_shape *shape) {
  int64_t given = integer_check(L, index, "index", "the position"), size = shape->size[dimension];
  if (given == 0 || given > size || given < -size)
    binding_error(L, "index: position %I is out of range for dimension %d of shape %s", (LUAI_UACINT)given,
                  dimension + 1, sg_shape_text(shape).text);
  return given > 0 ? given - 1 : given + size;
}

static void select_range(lua_State *L, int index, int d, const sg_shape *shape, selection *s) {
  int64_t first = 0, last = shape->size[d] - 1, step = 1;
  lua_Unsigned count = list_check(L, index, "index");
  if (count > 3)
    binding_error(L, "index: the range of dimension %d has %d numbers, expected {first, last, step}", d + 1,
                  (int)count);
  if (count >= 1) {
    lua_rawgeti(L, index, 1);
    // {size + 1, size} is the empty range at the end.
    bool past_end = lua_isinteger(L, -1) && lua_tointeger(L, -1) == shape->size[d] + 1;
    first = past_end ? shape->size[d] : position_check(L, lua_gettop(L), d, shape);
  }
  if (count >= 2) {
    lua_rawgeti(L, index, 2);
    bool before_start = lua_isinteger(L, -1) && lua_tointeger(L, -1) == 0;
    last = before_start ? -1 : position_check(L, lua_gettop(L), d, shape);
  }
  if (count >= 3) {
    lua_rawgeti(L, index, 3);
    step = integer_check(L, lua_gettop(L), "index", "the step");
    if (step < 1) binding_error(L, "index: the step of dimension %d is below 1", d + 1);
  }
  lua_settop(L, index);
  int64_t extent = last >= first ? (last - first) / step + 1 : 0;
  s->range.start.value[d] = first;
  s->range.stop.value[d] = extent > 0 ? last + 1 : first;
  s->range.step.value[d] = step;
  if (step > 1) s->range.step.count = d + 1;
  s->picked.size[d] = extent;
  s->shape.size[s->shape.rank++] = extent;
}

static void select_one(lua_State *L, int index, int d, const sg_shape *shape, selection *s) {
  int64_t position = position_check(L, index, d, shape);
  s->range.start.value[d] = position;
  s->range.stop.value[d] = position + 1;
  s->range.step.value[d] = 1;
  s->picked.size[d] = 1;
  s->dropped[d] = true;
}

static void select_all(int d, const sg_shape *shape, selection *s) {
  s->picked.size[d] = s->shape.size[s->shape.rank++] = shape->size[d];
}

// A mask of bools, or positions.
static void key_check(lua_State *L, const sg_tensor *key) {
  const sg_dtype dtype = sg_tensor_dtype(key);
  if (dtype != SG_BOOL && dtype != SG_I64)
    binding_error(L, "index: the key is a tensor of dtype %s, expected a mask of dtype bool, or positions of i64",
                  sg_dtype_name(dtype));
}

static int too_many_keys(lua_State *L, lua_Unsigned given, const sg_shape *shape) {
  return binding_error(L, "index: %d positions for a tensor of shape %s", (int)given, sg_shape_text(shape).text);
}

// The whole of as many dimensions as the tensor says something about. Returns how many.
static int select_by_tensor(lua_State *L, sg_tensor *key, int d, const sg_shape *shape, lua_Unsigned given,
                            selection *s) {
  key_check(L, key);
  const int covered = sg_tensor_dtype(key) == SG_BOOL ? sg_tensor_shape(key)->rank : 1;
  if (covered == 0) binding_error(L, "index: a mask among other keys has no dimensions");
  if (covered > shape->rank - d) too_many_keys(L, given + (lua_Unsigned)covered - 1, shape);
  s->by_tensors = true;
  s->tensor[d] = key;
  for (int i = d; i < d + covered; i++) {
    s->range.stop.value[i] = shape->size[i];
    s->range.step.value[i] = 1;
    s->indexed[i] = true;
    select_all(i, shape, s);
  }
  return covered;
}

// Reads the key at stack index 2.
static void selection_read(lua_State *L, const sg_shape *shape, selection *s) {
  int rank = shape->rank;
  *s = (selection){.of = *shape, .picked = {rank, {0}}, .shape = {0, {0}}};
  bool list = lua_type(L, 2) == LUA_TTABLE;
  if (!list && lua_type(L, 2) != LUA_TNUMBER)
    binding_error(L, "index: the key is %s, expected a position or a list of positions and ranges",
                  binding_describe(L, 2));
  const lua_Unsigned given = list ? list_check(L, 2, "index") : 1;
  if (given > (lua_Unsigned)rank) too_many_keys(L, given, shape);
  luaL_checkstack(L, LUA_MINSTACK, "index");
  int at = lua_gettop(L) + 1, d = 0;
  for (lua_Unsigned k = 1; k <= given; k++) {
    if (d == rank) too_many_keys(L, given + (lua_Unsigned)d - k + 1, shape);
    if (list) lua_rawgeti(L, 2, (lua_Integer)k);
    else lua_pushvalue(L, 2);
    sg_tensor *key = list ? tensor_test(L, at) : NULL;
    if (key != NULL) d += select_by_tensor(L, key, d, shape, given, s);
    else if (lua_type(L, at) == LUA_TTABLE) select_range(L, at, d++, shape, s);
    else select_one(L, at, d++, shape, s);
    lua_settop(L, at - 1);
  }
  s->range.start.count = s->range.stop.count = d;
  if (s->range.step.count > 0) s->range.step.count = d;
  for (; d < rank; d++) select_all(d, shape, s);
}

// ---- Reading ------------------------------------------------------------------------------------------------

typedef struct index_request {
  sg_tensor *source;
  selection selection;
  lua_tensor *slot;
} index_request;

static bool get_work(sg_context *context, void *block) {
  index_request *p = block;
  sg_tensor *range = sg_slice(context, p->source, &p->selection.range);
  sg_tensor *taken = sg_reshape(context, range, &p->selection.shape);
  if (p->selection.by_tensors) taken = selection_take(context, taken, &p->selection);
  p->slot->tensor = sg_retain(taken);
  return p->slot->tensor != NULL;
}

typedef struct key_request {
  sg_tensor *source, *key;
  lua_tensor *slot;
} key_request;

static bool get_by_key_work(sg_context *context, void *block) {
  key_request *p = block;
  p->slot->tensor = sg_retain(sg_index(context, p->source, 1, &p->key, 0));
  return p->slot->tensor != NULL;
}

// x[mask]: the elements of x that a mask marks. x[index]: its positions of the leading dimension. Copies.
static int get_by_key(lua_State *L, binding *b) {
  key_check(L, tensor_check(L, 2, "index", "the key"));
  key_request p = {.slot = tensor_new_slot(L, b)};
  p.source = tensor_check(L, 1, "index", "the tensor");
  p.key = tensor_check(L, 2, "index", "the key");
  binding_run(L, b, get_by_key_work, &p);
  return 1;
}

int tensor_index_get(lua_State *L, binding *b) {
  index_request p = {.source = tensor_check(L, 1, "index", "the tensor")};
  if (tensor_slot(L, 2) != NULL) return get_by_key(L, b);
  const sg_shape shape = *sg_tensor_shape(p.source);
  // ipairs stops at the first nil: x[#x + 1].
  if (lua_isinteger(L, 2) && shape.rank > 0 && lua_tointeger(L, 2) == shape.size[0] + 1) return lua_pushnil(L), 1;
  selection_read(L, &shape, &p.selection);
  p.slot = tensor_new_slot(L, b);
  p.source = tensor_check(L, 1, "index", "the tensor");
  if (p.selection.by_tensors) selection_read(L, &shape, &p.selection); // a finalizer may have closed one
  binding_run(L, b, get_work, &p);
  return 1;
}

// ---- Writing ------------------------------------------------------------------------------------------------

typedef struct assign_request {
  sg_tensor *target, *source, *key; // source NULL: the number; key NULL: the selection
  lua_numeric number;
  selection selection;
} assign_request;

static sg_tensor *refuse_value(sg_context *context, const sg_shape *value, const sg_shape *selected) {
  sg_error(context, SG_INVALID_ARGUMENT, "index: a value of shape %s does not fit the selection of shape %s",
           sg_shape_text(value).text, sg_shape_text(selected).text);
  return NULL;
}

// The value with extents of 1 for the dimensions that the selection drops.
static sg_tensor *fitting_value(sg_context *context, const assign_request *p) {
  const selection *s = &p->selection;
  const sg_shape *value = sg_tensor_shape(p->source);
  sg_shape joint, fit = s->picked;
  if (!sg_shape_broadcast(value, &s->shape, &joint) || !sg_shape_equal(&joint, &s->shape))
    return refuse_value(context, value, &s->shape);
  for (int d = s->picked.rank - 1, kept = value->rank; d >= 0; d--)
    fit.size[d] = s->dropped[d] || kept == 0 ? 1 : value->size[--kept];
  return sg_reshape(context, p->source, &fit);
}

static bool set_work(sg_context *context, void *block) {
  const assign_request *p = block;
  const sg_dtype dtype = sg_tensor_dtype(p->target);
  sg_tensor *value = p->source;
  if (value == NULL && p->key == NULL && !p->selection.by_tensors)
    return sg_slice_fill_(context, p->target, p->number, &p->selection.range) == SG_OK;
  if (value != NULL && sg_tensor_check_range(value, dtype, "index", "the value") != SG_OK) return false;
  if (value == NULL) value = numeric_full(context, dtype, &(sg_shape){0}, p->number);
  if (p->selection.by_tensors) return selection_put(context, p->target, value, &p->selection) == SG_OK;
  if (p->source != NULL && p->key == NULL) value = fitting_value(context, p);
  if (value == NULL) return false;
  if (p->key != NULL) return sg_index_put_(context, p->target, value, 1, &p->key, false) == SG_OK;
  return sg_slice_put_(context, p->target, value, &p->selection.range) == SG_OK;
}

// x[key] = number or tensor: a write in place, not recorded. The key is a selection, a mask or positions.
int tensor_index_set(lua_State *L) {
  binding *b = binding_open(L);
  assign_request p = {.target = tensor_check(L, 1, "index", "the tensor"), .key = tensor_test(L, 2)};
  p.source = tensor_test(L, 3);
  if (p.source == NULL) {
    const sg_dtype dtype = sg_tensor_dtype(p.target);
    if (!is_number(L, 3)) number_check(L, 3, "index", "the value");
    p.number = numeric_of(L, 3);
    char element[8];
    if (!numeric_store(element, dtype, 0, p.number))
      binding_error(L, "index: the value is %s, which no %s can be", luaL_tolstring(L, 3, NULL),
                    sg_dtype_name(dtype));
  } else if (sg_grad_enabled(b->context) && sg_tensor_requires_grad(p.source)) {
    binding_error(L,
                  "index: the value requires a gradient, and an assignment is not recorded; detach it, or assign "
                  "inside sg.no_grad");
  }
  if (p.key == NULL) selection_read(L, sg_tensor_shape(p.target), &p.selection);
  else key_check(L, p.key);
  binding_run(L, b, set_work, &p);
  return 0;
}
