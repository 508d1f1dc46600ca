// SPDX-License-Identifier: GPL-3.0-or-later
//
// The backward pass, without recursion.
//
//   1. seed    the cotangents of the outputs are checked; they are put down once 2 and 3 have found nothing wrong
//   2. reach   nodes below the outputs are put in order, and those on a path to a wanted input are marked (reach.c)
//   3. check   the outputs depend on every input that was asked for; every saved value is still there and unchanged
//   4. walk    each node turns the cotangents of its outputs into those of its inputs (derivative.c, arrive.c)
//   5. commit  gradients of leaves are added to .grad, all or none (commit.c); sg_grad collects those of its inputs
#include <string.h>

#include "autograd/anomaly_check.h"
#include "autograd/backward.h"
#include "autograd/execute.h"

// ---- Collecting the gradients of leaves -----------------------------------------------------------

static sg_status check_not_replaced(const pass *p, const sg_tensor *leaf) {
  if (!leaf->replaced) return SG_OK;
  return sg_error(p->context, SG_INVALID_STATE,
                  "%s: the leaf %s was converted to another dtype after the graph was recorded, and its gradient "
                  "would be lost; compute the outputs again",
                  p->name, sg_shape_text(&leaf->shape).text);
}

// Out of line: a leaf is met once, and asked for often.
__attribute__((noinline)) static sg_pending *make_pending(pass *p, sg_tensor *leaf) {
  bool few = p->pending_count < SG_FEW_LEAVES;
  sg_pending *entry = few ? &p->few_pending[p->pending_count] : sg_memory_take(p->context, sizeof *entry);
  if (!entry) return NULL;
  *entry = (sg_pending){.pass = p, .leaf = sg_retain(leaf), .outer = leaf->pending, .next = p->pending};
  leaf->pending = entry;
  p->pending = entry;
  p->pending_count++;
  return entry;
}

static inline sg_pending *pending_of(pass *p, sg_tensor *leaf) {
  return leaf->pending && leaf->pending->pass == p ? leaf->pending : make_pending(p, leaf);
}

static void pending_free_all(pass *p) {
  while (p->pending) {
    sg_pending *entry = p->pending;
    p->pending = entry->next;
    entry->leaf->pending = entry->outer;
    sg_arrivals_release(p->context, &entry->arrivals);
    sg_drop(entry->committed);
    sg_drop(entry->leaf);
    if (--p->pending_count >= SG_FEW_LEAVES) sg_memory_give(p->context, entry, sizeof *entry);
  }
}

// Where what flows along an edge arrives; NULL on failure.
static inline sg_arrivals *arrivals_at(pass *p, const sg_edge *edge) {
  if (edge->node) return &edge->node->arrivals[edge->output];
  sg_pending *entry = pending_of(p, edge->leaf);
  return entry ? &entry->arrivals : NULL;
}

static void deliver(pass *p, const sg_edge *edge, sg_tensor *gradient) {
  sg_arrivals *arrivals = arrivals_at(p, edge);
  if (arrivals) sg_arrive(p, arrivals, gradient);
}

// ---- 1. Seed --------------------------------------------------------------------------------------

static sg_status check_seed(pass *p, sg_tensor *output, sg_tensor *cotangent) {
  sg_context *context = p->context;
  if (!output) return sg_error(context, SG_INVALID_ARGUMENT, "%s: a tensor is missing", p->name);
  if (output->context != context) {
    return sg_error(context, SG_INVALID_ARGUMENT, "%s: a tensor belongs to another context", p->name);
  }
  if (!output->requires_grad) {
    return sg_error(
        context, SG_INVALID_STATE,
        "%s: the tensor %s has no graph: no tensor that requires a gradient leads to it, or only through "
        "steps such as round or a comparison, whose derivative is zero",
        p->name, sg_shape_text(&output->shape).text);
  }
  if (!cotangent && output->elements != 1) {
    return sg_error(context, SG_INVALID_ARGUMENT,
                    "%s: the tensor has shape %s; only one of a single element can do without a cotangent", p->name,
                    sg_shape_text(&output->shape).text);
  }
  if (cotangent && (cotangent->context != context || cotangent->dtype != output->dtype ||
                    !sg_shape_equal(&cotangent->shape, &output->shape))) {
    return sg_error(context, SG_INVALID_ARGUMENT, "%s: the cotangent has shape %s and dtype %s, expected %s and %s",
                    p->name, sg_shape_text(&cotangent->shape).text, sg_dtype_name(cotangent->dtype),
                    sg_shape_text(&output->shape).text, sg_dtype_name(output->dtype));
  }
  return SG_OK;
}

