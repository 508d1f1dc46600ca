// SPDX-License-Identifier: GPL-3.0-or-later
//
// Whether a descriptor is sound: everything that the engine and the binding take for granted later. Descriptors
// come from plugins too, so what is wrong is an error with a name, not a crash.
#include <string.h>

#include "autograd/context.h"

enum { LONGEST_NAME = 60 };

static bool is_letter(char c) { return (unsigned char)((c | 0x20) - 'a') < 26; } // of ASCII

// Letters, digits and _, a letter first, no _ last: NAME_ is the form that writes in place.
static bool is_name(const char *name, bool in_place) {
  if (!is_letter(name[0])) return false;
  const char *end = name;
  while (is_letter(*end) || (*end >= '0' && *end <= '9') || *end == '_') end++;
  return !*end && end - name <= LONGEST_NAME && (end[-1] != '_' || (in_place && end[-2] != '_'));
}

// ---- Ports --------------------------------------------------------------------------------------

typedef struct port_list {
  const char *kind; // "input" or "output"
  const sg_port *ports;
  unsigned flags; // that a port of the kind may have
  bool is_output;
} port_list;

// The option that says whether an output is wanted: a boolean, return_NAME.
static const sg_attribute *asking_attribute(const sg_op *op, const sg_port *port) {
  static const char prefix[] = "return_";
  for (const sg_attribute *a = sg_op_attributes(op); a->name; a++) {
    if (a->type == SG_ATTRIBUTE_BOOL && strncmp(a->name, prefix, sizeof prefix - 1) == 0 &&
        strcmp(a->name + sizeof prefix - 1, port->name) == 0)
      return a;
  }
  return NULL;
}

bool sg_op_output_is_returned(const sg_op *op, int p, const void *options) {
  const sg_port *port = sg_op_output_port(op, p);
  if (!(port->flags & SG_HIDDEN)) return true;
  const sg_attribute *asking = port->flags & SG_OPTIONAL ? asking_attribute(op, port) : NULL;
  return asking && *(const bool *)((const char *)(options ? options : sg_op_defaults(op)) + asking->offset);
}

static const char *optional_output_problem(const sg_op *op, const sg_port *port) {
  if (!(port->flags & SG_HIDDEN)) return "has flags that do not go with it";
  if (!asking_attribute(op, port)) return "is SG_OPTIONAL, and no boolean option return_... has its name";
  return sg_port_is_differentiable(port) ? "is SG_OPTIONAL, and neither a step nor positions" : NULL;
}

static sg_status check_port(sg_context *context, const sg_op *op, const port_list *list, int p) {
  const sg_port *port = &list->ports[p];
  const char *problem = NULL;
  const unsigned no_gradient = port->flags & (SG_STEP | SG_UNDIFFERENTIABLE);
  if (!is_name(port->name, false)) problem = "is not a name: letters, digits and _, a letter first";
  if (port->flags & ~list->flags) problem = "has flags that do not go with it";
  if (port->flags & SG_VARIADIC && list->ports[p + 1].name) problem = "repeats and is not the last";
  if (port->flags & SG_SELF && port->flags & SG_VARIADIC) problem = "is SG_SELF and repeats";
  if (port->flags & SG_HIDDEN && port->flags & SG_VARIADIC) problem = "is SG_HIDDEN and repeats";
  if (list->is_output && port->flags & SG_WRITTEN) {
    if (sg_op_written_input(op, p) < 0) problem = "is SG_WRITTEN and no input has its name";
    if (p > 0 && !(list->ports[p - 1].flags & SG_WRITTEN)) problem = "is SG_WRITTEN behind one that is not";
    if (sg_op_save_outputs(op) >> p & 1) problem = "is SG_WRITTEN and saved";
    if (port->flags & SG_VARIADIC) problem = "is SG_WRITTEN and repeats";
  }
  if (list->is_output && port->flags & SG_OPTIONAL && !problem) problem = optional_output_problem(op, port);
  if (port->flags & SG_UNCONVERTED && !(port->flags & SG_NUMERIC)) problem = "is SG_UNCONVERTED and not SG_NUMERIC";
  if (port->flags & SG_BOOL_TOO && port->flags & (SG_NUMERIC | SG_ANY_DTYPE | SG_INDEX))
    problem = "is SG_BOOL_TOO and takes other dtypes as well";
  if (port->flags & SG_FLOATING_TOO && !(port->flags & SG_INDEX)) problem = "is SG_FLOATING_TOO and not SG_INDEX";
  if (no_gradient == (SG_STEP | SG_UNDIFFERENTIABLE)) problem = "is a step or undifferentiable, not both";
  if (list->is_output && no_gradient == SG_UNDIFFERENTIABLE) {
    if (!(port->flags & SG_HIDDEN)) {
      problem = "is visible and SG_UNDIFFERENTIABLE, so a gradient through it would be lost; write its derivative, "
                "or mark it SG_STEP if that is zero, SG_INDEX if it holds positions";
    } else if (!sg_op_backward(op) && sg_op_save_outputs(op) >> p & 1) {
      problem = "is SG_UNDIFFERENTIABLE and saved, and there is no backward; vjp cannot read it";
    }
  }
  for (int other = 0; other < p && !problem; other++) {
    if (strcmp(list->ports[other].name, port->name) == 0) problem = "is there twice";
    if (list->ports[other].flags & port->flags & SG_SELF) problem = "is SG_SELF, and so is one before it";
  }
  if (!problem) return SG_OK;
  return sg_error(context, SG_INVALID_ARGUMENT, "op %s: %s '%s' %s", op->name, list->kind, port->name, problem);
}

