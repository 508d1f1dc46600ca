// SPDX-License-Identifier: GPL-3.0-or-later
//
// What prepare asks of a plan, and what is said of one that is refused.
#include "autograd/plan.h"

enum { MOST_OUTPUTS = 1 << 20 };

const sg_shape *sg_plan_shape(const sg_plan *plan, int input) { return &plan->inputs[input]->shape; }

int64_t sg_plan_named_dimension(const sg_plan *plan, int64_t dimension) {
  return dimension < 0 || dimension == INT64_MAX ? dimension : dimension + plan->context->index_base;
}

sg_status sg_plan_dimension(const sg_plan *plan, int input, int64_t dimension, int *resolved) {
  const sg_shape *shape = sg_plan_shape(plan, input);
  *resolved = sg_shape_dimension(shape, dimension);
  if (*resolved >= 0) return SG_OK;
  const int base = plan->context->index_base;
  const long long named = sg_plan_named_dimension(plan, dimension);
  const char *name = sg_op_input_port(plan->op, input)->name;
  if (shape->rank == 0) return sg_reject(plan, "dimension %lld is outside of %s, which is a scalar", named, name);
  return sg_reject(plan, "dimension %lld is outside %d..%d and -%d..-1 (%s has shape %s)", named, base,
                   shape->rank - 1 + base, shape->rank, name, sg_shape_text(shape).text);
}

sg_status sg_plan_each(const sg_plan *plan, const char *name, const sg_ints *list, int count, int64_t *values) {
  static const char *const numbers[] = {"none", "one", "two", "three", "four", "five", "six", "seven", "eight"};
  if (list->count != 1 && list->count != count) {
    return sg_reject(plan, "%s has %d values, expected one%s%s", name, list->count, count > 1 ? " or " : "",
                     count > 1 ? numbers[count] : "");
  }
  for (int i = 0; i < count; i++) values[i] = list->value[list->count > 1 ? i : 0];
  return SG_OK;
}

// ---- As many outputs as prepare says ----------------------------------------------------------------

// A block for n outputs and their aliases, shapes and dtypes.
static sg_status make_room(sg_plan *plan, size_t n) {
  const size_t bytes = n * (2 * sizeof(sg_tensor *) + sizeof(sg_shape) + sizeof(sg_dtype));
  sg_tensor **outputs = sg_memory_take(plan->context, bytes);
  if (!outputs) return plan->context->status;
  const sg_shape *shape = plan->output_shape;
  const sg_dtype *dtype = plan->output_dtype;
  plan->many_outputs = outputs;
  plan->many_bytes = bytes;
  plan->output_shape = (sg_shape *)(void *)(outputs + 2 * n);
  plan->output_dtype = (sg_dtype *)(void *)(plan->output_shape + n);
  for (int p = 0; p < plan->output_count; p++) {
    plan->output_shape[p] = shape[p];
    plan->output_dtype[p] = dtype[p];
  }
  return SG_OK;
}

sg_status sg_plan_outputs(sg_plan *plan, int64_t count) {
  const int last = plan->output_count - 1;
  if (!(sg_op_output_port(plan->op, last)->flags & SG_VARIADIC))
    return sg_reject(plan, "its last output is not SG_VARIADIC, and prepare makes several of it");
  if (last != sg_op_output_ports(plan->op) - 1)
    return sg_reject(plan, "prepare says twice how many outputs it has");
  if (!plan->takes_list) return sg_reject(plan, "it gives a list of tensors; apply it with sg_apply_list");
  if (count < 0 || count > MOST_OUTPUTS) {
    return sg_reject(plan, "the result would be %lld tensors, at most %d are possible", (long long)count,
                     MOST_OUTPUTS);
  }
  const int total = last + (int)count;
  if (total > SG_MAX_PORTS && make_room(plan, (size_t)total)) return plan->context->status;
  for (int p = last + 1; p < total; p++) {
    plan->output_shape[p] = plan->output_shape[last];
    plan->output_dtype[p] = plan->output_dtype[last];
  }
  plan->output_count = total;
  return SG_OK;
}

sg_tensor *sg_plan_list(const sg_plan *plan) {
  const sg_shape shape = {1, {plan->output_count}};
  if (sg_scope_reserve(plan->context, (size_t)plan->output_count + 1)) return NULL;
  return sg_make_tensor(plan->context, SG_F64, &shape); // of pointers, which are no longer
}

// ---- Refusals -----------------------------------------------------------------------------------------

sg_status sg_refuse_dtype(const sg_plan *plan, const sg_port *port, sg_dtype given, sg_dtype common) {
  return sg_reject(plan, "%s has dtype %s, the inputs before it have %s; convert one with to()", port->name,
                   sg_dtype_name(given), sg_dtype_name(common));
}

sg_status sg_refuse_undifferentiable(const sg_plan *plan, const sg_port *port, const sg_tensor *input) {
  return sg_reject(plan,
                   "%s %s requires a gradient, and %s has no derivative with respect to %s; give it detached, or "
                   "call in no_grad",
                   port->name, sg_shape_text(&input->shape).text, plan->op->name, port->name);
}

void sg_refuse_other_dtype(const sg_plan *plan, int i, sg_dtype common) {
  sg_reject(plan, "%s has dtype %s, which cannot hold the result's %s", sg_op_input_port(plan->op, i)->name,
            sg_dtype_name(plan->inputs[i]->dtype), sg_dtype_name(common));
}
