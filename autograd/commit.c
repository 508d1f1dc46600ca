// SPDX-License-Identifier: GPL-3.0-or-later
//
// The last part of a backward pass: what becomes of the gradients it collected. A .grad is written in place, now or
// by a later pass, so it shares memory with no other leaf's, with no cotangent, and with no sum still to be read;
// nor does it keep much more memory than its own, as a view of one row would.
#include "autograd/backward.h"
#include "autograd/execute.h"

bool sg_gradient_alone(const sg_tensor *gradient) {
  return gradient->references == 1 && gradient->storage->references == 1;
}

// A little that is not its own is no harm.
static bool has_own_memory(const sg_tensor *gradient) {
  return gradient->storage->block_bytes <= 2 * sg_tensor_bytes(gradient) + 4096;
}

bool sg_gradient_is_own(const sg_tensor *gradient) {
  return sg_gradient_alone(gradient) && has_own_memory(gradient);
}

sg_tensor *sg_gradient_sum(pass *p, sg_tensor *a, sg_tensor *b) {
  sg_context *context = p->context;
  if (!context->add) {
    sg_error(context, SG_INVALID_STATE, "summing gradients needs an op named add, and none is registered");
    return NULL;
  }
  sg_scope scope = sg_scope_open(context);
  sg_tensor *sum = sg_retain(sg_apply_one(context, context->add, 2, (sg_tensor *[]){a, b}, NULL));
  sg_scope_close(context, scope);
  return sum;
}

// x + (-0) is x for every x, and is recorded.
sg_tensor *sg_gradient_copy(pass *p, sg_tensor *gradient) {
  sg_context *context = p->context;
  sg_scope scope = sg_scope_open(context);
  sg_tensor *copy = NULL;
  if (!gradient->requires_grad) {
    copy = sg_retain(sg_tensor_copy(context, gradient));
  } else {
    sg_tensor *zero = sg_tensor_scalar(context, gradient->dtype, -0.0);
    if (zero) copy = sg_gradient_sum(p, gradient, zero);
  }
  sg_scope_close(context, scope);
  return copy;
}

static bool adds_in_place(const pass *p, const sg_tensor *grad) {
  return !p->options.create_graph && !grad->requires_grad && grad->storage->references == 1;
}

sg_status sg_pass_prepare_commit(pass *p) {
  sg_context *context = p->context;
  bool recording = sg_set_grad_enabled(context, p->options.create_graph);
  for (sg_pending *entry = p->pending; entry && !context->status; entry = entry->next) {
    sg_tensor *grad = entry->leaf->grad;
    if (!entry->arrivals.sum) continue;
    if (grad && !adds_in_place(p, grad)) {
      entry->committed = sg_gradient_sum(p, grad, entry->arrivals.sum);
      continue;
    }
    // A sum that is the .grad of a leaf, given as cotangent, might be written before it is read.
    if (grad ? entry->arrivals.sum->is_grad : !sg_gradient_is_own(entry->arrivals.sum)) {
      sg_tensor *copy = sg_gradient_copy(p, entry->arrivals.sum);
      if (!copy) break;
      sg_release(entry->arrivals.sum);
      entry->arrivals.sum = copy;
    }
    if (!grad) entry->committed = sg_retain(entry->arrivals.sum);
  }
  sg_set_grad_enabled(context, recording);
  return context->status;
}

void sg_pass_commit(pass *p) {
  for (sg_pending *entry = p->pending; entry; entry = entry->next) {
    sg_tensor *leaf = entry->leaf;
    if (entry->committed) {
      sg_release(leaf->grad);
      leaf->grad = entry->committed;
      leaf->grad->is_grad = true;
      entry->committed = NULL;
    } else if (entry->arrivals.sum) {
      sg_execute_add(leaf->grad, entry->arrivals.sum);
    }
    if (leaf->grad) sg_guard_grad(leaf->grad, p->options.create_graph);
  }
}
