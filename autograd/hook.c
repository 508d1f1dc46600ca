// SPDX-License-Identifier: GPL-3.0-or-later
//
// Hooks lie in lists: those of a leaf in the tensor, those of an op's results in its node, which a backward pass
// finds without the tensors. A result that keeps its gradient has an entry there as well, as long as the tensor is
// alive. lifetime.c ends them.
#include "autograd/hook.h"

#include "autograd/backward.h"

static sg_hook **list_of(sg_tensor *tensor) { return tensor->node ? &tensor->node->hooks : &tensor->hooks; }

static sg_hook *add(sg_tensor *tensor, sg_hook hook) {
  sg_hook **at = list_of(tensor), *added = sg_memory_take(tensor->context, sizeof *added);
  if (!added) return NULL;
  hook.context = tensor->context;
  hook.list = at;
  hook.output = tensor->node ? tensor->output : 0;
  *added = hook;
  while (*at) at = &(*at)->next;
  *at = added;
  return added;
}

sg_hook *sg_tensor_add_hook(sg_tensor *tensor, sg_hook_function *function, sg_hook_release *release, void *user) {
  sg_context *context = tensor->context;
  if (context->status) return NULL;
  if (!tensor->requires_grad) {
    sg_error(context, SG_INVALID_STATE, "register_hook: the tensor %s does not require a gradient, so it gets none",
             sg_shape_text(&tensor->shape).text);
    return NULL;
  }
  return add(tensor, (sg_hook){.function = function, .release = release, .user = user});
}

void sg_hook_remove(sg_hook *hook) {
  hook->removed = true;
  if (!hook->context->hooks_running) sg_hooks_sweep(hook->list);
}

sg_status sg_tensor_retain_grad(sg_tensor *tensor) {
  sg_context *context = tensor->context;
  if (context->status) return context->status;
  if (!tensor->requires_grad) {
    return sg_error(context, SG_INVALID_STATE, "retain_grad: the tensor %s does not require a gradient",
                    sg_shape_text(&tensor->shape).text);
  }
  if (!tensor->node || tensor->retains_grad) return SG_OK;
  if (add(tensor, (sg_hook){.retained = tensor})) tensor->retains_grad = true;
  return context->status;
}

bool sg_tensor_retains_grad(const sg_tensor *tensor) { return tensor->retains_grad; }

// ---- In a pass ------------------------------------------------------------------------------------

static sg_status check_replacement(sg_context *context, const sg_tensor *gradient, const sg_tensor *given) {
  if (given->context == context && given->dtype == gradient->dtype &&
      sg_shape_equal(&given->shape, &gradient->shape))
    return SG_OK;
  return sg_error(context, SG_INVALID_ARGUMENT,
                  "a hook returned a gradient of shape %s and dtype %s, expected %s and %s",
                  sg_shape_text(&given->shape).text, sg_dtype_name(given->dtype),
                  sg_shape_text(&gradient->shape).text, sg_dtype_name(gradient->dtype));
}

// Where no graph is created, the history of a replacement has no place.
static sg_status replace(const pass *p, sg_tensor **gradient, sg_tensor *given) {
  sg_context *context = p->context;
  if (!given || given == *gradient) return SG_OK;
  if (check_replacement(context, *gradient, given)) return context->status;
  const bool severs = given->requires_grad && !p->options.create_graph;
  sg_tensor *taken = severs ? sg_make_alias(context, given, &given->shape, 0) : sg_retain(given);
  if (!taken) return context->status;
  sg_release(*gradient);
  *gradient = taken;
  return SG_OK;
}

static sg_status call(const pass *p, const sg_hook *hook, sg_tensor **gradient) {
  sg_context *context = p->context;
  const sg_storage *storage = (*gradient)->storage;
  const uint64_t version = storage->version;
  sg_tensor *given = hook->function(context, *gradient, hook->user);
  if (context->status) return context->status;
  if (storage->version != version) {
    return sg_error(
        context, SG_INVALID_STATE,
        "a hook wrote in place into the gradient, which others may read; it returns a new tensor instead");
  }
  return replace(p, gradient, given);
}

sg_status sg_hooks_run(const pass *p, sg_hook **list, int output, sg_tensor **gradient) {
  sg_context *context = p->context;
  sg_scope scope = sg_scope_open(context);
  context->hooks_running++;
  for (const sg_hook *hook = *list; hook && !context->status; hook = hook->next) {
    if (hook->function && hook->output == output && !hook->removed) call(p, hook, gradient);
  }
  if (--context->hooks_running == 0) sg_hooks_sweep(list);
  sg_scope_close(context, scope);
  return context->status;
}
