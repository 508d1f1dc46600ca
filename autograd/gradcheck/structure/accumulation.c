// SPDX-License-Identifier: GPL-3.0-or-later
//
// Gradients that meet: those of several backward passes in one .grad, those of several arguments in one tensor.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "autograd/gradcheck/common/memory.h"
#include "autograd/gradcheck/structure/trial.h"
#include "autograd/internal.h"

// ---- Leaves of others --------------------------------------------------------------------------------------

// A closure may reach tensors that require a gradient and are no inputs of the check. A backward pass would add to
// their .grad, which therefore is taken away meanwhile.
typedef struct hidden_grad {
  sg_tensor *leaf, *grad;
} hidden_grad;

static bool is_foreign(const structure *s, const sg_tensor *leaf) {
  for (int i = 0; leaf && i < s->point->input_count; i++)
    if (leaf == s->point->inputs[i]) return false;
  return leaf != NULL;
}

static size_t hide_grads(const structure *s, hidden_grad *hidden) {
  size_t count = 0;
  for (sg_node *node = s->point->context->first_node; node; node = node->next)
    for (int i = 0; i < node->input_count; i++) {
      sg_tensor *leaf = node->edges[i].leaf;
      if (!is_foreign(s, leaf)) continue;
      if (hidden) {
        hidden[count] = (hidden_grad){sg_retain(leaf), leaf->grad};
        leaf->grad = NULL;
      }
      count++;
    }
  return count;
}

// Backwards: a leaf that was met twice had its gradient the first time.
static void bring_back_grads(hidden_grad *hidden, size_t count) {
  while (count-- > 0) {
    sg_release(hidden[count].leaf->grad);
    hidden[count].leaf->grad = hidden[count].grad;
    sg_release(hidden[count].leaf);
  }
}

// ---- Accumulation ----------------------------------------------------------------------------------------

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
  sg_tensor *owner;
  const size_t hidden_count = hide_grads(s, NULL);
  hidden_grad *hidden = gradcheck_memory(c, hidden_count * sizeof *hidden, &owner);
  if (!hidden) return sg_error_status(c);
  hide_grads(s, hidden);
  const sg_backward_options options = {.retain_graph = true};
  for (int k = 0; k < count && sg_error_status(c) == SG_OK; k++) {
    sg_set_grad_enabled(c, true);
    sg_backward(c, outputs[k], cotangents[k], &options);
    sg_set_grad_enabled(c, false);
    for (int64_t i = 0; i < s->elements; i++) size[i] += fabs(s->second[i]);
    read_grads(s, s->second);
    for (int64_t i = 0; i < s->elements; i++) size[i] += fabs(s->second[i]);
  }
  bring_back_grads(hidden, hidden_count);
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
    if (p->inputs[i]->grad) sg_tensor_set_grad(p->inputs[i], NULL);
  return status;
}

sg_status structure_check_accumulation(structure *s) {
  int64_t where;
  if (structure_try(s, accumulation, s->elements, &where) != SG_OK) return sg_error_status(s->point->context);
  if (s->refused) return structure_enter_refused(s, "accumulation");
  if (where < 0) return structure_enter_pass(s, "accumulation");
  return report_enter(s->report, "accumulation", SG_GRADCHECK_FAIL,
                      "backward passes do not add to the gradients that are there: that of %s is off by %.4g",
                      structure_place(s, where).text, gradcheck_shown(s->low[where]));
}

// ---- Aliasing ----------------------------------------------------------------------------------------------

// Swaps which tensor every input is: its own, or that of its lead.
static void share(structure *s, sg_tensor **own, bool shared) {
  point *p = s->point;
  for (int i = 0; i < p->input_count; i++) {
    if (!shared)
      p->inputs[i] = own[i];
    else if (s->lead[i] != i)
      p->inputs[i] = own[s->lead[i]];
  }
}

static sg_status aliasing(structure *s, double scale, double *residual, double *size) {
  point *p = s->point;
  sg_tensor *own[SG_GRADCHECK_MAX_INPUTS];
  int lead[SG_GRADCHECK_MAX_INPUTS];
  memcpy(own, p->inputs, sizeof own);
  memcpy(lead, s->lead, sizeof lead);
  for (int i = 0; i < p->input_count; i++) {
    if (lead[i] != i && sg_tensor_assign(own[i], own[lead[i]]) != SG_OK) return sg_error_status(p->context);
    s->lead[i] = i;
  }
  sg_status status = structure_take(s, s->cotangent, scale, s->first);
  memcpy(s->lead, lead, sizeof lead);
  if (status != SG_OK || s->refused) return status;
  share(s, own, true);
  status = structure_take(s, s->cotangent, scale, s->second);
  share(s, own, false);
  if (status != SG_OK || s->refused) return status;
  memset(residual, 0, (size_t)s->elements * sizeof *residual);
  memset(size, 0, (size_t)s->elements * sizeof *size);
  for (int i = 0; i < p->input_count; i++) {
    if (!p->checked[i]) continue;
    for (int64_t j = 0; j < sg_tensor_elements(own[i]); j++) {
      const int64_t at = s->start[lead[i]] + j;
      const double apart = s->first[s->start[i] + j], together = lead[i] == i ? s->second[at] : 0;
      if (!isfinite(apart)) {
        s->refused = true;
        snprintf(s->refusal, sizeof s->refusal, "the gradient is not finite where arguments are equal");
        return SG_OK;
      }
      residual[at] += (together - apart) / scale;
      size[at] += (fabs(together) + fabs(apart)) / scale;
    }
  }
  return SG_OK;
}

// Groups of checked inputs of one shape; false when there is none.
static bool find_groups(structure *s) {
  const point *p = s->point;
  bool found = false;
  for (int i = 0; i < p->input_count; i++)
    for (int k = 0; k < i && s->lead[i] == i && p->checked[i]; k++) {
      const bool same =
          p->checked[k] && sg_shape_equal(sg_tensor_shape(p->inputs[k]), sg_tensor_shape(p->inputs[i]));
      if (!same || sg_tensor_elements(p->inputs[i]) == 0) continue;
      s->lead[i] = s->lead[k];
      found = true;
    }
  return found;
}

sg_status structure_check_aliasing(structure *s) {
  int64_t where;
  if (!find_groups(s)) return SG_OK;
  s->tolerant = true;
  sg_status status = structure_try(s, aliasing, s->elements, &where);
  s->tolerant = false;
  if (status == SG_OK) status = structure_return(s);
  for (int i = 0; i < s->point->input_count; i++) s->lead[i] = i;
  if (status != SG_OK) return status;
  if (s->refused) return structure_enter_refused(s, "aliasing");
  if (where < 0) return structure_enter_pass(s, "aliasing");
  return report_enter(s->report, "aliasing", SG_GRADCHECK_FAIL,
                      "one tensor given for several arguments of its shape does not get the sum of their "
                      "gradients: at %s it is off by %.4g",
                      structure_place(s, where).text, gradcheck_shown(s->low[where]));
}
