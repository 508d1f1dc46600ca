// SPDX-License-Identifier: GPL-3.0-or-later
//
// Values of attributes: from Lua into an options struct, and back. Dimensions count from 1 in Lua.
#include "lua/bind/base/check.h"
#include "lua/bind/base/error.h"
#include "lua/bind/base/guess.h"
#include "lua/bind/base/handle.h"
#include "lua/bind/base/number.h"
#include "lua/bind/op/attribute.h"
#include <limits.h>
#include <stdio.h>
#include <string.h>

void attribute_defaults(lua_State *L, const sg_op *op, unsigned char *options) {
  const sg_dtype dtype = binding_of(L)->default_dtype;
  memcpy(options, sg_op_defaults(op), sg_op_options_bytes(op));
  if (dtype == SG_F32) return;
  for (const sg_attribute *a = sg_op_attributes(op); a->name != NULL; a++) {
    sg_dtype *field = (sg_dtype *)(void *)(options + a->offset);
    if (a->type == SG_ATTRIBUTE_DTYPE && *field == SG_F32) *field = dtype;
  }
}

static int64_t dimension_from_lua(lua_State *L, const char *op, const char *name, int64_t given) {
  if (given == 0) binding_error(L, "%s: %s is 0; dimensions count from 1, or from -1 backwards", op, name);
  return given > 0 ? given - 1 : given;
}

// A number in place of the word that it is written as: 2, -1, or infinity, "inf".
static const char *number_word(lua_State *L, int index, char *word, size_t size) {
  const lua_Number number = lua_tonumber(L, index);
  if (lua_type(L, index) != LUA_TNUMBER) return NULL;
  snprintf(word, size, "%.17g", number);
  return word;
}

// The position among the attribute's choices.
static int choice_check(lua_State *L, int index, const char *op, const sg_attribute *a) {
  char word[40];
  const bool is_text = lua_type(L, index) == LUA_TSTRING;
  const char *given = is_text ? lua_tostring(L, index) : number_word(L, index, word, sizeof word);
  luaL_Buffer text;
  guess g = guess_start(given != NULL ? given : "");
  for (int i = 0; given != NULL && a->choices[i] != NULL; i++) {
    if (strcmp(a->choices[i], given) == 0) return i;
    guess_try(&g, a->choices[i]);
  }
  const char *description = binding_describe(L, index);
  luaL_buffinit(L, &text);
  for (int i = 0; a->choices[i] != NULL; i++) {
    if (i > 0) luaL_addstring(&text, ", ");
    luaL_addstring(&text, a->choices[i]);
  }
  luaL_pushresult(&text);
  const char *choices = lua_tostring(L, -1);
  binding_error(L, "%s: %s is %s, expected one of %s%s", op, a->name, description, choices, guess_push(L, &g));
}

// A shape is laid out like a list, so one function reads both.
_Static_assert(sizeof(sg_shape) == sizeof(sg_ints) && offsetof(sg_shape, rank) == offsetof(sg_ints, count) &&
                   offsetof(sg_shape, size) == offsetof(sg_ints, value),
               "shapes and lists");

static void name_dimensions(lua_State *L, const char *op, const sg_attribute *a, sg_ints *list) {
  for (int i = 0; a->type == SG_ATTRIBUTE_DIMS && i < list->count; i++)
    list->value[i] = dimension_from_lua(L, op, a->name, list->value[i]);
}

static const char *text_check(lua_State *L, int index, const char *op, const sg_attribute *a) {
  if (a->choices != NULL) return a->choices[choice_check(L, index, op, a)];
  return string_check(L, index, op, a->name);
}

