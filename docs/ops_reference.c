// SPDX-License-Identifier: GPL-3.0-or-later
//
// Writes docs/ops.md to standard output: the manual of every built-in op, from its descriptor, as Lua sees it
// (dimensions count from 1). ./dev docs calls it.
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "ops/ops.h"

// ---- Values of attributes ---------------------------------------------------------------------------

static const char *type_name(sg_attribute_type type) {
  switch (type) {
  case SG_ATTRIBUTE_FLOAT:
  case SG_ATTRIBUTE_NUMBER:
    return "number";
  case SG_ATTRIBUTE_INT:
    return "integer";
  case SG_ATTRIBUTE_BOOL:
    return "boolean";
  case SG_ATTRIBUTE_INTS:
    return "integer or list";
  case SG_ATTRIBUTE_DIM:
    return "dimension";
  case SG_ATTRIBUTE_DIMS:
    return "dimension or list";
  case SG_ATTRIBUTE_SHAPE:
    return "shape";
  case SG_ATTRIBUTE_CHOICE:
    return "string";
  case SG_ATTRIBUTE_DTYPE:
    return "dtype";
  case SG_ATTRIBUTE_STRING:
    return "string";
  case SG_ATTRIBUTE_INT_LIST:
    return "integer or list";
  case SG_ATTRIBUTE_FLOAT_LIST:
    return "number or list";
  }
  return "?";
}

static void print_number(double value) {
  if (isinf(value)) {
    printf(value < 0 ? "-math.huge" : "math.huge");
  } else {
    printf("%.15g", value);
  }
}

// A dimension as Lua counts it.
static int64_t shown_dimension(int64_t dimension) { return dimension < 0 ? dimension : dimension + 1; }

static void print_list(int count, const int64_t *value, bool dimensions) {
  putchar('{');
  for (int i = 0; i < count; i++) {
    printf("%s%" PRId64, i ? ", " : "", dimensions ? shown_dimension(value[i]) : value[i]);
  }
  putchar('}');
}

static void print_numbers(const sg_float_list *list) {
  putchar('{');
  for (int i = 0; i < list->count; i++) {
    if (i) printf(", ");
    print_number(list->value[i]);
  }
  putchar('}');
}

static void print_default(const sg_op *op, const sg_attribute *attribute) {
  const void *value = (const char *)sg_op_defaults(op) + attribute->offset;
  const sg_ints *list = value;
  const sg_shape *shape = value;
  const sg_int_list *integers = value;
  const sg_float_list *numbers = value;
  const sg_number *number = value;
  switch (attribute->type) {
  case SG_ATTRIBUTE_FLOAT:
    print_number(*(const double *)value);
    break;
  case SG_ATTRIBUTE_NUMBER:
    if (number->whole) printf("%" PRId64, number->integer);
    else print_number(number->value);
    break;
  case SG_ATTRIBUTE_INT:
    printf("%" PRId64, *(const int64_t *)value);
    break;
  case SG_ATTRIBUTE_BOOL:
    printf(*(const bool *)value ? "true" : "false");
    break;
  case SG_ATTRIBUTE_INTS:
    print_list(list->count, list->value, false);
    break;
  case SG_ATTRIBUTE_DIM:
    printf("%" PRId64, shown_dimension(*(const int64_t *)value));
    break;
  case SG_ATTRIBUTE_DIMS:
    print_list(list->count, list->value, true);
    break;
  case SG_ATTRIBUTE_SHAPE:
    print_list(shape->rank, shape->size, false);
    break;
  case SG_ATTRIBUTE_CHOICE:
    printf("\"%s\"", attribute->choices[*(const int *)value]);
    break;
  case SG_ATTRIBUTE_DTYPE:
    printf("\"%s\"", sg_dtype_name(*(const sg_dtype *)value));
    break;
  case SG_ATTRIBUTE_STRING:
    printf("\"%s\"", *(const char *const *)value);
    break;
  case SG_ATTRIBUTE_INT_LIST:
    print_list(integers->count, integers->value, false);
    break;
  case SG_ATTRIBUTE_FLOAT_LIST:
    print_numbers(numbers);
    break;
  }
}

// ">= 0", "in [0, 1)", or the choices.
static void print_range(const sg_attribute *attribute) {
  unsigned flags = attribute->flags;
  bool low = flags & (SG_AT_LEAST | SG_ABOVE), high = flags & (SG_AT_MOST | SG_BELOW);
  if (attribute->choices) {
    for (int i = 0; attribute->choices[i]; i++) printf("%s\"%s\"", i ? ", " : "", attribute->choices[i]);
  } else if (low && high) {
    printf("in %c%g, %g%c", flags & SG_ABOVE ? '(' : '[', attribute->minimum, attribute->maximum,
           flags & SG_BELOW ? ')' : ']');
  } else if (low) {
    printf("%s %g", flags & SG_ABOVE ? ">" : ">=", attribute->minimum);
  } else if (high) {
    printf("%s %g", flags & SG_BELOW ? "<" : "<=", attribute->maximum);
  }
}

// ---- One op -----------------------------------------------------------------------------------------

// A word of Lua's own is no name behind a dot: sg["repeat"].
static bool is_word_of_lua(const char *name) {
  static const char *const words[] = {"and", "break", "do", "else", "elseif", "end", "false", "for", "function",
                                      "goto", "if", "in", "local", "nil", "not", "or", "repeat", "return", "then",
                                      "true", "until", "while"};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (strcmp(name, words[i]) == 0) return true;
  return false;
}

