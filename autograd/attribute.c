// SPDX-License-Identifier: GPL-3.0-or-later
//
// Checks options against an op's attribute table, so that no op repeats what the table says.
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "autograd/context.h"

// "a number in [0, 1)" and the like.
static sg_text range_text(const sg_attribute *attribute) {
  sg_text result;
  unsigned flags = attribute->flags;
  bool low = flags & (SG_AT_LEAST | SG_ABOVE), high = flags & (SG_AT_MOST | SG_BELOW);
  if (low && high) {
    snprintf(result.text, sizeof result.text, "a value in %c%g, %g%c", flags & SG_ABOVE ? '(' : '[',
             attribute->minimum, attribute->maximum, flags & SG_BELOW ? ')' : ']');
  } else if (low) {
    snprintf(result.text, sizeof result.text, "a value %s %g", flags & SG_ABOVE ? "above" : "of at least",
             attribute->minimum);
  } else if (high) {
    snprintf(result.text, sizeof result.text, "a value %s %g", flags & SG_BELOW ? "below" : "of at most",
             attribute->maximum);
  } else {
    snprintf(result.text, sizeof result.text, "a number");
  }
  return result;
}

static bool in_range(const sg_attribute *attribute, double value) {
  unsigned flags = attribute->flags;
  if (isnan(value)) return false;
  if ((flags & SG_AT_LEAST) && !(value >= attribute->minimum)) return false;
  if ((flags & SG_ABOVE) && !(value > attribute->minimum)) return false;
  if ((flags & SG_AT_MOST) && !(value <= attribute->maximum)) return false;
  if ((flags & SG_BELOW) && !(value < attribute->maximum)) return false;
  return true;
}

static sg_status check_number(sg_context *context, const sg_op *op, const sg_attribute *attribute, double value) {
  if (in_range(attribute, value)) return SG_OK;
  return sg_error(context, SG_INVALID_ARGUMENT, "%s: %s is %g, expected %s", op->name, attribute->name, value,
                  range_text(attribute).text);
}

static sg_status check_ints(sg_context *context, const sg_op *op, const sg_attribute *attribute,
                            const sg_ints *list) {
  if (list->count < 0 || list->count > SG_MAX_RANK) {
    return sg_error(context, SG_INVALID_ARGUMENT, "%s: %s has %d values, at most %d are possible", op->name,
                    attribute->name, list->count, SG_MAX_RANK);
  }
  for (int i = 0; i < list->count; i++) {
    if (check_number(context, op, attribute, (double)list->value[i])) return context->status;
  }
  return SG_OK;
}

static sg_status check_rank(sg_context *context, const sg_op *op, const sg_attribute *attribute,
                            const sg_shape *shape) {
  if (shape->rank >= 0 && shape->rank <= SG_MAX_RANK) return SG_OK;
  return sg_error(context, SG_INVALID_ARGUMENT, "%s: %s has %d dimensions, at most %d are possible", op->name,
                  attribute->name, shape->rank, SG_MAX_RANK);
}

static sg_status check_choice(sg_context *context, const sg_op *op, const sg_attribute *attribute, int choice) {
  for (int i = 0; attribute->choices[i]; i++) {
    if (i == choice) return SG_OK;
  }
  return sg_error(context, SG_INVALID_ARGUMENT, "%s: %s has no choice number %d", op->name, attribute->name,
                  choice);
}

static sg_status check_dtype(sg_context *context, const sg_op *op, const sg_attribute *attribute, sg_dtype dtype) {
  if (dtype >= 1 && dtype <= SG_DTYPES) return SG_OK;
  return sg_error(context, SG_INVALID_ARGUMENT, "%s: %s is no dtype (%d)", op->name, attribute->name, (int)dtype);
}

sg_status sg_attribute_check(sg_context *context, const sg_op *op, const sg_attribute *attribute,
                             const void *value) {
  switch (attribute->type) {
  case SG_ATTRIBUTE_FLOAT:
    return check_number(context, op, attribute, *(const double *)value);
  case SG_ATTRIBUTE_INT:
  case SG_ATTRIBUTE_DIM:
    return check_number(context, op, attribute, (double)*(const int64_t *)value);
  case SG_ATTRIBUTE_INTS:
  case SG_ATTRIBUTE_DIMS:
    return check_ints(context, op, attribute, value);
  case SG_ATTRIBUTE_CHOICE:
    return check_choice(context, op, attribute, *(const int *)value);
  case SG_ATTRIBUTE_DTYPE:
    return check_dtype(context, op, attribute, *(const sg_dtype *)value);
  case SG_ATTRIBUTE_SHAPE:
    return check_rank(context, op, attribute, value); // its extents are the op's to judge
  case SG_ATTRIBUTE_BOOL:
    break;
  }
  return SG_OK;
}

sg_status sg_attributes_check(sg_context *context, const sg_op *op, const void *options) {
  for (const sg_attribute *attribute = sg_op_attributes(op); attribute->name; attribute++) {
    const void *value = (const char *)options + attribute->offset;
    if (sg_attribute_check(context, op, attribute, value)) return context->status;
  }
  return SG_OK;
}