// The elements of a tensor in the place of a list, in a block that it pushes. They are numbers without a gradient.
static void *elements_check(lua_State *L, int index, const char *op, const sg_attribute *a, int *count) {
  const bool integers = a->type == SG_ATTRIBUTE_INT_LIST;
  index = lua_absindex(L, index);
  const int64_t elements = sg_tensor_elements(tensor_check(L, index, op, a->name));
  if (elements > INT_MAX) binding_error(L, "%s: %s has too many values", op, a->name);
  void *block = lua_newuserdatauv(L, (size_t)elements * 8 + 1, 0);
  sg_tensor *tensor = tensor_check(L, index, op, a->name); // once more, as a finalizer may have closed it
  const sg_dtype dtype = sg_tensor_dtype(tensor);
  if (sg_tensor_shape(tensor)->rank > 1)
    binding_error(L, "%s: %s has shape %s, expected a vector", op, a->name,
                  sg_shape_text(sg_tensor_shape(tensor)).text);
  if (dtype == SG_BOOL || (integers && dtype != SG_I64 && dtype != SG_U8))
    binding_error(L, "%s: %s has dtype %s, expected %s", op, a->name, sg_dtype_name(dtype),
                  integers ? "i64" : "numbers");
  if (sg_tensor_requires_grad(tensor) && sg_grad_enabled(binding_of(L)->context))
    binding_error(L, "%s: %s requires a gradient, and has none here; detach it", op, a->name);
  *count = (int)elements;
  for (int i = 0; i < *count; i++) {
    if (integers) ((int64_t *)block)[i] = sg_tensor_integer(tensor, i);
    else ((double *)block)[i] = sg_tensor_value(tensor, i);
  }
  return block;
}

// A list of numbers, or a single one, in a block that it pushes. `element` reads the value at the top.
static void *numbers_check(lua_State *L, int index, const char *op, const sg_attribute *a, int *count,
                           void (*element)(lua_State *L, const char *op, const char *name, void *block, int i)) {
  if (tensor_slot(L, index) != NULL) return elements_check(L, index, op, a, count);
  const bool is_single = lua_type(L, index) != LUA_TTABLE;
  const lua_Unsigned length = is_single ? 1 : list_check(L, index, op);
  if (length > 1 << 20) binding_error(L, "%s: %s has too many values", op, a->name);
  index = lua_absindex(L, index);
  *count = (int)length;
  void *block = lua_newuserdatauv(L, (size_t)length * 8 + 1, 0); // of a double or an int64_t each; never nothing
  for (int i = 0; i < *count; i++) {
    if (is_single)
      lua_pushvalue(L, index);
    else
      lua_rawgeti(L, index, i + 1);
    element(L, op, a->name, block, i);
    lua_pop(L, 1);
  }
  return block;
}

static void read_integer(lua_State *L, const char *op, const char *name, void *block, int i) {
  ((int64_t *)block)[i] = integer_check(L, -1, op, name);
}

static void read_number(lua_State *L, const char *op, const char *name, void *block, int i) {
  ((double *)block)[i] = number_check(L, -1, op, name);
}

int attribute_read(lua_State *L, int index, const char *op, const sg_attribute *a, unsigned char *options) {
  unsigned char *field = options + a->offset;
  sg_int_list *integers = (void *)field;
  sg_float_list *numbers = (void *)field;
  const int top = lua_gettop(L);
  switch (a->type) {
  case SG_ATTRIBUTE_FLOAT: *(double *)(void *)field = number_check(L, index, op, a->name); break;
  case SG_ATTRIBUTE_INT: *(int64_t *)(void *)field = integer_check(L, index, op, a->name); break;
  case SG_ATTRIBUTE_BOOL:
    if (!lua_isboolean(L, index))
      binding_error(L, "%s: %s is %s, expected true or false", op, a->name, binding_describe(L, index));
    *(bool *)field = lua_toboolean(L, index);
    break;
  case SG_ATTRIBUTE_DIM:
    *(int64_t *)(void *)field = dimension_from_lua(L, op, a->name, integer_check(L, index, op, a->name));
    break;
  case SG_ATTRIBUTE_INTS:
    if (a->choices != NULL && lua_type(L, index) == LUA_TSTRING) {
      *(sg_ints *)(void *)field = (sg_ints)SG_WORD(choice_check(L, index, op, a));
      break;
    }
    // fall through
  case SG_ATTRIBUTE_DIMS:
  case SG_ATTRIBUTE_SHAPE:
    ints_check(L, index, op, a->name, (void *)field);
    name_dimensions(L, op, a, (void *)field);
    break;
  case SG_ATTRIBUTE_CHOICE: *(int *)(void *)field = choice_check(L, index, op, a); break;
  case SG_ATTRIBUTE_DTYPE:
    *(sg_dtype *)(void *)field = dtype_check(L, index, op);
    break;
  case SG_ATTRIBUTE_NUMBER: *(sg_number *)(void *)field = numeric_check(L, index, op, a->name); break;
  case SG_ATTRIBUTE_STRING:
    lua_pushvalue(L, index);
    *(const char **)(void *)field = text_check(L, -1, op, a);
    lua_settop(L, top + 1);
    return 1;
  case SG_ATTRIBUTE_INT_LIST:
    integers->value = numbers_check(L, index, op, a, &integers->count, read_integer);
    return 1;
  case SG_ATTRIBUTE_FLOAT_LIST:
    numbers->value = numbers_check(L, index, op, a, &numbers->count, read_number);
    return 1;
  }
  return 0;
}

