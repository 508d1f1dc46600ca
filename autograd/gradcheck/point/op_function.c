// SPDX-License-Identifier: GPL-3.0-or-later
#include "autograd/gradcheck/point/op_function.h"
#include "autograd/gradcheck/common/memory.h"

#include <string.h>

// ---- The op as a function -----------------------------------------------------------------------------------

static void gather_arguments(const op_function *f, sg_tensor *const *inputs, sg_tensor **arguments) {
  for (int a = 0; a < f->argument_count; a++) arguments[a] = f->position[a] < 0 ? NULL : inputs[f->position[a]];
}

// Their number; of more than SG_GRADCHECK_MAX_OUTPUTS, none is stored any more.
static int differentiable_outputs(const sg_op *op, int all_count, sg_tensor *const *all, sg_tensor **outputs) {
  int count = 0;
  for (int p = 0; p < all_count; p++) {
    if (!sg_port_is_differentiable(sg_op_output_port(op, p)) || !sg_dtype_is_floating(sg_tensor_dtype(all[p])))
      continue;
    if (count < SG_GRADCHECK_MAX_OUTPUTS) outputs[count] = all[p];
    count++;
  }
  return count;
}

sg_status op_function_call(sg_context *c, void *user, int input_count, sg_tensor *const *inputs, int *output_count,
                           sg_tensor **outputs) {
  const op_function *f = user;
  sg_tensor *arguments[SG_GRADCHECK_MAX_INPUTS];
  sg_tensors all;
  (void)input_count;
  gather_arguments(f, inputs, arguments);
  if (sg_apply_list(c, f->op, f->argument_count, arguments, f->options, &all) != SG_OK) return sg_error_status(c);
  *output_count = differentiable_outputs(f->op, all.count, all.tensor, outputs);
  if (*output_count > 0) return SG_OK;
  return sg_error(c, SG_INVALID_ARGUMENT, "gradcheck: %s has no output to differentiate", f->op->name);
}

bool op_function_lacks_derivative(const op_function *f, int input) {
  for (int a = 0; f && a < f->argument_count; a++)
    if (f->position[a] == input) return !sg_port_is_differentiable(sg_op_input_port(f->op, a));
  return false;
}

// ---- Workers ------------------------------------------------------------------------------------------------

void op_function_compute(point *w) {
  sg_compute(&w->prepared->application);
  point_read_outputs(w, w->prepared->outputs, w->value);
}

static sg_status prepare_worker(point *w, op_application *prepared) {
  sg_context *c = w->context;
  for (int i = 0; i < w->input_count; i++) w->inputs[i] = sg_tensor_copy(c, w->inputs[i]);
  const sg_shape shape = {2, {2, w->output_elements}};
  sg_tensor *room = sg_tensor_full(c, SG_F64, &shape, 0);
  w->value = room ? sg_tensor_write(room, "gradcheck") : NULL;
  if (sg_error_status(c) != SG_OK) return sg_error_status(c);
  w->side = w->value + w->output_elements;
  const op_function *f = w->op;
  gather_arguments(f, w->inputs, prepared->arguments);
  if (sg_prepare(c, f->op, f->argument_count, prepared->arguments, f->options, &prepared->application) != SG_OK)
    return sg_error_status(c);
  const sg_call *call = &prepared->application.call;
  differentiable_outputs(f->op, call->output_count, call->outputs, prepared->outputs);
  w->prepared = prepared;
  w->evaluations = 0;
  return SG_OK;
}

// Whether the op moves the random stream when it is applied.
static bool draws(point *p) {
  sg_random_set_state(p->context, p->random);
  point_evaluate(p);
  const sg_random_state after = sg_random_get_state(p->context);
  return memcmp(&after, &p->random, sizeof after) != 0;
}

// A prepared op is not asked again whether it takes the values of its inputs. Indices stay as they are while others
// move; an op that looks at values and has no indices looks at what may move. One that may refuse its results does
// so in the context, which workers in threads share.
static bool takes_any_value(const sg_op *op) {
  bool has_indices = false;
  for (const sg_port *port = sg_op_inputs(op); port->name; port++)
    has_indices = has_indices || (port->flags & SG_INDEX);
  return !sg_op_verify(op) && (!sg_op_check_values(op) || has_indices);
}

sg_status op_function_make_workers(point *p, point **workers, int *count) {
  *count = 0;
  if (!p->op || p->op->op->release || sg_op_compose(p->op->op) || !takes_any_value(p->op->op) ||
      p->output_elements == 0 || draws(p))
    return sg_error_status(p->context);
  const int threads = sg_threads(p->context);
  sg_tensor *owner;
  point *made = gradcheck_memory(p->context, (size_t)threads * sizeof *made, &owner);
  op_application *prepared = gradcheck_memory(p->context, (size_t)threads * sizeof *prepared, &owner);
  for (int t = 0; made && prepared && t < threads; t++) {
    made[t] = *p;
    if (prepare_worker(&made[t], &prepared[t]) != SG_OK) break;
  }
  if (sg_error_status(p->context) != SG_OK) return sg_error_status(p->context);
  *workers = made;
  *count = threads;
  return SG_OK;
}
