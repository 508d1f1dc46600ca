// SPDX-License-Identifier: GPL-3.0-or-later
//
// Checks options against an op's attribute table, so that no op repeats what the table says.
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "autograd/context.h"

enum { LONGEST_LIST = 1 << 20, RANGED = SG_AT_LEAST | SG_ABOVE | SG_AT_MOST | SG_BELOW };

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
  const double shown = isnan(value) ? fabs(value) : value; // the sign of a NaN means nothing
  return sg_error(context, SG_INVALID_ARGUMENT, "%s: %s is %g, expected %s", op->name, attribute->name, shown,
                  range_text(attribute).text);
}

static sg_status check_ints(sg_context *context, const sg_op *op, const sg_attribute *attribute,
                            const sg_ints *list) {
  const int word = attribute->choices ? sg_ints_word(list) : -1;
  for (int i = 0; word >= 0 && attribute->choices[i]; i++)
    if (i == word) return SG_OK;
  if (list->count < 0 || list->count > SG_MAX_RANK) {
    return sg_error(context, SG_INVALID_ARGUMENT, "%s: %s has %d values, at most %d are possible", op->name,
                    attribute->name, list->count, SG_MAX_RANK);
  }
  for (int i = 0; attribute->flags & RANGED && i < list->count; i++) {
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

static sg_status check_string(sg_context *context, const sg_op *op, const sg_attribute *attribute,
                              const char *text) {
  if (!text) return sg_error(context, SG_INVALID_ARGUMENT, "%s: %s is missing", op->name, attribute->name);
  if (!attribute->choices) return SG_OK;
  char known[160];
  size_t length = 0;
  for (int i = 0; attribute->choices[i]; i++) {
    if (strcmp(attribute->choices[i], text) == 0) return SG_OK;
    int more = snprintf(known + length, sizeof known - length, "%s%s", i ? ", " : "", attribute->choices[i]);
    if (more > 0 && length + (size_t)more < sizeof known) length += (size_t)more;
  }
  return sg_error(context, SG_INVALID_ARGUMENT, "%s: %s is '%.80s', expected one of %s", op->name, attribute->name,
                  text, known);
}

static sg_status check_length(sg_context *context, const sg_op *op, const sg_attribute *attribute, int count,
                              const void *values) {
  if (count >= 0 && count <= LONGEST_LIST && (values || count == 0)) return SG_OK;
  return sg_error(context, SG_INVALID_ARGUMENT, "%s: %s has %d values%s, at most %d are possible", op->name,
                  attribute->name, count, values ? "" : " at NULL", LONGEST_LIST);
}

static sg_status check_int_list(sg_context *context, const sg_op *op, const sg_attribute *attribute,
                                const sg_int_list *list) {
  if (check_length(context, op, attribute, list->count, list->value)) return context->status;
  for (int i = 0; i < list->count; i++) {
    if (check_number(context, op, attribute, (double)list->value[i])) return context->status;
  }
  return SG_OK;
}

static sg_status check_float_list(sg_context *context, const sg_op *op, const sg_attribute *attribute,
                                  const sg_float_list *list) {
  if (check_length(context, op, attribute, list->count, list->value)) return context->status;
  for (int i = 0; i < list->count; i++) {
    if (check_number(context, op, attribute, list->value[i])) return context->status;
  }
  return SG_OK;
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
  case SG_ATTRIBUTE_STRING:
    return check_string(context, op, attribute, *(const char *const *)value);
  case SG_ATTRIBUTE_INT_LIST:
    return check_int_list(context, op, attribute, value);
  case SG_ATTRIBUTE_FLOAT_LIST:
    return check_float_list(context, op, attribute, value);
  case SG_ATTRIBUTE_NUMBER: // NaN is one, where no range is asked for
    if (!(attribute->flags & RANGED)) break;
    return check_number(context, op, attribute, ((const sg_number *)value)->value);
  case SG_ATTRIBUTE_BOOL:
    break;
  }
  return SG_OK;
}

// ---- Strings and lists, which lie outside of the options ---------------------------------------------

// Where the pointer to it is in the field, NULL for a type that has none; and how much there is.
static const void **outside(const sg_attribute *attribute, void *field, size_t *bytes) {
  sg_int_list *integers = field;
  sg_float_list *numbers = field;
  switch (attribute->type) {
  case SG_ATTRIBUTE_STRING:
    *bytes = strlen(*(const char **)field) + 1;
    return field;
  case SG_ATTRIBUTE_INT_LIST:
    *bytes = (size_t)integers->count * sizeof *integers->value;
    return (const void **)(void *)&integers->value;
  case SG_ATTRIBUTE_FLOAT_LIST:
    *bytes = (size_t)numbers->count * sizeof *numbers->value;
    return (const void **)(void *)&numbers->value;
  default:
    return NULL;
  }
}

static size_t rounded(size_t bytes) { return (bytes + 7) / 8 * 8; }

sg_status sg_attributes_check(sg_context *context, const sg_op *op, const void *options, size_t *outside_bytes) {
  *outside_bytes = 0;
  for (const sg_attribute *attribute = sg_op_attributes(op); attribute->name; attribute++) {
    void *value = (char *)options + attribute->offset; // read only, here
    if (sg_attribute_check(context, op, attribute, value)) return context->status;
    size_t bytes;
    if (attribute->type >= SG_ATTRIBUTE_STRING && outside(attribute, value, &bytes))
      *outside_bytes += rounded(bytes);
  }
  return SG_OK;
}

void sg_attributes_keep(const sg_op *op, void *options, void *memory) {
  char *next = memory;
  for (const sg_attribute *attribute = sg_op_attributes(op); attribute->name; attribute++) {
    size_t bytes;
    const void **pointer = outside(attribute, (char *)options + attribute->offset, &bytes);
    if (!pointer) continue;
    if (bytes) memcpy(next, *pointer, bytes);
    *pointer = next;
    next += rounded(bytes);
  }
}
