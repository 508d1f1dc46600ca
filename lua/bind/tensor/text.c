// SPDX-License-Identifier: GPL-3.0-or-later
//
// A tensor as text a person reads: aligned columns, nested braces as sg.tensor takes them, long tensors shortened;
// and sg.set_printoptions, which says how.
#include "autograd/op.h"
#include "lua/bind/base/handle.h"
#include "lua/bind/tensor/tensor.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST_CHARACTERS = 400 }; // of the largest f64 with all its digits and 17 more

typedef struct layout {
  const sg_tensor *x;
  const print_options *options;
  bool shortened;
  bool exponents; // of a floating value
  int digits;     // behind its point
  int width;          // of the widest value
  bool integers;
  double largest, smallest; // magnitudes, of the finite values but 0
} layout;

static int format_value(const layout *p, int64_t position, char *text, size_t size) {
  const sg_dtype dtype = sg_tensor_dtype(p->x);
  if (dtype == SG_BOOL) return snprintf(text, size, sg_tensor_integer(p->x, position) != 0 ? "true" : "false");
  if (!sg_dtype_is_floating(dtype))
    return snprintf(text, size, "%lld", (long long)sg_tensor_integer(p->x, position));
  double value = sg_tensor_value(p->x, position);
  if (isnan(value)) return snprintf(text, size, "nan");
  if (isinf(value)) return snprintf(text, size, value > 0 ? "inf" : "-inf");
  return snprintf(text, size, p->exponents ? "%.*e" : "%.*f", p->digits, value);
}

// The shown elements of a dimension: all, or some at each end. -1 stands for the gap.
static int64_t next_shown(const layout *p, int64_t size, int64_t i) {
  const int64_t edge = p->options->edgeitems;
  if (!p->shortened || size <= 2 * edge) return i + 1;
  if (i == edge - 1) return -1;
  return i < 0 ? size - edge : i + 1;
}

static void measure(layout *p, int d, int64_t offset, int64_t stride, void (*visit)(layout *p, int64_t position)) {
  const sg_shape *shape = sg_tensor_shape(p->x);
  if (d == shape->rank) {
    visit(p, offset);
    return;
  }
  int64_t size = shape->size[d];
  if (size == 0) return;
  stride /= size;
  for (int64_t i = 0; i < size; i = next_shown(p, size, i))
    if (i >= 0) measure(p, d + 1, offset + i * stride, stride, visit);
}

static void see_magnitude(layout *p, int64_t position) {
  double value = fabs(sg_tensor_value(p->x, position));
  if (!isfinite(value)) return;
  if (value != floor(value)) p->integers = false;
  if (value > p->largest) p->largest = value;
  if (value > 0 && value < p->smallest) p->smallest = value;
}

static void see_width(layout *p, int64_t position) {
  char text[MOST_CHARACTERS];
  int width = format_value(p, position, text, sizeof text);
  if (width > p->width) p->width = width;
}

static void lay_out(layout *p) {
  const print_options *options = p->options;
  int64_t count = sg_tensor_elements(p->x);
  p->shortened = count > options->threshold;
  p->integers = true;
  p->smallest = HUGE_VAL;
  if (count > 0) measure(p, 0, 0, count, see_magnitude);
  bool wide = p->largest >= 1e8 || p->smallest < 1e-4 || (p->smallest < HUGE_VAL && p->largest / p->smallest > 1e6);
  const bool whole = p->integers && p->largest < 1e8;
  p->exponents = options->sci_mode < 0 ? wide && !whole : options->sci_mode > 0;
  p->digits = whole && !p->exponents ? 0 : options->precision;
  if (count > 0) measure(p, 0, 0, count, see_width);
}

static void add_indent(luaL_Buffer *text, int newlines, int indent) {
  for (int i = 0; i < newlines; i++) luaL_addchar(text, '\n');
  for (int i = 0; i < indent; i++) luaL_addchar(text, ' ');
}

static void add_level(luaL_Buffer *text, const layout *p, int d, int64_t offset, int64_t stride, int indent) {
  const sg_shape *shape = sg_tensor_shape(p->x);
  char value[MOST_CHARACTERS];
  if (d == shape->rank) {
    format_value(p, offset, value, sizeof value);
    for (int width = (int)strlen(value); shape->rank > 0 && width < p->width; width++) luaL_addchar(text, ' ');
    luaL_addstring(text, value);
    return;
  }
  int64_t size = shape->size[d];
  stride = size > 0 ? stride / size : 0;
  bool row = d == shape->rank - 1;
  int column = indent + 1;
  luaL_addchar(text, '{');
  for (int64_t i = 0; i < size; i = next_shown(p, size, i)) {
    if (i != 0) {
      luaL_addchar(text, ',');
      bool wrapped = row && column + 2 + p->width > p->options->linewidth;
      if (!row)
        add_indent(text, shape->rank - d - 1, indent + 1);
      else if (wrapped)
        add_indent(text, 1, indent + 1);
      else
        luaL_addchar(text, ' ');
      if (wrapped) column = indent + 1;
    }
    column += p->width + 2;
    if (i < 0)
      luaL_addstring(text, "...");
    else
      add_level(text, p, d + 1, offset + i * stride, stride, indent + 1);
  }
  luaL_addchar(text, '}');
}

int64_t tensor_empty_rows(const sg_tensor *x) {
  const sg_shape *shape = sg_tensor_shape(x);
  int64_t rows = 1;
  if (sg_tensor_elements(x) > 0) return 0;
  for (int d = 0; shape->size[d] != 0; d++) rows *= shape->size[d];
  return rows;
}

int tensor_text(lua_State *L) {
  const lua_tensor *slot = tensor_slot(L, 1);
  if (slot == NULL || slot->tensor == NULL) return lua_pushliteral(L, "tensor(freed)"), 1;
  lua_settop(L, 1);
  const sg_tensor *x = tensor_hold(L, 1, "tostring", "the tensor");
  layout p = {.x = x, .options = &binding_of(L)->print};
  lay_out(&p);
  luaL_Buffer text;
  luaL_buffinit(L, &text);
  luaL_addstring(&text, "tensor(");
  if (tensor_empty_rows(x) > p.options->threshold)
    luaL_addstring(&text, "{}");
  else
    add_level(&text, &p, 0, 0, sg_tensor_elements(x), 7);
  luaL_addstring(&text, ", ");
  luaL_addstring(&text, sg_dtype_name(sg_tensor_dtype(x)));
  luaL_addchar(&text, ' ');
  luaL_addstring(&text, sg_shape_text(sg_tensor_shape(x)).text);
  if (sg_tensor_producer(x) != NULL) {
    luaL_addstring(&text, ", grad_fn=<");
    luaL_addstring(&text, sg_tensor_producer(x)->name);
    luaL_addchar(&text, '>');
  } else if (sg_tensor_requires_grad(x)) {
    luaL_addstring(&text, ", requires_grad");
  }
  luaL_addchar(&text, ')');
  luaL_pushresult(&text);
  tensor_let_go(L, 2);
  return 1;
}
