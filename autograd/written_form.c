// SPDX-License-Identifier: GPL-3.0-or-later
//
// The op x = f(x, ...) that writes, made from the op y = f(x, ...) that does not, where f goes element by element.
// It has the hooks of the other one and its own name and output; what writing takes, apply.c sees to.
#include <string.h>

#include "autograd/context.h"

struct sg_written_form {
  sg_op op;
  const sg_op *of;
  sg_written_form *next;
  size_t block_bytes;
  sg_port outputs[2];
  char name[]; // with a _ behind it
};

// Every element of the one result comes from those in the same place, which are read before it is written.
static bool works_by_element(const sg_op *op) {
  const sg_port *input = sg_op_inputs(op), *output = sg_op_outputs(op);
  const unsigned other = SG_WRITTEN | SG_ANY_DTYPE | SG_INDEX | SG_VARIADIC;
  if (!input->name || !sg_op_forward(op) || output[1].name || output->flags & other) return false;
  while (input->name && input->flags & SG_SAME_PLACE) input++;
  return !input->name;
}

static const char *name_of_self(const sg_op *op) {
  const sg_port *input = sg_op_inputs(op);
  while (input->name && !(input->flags & SG_SELF)) input++;
  return input->name ? input->name : sg_op_inputs(op)->name;
}

static sg_op writing(const sg_op *op, const char *name, const sg_port *outputs) {
  return (sg_op){.name = name,
                 .summary = op->summary,
                 .formula = op->formula,
                 .reference = op->reference,
                 .member = op->member,
                 .inputs = sg_op_inputs(op),
                 .outputs = outputs,
                 .attributes = sg_op_attributes(op),
                 .options_bytes = sg_op_options_bytes(op),
                 .defaults = sg_op_defaults(op),
                 .plan_bytes = sg_op_plan_bytes(op),
                 .prepare = sg_op_prepare(op),
                 .check = sg_op_check_values(op),
                 .forward = sg_op_forward(op)};
}

static sg_written_form *make_form(sg_context *context, const sg_op *op) {
  const size_t length = strlen(op->name), bytes = sizeof(sg_written_form) + length + 2;
  sg_written_form *form = sg_memory_take(context, bytes);
  if (!form) return NULL;
  *form = (sg_written_form){.of = op,
                            .next = context->written_forms,
                            .block_bytes = bytes,
                            .outputs = {{name_of_self(op), SG_WRITTEN, "itself"}, {NULL, 0, NULL}}};
  memcpy(form->name, op->name, length);
  memcpy(form->name + length, "_", 2);
  form->op = writing(op, form->name, form->outputs);
  return context->written_forms = form;
}

const sg_op *sg_op_written_form(sg_context *context, const sg_op *op) {
  if (context->status || !works_by_element(op)) return NULL;
  sg_written_form *form = context->written_forms;
  while (form && form->of != op) form = form->next;
  if (!form) form = make_form(context, op);
  return form ? &form->op : NULL;
}

void sg_written_forms_close(sg_context *context) {
  while (context->written_forms) {
    sg_written_form *form = context->written_forms;
    context->written_forms = form->next;
    sg_memory_give(context, form, form->block_bytes);
  }
}