static sg_status seed_one(pass *p, sg_tensor *output, sg_tensor *cotangent) {
  sg_context *context = p->context;
  const sg_edge edge = {output->node, output->node ? NULL : output, output->output};
  if (!edge.node && (!sg_edge_wanted(p, &edge) || check_not_replaced(p, output))) return context->status;
  sg_tensor *seed = NULL;
  if (!cotangent) {
    seed = sg_make_counted(context, output->dtype, &output->shape, 1);
    if (seed) sg_execute_fill(seed, 1, 1);
  } else if (!p->options.create_graph && cotangent->requires_grad) { // its history has no place in such gradients
    seed = sg_make_alias(context, cotangent, &cotangent->shape, 0);
    if (seed) sg_guard_copy(cotangent, seed);
  } else {
    seed = sg_retain(cotangent);
  }
  if (seed) deliver(p, &edge, seed);
  sg_drop(seed);
  return context->status;
}

// ---- 3. Check -------------------------------------------------------------------------------------

static sg_status check_used(pass *p) {
  const int unused = p->options.allow_unused ? -1 : sg_pass_find_unused(p);
  if (unused < 0) return SG_OK;
  return sg_error(p->context, SG_INVALID_STATE,
                  "grad: the outputs do not depend on input %d, a tensor %s; allow_unused = true accepts that",
                  unused + p->context->index_base, sg_shape_text(&p->targets[unused]->shape).text);
}

static sg_status check_leaves(const pass *p, const sg_node *node) {
  for (int i = 0; i < node->input_count; i++) {
    const sg_edge *edge = &node->edges[i];
    if (edge->leaf && sg_edge_wanted(p, edge) && check_not_replaced(p, edge->leaf)) return p->context->status;
  }
  return SG_OK;
}

static sg_status check_nodes(pass *p) {
  for (sg_node *node = p->newest; node; node = node->older) {
    if (!node->needed) continue;
    if (sg_derivative_check(node) || check_leaves(p, node)) return p->context->status;
    if (p->options.create_graph && (!sg_op_vjp(node->op) || node->op->once_differentiable)) {
      return sg_error(p->context, SG_INVALID_STATE,
                      "backward of %s: create_graph is not possible, the op has no second derivative",
                      node->op->name);
    }
  }
  return SG_OK;
}

// ---- 4. Walk --------------------------------------------------------------------------------------

// The gradients a node's derivative gave go on along its edges.
static void deliver_all(pass *p, sg_node *node, sg_tensor *const *d_inputs, const bool *needs) {
  for (int i = 0; i < node->input_count && !p->context->status; i++) {
    if (!needs[i]) continue;
    if (sg_check_gradient(node, i, d_inputs[i])) return;
    deliver(p, &node->edges[i], d_inputs[i]);
  }
}

// The gradient of a part's whole is the cotangent, in the place of the part.
static void deliver_part(pass *p, sg_node *node) {
  sg_part part = {.start = {0}};
  if (!sg_edge_wanted(p, &node->edges[0])) return;
  sg_derivative_part(node, &part);
  sg_arrivals *arrivals = arrivals_at(p, &node->edges[0]);
  if (arrivals) sg_arrive_part(p, arrivals, node->dtype, &node->input_shapes[0], &part, node->cotangents[0]);
}

static void deliver_derivative(pass *p, sg_node *node) {
  sg_derivative derivative;
  if (sg_derivative_open(&derivative, node)) return;
  for (int i = 0; i < node->input_count; i++) derivative.needs[i] = sg_edge_wanted(p, &node->edges[i]);
  sg_derivative_run(&derivative, p->options.create_graph);
  if (p->context->detects_anomaly && !p->context->status)
    sg_anomaly_check_backward(node, derivative.d_inputs, derivative.needs);
  if (!p->context->status) deliver_all(p, node, derivative.d_inputs, derivative.needs);
  sg_derivative_close(&derivative);
}

static bool has_cotangent(const sg_node *node) {
  for (int i = 0; i < node->output_count; i++) {
    if (node->cotangents[i]) return true;
  }
  return false;
}

static inline sg_status settle_node(pass *p, sg_node *node) {
  for (int i = 0; i < node->output_count; i++) {
    if (sg_arrivals_settle(p, &node->arrivals[i], &node->cotangents[i])) return p->context->status;
  }
  return SG_OK;
}

