// SPDX-License-Identifier: GPL-3.0-or-later
//
// From the arguments of a Lua call to the inputs and options of an op, as its descriptor says: tensors first, in
// the order of the ports (nil for an absent optional one), then attributes by position, then a table of options by
// name. Where the second tensor holds positions along a dimension, this may come before it, as in PyTorch:
// x:gather(dim, index) is x:gather(index, dim); and a text that an op with a list of tensors needs may come before
// them, which then need no list: sg.einsum("ij,jk->ik", a, b) is sg.einsum({a, b}, "ij,jk->ik"). nil at the end
// counts as absent.
#include "lua/bind/op/arguments.h"
#include "lua/bind/base/check.h"
#include "lua/bind/base/error.h"
#include "lua/bind/base/guess.h"
#include "lua/bind/base/handle.h"
#include "lua/bind/op/attribute.h"
#include <string.h>

static bool is_list(const sg_attribute *a) {
  return a->type == SG_ATTRIBUTE_INTS || a->type == SG_ATTRIBUTE_DIMS || a->type == SG_ATTRIBUTE_SHAPE ||
         a->type == SG_ATTRIBUTE_INT_LIST || a->type == SG_ATTRIBUTE_FLOAT_LIST;
}

static bool is_empty(lua_State *L, int index) {
  if (lua_type(L, index) != LUA_TTABLE) return false;
  lua_pushnil(L);
  if (lua_next(L, index) == 0) return true;
  lua_pop(L, 2);
  return false;
}

// x:reshape(2, 3), x:permute(2, 1), x:tile(2, 2): a required list may be spelled out, unless another number has to
// come after it, as in x:movedim(1, 3).
static bool takes_numbers(const sg_attribute *a) {
  const bool is_last = a[1].name == NULL;
  if (!is_last && (a[1].type == SG_ATTRIBUTE_NUMBER || a[1].flags & SG_REQUIRED)) return false;
  if (a->type == SG_ATTRIBUTE_SHAPE) return true;
  return a->flags & SG_REQUIRED && (a->type == SG_ATTRIBUTE_DIMS || (a->type == SG_ATTRIBUTE_INTS && is_last));
}

// ---- Ports --------------------------------------------------------------------------------------------------

// Takes the value at `index` as input i: a tensor, nil, or, if it is not written, a number.
static void port_read(lua_State *L, int index, const sg_port *port, int i, op_arguments *p) {
  const bool may_be_number = !(p->entry->written >> i & 1u);
  sg_tensor *tensor = tensor_test(L, index);
  p->inputs[i] = tensor;
  p->place[i] = tensor != NULL ? lua_absindex(L, index) : 0;
  if (tensor != NULL || lua_isnoneornil(L, index)) return;
  if (!is_number(L, index) || !may_be_number)
    binding_error(L, "%s: %s is %s, expected a tensor%s", p->entry->op->name, port->name,
                  binding_describe(L, index), may_be_number ? " or a number" : "");
  p->numbers |= 1u << i;
  p->number[i] = numeric_of(L, index);
  p->form[i] = lua_isboolean(L, index) ? BOOLEAN_FORM : lua_isinteger(L, index) ? INTEGER_FORM : FLOAT_FORM;
}

// Makes room for the inputs of a call whose tensors of the variadic port are at `index`, and puts handles of theirs
// on the stack, where they stay. All that allocates is here, so it comes before the first tensor is taken.
static void variadic_open(lua_State *L, int index, const sg_port *port, int first, op_arguments *p) {
  const char *op = p->entry->op->name;
  bool single = tensor_slot(L, index) != NULL;
  if (!single && lua_type(L, index) != LUA_TTABLE)
    binding_error(L, "%s: %s is %s, expected a list of tensors", op, port->name, binding_describe(L, index));
  lua_Unsigned count = single ? 1 : list_check(L, index, op);
  if (count == 0) binding_error(L, "%s: %s is an empty list, expected one tensor or more", op, port->name);
  if (count > 1 << 20) binding_error(L, "%s: %s has too many tensors", op, port->name);
  p->input_count = first + (int)count;
  if (p->input_count > SG_MAX_PORTS)
    p->inputs = lua_newuserdatauv(L, (size_t)p->input_count * sizeof *p->inputs, 0);
  handles_copy(L, index, (int)count);
}

