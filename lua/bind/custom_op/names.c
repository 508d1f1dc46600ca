// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the arguments and results of custom ops are called in messages.
#include "lua/bind/custom_op/context.h"
#include <stdio.h>

static sg_text name_or_number(const char *name, const char *kind, int position) {
  sg_text text;
  if (name != NULL) snprintf(text.text, sizeof text.text, "%s", name);
  else snprintf(text.text, sizeof text.text, "%s %d", kind, position + 1);
  return text;
}

sg_text custom_argument_name(const custom_op *op, int position) {
  bool named = position < op->input_count && position < SG_MAX_PORTS - 1;
  return name_or_number(named ? op->op.inputs[position].name : NULL, "argument", position);
}

sg_text custom_result_name(const custom_op *op, int position) {
  return name_or_number(op->output_count >= 0 ? op->op.outputs[position].name : NULL, "result", position);
}

sg_text custom_value_name(const void *options, bool output, int position) {
  const custom_context *ctx = *(custom_context *const *)options;
  if (output) return custom_result_name(ctx->op, position);
  if (position < ctx->argument_count) return custom_argument_name(ctx->op, position);
  int k = 0;
  while (k < ctx->saved_count && ctx->saved[k].place != position + 1) k++;
  return name_or_number(NULL, "saved value", k);
}