static sg_status join_at_leaves(pass *p) {
  for (sg_pending *entry = p->pending; entry; entry = entry->next) {
    if (entry->arrivals.finished && sg_arrivals_join(p, &entry->arrivals)) return p->context->status;
  }
  return SG_OK;
}

// ---- Hooks ------------------------------------------------------------------------------------------

// The gradient is put down for the tensors that keep it, as for a leaf.
static sg_status keep_gradients(pass *p, const sg_node *node, int output) {
  for (const sg_hook *hook = node->hooks; hook && p->all_leaves; hook = hook->next) {
    if (!hook->retained || hook->output != output) continue;
    sg_pending *entry = pending_of(p, hook->retained);
    if (!entry) return p->context->status;
    entry->arrivals.sum = sg_retain(node->cotangents[output]);
  }
  return SG_OK;
}

__attribute__((noinline)) static sg_status run_hooks(pass *p, sg_node *node) {
  for (int i = 0; i < node->output_count; i++) {
    if (!node->cotangents[i]) continue;
    if (sg_hooks_run(p, &node->hooks, i, &node->cotangents[i]) || keep_gradients(p, node, i)) {
      sg_error_prefix(p->context, "backward of %s: ", node->op->name);
      return p->context->status;
    }
  }
  return SG_OK;
}

static sg_status run_hooks_of_leaves(pass *p) {
  for (sg_pending *entry = p->pending; entry; entry = entry->next) {
    if (!entry->leaf->hooks || !entry->arrivals.sum) continue;
    if (sg_hooks_run(p, &entry->leaf->hooks, 0, &entry->arrivals.sum)) {
      sg_error_prefix(p->context, "%s: ", p->name);
      return p->context->status;
    }
  }
  return SG_OK;
}

// ---- Visiting ---------------------------------------------------------------------------------------

// The cotangents of a target stay: they are what sg_grad was asked for.
static void visit(pass *p, sg_node *node) {
  if (settle_node(p, node)) return;
  if (node->hooks && (node->needed || node->target) && run_hooks(p, node)) return;
  if (node->needed && has_cotangent(node)) {
    sg_scope scope = sg_scope_open(p->context);
    if (!sg_derivative_check(node)) {
      if (sg_op_part(node->op) && !p->options.create_graph)
        deliver_part(p, node);
      else
        deliver_derivative(p, node);
    }
    sg_scope_close(p->context, scope);
    if (!p->options.retain_graph) {
      sg_node_release_saved(node);
      node->consumed = true;
    }
  }
  if (!node->target) sg_node_release_cotangents(node);
}

static void walk(pass *p) {
  for (sg_node *node = p->newest; node && !p->context->status; node = node->older) visit(p, node);
}

// ---- The pass -------------------------------------------------------------------------------------

static sg_status pass_open(pass *p) {
  p->number = ++p->context->pass_counter;
  for (int i = 0; i < p->target_count; i++) {
    sg_tensor *target = p->targets[i];
    if (!target->node && (check_not_replaced(p, target) || !pending_of(p, target))) return p->context->status;
  }
  if (sg_pass_reach(p)) return p->context->status;
  sg_pass_mark_needed(p);
  return p->target_count > 0 && check_used(p) ? p->context->status : check_nodes(p);
}

static sg_status pass_run(pass *p, sg_tensor *const *outputs, sg_tensor *const *cotangents, int output_count) {
  sg_context *context = p->context;
  if (context->status) return context->status;
  for (int i = 0; i < output_count; i++) {
    if (check_seed(p, outputs[i], cotangents ? cotangents[i] : NULL)) return context->status;
  }
  p->outputs = outputs;
  p->output_count = output_count;
  for (int i = 0; i < output_count; i++) sg_retain(outputs[i]);
  bool recording = sg_set_grad_enabled(context, p->options.create_graph);
  int watched = context->guard.kind; // a user's function, not the derivatives of ops
  context->guard.kind = SG_GUARD_PASS;
  if (!pass_open(p)) {
    for (int i = 0; i < output_count && !context->status; i++) {
      seed_one(p, outputs[i], cotangents ? cotangents[i] : NULL);
    }
    if (!context->status) walk(p);
    if (p->has_stretches && !context->status) join_at_leaves(p);
    if (!context->status) run_hooks_of_leaves(p);
  }
  context->guard.kind = watched;
  sg_set_grad_enabled(context, recording);
  return context->status;
}