static sg_status check_ports(sg_context *context, const sg_op *op, const port_list *list, int *count) {
  for (*count = 0; list->ports[*count].name; ++*count) {
    if (*count < SG_MAX_PORTS) continue;
    return sg_error(context, SG_INVALID_ARGUMENT, "op %s: more than %d %ss, or no end of their list", op->name,
                    SG_MAX_PORTS, list->kind);
  }
  for (int p = 0; p < *count; p++) {
    if (check_port(context, op, list, p)) return context->status;
  }
  return SG_OK;
}

static bool has_visible_output(const sg_op *op) {
  for (const sg_port *port = sg_op_outputs(op); port->name; port++) {
    if (!(port->flags & SG_HIDDEN)) return true;
  }
  return false;
}

// ---- What members leave to their family ------------------------------------------------------------

const sg_port sg_no_ports[1] = {{NULL, 0, NULL}};
const sg_attribute sg_no_attributes[1] = {{.name = NULL}};

int sg_op_input_ports(const sg_op *op) {
  const sg_port *ports = sg_op_inputs(op);
  int count = 0;
  while (ports[count].name) count++;
  return count;
}

int sg_op_output_ports(const sg_op *op) {
  const sg_port *ports = sg_op_outputs(op);
  int count = 0;
  while (ports[count].name) count++;
  return count;
}

int sg_op_written_input(const sg_op *op, int output) {
  const sg_port *port = sg_op_output_port(op, output), *inputs = sg_op_inputs(op);
  if (!(port->flags & SG_WRITTEN)) return -1;
  for (int i = 0; inputs[i].name; i++) { // the same literal, as a rule
    if (inputs[i].name == port->name) return i;
  }
  for (int i = 0; inputs[i].name; i++) {
    if (strcmp(inputs[i].name, port->name) == 0) return i;
  }
  return -1;
}

static const sg_sample *sample_of(const sg_sample *own, const sg_sample *common, int i) {
  for (; own && own->name; own++, i--) {
    if (i == 0) return own;
  }
  for (; common && common->name; common++, i--) {
    if (i == 0) return common;
  }
  return NULL;
}

const sg_sample *sg_op_sample(const sg_op *op, int i) {
  return sample_of(op->samples, op->family ? op->family->samples : NULL, i);
}

const sg_sample *sg_op_bad_sample(const sg_op *op, int i) {
  return sample_of(op->bad_samples, op->family ? op->family->bad_samples : NULL, i);
}

// ---- Attributes ---------------------------------------------------------------------------------

