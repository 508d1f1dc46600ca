// SPDX-License-Identifier: GPL-3.0-or-later
//
// A program in C that embeds the installed engine: loads a plugin and differentiates through one of its ops.
#include <selenograd.h>
#include <stdio.h>

int main(int argc, char **argv) {
  sg_context *c = sg_open(&(sg_config){.ops = sg_builtin_ops(), .threads = 1});
  if (argc < 2 || sg_load_ops(c, argv[1]) || sg_load_ops(c, argv[1])) {
    fprintf(stderr, "%s\n", sg_error_message(c));
    return 1;
  }
  sg_tensor *x = sg_tensor_full(c, SG_F64, &(sg_shape){1, {3}}, 0);
  sg_tensor_set_requires_grad(x, true);
  sg_tensor *y = sg_apply_one(c, sg_op_find(c, "swish"), 1, &x, NULL);
  sg_backward(c, sg_sum(c, y, NULL), NULL, NULL);
  if (sg_error_status(c))
    fprintf(stderr, "%s\n", sg_error_message(c));
  else
    printf("the slope of swish at 0 is %g\n", sg_tensor_value(sg_tensor_grad(x), 2));
  sg_close(c);
  return 0;
}
