// SPDX-License-Identifier: GPL-3.0-or-later
//
// From the arguments of a Lua call to the inputs and options of an op.
#ifndef SELENOGRAD_LUA_BIND_OP_ARGUMENTS_H
#define SELENOGRAD_LUA_BIND_OP_ARGUMENTS_H

#include "autograd/op.h"
#include "lua/bind/base/number.h"
#include "lua/bind/base/slot.h"

enum { MAX_OPTIONS_BYTES = 1024 };

// What is known of an op before it is called.
typedef struct op_entry {
  const sg_op *op;
  int input_ports, output_ports;
  int visible_outputs; // with those that an option may ask for
  unsigned written; // bit i: the op writes into input i
  int self;         // the port that x is in x:NAME(...)
  bool variadic;         // the last input is
  bool lists;            // the last output is variadic: a list of tensors
  bool dimension_second; // see arguments.c
  bool text_first;       // likewise
  bool creates;          // without inputs: its result is a leaf, and may be told to require a gradient
} op_entry;

typedef enum number_form { BOOLEAN_FORM, INTEGER_FORM, FLOAT_FORM } number_form;

typedef struct op_arguments {
  const op_entry *entry;
  sg_dtype default_dtype; // of fractions
  int input_count;
  sg_tensor **inputs;  // `fixed`, or a block owned by a userdata on the stack
  unsigned numbers;    // bit i: input i was given as number[i]
  const void *options; // NULL: the defaults
  bool requires_grad;  // of the result of an op that creates
  bool kept;           // a string or list of the options, on the stack
  sg_tensor *fixed[SG_MAX_PORTS];
  int place[SG_MAX_PORTS]; // on the stack, of the handle of an input that is no list; 0: none
  lua_numeric number[SG_MAX_PORTS];
  number_form form[SG_MAX_PORTS]; // of a number: how it was written
  lua_tensor *slots[SG_MAX_PORTS]; // where the visible outputs go, made by the caller
  int returned;                    // so many of them are filled
  sg_tensors list;                 // the last outputs, held with their memory, where the op gives a list
  int listed;                      // of them, those that are in slots of their own
  _Alignas(16) unsigned char options_block[MAX_OPTIONS_BYTES];
} op_arguments;

// Of inputs beyond the ports, which are lists, none is.
static inline bool is_given_as_number(const op_arguments *p, int input) {
  return input < SG_MAX_PORTS && p->numbers >> input & 1u;
}

// What is known of the op that the running closure is of: its third upvalue.
static inline const op_entry *op_entry_of(lua_State *L) { return lua_touserdata(L, lua_upvalueindex(3)); }
// Moves the self of a method, which comes first, to where the op has it.
void op_place_self(lua_State *L);
// Reads the arguments first .. last of a call of an op against its descriptor, or raises.
void arguments_read(lua_State *L, const op_entry *entry, int first, int last, op_arguments *arguments);
// The work of applying the op, for binding_run.
bool arguments_apply(sg_context *context, void *arguments);
// Makes the size checks that arguments_read relies on. NULL, or what is wrong with the descriptor.
const char *op_entry_fill(op_entry *entry, const sg_op *op);

#endif
