// SPDX-License-Identifier: GPL-3.0-or-later
//
// x[i], x[{ {1, 3}, {}, 2 }] and the assignments to them. Positions count from 1, negative ones from the end; a
// range {first, last} or {first, last, step} includes both ends, {} is the whole dimension, a number drops its
// dimension.
#include "autograd/custom.h"
#include "lua/bind/base/check.h"
#include "lua/bind/base/collector.h"
#include "lua/bind/base/error.h"
#include "lua/bind/base/handle.h"
#include "lua/bind/base/number.h"
#include "lua/bind/tensor/tensor.h"
#include "ops/ops.h"
#include <string.h>

typedef struct selection {
  sg_slice_options range; // of every dimension: start, stop and step, 0-based, in bounds
  sg_shape picked;        // the shape of the range
  sg_shape shape;         // the same without the dropped dimensions
} selection;

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
  s->picked.size[d] = extent;
  s->shape.size[s->shape.rank++] = extent;
}

static void select_one(lua_State *L, int index, int d, const sg_shape *shape, selection *s) {
  int64_t position = position_check(L, index, d, shape);
  s->range.start.value[d] = position;
  s->range.stop.value[d] = position + 1;
  s->range.step.value[d] = 1;
  s->picked.size[d] = 1;
}

static void select_all(int d, const sg_shape *shape, selection *s) {
  s->range.start.value[d] = 0;
  s->range.stop.value[d] = s->picked.size[d] = shape->size[d];
  s->range.step.value[d] = 1;
  s->shape.size[s->shape.rank++] = shape->size[d];
}

// Reads the key at stack index 2.
static void selection_read(lua_State *L, const sg_shape *shape, selection *s) {
  int rank = shape->rank;
  *s = (selection){.range = {{rank, {0}}, {rank, {0}}, {rank, {0}}}, .picked = {rank, {0}}, .shape = {0, {0}}};
  bool list = lua_type(L, 2) == LUA_TTABLE;
  if (!list && lua_type(L, 2) != LUA_TNUMBER)
    binding_error(L, "index: the key is %s, expected a position or a list of positions and ranges",
                  binding_describe(L, 2));
  lua_Unsigned given = list ? list_check(L, 2, "index") : 1;
  if (given > (lua_Unsigned)rank)
    binding_error(L, "index: %d positions for a tensor of shape %s", (int)given, sg_shape_text(shape).text);
  luaL_checkstack(L, LUA_MINSTACK, "index");
  int at = lua_gettop(L) + 1;
  for (int d = 0; d < rank; d++) {
    if (d >= (int)given) {
      select_all(d, shape, s);
      continue;
    }
    if (list) lua_rawgeti(L, 2, d + 1);
    else lua_pushvalue(L, 2);
    if (lua_type(L, at) == LUA_TTABLE) select_range(L, at, d, shape, s);
    else select_one(L, at, d, shape, s);
    lua_settop(L, at - 1);
  }
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
  p->slot->tensor = sg_retain(sg_reshape(context, range, &p->selection.shape));
  return p->slot->tensor != NULL;
}

int tensor_index_get(lua_State *L, binding *b) {
  index_request p = {.source = tensor_check(L, 1, "index", "the tensor")};
  const sg_shape shape = *sg_tensor_shape(p.source);
  // ipairs stops at the first nil: x[#x + 1].
  if (lua_isinteger(L, 2) && shape.rank > 0 && lua_tointeger(L, 2) == shape.size[0] + 1) return lua_pushnil(L), 1;
  selection_read(L, &shape, &p.selection);
  p.slot = tensor_new_slot(L, b);
  p.source = tensor_check(L, 1, "index", "the tensor");
  binding_run(L, b, get_work, &p);
  return 1;
}

// ---- Writing ------------------------------------------------------------------------------------------------

typedef struct assign_request {
  sg_tensor *target, *source; // source NULL: the number
  lua_numeric number;
  selection selection;
} assign_request;

// The value in the target's dtype and in the shape of the selection, in memory of its own: it may share the storage
// that is written.
static sg_tensor *assigned_values(sg_context *context, const assign_request *p) {
  const sg_shape *wanted = &p->selection.shape;
  sg_dtype dtype = sg_tensor_dtype(p->target);
  sg_shape joint;
  if (!sg_shape_broadcast(sg_tensor_shape(p->source), wanted, &joint) || !sg_shape_equal(&joint, wanted)) {
    sg_error(context, SG_INVALID_ARGUMENT, "index: a value of shape %s does not fit the selection of shape %s",
             sg_shape_text(sg_tensor_shape(p->source)).text, sg_shape_text(wanted).text);
    return NULL;
  }
  if (sg_tensor_check_range(p->source, dtype, "index", "the value") != SG_OK) return NULL;
  if (sg_tensor_may_receive(p->target, p->source, "an assignment to elements") != SG_OK) return NULL;
  bool recording = sg_set_grad_enabled(context, false);
  sg_tensor *values = sg_tensor_to(context, p->source, dtype);
  values = values != NULL ? sg_expand(context, values, wanted) : NULL;
  sg_set_grad_enabled(context, recording);
  return values;
}

static void put_element(void *data, sg_dtype dtype, int64_t to, const void *values, int64_t from) {
  const size_t bytes = sg_dtype_bytes(dtype);
  memcpy((char *)data + (size_t)to * bytes, (const char *)values + (size_t)from * bytes, bytes);
}

static bool set_work(sg_context *context, void *block) {
  const assign_request *p = block;
  const selection *s = &p->selection;
  sg_tensor *values = p->source != NULL ? assigned_values(context, p) : NULL;
  if (sg_error_status(context) != SG_OK) return false;
  void *data = sg_tensor_write(p->target, "an assignment to elements");
  if (data == NULL) return sg_error_status(context) == SG_OK; // no elements: nothing to write
  const sg_shape *shape = sg_tensor_shape(p->target);
  sg_dtype dtype = sg_tensor_dtype(p->target);
  int64_t count = sg_shape_elements(&s->picked), at[SG_MAX_RANK] = {0};
  for (int64_t i = 0; i < count; i++) {
    int64_t to = 0;
    for (int d = 0; d < shape->rank; d++)
      to = to * shape->size[d] + s->range.start.value[d] + at[d] * s->range.step.value[d];
    if (values != NULL) put_element(data, dtype, to, sg_tensor_data(values), i);
    else numeric_store(data, dtype, to, p->number);
    for (int d = shape->rank - 1; d >= 0 && ++at[d] == s->picked.size[d]; d--) at[d] = 0;
  }
  return true;
}

// x[key] = number or tensor: a write in place, not recorded.
int tensor_index_set(lua_State *L) {
  binding *b = binding_open(L);
  assign_request p = {.target = tensor_check(L, 1, "index", "the tensor")};
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
  selection_read(L, sg_tensor_shape(p.target), &p.selection);
  binding_run(L, b, set_work, &p);
  return 0;
}