static const struct {
  size_t bytes, alignment;
} field_layouts[] = {
    [SG_ATTRIBUTE_FLOAT] = {sizeof(double), _Alignof(double)},
    [SG_ATTRIBUTE_INT] = {sizeof(int64_t), _Alignof(int64_t)},
    [SG_ATTRIBUTE_BOOL] = {sizeof(bool), _Alignof(bool)},
    [SG_ATTRIBUTE_INTS] = {sizeof(sg_ints), _Alignof(sg_ints)},
    [SG_ATTRIBUTE_DIM] = {sizeof(int64_t), _Alignof(int64_t)},
    [SG_ATTRIBUTE_DIMS] = {sizeof(sg_ints), _Alignof(sg_ints)},
    [SG_ATTRIBUTE_SHAPE] = {sizeof(sg_shape), _Alignof(sg_shape)},
    [SG_ATTRIBUTE_CHOICE] = {sizeof(int), _Alignof(int)},
    [SG_ATTRIBUTE_DTYPE] = {sizeof(sg_dtype), _Alignof(sg_dtype)},
    [SG_ATTRIBUTE_STRING] = {sizeof(const char *), _Alignof(const char *)},
    [SG_ATTRIBUTE_INT_LIST] = {sizeof(sg_int_list), _Alignof(sg_int_list)},
    [SG_ATTRIBUTE_NUMBER] = {sizeof(sg_number), _Alignof(sg_number)},
    [SG_ATTRIBUTE_FLOAT_LIST] = {sizeof(sg_float_list), _Alignof(sg_float_list)},
};

// An option and an input may both be given by name.
static bool is_taken(const sg_op *op, const sg_attribute *attribute) {
  for (const sg_attribute *other = sg_op_attributes(op); other < attribute; other++) {
    if (strcmp(other->name, attribute->name) == 0) return true;
  }
  for (const sg_port *port = sg_op_inputs(op); port->name; port++) {
    if (strcmp(port->name, attribute->name) == 0) return true;
  }
  return false;
}

static const char *attribute_problem(const sg_op *op, const sg_attribute *attribute) {
  if (!is_name(attribute->name, false)) return "is not a name: letters, digits and _, a letter first";
  if (is_taken(op, attribute)) return "has the name of another attribute or of an input";
  size_t type = (size_t)attribute->type;
  if (type >= sizeof field_layouts / sizeof *field_layouts) return "has a type that does not exist";
  if (attribute->offset > sg_op_options_bytes(op) ||
      sg_op_options_bytes(op) - attribute->offset < field_layouts[type].bytes) {
    return "lies outside the options, which end at options_bytes";
  }
  if (attribute->offset % field_layouts[type].alignment != 0) return "is not aligned in the options";
  if (attribute->type == SG_ATTRIBUTE_CHOICE && (!attribute->choices || !attribute->choices[0])) {
    return "has no choices";
  }
  if (attribute->type == SG_ATTRIBUTE_STRING && attribute->choices && !attribute->choices[0])
    return "has a list of choices and none in it";
  if (attribute->flags & SG_UNLESS_ALONE && !attribute[1].name)
    return "is left out where it stands alone, and no attribute follows";
  return NULL;
}

static sg_status check_default(sg_context *context, const sg_op *op, const sg_attribute *attribute) {
  if (attribute->flags & SG_REQUIRED) return SG_OK;
  if (!sg_attribute_check(context, op, attribute, (const char *)sg_op_defaults(op) + attribute->offset))
    return SG_OK;
  sg_error_prefix(context, "op %s: a default is refused: ", op->name);
  return context->status;
}

static sg_status check_attributes(sg_context *context, const sg_op *op) {
  if (sg_op_options_bytes(op) && !sg_op_defaults(op)) {
    return sg_error(context, SG_INVALID_ARGUMENT, "op %s: it has options and no defaults", op->name);
  }
  int count = 0;
  while (count <= SG_MAX_ATTRIBUTES && sg_op_attributes(op)[count].name) count++;
  if (count > SG_MAX_ATTRIBUTES) {
    return sg_error(context, SG_INVALID_ARGUMENT, "op %s: more than %d attributes, or no end of their list",
                    op->name, SG_MAX_ATTRIBUTES);
  }
  for (const sg_attribute *attribute = sg_op_attributes(op); attribute->name; attribute++) {
    const char *problem = attribute_problem(op, attribute);
    if (problem) {
      return sg_error(context, SG_INVALID_ARGUMENT, "op %s: attribute '%s' %s", op->name, attribute->name, problem);
    }
    if (check_default(context, op, attribute)) return context->status;
  }
  return SG_OK;
}

