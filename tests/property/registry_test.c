// SPDX-License-Identifier: GPL-3.0-or-later
//
// Every op says everything a descriptor has to say.
#include <string.h>

#include "tests/support/registry.h"

static bool has_words(const char *text) { return text && strlen(text) >= 3; }

static void check_words(test_case *test) {
  const sg_op *op = test->op;
  if (!has_words(op->summary)) fail_case(test, "has no summary");
  if (!has_words(op->formula)) fail_case(test, "has no formula");
  for (const char *c = op->name; *c; c++) {
    if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789_", *c)) fail_case(test, "its name has a '%c'", *c);
  }
  for (const sg_port *port = sg_op_inputs(op); port->name; port++) {
    if (!has_words(port->doc)) fail_case(test, "input %s has no doc", port->name);
  }
  for (const sg_port *port = sg_op_outputs(op); port->name; port++) {
    if (!has_words(port->doc)) fail_case(test, "output %s has no doc", port->name);
  }
  for (const sg_attribute *attribute = sg_op_attributes(op); attribute->name; attribute++) {
    if (!has_words(attribute->doc)) fail_case(test, "attribute %s has no doc", attribute->name);
  }
}

static void check_hooks(test_case *test) {
  const sg_op *op = test->op;
  if (sg_op_backward(op) && !sg_op_vjp(op))
    fail_case(test, "has a fused derivative and no vjp, so no second derivative");
  if (sg_op_check(test->context, op)) {
    fail_case(test, "is not sound: %s", sg_error_message(test->context));
    sg_error_clear(test->context);
  }
}

static double default_number(const sg_op *op, const sg_attribute *attribute) {
  const char *field = (const char *)sg_op_defaults(op) + attribute->offset;
  if (attribute->type == SG_ATTRIBUTE_FLOAT) return *(const double *)(const void *)field;
  return (double)*(const int64_t *)(const void *)field;
}

static void check_defaults(test_case *test) {
  const sg_op *op = test->op;
  for (const sg_attribute *attribute = sg_op_attributes(op); attribute->name; attribute++) {
    if (!sg_op_defaults(op)) {
      fail_case(test, "has attributes and no defaults");
      return;
    }
    if (attribute->offset >= sg_op_options_bytes(op))
      fail_case(test, "attribute %s lies outside its options", attribute->name);
    if (attribute->flags & SG_REQUIRED) continue;
    if (attribute->type == SG_ATTRIBUTE_CHOICE) {
      int choice = *(const int *)(const void *)((const char *)sg_op_defaults(op) + attribute->offset);
      int count = 0;
      while (attribute->choices && attribute->choices[count]) count++;
      if (choice < 0 || choice >= count) fail_case(test, "attribute %s: the default is no choice", attribute->name);
    }
    if (attribute->type != SG_ATTRIBUTE_FLOAT && attribute->type != SG_ATTRIBUTE_INT) continue;
    double value = default_number(op, attribute);
    if ((attribute->flags & SG_AT_LEAST && !(value >= attribute->minimum)) ||
        (attribute->flags & SG_ABOVE && !(value > attribute->minimum)) ||
        (attribute->flags & SG_AT_MOST && !(value <= attribute->maximum)) ||
        (attribute->flags & SG_BELOW && !(value < attribute->maximum))) {
      fail_case(test, "attribute %s: the default %g is out of its range", attribute->name, value);
    }
  }
}

typedef const sg_sample *sample_list(const sg_op *op, int i);

static int count_samples(test_case *test, sample_list *list, bool bad) {
  int count = 0;
  const sg_sample *sample;
  for (; (sample = list(test->op, count)) != NULL; count++) {
    if (bad != (sample->error != NULL)) fail_case(test, "sample %s is in the wrong list", sample->name);
    for (int other = 0; other < count; other++) {
      if (strcmp(list(test->op, other)->name, sample->name) == 0)
        fail_case(test, "two samples are named %s", sample->name);
    }
  }
  return count;
}

static void check_samples(test_case *test) {
  int good = count_samples(test, sg_op_sample, false);
  if (good < 3) fail_case(test, "has %d samples, expected at least 3", good);
  count_samples(test, sg_op_bad_sample, true);
}

static void check_found(test_case *test) {
  if (sg_op_find(test->context, test->op->name) != test->op) fail_case(test, "is not found by its name");
}

static const property properties[] = {
    {"words", PROPERTY_OF_OP, check_words},       {"hooks", PROPERTY_OF_OP, check_hooks},
    {"defaults", PROPERTY_OF_OP, check_defaults}, {"samples", PROPERTY_OF_OP, check_samples},
    {"found", PROPERTY_OF_OP, check_found},
};

int main(int argc, char **argv) {
  return run_properties(argc, argv, properties, sizeof properties / sizeof *properties);
}
