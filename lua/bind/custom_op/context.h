// SPDX-License-Identifier: GPL-3.0-or-later
//
// Custom ops, and the `ctx` of their functions: what the other files of this folder work on.
#ifndef SELENOGRAD_LUA_BIND_CUSTOM_OP_CONTEXT_H
#define SELENOGRAD_LUA_BIND_CUSTOM_OP_CONTEXT_H

#include "autograd/custom.h"
#include "autograd/op.h"
#include "lua/bind/base/anchor.h"

enum { CUSTOM_ARGUMENTS = 64, CUSTOM_SAVED = 64 }; // at most

// A userdata that holds what the descriptor points to.
typedef struct custom_op {
  sg_op op;
  sg_port inputs[SG_MAX_PORTS + 1], outputs[SG_MAX_PORTS + 1]; // of the descriptor
  int input_count, output_count;                               // declared; -1 outputs: as many as forward returns
  bool variadic;                                               // more arguments may follow
  bool differentiable;                                         // the author answers for derivatives of every order
} custom_op;
enum { CUSTOM_OP_FORWARD = 1, CUSTOM_OP_BACKWARD, CUSTOM_OP_DEFINITION, CUSTOM_OP_VALUES = CUSTOM_OP_DEFINITION };

// A value given to ctx:save, and where the node keeps it: place i + 1 is its input i, place -(p + 1) its output p,
// 0 nothing (nil was saved).
typedef struct custom_saved {
  sg_tensor *tensor; // owned until the node has it
  uint64_t version;
  int place;
} custom_saved;

typedef enum custom_phase { CUSTOM_FORWARD, CUSTOM_DONE, CUSTOM_BACKWARD } custom_phase;

// The userdata `ctx`: one for each call of a custom op. While its node lives, Lua holds it in a table.
typedef struct custom_context {
  lua_anchor anchor;
  custom_op *op;
  bool numbers_taken; // forward took numbers out of what depends on the arguments
  uint64_t number;    // of the application, see custom.h
  custom_phase phase;
  int argument_count, result_count;
  uint64_t tensors;  // bit i: argument i is a tensor
  uint64_t needs;    // bit i: its gradient may be asked for
  unsigned constant; // bit p: result p has no derivative
  int marked_count;
  sg_tensor *marked[SG_MAX_PORTS]; // by mark_non_differentiable, owned until forward has returned
  const sg_call *call;             // while backward runs
  int saved_count;                 // -1: nothing yet
  custom_saved *saved;             // in a userdata
  int kept_count;
  sg_tensor *kept[]; // the arguments, and what forward gets in their place, until the call is over
} custom_context;
enum { CONTEXT_FIELDS = 1, CONTEXT_SAVED, CONTEXT_OP, CONTEXT_VALUES = CONTEXT_OP };

// Pushes the metatable of contexts.
void custom_context_metatable(lua_State *L);
// Pushes a context for a call of the op whose userdata is at `op_index`, with the metatable at `metatable`.
custom_context *custom_context_new(lua_State *L, binding *b, int op_index, int metatable, int argument_count);
// Keeps a tensor until the call is over: at most two for each argument.
sg_tensor *custom_context_keep(custom_context *ctx, sg_tensor *tensor);
// The call is over: lets go of everything.
void custom_context_end(custom_context *ctx);

// What an argument is called: its declared name, or "argument 3".
sg_text custom_argument_name(const custom_op *op, int position);
sg_text custom_result_name(const custom_op *op, int position);
// The value_name hook.
sg_text custom_value_name(const void *options, bool output, int position);

// The release hook: the node ended.
void custom_op_release(void *options);

#endif
