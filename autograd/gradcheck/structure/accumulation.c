// SPDX-License-Identifier: GPL-3.0-or-later
//
// Gradients of several backward passes add up in one .grad.
#include "autograd/gradcheck/common/memory.h"
#include "autograd/gradcheck/structure/trial.h"
#include "autograd/untraced.h"

#include <math.h>
#include <string.h>

// A closure may reach tensors that require a gradient and are no inputs of the check. A backward pass would add to
// their .grad, which therefore is taken away meanwhile.
typedef struct hidden_grads {
  sg_tensor **leaf, **grad;
  size_t count;
} hidden_grads;

static bool is_foreign(const structure *s, const sg_tensor *leaf) {
  for (int i = 0; i < s->point->input_count; i++)
    if (leaf == s->point->inputs[i]) return false;
  return true;
}

static sg_status hide_grads(const structure *s, hidden_grads *hidden) {
  sg_context *c = s->point->context;
  sg_tensor *owner;
  const size_t all = sg_untraced_leaves(c, NULL);
  *hidden = (hidden_grads){.leaf = gradcheck_memory(c, 2 * all * sizeof *hidden->leaf, &owner)};
  if (!hidden->leaf) return sg_error_status(c);
  hidden->grad = hidden->leaf + all;
  sg_untraced_leaves(c, hidden->leaf);
  for (size_t k = 0; k < all; k++) {
    sg_tensor *leaf = hidden->leaf[k];
    if (!is_foreign(s, leaf)) continue;
    hidden->leaf[hidden->count] = sg_retain(leaf);
    hidden->grad[hidden->count++] = sg_untraced_exchange_grad(leaf, NULL);
  }
  return SG_OK;
}

// Backwards: a leaf that was met twice had its gradient the first time.
static void bring_back_grads(hidden_grads *hidden) {
  while (hidden->count-- > 0) {
    sg_tensor *leaf = hidden->leaf[hidden->count];
    sg_release(sg_untraced_exchange_grad(leaf, hidden->grad[hidden->count]));
    sg_release(leaf);
  }
}

static void read_grads(const structure *s, double *into) {
  const point *p = s->point;
  memset(into, 0, (size_t)s->elements * sizeof *into);
  for (int i = 0; i < p->input_count; i++) {
    const sg_tensor *grad = p->checked[i] ? sg_tensor_grad(p->inputs[i]) : NULL;
    if (grad && sg_tensor_bytes(grad) > 0) memcpy(into + s->start[i], sg_tensor_data(grad), sg_tensor_bytes(grad));
  }
}

// One pass from each output, the sizes of what they add being summed up. s->second: the gradients so far.
static sg_status pass_from_each(structure *s, int count, sg_tensor *const *outputs, sg_tensor *const *cotangents,
                                double *size) {
  sg_context *c = s->point->context;
  hidden_grads hidden;
  if (hide_grads(s, &hidden) != SG_OK) return sg_error_status(c);
  const sg_backward_options options = {.retain_graph = true};
  for (int k = 0; k < count && sg_error_status(c) == SG_OK; k++) {
    sg_set_grad_enabled(c, true);
    sg_backward(c, outputs[k], cotangents[k], &options);
    sg_set_grad_enabled(c, false);
    for (int64_t i = 0; i < s->elements; i++) size[i] += fabs(s->second[i]);
    read_grads(s, s->second);
    for (int64_t i = 0; i < s->elements; i++) size[i] += fabs(s->second[i]);
  }
  bring_back_grads(&hidden);
  return structure_refuse(s);
}

// Two calls, each followed by backward passes: after the first .grad must be g, after the second 2 g.
static sg_status accumulate_in_scope(structure *s, double scale, double *residual, double *size) {
  sg_tensor *outputs[SG_GRADCHECK_MAX_OUTPUTS], *cotangents[SG_GRADCHECK_MAX_OUTPUTS];
  int count;
  for (int pass = 1; pass <= 2; pass++) {
    if (structure_record(s, s->cotangent, scale, &count, outputs, cotangents) != SG_OK || s->refused ||
        pass_from_each(s, count, outputs, cotangents, size) != SG_OK || s->refused)
      return sg_error_status(s->point->context);
    for (int64_t i = 0; i < s->elements; i++) {
      const double off = (s->second[i] - pass * s->first[i]) / scale;
      if (s->ignored[i] == 0 && !(fabs(off) <= fabs(residual[i]))) residual[i] = off;
    }
  }
  return SG_OK;
}

static sg_status accumulation(structure *s, double scale, double *residual, double *size) {
  point *p = s->point;
  const size_t bytes = (size_t)s->elements * sizeof *residual;
  memset(residual, 0, bytes);
  memset(size, 0, bytes);
  if (structure_take(s, s->cotangent, scale, s->first) != SG_OK || s->refused) return sg_error_status(p->context);
  memset(s->second, 0, bytes);
  const sg_scope scope = sg_scope_open(p->context);
  const sg_status status = accumulate_in_scope(s, scale, residual, size);
  sg_scope_close(p->context, scope);
  for (int i = 0; i < p->input_count; i++)
    if (sg_tensor_grad(p->inputs[i])) sg_tensor_set_grad(p->inputs[i], NULL);
  return status;
}

sg_status structure_check_accumulation(structure *s) {
  int64_t where;
  if (structure_try(s, accumulation, s->elements, &where) != SG_OK) return sg_error_status(s->point->context);
  if (structure_is_settled(s, "accumulation", where)) return SG_OK;
  return report_enter(s->report, "accumulation", SG_GRADCHECK_FAIL,
                      "backward passes do not add to the gradients that are there: that of %s is off by %.4g",
                      structure_place(s, where).text, gradcheck_shown(s->low[where]));
}