// ---- The whole ----------------------------------------------------------------------------------

// An op without a derivative says so: its visible outputs are steps or indices, or all its inputs refuse gradients.
static bool hides_missing_derivative(const sg_op *op) {
  if (sg_op_vjp(op) || sg_op_backward(op) || sg_op_compose(op)) return false;
  bool accepts_gradients = false, differentiable_output = false;
  for (const sg_port *port = sg_op_inputs(op); port->name; port++) {
    accepts_gradients |= !(port->flags & (SG_INDEX | SG_UNDIFFERENTIABLE)) || port->flags & SG_FLOATING_TOO;
  }
  for (const sg_port *port = sg_op_outputs(op); port->name; port++) {
    differentiable_output |= sg_port_is_differentiable(port) && !(port->flags & SG_HIDDEN);
  }
  return accepts_gradients && differentiable_output;
}

static const char *op_problem(const sg_op *op, int inputs, int outputs) {
  if (op->family && op->family->family) return "its family has a family";
  if (sg_op_plan_bytes(op) > SG_MAX_PLAN_BYTES) return "its plan is too large; SG_MAX_PLAN_BYTES is the limit";
  if (sg_op_compose(op)) {
    if (sg_op_forward(op) || sg_op_backward(op) || sg_op_vjp(op)) return "it is a composition, and has other hooks";
    if (sg_op_save_inputs(op) || sg_op_save_outputs(op)) return "it is a composition, which saves nothing itself";
    if (sg_op_writes(op)) return "it is a composition, which writes nothing itself";
  } else {
    if (!sg_op_prepare(op)) return "it has no prepare";
    if (!sg_op_forward(op) && !sg_op_vjp(op)) return "it has no forward";
  }
  if (sg_op_verify(op) && (!sg_op_forward(op) || sg_op_writes(op)))
    return "it has verify, which goes with a forward that writes no input";
  if (outputs == 0) return "it has no outputs";
  if (!has_visible_output(op)) return "all its outputs are hidden";
  if (sg_op_save_inputs(op) >> inputs || sg_op_save_outputs(op) >> outputs)
    return "it saves a port that it does not have";
  if (sg_op_part(op) && (!sg_op_vjp(op) || inputs != 1 || outputs != 1))
    return "it takes a part, which goes with a vjp, one input and one output";
  if (hides_missing_derivative(op)) {
    return "it has neither vjp nor backward; an op without a derivative marks its inputs SG_UNDIFFERENTIABLE, "
           "a step function its outputs SG_STEP, and SG_INDEX where they are positions";
  }
  return NULL;
}

sg_status sg_op_check(sg_context *context, const sg_op *op) {
  static const unsigned input_flags = SG_OPTIONAL | SG_INDEX | SG_STEP | SG_UNDIFFERENTIABLE | SG_VARIADIC |
                                      SG_ANY_DTYPE | SG_SELF | SG_NUMERIC | SG_SAME_PLACE | SG_UNCONVERTED |
                                      SG_BOOL_TOO | SG_FLOATING_TOO;
  static const unsigned output_flags = SG_OPTIONAL | SG_INDEX | SG_STEP | SG_UNDIFFERENTIABLE | SG_ANY_DTYPE |
                                       SG_HIDDEN | SG_ZERO_IF_UNUSED | SG_VARIADIC | SG_WRITTEN;
  if (context->status) return context->status;
  if (!op || !op->name) return sg_error(context, SG_INVALID_ARGUMENT, "an op needs a name");
  if (!is_name(op->name, sg_op_writes(op))) {
    return sg_error(context, SG_INVALID_ARGUMENT,
                    "an op cannot be named '%.80s': at most %d letters, digits and _, a letter first, no _ last",
                    op->name, LONGEST_NAME);
  }
  port_list inputs = {"input", sg_op_inputs(op), input_flags, false},
            outputs = {"output", sg_op_outputs(op), output_flags, true};
  int input_count, output_count;
  if (check_ports(context, op, &inputs, &input_count) || check_ports(context, op, &outputs, &output_count) ||
      check_attributes(context, op)) {
    return context->status;
  }
  const char *problem = op_problem(op, input_count, output_count);
  if (problem) return sg_error(context, SG_INVALID_ARGUMENT, "op %s: %s", op->name, problem);
  return SG_OK;
}
