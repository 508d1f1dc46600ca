// SPDX-License-Identifier: GPL-3.0-or-later
//
// Functions that create tensors: sg.tensor, zeros, ones, full, eye, arange, linspace and the _like forms.
#include "lua/bind/base/check.h"
#include "lua/bind/base/collector.h"
#include "lua/bind/base/error.h"
#include "lua/bind/base/handle.h"
#include "lua/bind/base/number.h"
#include "lua/bind/base/options.h"
#include "lua/bind/tensor/tensor.h"
#include <math.h>
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
  sg_tensor *made = numeric_full(context, p->options.dtype, &p->shape, p->value);
  if (made == NULL) return false;
  if (p->options.requires_grad) sg_tensor_set_requires_grad(made, true);
  p->slot->tensor = sg_retain(made);
  return true;
}

// Pushes the tensor. The caller may fill it through created_data, unless it requires a gradient.
static lua_tensor *create(lua_State *L, const char *function, creation p) {
  binding *b = binding_open(L);
  p.slot = tensor_new_slot(L, b);
  binding_run_as(L, b, function, creation_work, &p);
  return p.slot;
}

static int create_of_value(lua_State *L, const char *function, int first, int64_t value) {
  creation p = {.options = {SG_F32, false}, .value = numeric_integer(value)};
  int last = lua_gettop(L);
  int next = shape_check(L, first, last, function, &p.shape);
  create_options_read(L, next, function, &p.options);
  create(L, function, p);
  return 1;
}

static int create_zeros(lua_State *L) { return create_of_value(L, "zeros", 1, 0); }
static int create_ones(lua_State *L) { return create_of_value(L, "ones", 1, 1); }

