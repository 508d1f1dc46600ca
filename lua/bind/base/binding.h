// SPDX-License-Identifier: GPL-3.0-or-later
//
// The state of the binding in one Lua state. Everything else of the binding stands on this.
//
// Three rules keep every path free of leaks and of tensors that are gone:
//   - A Lua error is never raised while C owns something Lua does not know of. A function creates empty userdata,
//     checks its arguments, runs the engine through binding_run, which fills the userdata, or raises.
//   - A tensor taken from the stack is there until Lua next allocates or runs: then a finalizer may close the
//     handle or convert what is in it. So what allocates comes first, and the tensors are taken last; whoever
//     cannot do so holds them with tensor_hold. A handle in a table of the user's may even be collected, so it is
//     put on the stack, or by handles_copy into a table of one's own.
//   - Every C function that needs them is a closure with the binding as its first upvalue and the tensor metatable
//     as its second.
#ifndef SELENOGRAD_LUA_BIND_BASE_BINDING_H
#define SELENOGRAD_LUA_BIND_BASE_BINDING_H

#include "autograd/selenograd.h"
#include <lauxlib.h>
#include <lua.h>

typedef struct lua_tensor lua_tensor; // slot.h

// How tensors are shown as text.
typedef struct print_options {
  int precision, threshold, edgeitems, linewidth;
  int sci_mode; // -1: where a number needs it
} print_options;
#define PRINT_DEFAULTS {.precision = 4, .threshold = 1000, .edgeitems = 3, .linewidth = 100, .sci_mode = -1}

typedef struct binding {
  sg_context *context; // NULL once the Lua state is closing
  lua_tensor *newest;  // the newest tensor inside sg.tidy; NULL outside
  uint64_t tidy_count;
  // Collector pressure, see collector.c.
  uint64_t base_bytes, high_bytes;
  double debt_bytes;
  bool emergency;      // a full collection for want of memory is running: what is in use must not be closed
  bool keep_traceback; // the command wants tracebacks of errors that crossed the engine
  size_t library_prefix_length;
  lua_State *L;                // that called the engine work which is running
  int referring;               // how many contexts of custom ops have fields that may refer to tensors
  struct lua_anchor *released; // their nodes ended, Lua still holds them; see anchor.h
  print_options print;
  sg_dtype default_dtype;      // f32 or f64, of new tensors of fractions
  const char *library_prefix;  // "@" and the folder of the library's own Lua modules; anchored in a user value
} binding;

enum {
  BINDING_ERROR = 1,
  BINDING_TRACEBACK,
  BINDING_LIBRARY,
  BINDING_METHODS, // of tensors
  BINDING_MODULE,  // the table `sg`
  BINDING_FIND,    // a function: what sg[name] is
  BINDING_PLUGINS, // what the files of loaded plugins were like
  BINDING_HANDLER, // what binding_pcall handles messages with
  BINDING_CUSTOM_OPS,
  BINDING_ANCHORS,          // what nodes hold, by its address; see anchor.h
  BINDING_CUSTOM_METATABLE, // of the contexts of custom ops
  BINDING_WATCHED,          // which of them a handle alone keeps
  BINDING_FIND_CYCLES,      // the function that looks for cycles
  BINDING_CUSTOM_BACKWARD,  // what calls a custom op's backward
  BINDING_SHAPE,            // the metatable of shapes
  BINDING_HOOK_METATABLE,   // of the handles of hooks
  BINDING_HOOK_CALL,        // what calls the function of a hook
  BINDING_VALUES = BINDING_HOOK_CALL,
};

static inline binding *binding_of(lua_State *L) { return lua_touserdata(L, lua_upvalueindex(1)); }
// The binding with an open context; raises when the Lua state is closing.
binding *binding_open(lua_State *L);

#endif
