// SPDX-License-Identifier: GPL-3.0-or-later
//
// A call that sg_prepare has planned: asked and computed, as often as somebody likes.
#include "autograd/prepared.h"

#include "autograd/execute.h"
#include "autograd/in_place.h"
#include "autograd/internal.h"

// What takes the place of inputs gets their elements of now.
static void replace_elements(const sg_prepared *prepared) {
  for (int i = 0; prepared->given && i < prepared->call.input_count; i++) {
    if (prepared->inputs[i] != prepared->given[i]) sg_execute_convert(prepared->inputs[i], prepared->given[i]);
  }
}

sg_status sg_prepared_check(const sg_prepared *prepared) {
  const sg_call *call = &prepared->call;
  sg_check_hook *check = sg_op_check_values(call->op);
  if (call->context->status) return call->context->status;
  if (sg_op_writes(call->op)) {
    const sg_plan plan = {.context = call->context,
                          .op = call->op,
                          .input_count = call->input_count,
                          .inputs = prepared->given ? prepared->given : call->inputs};
    if (sg_in_place_check(&plan)) return call->context->status;
  }
  replace_elements(prepared);
  if (check) check(call);
  return call->context->status;
}

sg_status sg_compute(const sg_prepared *prepared) {
  replace_elements(prepared);
  sg_in_place_note(prepared->call.op, prepared->call.outputs);
  return sg_execute_forward(&prepared->call, prepared->is_view);
}
