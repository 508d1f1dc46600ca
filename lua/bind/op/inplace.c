// SPDX-License-Identifier: GPL-3.0-or-later
//
// x:NAME_(...), which writes what the op NAME gives into x, where there is no op NAME_.
#include "lua/bind/base/check.h"
#include "lua/bind/base/collector.h"
#include "lua/bind/base/error.h"
#include "lua/bind/base/handle.h"
#include "lua/bind/op/arguments.h"
#include "lua/bind/op/op.h"
#include <stdio.h>

typedef struct inplace {
  op_arguments arguments;
  const op_entry *entry;
  op_entry writing;  // of the form of the op that writes
  lua_tensor result; // not on the Lua side: released by the work itself
  sg_tensor *target;
  char function[64];
} inplace;

// What is computed has another shape than the elements it is computed from, or no form that writes: it is copied.
static bool copying_work(sg_context *context, inplace *p) {
  bool recording = sg_set_grad_enabled(context, false);
  bool done = arguments_apply(context, &p->arguments);
  sg_set_grad_enabled(context, recording);
  return done && sg_tensor_assign_as(p->target, p->result.tensor, p->function) == SG_OK;
}

static bool inplace_work(sg_context *context, void *block) {
  inplace *p = block;
  const sg_op *form = sg_op_written_form(context, p->entry->op);
  if (sg_error_status(context) != SG_OK) return false;
  if (form != NULL) {
    p->writing = *p->entry;
    p->writing.op = form;
    p->arguments.entry = &p->writing;
  }
  bool done = form != NULL ? arguments_apply(context, &p->arguments) : copying_work(context, p);
  tensor_slot_free(&p->result);
  return done;
}

// A write in place is not recorded, so a gradient that should flow through the written value would be lost.
static void refuse_lost_gradient(lua_State *L, sg_context *context, const char *function, const char *name,
                                 const sg_tensor *value) {
  if (value != NULL && sg_grad_enabled(context) && sg_tensor_requires_grad(value))
    binding_error(
        L,
        "%s: %s requires a gradient, and a write in place is not recorded; use the form that returns a new "
        "tensor, detach it, or write inside sg.no_grad",
        function, name);
}

int binding_call_op_inplace(lua_State *L) {
  binding *b = binding_open(L);
  const op_entry *entry = op_entry_of(L);
  inplace p;
  const char *function = p.function;
  snprintf(p.function, sizeof p.function, "%s_", entry->op->name);
  p.target = tensor_check(L, 1, function, "self");
  if (entry->self > 0) op_place_self(L);
  p.result = (lua_tensor){0};
  p.entry = entry;
  p.arguments.slots[0] = &p.result;
  int last = lua_gettop(L);
  luaL_checkstack(L, SG_MAX_PORTS + SG_MAX_ATTRIBUTES + LUA_MINSTACK, function);
  arguments_read(L, entry, 1, last, &p.arguments);
  p.target = p.arguments.inputs[entry->self];
  for (int i = 0; i < p.arguments.input_count; i++)
    if (!is_given_as_number(&p.arguments, i))
      refuse_lost_gradient(L, b->context, function,
                           i < entry->input_ports ? sg_op_inputs(entry->op)[i].name : "an input",
                           p.arguments.inputs[i]);
  binding_run(L, b, inplace_work, &p);
  lua_pushvalue(L, entry->self + 1);
  return 1;
}
