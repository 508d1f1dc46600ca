// SPDX-License-Identifier: GPL-3.0-or-later
#include "autograd/detached.h"

#include <string.h>

#include "autograd/custom.h"
#include "autograd/guard.h"
#include "autograd/internal.h"
#include "autograd/scope.h"

void sg_detached_open(sg_detached *detached, sg_context *context, bool hold) {
  *detached = (sg_detached){.context = context, .hold = hold};
}

static size_t bytes_kept(int64_t capacity) { return (size_t)capacity * sizeof(sg_tensor *); }

void sg_detached_close(sg_detached *d) {
  for (int64_t i = 0; i < d->count; i++) sg_release(d->kept[i]);
  if (d->kept) sg_memory_give(d->context, d->kept, bytes_kept(d->capacity));
  *d = (sg_detached){.context = d->context};
}

void sg_detached_enter(sg_detached *d) {
  d->next = 0;
  d->recording = d->context->grad_enabled;
  d->around = d->context->detached;
  d->context->detached = d;
}

void sg_detached_leave(sg_detached *d) { d->context->detached = d->around; }

// A copy, as the function may go on writing into what it detached.
static sg_status keep(sg_detached *d, sg_tensor *tensor) {
  sg_context *context = d->context;
  if (d->count == d->capacity) {
    const int64_t capacity = d->capacity ? 2 * d->capacity : 16;
    sg_tensor **kept = sg_memory_take(context, bytes_kept(capacity));
    if (!kept) return context->status;
    if (d->count) memcpy(kept, d->kept, bytes_kept(d->count));
    if (d->kept) sg_memory_give(context, d->kept, bytes_kept(d->capacity));
    d->kept = kept;
    d->capacity = capacity;
  }
  sg_tensor *copy = sg_retain(sg_tensor_copy(context, tensor));
  if (copy) d->kept[d->count++] = copy;
  return context->status;
}

static sg_tensor *held(sg_detached *d, const sg_tensor *tensor, const char *how) {
  sg_tensor *kept = d->kept[d->next++];
  if (kept->dtype == tensor->dtype && sg_shape_equal(&kept->shape, &tensor->shape)) return kept;
  sg_error(d->context, SG_INVALID_ARGUMENT,
           "%s: the tensor has shape %s and dtype %s, and at the point of the check it had %s and %s: what is held "
           "constant has to be the same tensors in every call",
           how, sg_shape_text(&tensor->shape).text, sg_dtype_name(tensor->dtype), sg_shape_text(&kept->shape).text,
           sg_dtype_name(kept->dtype));
  return NULL;
}

static void note(sg_detached *d, const char *how) {
  sg_context *context = d->context;
  if (d->seen++ > 0) return;
  d->how = how;
  if (context->place) context->place(context->place_user, d->place, sizeof d->place);
}

// What the tensor, which is cut off, is in this round: itself, or what is held for it; NULL on failure.
static sg_tensor *of_this_round(sg_detached *d, sg_tensor *tensor, const char *how) {
  note(d, how);
  if (!d->hold) return tensor;
  if (d->next < d->count) return held(d, tensor, how);
  d->next++;
  return keep(d, tensor) ? NULL : tensor;
}

sg_tensor *sg_tensor_detach(sg_context *context, sg_tensor *tensor) {
  sg_tensor *alias = sg_tensor_alias(context, tensor);
  sg_detached *d = context->detached;
  if (!alias || !d) return alias;
  sg_tensor *now = of_this_round(d, alias, "detach");
  return !now || now == alias ? now : sg_tensor_copy(context, now);
}

// Whether a derivative would flow through a tensor here, if the function had let it.
static bool is_cut_off(const sg_detached *d, const sg_tensor *tensor) {
  return d->recording && d->context->guard.kind == SG_GUARD_NONE && (tensor->requires_grad || tensor->cut_off);
}

static bool depends(const sg_detached *d, const sg_plan *plan) {
  for (int i = 0; i < plan->input_count; i++)
    if (plan->inputs[i] && is_cut_off(d, plan->inputs[i])) return true;
  return false;
}

// A copy of what is held, as the function may write into it; the result goes.
static void give_kept(sg_context *context, sg_tensor **output, sg_tensor *kept, bool owned) {
  const sg_scope scope = sg_scope_open(context);
  sg_tensor *copy = sg_tensor_copy(context, kept);
  if (owned) {
    if (copy) sg_release(*output);
    if (copy) *output = sg_retain(copy);
    sg_scope_close(context, scope);
  } else {
    *output = sg_scope_return(context, scope, copy);
  }
}

sg_status sg_detached_results(const sg_plan *plan, sg_tensor **outputs, bool owned) {
  sg_context *context = plan->context;
  sg_detached *d = context->detached;
  if (!depends(d, plan)) return context->status;
  for (int p = 0; p < plan->output_count && !context->status; p++) {
    const unsigned flags = sg_op_output_port(plan->op, p)->flags;
    if (!outputs[p] || flags & (SG_STEP | SG_INDEX | SG_WRITTEN)) continue;
    if (!sg_dtype_is_floating(outputs[p]->dtype)) continue;
    sg_tensor *now = of_this_round(d, outputs[p], "no_grad");
    if (now && now != outputs[p]) give_kept(context, &outputs[p], now, owned);
    if (!context->status) outputs[p]->cut_off = true;
  }
  return context->status;
}

sg_tensor *sg_tensor_take_numbers(sg_tensor *tensor, const char *reader) {
  sg_detached *d = tensor->context->detached;
  if (sg_guard_numbers(tensor, reader)) return NULL;
  return d && is_cut_off(d, tensor) ? of_this_round(d, tensor, reader) : tensor;
}
