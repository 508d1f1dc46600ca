// SPDX-License-Identifier: GPL-3.0-or-later
//
// The check of one application of a registered op.
#include "autograd/gradcheck/check.h"

sg_status sg_gradcheck_op(sg_context *c, const sg_op *op, const void *op_options, int input_count,
                          sg_tensor *const *inputs, const sg_gradcheck_options *options,
                          sg_gradcheck_report **report) {
  *report = NULL;
  if (sg_error_status(c) != SG_OK) return sg_error_status(c);
  if (input_count < 1 || input_count > SG_GRADCHECK_MAX_INPUTS)
    return sg_error(c, SG_INVALID_ARGUMENT, "gradcheck: got %d inputs, expected 1 to %d", input_count,
                    SG_GRADCHECK_MAX_INPUTS);
  const sg_gradcheck_options *given = options ? options : &(const sg_gradcheck_options){0};
  sg_gradcheck_options o = *given;
  op_function function = {.op = op, .options = op_options, .argument_count = input_count};
  sg_tensor *present[SG_GRADCHECK_MAX_INPUTS], *skip[SG_GRADCHECK_MAX_INPUTS];
  const char *names[SG_GRADCHECK_MAX_INPUTS];
  bool check[SG_GRADCHECK_MAX_INPUTS];
  int count = 0;
  for (int a = 0; a < input_count; a++) {
    function.position[a] = inputs[a] ? count : -1;
    if (!inputs[a]) continue;
    const sg_port *port = sg_op_input_port(op, a);
    names[count] = given->names && given->names[a] ? given->names[a] : port->name;
    check[count] = given->check ? given->check[a] : sg_tensor_requires_grad(inputs[a]);
    if (check[count] && !sg_port_is_differentiable(port)) {
      if (given->check)
        return sg_error(c, SG_INVALID_ARGUMENT,
                        "gradcheck: %s cannot be checked: %s has no derivative in it by its declaration",
                        port->name, op->name);
      check[count] = false; // with a note
    }
    skip[count] = given->skip ? given->skip[a] : NULL;
    present[count++] = inputs[a];
  }
  o.names = names;
  o.check = check;
  o.skip = given->skip ? skip : NULL;
  return gradcheck_run(c, op_function_call, &function, &function, count, present, &o, report);
}