static void variadic_read(lua_State *L, int handles, const sg_port *port, int first, op_arguments *p) {
  for (int i = first; i < p->input_count; i++) {
    lua_rawgeti(L, handles, i - first + 1);
    p->inputs[i] = tensor_test(L, -1);
    if (p->inputs[i] == NULL)
      binding_error(L, "%s: element %d of %s is %s, expected a tensor", p->entry->op->name, i - first + 1,
                    port->name, binding_describe(L, -1));
    lua_pop(L, 1);
  }
}

// A list among the options is memory that was allocated after the tensors were taken: a finalizer may have closed
// one meanwhile, so they are taken once more.
static void ports_take_again(lua_State *L, op_arguments *p) {
  for (int i = 0; i < p->entry->input_ports - p->entry->variadic; i++)
    if (p->inputs[i] != NULL) p->inputs[i] = tensor_test(L, p->place[i]);
}

// ---- A call -------------------------------------------------------------------------------------------------

static int unknown_option(lua_State *L, const op_entry *entry, const char *name) {
  const sg_op *op = entry->op;
  guess g = guess_start(name);
  if (entry->creates) guess_try(&g, "requires_grad");
  for (const sg_attribute *a = sg_op_attributes(op); a->name != NULL; a++) guess_try(&g, a->name);
  for (const sg_port *port = sg_op_inputs(op); port->name != NULL; port++) guess_try(&g, port->name);
  binding_error(L, "%s: unknown option '%s'%s", op->name, name, guess_push(L, &g));
}

// Reads the table of options; returns the attributes given. Tensors given by name stay on the stack, and what keeps
// strings and lists.
static unsigned options_read(lua_State *L, int index, unsigned given, op_arguments *p) {
  const op_entry *entry = p->entry;
  const sg_op *op = entry->op;
  luaL_checkstack(L, SG_MAX_PORTS + SG_MAX_ATTRIBUTES + LUA_MINSTACK, op->name);
  for (lua_pushnil(L); lua_next(L, index) != 0;) {
    if (lua_type(L, -2) != LUA_TSTRING)
      binding_error(L, "%s: the options have the key %s, expected names", op->name, binding_describe(L, -2));
    const char *name = lua_tostring(L, -2);
    int position = 0;
    while (sg_op_attributes(op)[position].name != NULL && strcmp(sg_op_attributes(op)[position].name, name) != 0)
      position++;
    if (sg_op_attributes(op)[position].name != NULL) {
      if (given & (1u << position)) binding_error(L, "%s: %s is given twice", op->name, name);
      const int kept = attribute_read(L, -1, op->name, &sg_op_attributes(op)[position], p->options_block);
      given |= 1u << position;
      if (kept)
        lua_replace(L, -2), lua_insert(L, -2), p->kept = true; // below the key
      else
        lua_pop(L, 1);
      continue;
    }
    if (entry->creates && strcmp(name, "requires_grad") == 0) {
      if (!lua_isboolean(L, -1))
        binding_error(L, "%s: requires_grad is %s, expected true or false", op->name, binding_describe(L, -1));
      p->requires_grad = lua_toboolean(L, -1);
      lua_pop(L, 1);
      continue;
    }
    int port = 0;
    while (port < entry->input_ports && strcmp(sg_op_inputs(op)[port].name, name) != 0) port++;
    if (port == entry->input_ports || (sg_op_inputs(op)[port].flags & SG_VARIADIC)) unknown_option(L, entry, name);
    if (p->inputs[port] != NULL || (p->numbers & (1u << port)))
      binding_error(L, "%s: %s is given twice", op->name, name);
    port_read(L, -1, &sg_op_inputs(op)[port], port, p);
    lua_insert(L, -2); // keep the value below the key
    if (p->place[port] != 0) p->place[port] = lua_gettop(L) - 1;
  }
  return given;
}

static void require_attributes(lua_State *L, const sg_op *op, unsigned given) {
  const sg_attribute *attributes = sg_op_attributes(op);
  for (int i = 0; attributes[i].name != NULL; i++)
    if ((attributes[i].flags & SG_REQUIRED) && !(given & (1u << i)))
      binding_error(L, "%s: %s is missing", op->name, attributes[i].name);
}

// A number has the dtype of the tensors it comes with.
static void require_dtype_for_numbers(lua_State *L, const op_arguments *p) {
  for (int i = 0; i < p->input_count; i++)
    if (p->inputs[i] != NULL) return;
  binding_error(L, "%s: every input is a number; at least one has to be a tensor", p->entry->op->name);
}