static void pass_close(pass *p) {
  sg_pass_leave(p);
  pending_free_all(p);
  for (int i = 0; i < p->output_count; i++) sg_drop(p->outputs[i]);
}

// Field by field: clearing few_pending as well would be a good part of what a small pass costs.
static void pass_make(pass *p, sg_context *context, const char *name, const sg_backward_options *options) {
  p->context = context;
  p->name = name;
  p->options = options ? *options : (sg_backward_options){0};
  if (p->options.create_graph) p->options.retain_graph = true;
  p->number = 0;
  p->all_leaves = false;
  p->outputs = NULL;
  p->output_count = 0;
  p->targets = NULL;
  p->target_count = 0;
  p->captured = NULL;
  p->newest = p->oldest = p->waiting = NULL;
  p->has_stretches = false;
  p->pending = NULL;
  p->pending_count = 0;
}

// ---- Gradients of all leaves ------------------------------------------------------------------------

sg_status sg_backward(sg_context *context, sg_tensor *tensor, sg_tensor *cotangent,
                      const sg_backward_options *options) {
  pass p;
  pass_make(&p, context, "backward", options);
  p.all_leaves = true;
  if (!pass_run(&p, &tensor, &cotangent, 1) && !sg_pass_prepare_commit(&p)) sg_pass_commit(&p);
  pass_close(&p);
  return context->status;
}

// ---- Gradients of chosen inputs ---------------------------------------------------------------------

static sg_status check_targets(sg_context *context, int count, sg_tensor *const *inputs) {
  for (int i = 0; i < count; i++) {
    if (!inputs[i])
      return sg_error(context, SG_INVALID_ARGUMENT, "grad: input %d is missing", i + context->index_base);
    if (inputs[i]->context != context || !inputs[i]->requires_grad) {
      return sg_error(context, SG_INVALID_ARGUMENT, "grad: input %d, a tensor %s, does not require a gradient",
                      i + context->index_base, sg_shape_text(&inputs[i]->shape).text);
    }
  }
  return SG_OK;
}

static sg_tensor *cotangent_of(const pass *p, const sg_tensor *target) {
  return target->node->pass == p->number ? target->node->cotangents[target->output] : NULL;
}

static sg_status collect(pass *p, sg_tensor **gradients) {
  sg_context *context = p->context;
  if (sg_scope_reserve(context, (size_t)p->target_count)) return context->status;
  for (int i = 0; i < p->target_count; i++) {
    sg_tensor *target = p->targets[i];
    sg_tensor *gradient = target->node ? cotangent_of(p, target) : target->pending->arrivals.sum;
    // What has no history may be written by whoever gets it: it must be no other input's gradient, nor a cotangent.
    bool own = gradient && (gradient->requires_grad || sg_gradient_is_own(gradient));
    if (gradient && !own) {
      gradient = sg_gradient_copy(p, gradient);
      if (!gradient) return context->status;
      p->captured[i] = gradient;
    } else {
      p->captured[i] = sg_retain(gradient);
    }
  }
  for (int i = 0; i < p->target_count; i++) {
    gradients[i] = p->captured[i] ? sg_scope_adopt(context, p->captured[i]) : NULL;
    if (gradients[i]) sg_guard_gradient(gradients[i], p->options.create_graph);
    p->captured[i] = NULL;
  }
  return SG_OK;
}

sg_status sg_grad(sg_context *context, int output_count, sg_tensor *const *outputs, sg_tensor *const *cotangents,
                  int input_count, sg_tensor *const *inputs, const sg_backward_options *options,
                  sg_tensor **gradients) {
  if (context->status || check_targets(context, input_count, inputs) || input_count == 0) return context->status;
  pass p;
  pass_make(&p, context, "grad", options);
  p.targets = inputs;
  p.target_count = input_count;
  size_t bytes = (size_t)input_count * sizeof(sg_tensor *);
  p.captured = sg_memory_take(context, bytes);
  if (!p.captured) return context->status;
  memset(p.captured, 0, bytes);
  for (int i = 0; i < input_count; i++) sg_retain(inputs[i]);
  if (!pass_run(&p, outputs, cotangents, output_count)) collect(&p, gradients);
  for (int i = 0; i < input_count; i++) sg_release(p.captured[i]);
  pass_close(&p);
  for (int i = 0; i < input_count; i++) sg_release(inputs[i]);
  sg_memory_give(context, p.captured, bytes);
  return context->status;
}