// full(shape, value, options)
static int create_full(lua_State *L) {
  creation p = {.options = {SG_F32, false}};
  shape_check(L, 1, 1, "full", &p.shape);
  p.value = numeric_check(L, 2, "full", "the value");
  create_options_read(L, 3, "full", &p.options);
  create(L, "full", p);
  return 1;
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

// eye(rows, columns = rows, options)
static int create_eye(lua_State *L) {
  creation p = {.options = {SG_F32, false}};
  int64_t rows = integer_check(L, 1, "eye", "the number of rows");
  bool square = lua_type(L, 2) != LUA_TNUMBER;
  int64_t columns = square ? rows : integer_check(L, 2, "eye", "the number of columns");
  p.shape = (sg_shape){2, {rows, columns}};
  create_options_read(L, square ? 2 : 3, "eye", &p.options);
  bool requires_grad = p.options.requires_grad;
  p.options.requires_grad = false;
  sg_tensor *made = create(L, "eye", p)->tensor;
  void *data = sg_tensor_write(made, "eye");
  for (int64_t i = 0; i < rows && i < columns; i++)
    numeric_store(data, p.options.dtype, i * columns + i, numeric_integer(1));
  if (requires_grad) sg_tensor_set_requires_grad(made, true);
  return 1;
}

// ---- Sequences ----------------------------------------------------------------------------------------------

// Element i is start + i * step, in integers (modulo 2^64, which every element of the sequence lies within) or f64.
typedef struct sequence {
  lua_numeric start, stop, step;
  int64_t count;
} sequence;

// A float that is 0 is one too.
static bool is_integer(lua_numeric n) { return n.whole || n.value == 0; }

static lua_numeric arange_element(const sequence *s, int64_t i) {
  if (is_integer(s->start) && is_integer(s->step))
    return numeric_integer((int64_t)((uint64_t)s->start.integer + (uint64_t)i * (uint64_t)s->step.integer));
  return numeric_real(s->start.value + (double)i * s->step.value);
}

// From either end to the middle, so that both ends are exact and the reverse sequence has the same elements. Where
// a sum of the ends overflows, each is divided by itself.
static lua_numeric linspace_element(const sequence *s, int64_t i) {
  int64_t last = s->count - 1;
  if (i == 0) return s->start;
  if (i == last) return s->stop;
  double sum = s->start.value + s->stop.value;
  if (2 * i == last) return numeric_real(isfinite(sum) ? sum / 2 : s->start.value / 2 + s->stop.value / 2);
  double width = s->stop.value - s->start.value, steps = (double)last;
  double step = isfinite(width) ? width / steps : s->stop.value / steps - s->start.value / steps;
  bool first_half = i < s->count / 2;
  return numeric_real(first_half ? s->start.value + (double)i * step : s->stop.value - (double)(last - i) * step);
}

// Between integers, where the elements are integers; otherwise one that is not whole, which no i64 tensor takes.
static lua_numeric linspace_integer(const sequence *s, int64_t i) {
  if (!is_integer(s->start) || !is_integer(s->stop) || s->count < 2) return linspace_element(s, i);
  __int128 width = (__int128)s->stop.integer - s->start.integer, last = s->count - 1;
  if (width * i % last != 0) return (lua_numeric){.value = linspace_element(s, i).value};
  return numeric_integer((int64_t)(s->start.integer + width * i / last));
}

static int create_sequence(lua_State *L, const char *function, const sequence *s, create_options options,
                           lua_numeric (*element)(const sequence *s, int64_t i)) {
  creation p = {{1, {s->count}}, {options.dtype, false}, numeric_integer(0), NULL};
  sg_tensor *made = create(L, function, p)->tensor;
  void *data = sg_tensor_write(made, function);
  for (int64_t i = 0; i < s->count; i++) {
    lua_numeric value = element(s, i);
    if (!numeric_store(data, options.dtype, i, value))
      binding_error(L, "%s: element %I is %f, expected an integer for dtype %s", function, (LUAI_UACINT)(i + 1),
                    (LUAI_UACNUMBER)value.value, sg_dtype_name(options.dtype));
  }
  if (options.requires_grad) sg_tensor_set_requires_grad(made, true);
  return 1;
}

static lua_numeric finite_check(lua_State *L, int index, const char *function, const char *name) {
  lua_numeric n = numeric_check(L, index, function, name);
  if (!isfinite(n.value))
    binding_error(L, "%s: %s is %s, expected a finite number", function, name, luaL_tolstring(L, index, NULL));
  return n;
}

// ceil((stop - start) / step), exactly for integers; 0 where the step leads away from stop.
static double arange_length(const sequence *s) {
  if (!is_integer(s->start) || !is_integer(s->stop) || !is_integer(s->step))
    return ceil((s->stop.value - s->start.value) / s->step.value);
  __int128 width = (__int128)s->stop.integer - s->start.integer, step = s->step.integer;
  if (step == 0) return HUGE_VAL;
  __int128 count = width / step + ((width % step != 0) && (width < 0) == (step < 0));
  return (double)count;
}

// arange([start = 0,] stop [, step = 1]): start, start + step, ... below stop.
static int create_arange(lua_State *L) {
  static const char *const names[] = {"the start", "the end", "the step"};
  lua_numeric number[3] = {{0}};
  int count = 0;
  while (count < 3 && lua_type(L, count + 1) == LUA_TNUMBER) count++;
  if (count == 0) number_check(L, 1, "arange", "the end");
  for (int i = 0; i < count; i++) number[i] = finite_check(L, i + 1, "arange", names[count == 1 ? 1 : i]);
  sequence s = {.start = count == 1 ? numeric_integer(0) : number[0],
                .stop = count == 1 ? number[0] : number[1],
                .step = count == 3 ? number[2] : numeric_integer(1)};
  create_options options = {SG_F32, false};
  create_options_read(L, count + 1, "arange", &options);
  double length = arange_length(&s);
  if (!(length < 0x1p62)) binding_error(L, "arange: start, stop and step do not make a finite list");
  s.count = length > 0 ? (int64_t)length : 0;
  return create_sequence(L, "arange", &s, options, arange_element);
}

// linspace(start, stop, count): evenly spaced, both ends included.
static int create_linspace(lua_State *L) {
  sequence s = {.start = finite_check(L, 1, "linspace", "the start"),
                .stop = finite_check(L, 2, "linspace", "the end"),
                .count = integer_check(L, 3, "linspace", "the count")};
  create_options options = {SG_F32, false};
  create_options_read(L, 4, "linspace", &options);
  return create_sequence(L, "linspace", &s, options, options.dtype == SG_I64 ? linspace_integer : linspace_element);
}

// ---- From nested tables -------------------------------------------------------------------------------------

typedef struct nested {
  sg_shape shape;
  sg_dtype dtype;
  bool strict; // no dtype was asked for: numbers and booleans do not mix
  void *data;
  int64_t position;
  int64_t at[SG_MAX_RANK]; // the path to the current element, for messages
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

static void nested_element(lua_State *L, nested *n, int depth) {
  bool alike = !n->strict || lua_isboolean(L, -1) == (n->dtype == SG_BOOL);
  if (!is_number(L, -1) || !alike) {
    const char *value = binding_describe(L, -1);
    binding_error(L, "tensor: element %s is %s, expected %s", nested_path(L, n, depth), value,
                  n->strict && n->dtype == SG_BOOL ? "true or false" : "a number");
  }
  if (!numeric_store(n->data, n->dtype, n->position++, numeric_of(L, -1))) {
    const char *value = luaL_tolstring(L, -1, NULL);
    binding_error(L, "tensor: element %s is %s, expected an integer for dtype %s", nested_path(L, n, depth), value,
                  sg_dtype_name(n->dtype));
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

// tensor(value, {dtype = "f32", requires_grad = false}): from a number or nested lists of numbers, or of booleans,
// whose dtype is bool.
static int create_tensor(lua_State *L) {
  const sg_dtype natural = holds_booleans(L, 1) ? SG_BOOL : SG_F32;
  create_options options = {natural, false};
  create_options_read(L, 2, "tensor", &options);
  if (!is_number(L, 1) && lua_type(L, 1) != LUA_TTABLE)
    binding_error(L, "tensor: the value is %s, expected a number or lists of numbers", binding_describe(L, 1));
  lua_settop(L, 1);
  luaL_checkstack(L, SG_MAX_RANK + LUA_MINSTACK, "tensor");
  nested n = {.dtype = options.dtype, .strict = options.dtype == natural};
  nested_shape(L, 1, &n.shape);
  creation p = {.shape = n.shape, .options = {options.dtype, false}, .value = numeric_integer(0)};
  sg_tensor *made = create(L, "tensor", p)->tensor;
  n.data = sg_tensor_write(made, "tensor");
  lua_pushvalue(L, 1);
  nested_read(L, &n, 0);
  lua_pop(L, 1);
  if (options.requires_grad) sg_tensor_set_requires_grad(made, true);
  return 1;
}

const binding_function create_functions[] = {
    {"tensor", create_tensor, 2}, {"zeros", create_zeros, ANY_NUMBER},
    {"ones", create_ones, ANY_NUMBER}, {"full", create_full, 3},
    {"eye", create_eye, 3}, {"arange", create_arange, 4},
    {"linspace", create_linspace, 4}, {"zeros_like", create_zeros_like, 2},
    {"ones_like", create_ones_like, 2}, {"full_like", create_full_like, 3},
    {NULL, NULL, 0},
};