// Takes the arguments from `at` on as tensors, and a dimension among them as the first attribute. Returns the index
// behind them.
static int ports_read(lua_State *L, int at, int last, op_arguments *p) {
  const op_entry *entry = p->entry;
  const sg_op *op = entry->op;
  int port = 0;
  for (; port < entry->input_ports - entry->variadic && at <= last && !is_options(L, at); at++) {
    if (port == 1 && entry->dimension_second && p->options == NULL && lua_type(L, at) == LUA_TNUMBER) {
      attribute_defaults(L, op, p->options_block);
      attribute_read(L, at, op->name, &sg_op_attributes(op)[0], p->options_block);
      p->options = p->options_block;
      continue;
    }
    if (lua_type(L, at) == LUA_TTABLE)
      binding_error(L, "%s: %s is a table, expected a tensor", op->name, sg_op_inputs(op)[port].name);
    port_read(L, at, &sg_op_inputs(op)[port], port, p);
    port++;
  }
  for (; port < entry->input_ports; port++) p->inputs[port] = NULL, p->place[port] = 0;
  return at;
}

// Whether a table in the place of an attribute is the options: not where it is a list, be it empty. A dtype is no
// table, so there it is options, well or badly written.
static bool stands_for_options(lua_State *L, int at, int last, const sg_attribute *a) {
  const bool may_be_empty = a->flags & SG_REQUIRED || (a->type == SG_ATTRIBUTE_SHAPE && at < last);
  if (a->type == SG_ATTRIBUTE_DTYPE) return true;
  return is_options(L, at) && !(is_list(a) && may_be_empty && is_empty(L, at));
}

// A table, or a tensor with dimensions, which may stand for a list of numbers.
static bool gives_list(lua_State *L, int at) {
  const sg_tensor *tensor = tensor_slot(L, at) != NULL ? tensor_test(L, at) : NULL;
  return lua_type(L, at) == LUA_TTABLE || (tensor != NULL && sg_tensor_shape(tensor)->rank > 0);
}

// From text, tensor, tensor, ..., or text and a list, to a list and the text, in their places on the stack. Returns
// by how many arguments there are fewer.
static int text_behind_list(lua_State *L, int first, int last) {
  int tensors = 0;
  while (first + tensors < last && tensor_slot(L, first + tensors + 1) != NULL) tensors++;
  if (last == first) return 0;
  lua_pushvalue(L, first);
  if (tensors > 0) {
    lua_createtable(L, tensors, 0);
    for (int i = 1; i <= tensors; i++) {
      lua_pushvalue(L, first + i);
      lua_rawseti(L, -2, i);
    }
  } else {
    lua_pushvalue(L, first + 1);
  }
  lua_replace(L, first);
  lua_replace(L, first + 1);
  const int surplus = tensors > 1 ? tensors - 1 : 0;
  for (int at = first + 2; at + surplus <= last; at++) lua_copy(L, at + surplus, at);
  return surplus;
}