int attribute_read_numbers(lua_State *L, int index, int last, const char *op, const sg_attribute *a,
                           unsigned char *options) {
  sg_ints *list = (void *)(options + a->offset);
  for (list->count = 0; index <= last && lua_type(L, index) == LUA_TNUMBER; index++) {
    if (list->count == SG_MAX_RANK) binding_error(L, "%s: %s has more than %d elements", op, a->name, SG_MAX_RANK);
    list->value[list->count++] = integer_check(L, index, op, a->name);
  }
  name_dimensions(L, op, a, list);
  return list->count;
}

static void push_numbers(lua_State *L, int count, const double *value) {
  lua_createtable(L, count, 0);
  for (int i = 0; i < count; i++) {
    lua_pushnumber(L, value[i]);
    lua_rawseti(L, -2, i + 1);
  }
}

static void push_ints(lua_State *L, int count, const int64_t *value, bool dimensions) {
  lua_createtable(L, count, 0);
  for (int i = 0; i < count; i++) {
    lua_pushinteger(L, value[i] + (dimensions && value[i] >= 0));
    lua_rawseti(L, -2, i + 1);
  }
}

void attribute_push(lua_State *L, const sg_attribute *a, const void *options) {
  const void *field = (const unsigned char *)options + a->offset;
  const sg_ints *list = field;
  const sg_shape *shape = field;
  const sg_int_list *integers = field;
  const sg_float_list *numbers = field;
  const sg_number *number = field;
  switch (a->type) {
  case SG_ATTRIBUTE_FLOAT: lua_pushnumber(L, *(const double *)field); break;
  case SG_ATTRIBUTE_INT: lua_pushinteger(L, *(const int64_t *)field); break;
  case SG_ATTRIBUTE_BOOL: lua_pushboolean(L, *(const bool *)field); break;
  case SG_ATTRIBUTE_DIM: push_ints(L, 1, field, true), lua_rawgeti(L, -1, 1), lua_remove(L, -2); break;
  case SG_ATTRIBUTE_INTS:
    if (list->count < 0) lua_pushstring(L, a->choices[sg_ints_word(list)]);
    else push_ints(L, list->count, list->value, false);
    break;
  case SG_ATTRIBUTE_DIMS: push_ints(L, list->count, list->value, true); break;
  case SG_ATTRIBUTE_SHAPE: push_ints(L, shape->rank, shape->size, false); break;
  case SG_ATTRIBUTE_CHOICE: lua_pushstring(L, a->choices[*(const int *)field]); break;
  case SG_ATTRIBUTE_DTYPE:
    lua_pushstring(L, sg_dtype_name(*(const sg_dtype *)field));
    break;
  case SG_ATTRIBUTE_NUMBER:
    if (number->whole) lua_pushinteger(L, number->integer);
    else lua_pushnumber(L, number->value);
    break;
  case SG_ATTRIBUTE_STRING:
    lua_pushstring(L, *(const char *const *)field);
    break;
  case SG_ATTRIBUTE_INT_LIST:
    push_ints(L, integers->count, integers->value, false);
    break;
  case SG_ATTRIBUTE_FLOAT_LIST:
    push_numbers(L, numbers->count, numbers->value);
    break;
  }
}