static void print_signature(const sg_op *op) {
  const char *separator = "";
  printf("    ");
  for (const sg_port *port = sg_op_outputs(op); port->name; port++) {
    if (port->flags & SG_HIDDEN) continue;
    printf(port->flags & SG_VARIADIC ? "%s{%s, ...}" : "%s%s", separator, port->name);
    separator = ", ";
  }
  printf(is_word_of_lua(op->name) ? " = sg[\"%s\"](" : " = sg.%s(", op->name);
  separator = "";
  for (const sg_port *port = sg_op_inputs(op); port->name; port++) {
    printf(port->flags & SG_VARIADIC ? "%s{%s, ...}" : "%s%s", separator, port->name);
    separator = ", ";
  }
  if (sg_op_attributes(op)[0].name) printf("%s{", separator);
  for (const sg_attribute *attribute = sg_op_attributes(op); attribute->name; attribute++) {
    printf("%s%s = ", attribute == sg_op_attributes(op) ? "" : ", ", attribute->name);
    if (attribute->flags & SG_REQUIRED) {
      printf("...");
    } else {
      print_default(op, attribute);
    }
  }
  printf(sg_op_attributes(op)[0].name ? "})\n\n" : ")\n\n");
}

// Text inside a table, where | would end a cell.
static void print_cell(const char *text) {
  for (; text && *text; text++) {
    if (*text == '|') putchar('\\');
    putchar(*text);
  }
}

static void print_port(const char *role, const sg_port *port) {
  printf("| %s | `%s` | ", role, port->name);
  const char *words[5];
  int count = 0;
  if (port->flags & SG_INDEX) words[count++] = "i64, counted from 1";
  if (port->flags & SG_ANY_DTYPE) words[count++] = "any dtype";
  if (port->flags & SG_OPTIONAL) words[count++] = "optional";
  if (port->flags & SG_SELF) words[count++] = "x in the method";
  if (port->flags & SG_STEP) words[count++] = "derivative 0";
  if (port->flags & SG_UNDIFFERENTIABLE) words[count++] = "no derivative";
  for (int i = 0; i < count; i++) printf("%s%s", i ? ", " : "", words[i]);
  if (count && port->doc) printf(": ");
  print_cell(port->doc);
  printf(" |\n");
}

static void print_attribute(const sg_attribute *attribute) {
  printf("| option | `%s` | %s", attribute->name, type_name(attribute->type));
  bool ranged = attribute->flags & (SG_AT_LEAST | SG_ABOVE | SG_AT_MOST | SG_BELOW);
  if (ranged || attribute->choices) putchar(' ');
  print_range(attribute);
  if (attribute->flags & SG_REQUIRED) printf(", required");
  if (attribute->doc) printf(": ");
  print_cell(attribute->doc);
  printf(" |\n");
}

static const char *derivatives(const sg_op *op) {
  if (sg_op_compose(op) && sg_op_is_differentiable(op)) return "Derivatives: of every order, those of its parts.";
  if (!sg_op_vjp(op)) return sg_op_backward(op) ? "Derivatives: the first only." : "Derivatives: none.";
  return sg_op_backward(op) ? "Derivatives: of every order, the first one fused." : "Derivatives: of every order.";
}

static void print_op(const sg_op *op) {
  printf("## %s\n\n%s\n\n", op->name, op->summary);
  if (op->formula) printf("```text\n%s\n```\n\n", op->formula);
  print_signature(op);
  printf("| | | |\n| --- | --- | --- |\n");
  for (const sg_port *port = sg_op_inputs(op); port->name; port++) print_port("input", port);
  for (const sg_attribute *attribute = sg_op_attributes(op); attribute->name; attribute++)
    print_attribute(attribute);
  for (const sg_port *port = sg_op_outputs(op); port->name; port++) {
    if (!(port->flags & SG_HIDDEN) || port->flags & SG_OPTIONAL) print_port("result", port);
  }
  printf("\n%s", derivatives(op));
  if (op->reference && *op->reference) {
    printf(" Reference: %s%s", op->reference, op->reference[strlen(op->reference) - 1] == '.' ? "" : ".");
  }
  printf("\n\n");
}

int main(void) {
  const sg_op *const *ops = sg_builtin_ops();
  printf(
      "<!-- SPDX-License-Identifier: GPL-3.0-or-later -->\n"
      "<!-- Written by ./dev docs from the descriptors of the ops. -->\n"
      "# Every op\n\n"
      "Tensors come first, options may follow by position or in a table at the end. Every op is also a method of\n"
      "its first tensor. Dimensions, indices and labels count from 1, dimensions also from the end: -1 is the\n"
      "last one. Where the second tensor holds positions along a dimension, this may stand before it, as in\n"
      "PyTorch: x:gather(dim, index).\n\n"
      "| op | |\n| --- | --- |\n");
  for (const sg_op *const *op = ops; *op; op++) {
    printf("| [%s](#%s) | ", (*op)->name, (*op)->name);
    print_cell((*op)->summary);
    printf(" |\n");
  }
  printf("\n");
  for (const sg_op *const *op = ops; *op; op++) print_op(*op);
  return 0;
}