void arguments_read(lua_State *L, const op_entry *entry, int first, int last, op_arguments *p) {
  const sg_op *op = entry->op;
  const sg_attribute *attributes = sg_op_attributes(op);
  int ports = entry->input_ports, handles = 0;
  while (last >= first && lua_isnil(L, last)) last--;
  const bool text_first = entry->text_first && lua_type(L, first) == LUA_TSTRING;
  const int fewer = text_first ? text_behind_list(L, first, last) : 0;
  last -= fewer;
  p->entry = entry;
  p->default_dtype = binding_of(L)->default_dtype;
  p->inputs = p->fixed;
  p->input_count = ports;
  p->numbers = 0;
  p->options = NULL;
  p->requires_grad = p->kept = false;
  if (entry->variadic) {
    int list = first, fixed_ports = ports - 1;
    while (list < first + fixed_ports && list <= last && !is_options(L, list)) list++;
    if (list > last) binding_error(L, "%s: %s is missing", op->name, sg_op_inputs(op)[ports - 1].name);
    variadic_open(L, list, &sg_op_inputs(op)[ports - 1], ports - 1, p);
    handles = lua_gettop(L);
  }
  int at = ports_read(L, first, last, p) + entry->variadic;
  if (at <= last || attributes[0].name != NULL) {
    unsigned given = p->options != NULL; // the dimension
    if (at <= last && !given && sg_op_options_bytes(op) > 0) attribute_defaults(L, op, p->options_block);
    for (int i = given ? 1 : 0; at <= last && attributes[i].name != NULL; i++, at++) {
      const sg_attribute *a = &attributes[i];
      if (a->flags & SG_BY_NAME) break;
      const int type = lua_type(L, at);
      if (type == LUA_TTABLE && stands_for_options(L, at, last, a)) break;
      p->options = p->options_block;
      const bool either = a->flags & SG_OR_LIST, is_list = either && gives_list(L, at);
      if (is_list) i++, a++;
      if (type == LUA_TNIL) {
        i += either;
        continue;
      }
      if (a->flags & SG_UNLESS_ALONE && !(at < last && lua_type(L, at + 1) == LUA_TNUMBER)) i++, a++;
      if (type == LUA_TNUMBER && takes_numbers(a)) {
        at += attribute_read_numbers(L, at, last, op->name, a, p->options_block) - 1;
      } else {
        p->kept |= attribute_read(L, at, op->name, a, p->options_block) > 0;
      }
      given |= 1u << i;
      i += either && !is_list; // the list is not given
    }
    if (at <= last && lua_type(L, at) == LUA_TTABLE && (is_options(L, at) || entry->creates)) {
      p->options = p->options_block;
      given = options_read(L, at++, given, p);
    }
    while (at <= last && lua_isnil(L, at)) at++;
    if (at <= last)
      binding_error(L, "%s: unexpected argument %d: %s", op->name, at - first + 1 + fewer, binding_describe(L, at));
    require_attributes(L, op, given);
    if (sg_op_options_bytes(op) == 0) p->options = NULL;
    if (entry->creates && p->options == NULL && binding_of(L)->default_dtype != SG_F32) {
      attribute_defaults(L, op, p->options_block);
      p->options = p->options_block;
    }
  }
  if (p->kept) ports_take_again(L, p);
  if (handles != 0) variadic_read(L, handles, &sg_op_inputs(op)[ports - 1], ports - 1, p);
  if (p->numbers != 0) require_dtype_for_numbers(L, p);
}

// Whether a tensor of any dtype stands there that the others need not agree with.
static bool is_condition(const sg_port *port) {
  return (port->flags & SG_ANY_DTYPE) && (port->flags & SG_STEP) && !(port->flags & SG_NUMERIC);
}

// The dtype of the tensors that numbers come with: that of the first floating one, else of any; 0 where there are
// none but conditions and positions.
static sg_dtype tensors_dtype(const op_arguments *p) {
  sg_dtype dtype = (sg_dtype)0;
  for (int k = 0; k < p->input_count; k++) {
    if (p->inputs[k] == NULL || is_given_as_number(p, k)) continue;
    const sg_port *port = sg_op_input_port(p->entry->op, k);
    if (is_condition(port) || port->flags & SG_INDEX) continue;
    dtype = sg_tensor_dtype(p->inputs[k]);
    if (sg_dtype_is_floating(dtype)) return dtype;
  }
  return dtype;
}

// What numbers are among themselves: bools, integers or of the default dtype, as the widest of them is written.
static sg_dtype numbers_dtype(const op_arguments *p) {
  const sg_dtype dtypes[] = {[BOOLEAN_FORM] = SG_BOOL, [INTEGER_FORM] = SG_I64, [FLOAT_FORM] = p->default_dtype};
  number_form widest = BOOLEAN_FORM;
  for (int i = 0; p->numbers >> i != 0; i++)
    if ((p->numbers & (1u << i)) && p->form[i] > widest) widest = p->form[i];
  return dtypes[widest];
}

// The dtype of number i: i64 for index ports, else that of the tensors it comes with. Where it meets nothing but
// bools or bytes as a number, it is an integer, as it need not be one of them; if these stay what they are, it is
// one of them where it is written so. Beside bools, which are no numbers yet, it is of the default dtype where it
// is written as a fraction.
static sg_dtype number_dtype(const op_arguments *p, int i) {
  const unsigned flags = sg_op_input_port(p->entry->op, i)->flags;
  if (flags & SG_INDEX) return SG_I64;
  const sg_dtype dtype = tensors_dtype(p);
  if (dtype == 0) return numbers_dtype(p);
  if (sg_dtype_bytes(dtype) > 1 || !(flags & SG_NUMERIC)) return dtype;
  if (!(flags & SG_ANY_DTYPE)) return dtype == SG_BOOL && p->form[i] == FLOAT_FORM ? p->default_dtype : SG_I64;
  const lua_numeric number = p->number[i];
  if (p->form[i] == BOOLEAN_FORM) return SG_BOOL;
  return dtype == SG_U8 && number.integer >= 0 && number.integer <= UINT8_MAX && (number.whole || number.value == 0)
             ? SG_U8
             : SG_I64;
}

