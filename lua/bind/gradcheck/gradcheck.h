// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the files of sg.gradcheck share: the request, read from the arguments, and the report, made into tables.
#ifndef SELENOGRAD_LUA_BIND_GRADCHECK_GRADCHECK_H
#define SELENOGRAD_LUA_BIND_GRADCHECK_GRADCHECK_H

#include "autograd/gradcheck/gradcheck.h"
#include "lua/bind/base/function.h"

// Where things stand on the stack while a check runs.
enum {
  CHECK_FUNCTION = 1,
  CHECK_CALLBACK,
  CHECK_INPUTS,
  CHECK_OPTIONS,
  CHECK_LAST_ARGUMENT,
  CHECK_NAMES,
  CHECK_HELD,
};

// The list of the user has `argument_count` places; `input_count` of them hold a tensor, the others are absent.
// Every block belongs to a userdata on the stack. The list at CHECK_HELD has handles of the tensors, which last
// whatever Lua code does to those of the user.
typedef struct check_request {
  lua_State *L;
  binding *owner;
  const sg_op *op; // under test; NULL for other functions
  int argument_count, input_count;
  sg_tensor **inputs;
  int argument[SG_GRADCHECK_MAX_INPUTS]; // of each input, counted from 0
  bool check[SG_GRADCHECK_MAX_INPUTS];
  const char *names[SG_GRADCHECK_MAX_INPUTS]; // whole, anchored by the list at CHECK_NAMES
  sg_tensor *skip[SG_GRADCHECK_MAX_INPUTS];
  sg_gradcheck_options options;
  bool has_progress;            // a function in the options, to be called now and then
  double told;                  // when it was called last
  sg_gradcheck_report **report; // in a userdata that frees it
} check_request;

extern const binding_function gradcheck_functions[];

// Reads the inputs at CHECK_INPUTS and the options at CHECK_OPTIONS; leaves the names, and what is given to the
// function after its inputs, at their places. `op` is the one under test, NULL for other functions. Raises what is
// wrong.
void gradcheck_read_request(lua_State *L, const sg_op *op, check_request *request);

// Lets go of the tensors held.
void gradcheck_let_go(lua_State *L);

// Pushes a userdata for a report, freed by its collection.
sg_gradcheck_report **gradcheck_new_report_slot(lua_State *L);
// Pushes the table for the report in the userdata at `slot`.
void gradcheck_push_report(lua_State *L, int slot, const check_request *request);

#endif
