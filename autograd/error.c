// SPDX-License-Identifier: GPL-3.0-or-later
//
// Sticky errors. The message lives in a fixed buffer of the context: reporting a failure allocates nothing.
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "autograd/context.h"

sg_status sg_error_status(const sg_context *context) { return context->status; }

const char *sg_error_message(const sg_context *context) { return context->status ? context->message : ""; }

void sg_error_clear(sg_context *context) {
  context->status = SG_OK;
  context->message[0] = 0;
}

sg_status sg_error(sg_context *context, sg_status status, const char *format, ...) {
  if (context->status) return context->status;
  context->status = status ? status : SG_INVALID_STATE;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(context->message, sizeof context->message, format, arguments);
  va_end(arguments);
  return context->status;
}

void sg_error_prefix(sg_context *context, const char *format, ...) {
  if (!context->status) return;
  char prefix[256];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(prefix, sizeof prefix, format, arguments);
  va_end(arguments);
  size_t length = strlen(prefix), kept = strlen(context->message);
  if (strncmp(context->message, prefix, length) == 0) return;
  if (kept > sizeof context->message - 1 - length) kept = sizeof context->message - 1 - length;
  memmove(context->message + length, context->message, kept);
  memcpy(context->message, prefix, length);
  context->message[length + kept] = 0;
}

static sg_status refuse(sg_context *context, const sg_op *op, const char *format, va_list arguments) {
  if (context->status) return context->status;
  char text[SG_MESSAGE_BYTES];
  vsnprintf(text, sizeof text, format, arguments);
  return sg_error(context, SG_INVALID_ARGUMENT, "%s: %s", op->name, text);
}

sg_status sg_reject(const sg_plan *plan, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  sg_status status = refuse(plan->context, plan->op, format, arguments);
  va_end(arguments);
  return status;
}

sg_status sg_refuse(const sg_call *call, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  sg_status status = refuse(call->context, call->op, format, arguments);
  va_end(arguments);
  return status;
}