static sg_tensor *number_tensor(sg_context *context, const op_arguments *p, int i) {
  const lua_numeric number = p->number[i];
  sg_dtype dtype = number_dtype(p, i);
  if (dtype == SG_I64 && !number.whole && number.value != 0) {
    const sg_op *op = p->entry->op;
    sg_error(context, SG_INVALID_ARGUMENT,
             "%s: %s is the number %.14g, expected an integer like the tensors; convert them with to()", op->name,
             i < p->entry->input_ports ? sg_op_inputs(op)[i].name : "an input", number.value);
    return NULL;
  }
  return numeric_full(context, dtype, &(sg_shape){0}, number);
}

static void fill_slots(op_arguments *p, int count, sg_tensor *const *outputs) {
  p->returned = 0;
  for (int i = 0; i < count; i++)
    if (sg_op_output_is_returned(p->entry->op, i, p->options))
      p->slots[p->returned++]->tensor = sg_retain(outputs[i]);
}

static bool apply_list(sg_context *context, op_arguments *p) {
  const int alone = p->entry->output_ports - 1;
  sg_tensors all;
  if (sg_apply_list(context, p->entry->op, p->input_count, p->inputs, p->options, &all) != SG_OK) return false;
  fill_slots(p, alone, all.tensor);
  p->list = (sg_tensors){all.count - alone, all.tensor + alone, sg_retain(all.memory)};
  for (int i = 0; i < p->list.count; i++) sg_retain(p->list.tensor[i]);
  return true;
}

bool arguments_apply(sg_context *context, void *arguments) {
  op_arguments *p = arguments;
  for (int i = 0; p->numbers >> i != 0; i++)
    if (p->numbers & (1u << i)) p->inputs[i] = NULL; // from an attempt before
  for (int i = 0; p->numbers >> i != 0; i++)
    if (p->numbers & (1u << i)) p->inputs[i] = number_tensor(context, p, i);
  if (p->entry->lists) return apply_list(context, p);
  sg_tensor *outputs[SG_MAX_PORTS];
  if (sg_apply(context, p->entry->op, p->input_count, p->inputs, p->options, outputs) != SG_OK) return false;
  if (p->requires_grad && sg_tensor_set_requires_grad(outputs[0], true) != SG_OK) return false;
  fill_slots(p, p->entry->output_ports, outputs);
  return true;
}

const char *op_entry_fill(op_entry *entry, const sg_op *op) {
  *entry = (op_entry){.op = op, .input_ports = sg_op_input_ports(op), .output_ports = sg_op_output_ports(op)};
  for (int i = 0; i < entry->input_ports; i++)
    if (sg_op_inputs(op)[i].flags & SG_SELF) entry->self = i;
  for (int i = 0; i < entry->output_ports; i++)
    if (sg_op_written_input(op, i) >= 0) entry->written |= 1u << sg_op_written_input(op, i);
  for (const sg_port *port = sg_op_outputs(op); port->name; port++)
    entry->visible_outputs += !(port->flags & SG_HIDDEN) || port->flags & SG_OPTIONAL;
  entry->creates = entry->input_ports == 0;
  entry->lists = sg_op_outputs(op)[entry->output_ports - 1].flags & SG_VARIADIC;
  entry->variadic = entry->input_ports > 0 && (sg_op_inputs(op)[entry->input_ports - 1].flags & SG_VARIADIC);
  // Where an index port comes second, a number in its place can only be the dimension.
  entry->dimension_second = entry->input_ports - entry->variadic > 1 && (sg_op_inputs(op)[1].flags & SG_INDEX) &&
                            sg_op_attributes(op)[0].type == SG_ATTRIBUTE_DIM &&
                            sg_op_attributes(op)[0].name != NULL &&
                            strcmp(sg_op_attributes(op)[0].name, "dim") == 0;
  entry->text_first = entry->variadic && entry->input_ports == 1 &&
                      sg_op_attributes(op)[0].type == SG_ATTRIBUTE_STRING &&
                      (sg_op_attributes(op)[0].flags & SG_REQUIRED);
  if (sg_op_options_bytes(op) > MAX_OPTIONS_BYTES) return "its options are too large";
  return NULL;
}

void op_place_self(lua_State *L) {
  int self = op_entry_of(L)->self;
  if (lua_gettop(L) <= self) lua_settop(L, self + 1); // what is missing is told in the op's words
  lua_pushvalue(L, 1);
  lua_remove(L, 1);
  lua_insert(L, self + 1);
}
