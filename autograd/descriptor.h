// SPDX-License-Identifier: GPL-3.0-or-later
//
// What an op is: one constant descriptor with ports, attributes, hooks and samples. Everything that is
// known about an op (the Lua function, the manual, the tests, the gradient checks) follows from it.
#ifndef SELENOGRAD_DESCRIPTOR_H
#define SELENOGRAD_DESCRIPTOR_H

#include "autograd/kernel.h"
#include "autograd/samples.h"
#include "autograd/selenograd.h"

SG_PUBLIC_BEGIN

#define SG_MAX_PORTS 16
#define SG_MAX_ATTRIBUTES 16
#define SG_MAX_PLAN_BYTES 1024

// ---- Ports: the tensors an op takes and gives ---------------------------------------------------

enum {
  SG_OPTIONAL = 1 << 0,  // input may be absent (NULL); hidden output NAME returned where return_NAME is true
  SG_INDEX = 1 << 1,     // an i64 tensor of indices or labels, counted from the context's index base
  SG_STEP = 1 << 2,      // the derivative is zero: outputs change by jumps alone (comparisons, conditions, sign)
  SG_VARIADIC = 1 << 3,  // the last port of a list: one tensor or more; outputs as many as prepare says
  SG_ANY_DTYPE = 1 << 4, // any dtype; integers and bools have no derivative
  SG_HIDDEN = 1 << 5,    // output kept for the derivative, not returned to the user
  // Nobody wrote the derivative. An input that requires a gradient is refused while recording is on. An output
  // must be hidden; backward may read it, vjp sees NULL, because a recorded derivative would take it for a
  // constant.
  SG_UNDIFFERENTIABLE = 1 << 6,
  // f32, f64 or i64; where the numeric inputs of a call differ, integers and bools are converted to the floating
  // dtype among them, or to i64. f32 beside f64 stays an error. With SG_ANY_DTYPE, bytes and bools stay what they
  // are among themselves: inputs meet in the first of floating, i64, u8, bool that is there.
  SG_NUMERIC = 1 << 9,
  // With SG_NUMERIC: an integer or a bool beside a floating tensor stays what it is in all hooks, which take it for
  // a number of the call's dtype. Rows can do so (ops/rows.h), and spare a tensor of converted elements.
  SG_UNCONVERTED = 1 << 12,
  // A bool is taken beside floating tensors, and stays what it is: a mask, in a place where numbers have a
  // derivative and bools have none.
  SG_BOOL_TOO = 1 << 13,
  // With SG_INDEX: floating numbers are taken in the place of positions, and have a derivative.
  SG_FLOATING_TOO = 1 << 14,
  // Output: the input of the same name, which forward writes in place. It has no derivative, is never recorded, and
  // cannot lose a gradient (autograd/in_place.h). Written outputs come first.
  SG_WRITTEN = 1 << 10,
  SG_SAME_PLACE = 1 << 11,    // input that may be a written tensor itself: no element is read once it is written
  SG_SELF = 1 << 8,           // the input that x is in the method x:NAME(...) of Lua; without it, the first
  SG_ZERO_IF_UNUSED = 1 << 7, // output whose cotangent is a tensor of zeros when nobody used it, instead of NULL
};

typedef struct sg_port {
  const char *name; // NULL ends the list
  unsigned flags;
  const char *doc;
} sg_port;

// The list itself: .inputs = SG_PORTS({"x", 0, "any shape"}, {"index", SG_INDEX, "positions in x"})
#ifdef __cplusplus
#define SG_PORTS(...) SG_LIST(sg_port, __VA_ARGS__, {NULL, 0, NULL})
// What a compound literal is in C: an array that lives as long as the program.
#define SG_LIST(type, ...)                                                                                         \
  ([]() -> const type * {                                                                                          \
    static const type list[] = {__VA_ARGS__};                                                                      \
    return list;                                                                                                   \
  }())
#else
#define SG_PORTS(...) ((const sg_port[]){__VA_ARGS__, {NULL, 0, NULL}})
#endif

// Whether a gradient may flow through a port, if its tensor is floating.
static inline bool sg_port_is_differentiable(const sg_port *port) {
  if (port->flags & SG_INDEX && !(port->flags & SG_FLOATING_TOO)) return false;
  return !(port->flags & (SG_STEP | SG_UNDIFFERENTIABLE | SG_WRITTEN));
}

// ---- Attributes: the options of an op -----------------------------------------------------------

typedef enum sg_attribute_type {
  SG_ATTRIBUTE_FLOAT,  // double; NaN is always rejected
  SG_ATTRIBUTE_INT,    // int64_t
  SG_ATTRIBUTE_BOOL,   // bool
  SG_ATTRIBUTE_INTS,   // sg_ints; Lua: a number or a list of numbers, or one of `choices` where there are any
  SG_ATTRIBUTE_DIM,    // int64_t, a dimension: 0-based in C, 1-based in Lua, negative from the end
  SG_ATTRIBUTE_DIMS,   // sg_ints of dimensions
  SG_ATTRIBUTE_SHAPE,  // sg_shape
  SG_ATTRIBUTE_CHOICE, // int, the position in `choices`
  SG_ATTRIBUTE_DTYPE,  // sg_dtype
  // What lies outside of the options belongs to the caller, and need not outlive the call: a recorded node points
  // to copies of its own (autograd/attribute.c), which last as long as it does.
  SG_ATTRIBUTE_STRING,     // const char *, never NULL; one of `choices` where there are any
  SG_ATTRIBUTE_INT_LIST,   // sg_int_list; Lua: a number or a list of numbers
  SG_ATTRIBUTE_FLOAT_LIST, // sg_float_list; NaN is always rejected; Lua: likewise
  SG_ATTRIBUTE_NUMBER,     // sg_number, an integer or a double
} sg_attribute_type;

enum {
  SG_REQUIRED = 1 << 0, // has no default
  SG_AT_LEAST = 1 << 1, // value >= minimum (each value, for a list)
  SG_ABOVE = 1 << 2,    // value > minimum
  SG_AT_MOST = 1 << 3,  // value <= maximum
  SG_BELOW = 1 << 4,    // value < maximum
  SG_BY_NAME = 1 << 5,  // in Lua not by position, where PyTorch has another argument
  // Given by position only where another number follows it: arange(stop), arange(start, stop).
  SG_UNLESS_ALONE = 1 << 6,
  // A number, or else the list that is the next attribute. By position they have one place, which takes either.
  SG_OR_LIST = 1 << 7,
};

typedef struct sg_attribute {
  const char *name; // NULL ends the list
  sg_attribute_type type;
  size_t offset; // in the op's options struct
  const char *doc;
  unsigned flags;
  double minimum, maximum;
  const char *const *choices; // NULL-terminated; of a string also NULL: any
} sg_attribute;

#ifdef __cplusplus
#define SG_ATTRIBUTES(...) SG_LIST(sg_attribute, __VA_ARGS__, {})
#else
#define SG_ATTRIBUTES(...) ((const sg_attribute[]){__VA_ARGS__, {.name = NULL}})
#endif

// A word in the place of a list: number k of the choices has the count -1 - k.
#define SG_WORD(k) {.count = -1 - (k)}
// Its number; -1 where numbers stand there.
static inline int sg_ints_word(const sg_ints *list) { return list->count < 0 ? -1 - list->count : -1; }

// One of them: a field of the options struct that bears its name, the type as it is called behind SG_ATTRIBUTE_,
// words, and flags, minimum and maximum where it has some:
//   SG_OPTION(softplus_options, beta, FLOAT, "sharpness of the bend", SG_ABOVE, 0)
//   SG_CHOICE(gelu_options, approximate, approximations, "none: exact; tanh: ...")
#define SG_OPTION(options, field, kind, ...)                                                                       \
  SG_OPTION_AND_REST(options, field, SG_ATTRIBUTE_##kind, __VA_ARGS__, 0, 0, 0, )
#define SG_OPTION_AND_REST(options, field, kind, words, flags, least, most, ...)                                   \
  { #field, kind, offsetof(options, field), words, flags, least, most, NULL }
// INTS that may be a word: SG_INTS_OR_WORD(sg_conv_options, padding, padding_words, "...", SG_AT_LEAST, 0, 0)
#define SG_INTS_OR_WORD(options, field, words_to_choose, words, flags, least, most)                                \
  { #field, SG_ATTRIBUTE_INTS, offsetof(options, field), words, flags, least, most, words_to_choose }
#define SG_CHOICE(options, field, words_to_choose, words)                                                          \
  { #field, SG_ATTRIBUTE_CHOICE, offsetof(options, field), words, 0, 0, 0, words_to_choose }

// All that a descriptor says about options: the struct, one that holds the defaults, and the attributes.
//   SG_OPTIONS(softplus_options, &defaults, SG_OPTION(...), SG_OPTION(...)),
#define SG_OPTIONS(type, default_options, ...)                                                                     \
  .attributes = SG_ATTRIBUTES(__VA_ARGS__), .options_bytes = sizeof(type), .defaults = default_options

// What a descriptor says in words: summary, formula, and the reference where there is one.
//   SG_WORDS("The hyperbolic tangent.", "y = tanh(x)", "Abramowitz and Stegun 4.5"),
#define SG_WORDS(...) SG_WORDS_AND_REST(__VA_ARGS__, NULL, )
#define SG_WORDS_AND_REST(sentence, equation, source, ...)                                                         \
  .summary = sentence, .formula = equation, .reference = source

// ---- Plan: what prepare decides -----------------------------------------------------------------

// prepare reads the first group and fills the second, which comes preset: the output dtypes to the inputs'
// common floating dtype (i64 for SG_INDEX ports), what to save to the descriptor's, the rest to zero. It reads no
// element of a tensor, so that what it decides holds for every call with these shapes and options. Where the last
// output is SG_VARIADIC, sg_plan_outputs comes first.
typedef struct sg_plan {
  sg_context *context;
  const sg_op *op;
  const void *options; // never NULL when the op has attributes
  int input_count;     // ports, or more when the last one is variadic
  sg_tensor *const *inputs;

  int output_count;       // ports, or what sg_plan_outputs made of it
  sg_shape *output_shape; // [output_count]
  sg_dtype *output_dtype; // [output_count]
  bool output_is_view;    // outputs share the storage of input 0, one behind the other ...
  int64_t view_offset;    // ... from this element on
  unsigned save_inputs;   // bit p: keep the value of input port p for the derivative
  unsigned save_outputs;  // bit p: keep the value of output port p
  size_t scratch_bytes;          // for forward
  size_t backward_scratch_bytes; // for backward
  // The op's own part: plan_bytes of the descriptor, zeroed. What is put there every later hook reads as
  // call->plan. It is copied bytewise: no pointer into itself, and none to a tensor's data. A plan with a tail
  // that varies says how much of it counts.
  void *own;
  size_t own_bytes; // preset to plan_bytes; may be lowered

  // The engine's.
  size_t outside_bytes; // of strings and lists that the options point to
  bool takes_list;    // the caller can take any number of outputs
  void *many_outputs; // a block for more outputs than SG_MAX_PORTS, NULL: none
  size_t many_bytes;
} sg_plan;

// ---- Call: what the other hooks see -------------------------------------------------------------

// One struct for check, forward, backward and vjp:
//   check     inputs
//   forward   inputs, outputs (to be written through sg_output_data; NULL: a written input that is absent), scratch
//   verify    the same
//   backward  saved inputs and outputs (others NULL), d_outputs, d_inputs (allocated; NULL: not wanted; each
//             one wanted must be written whole), scratch
//   vjp       saved inputs and outputs (no SG_UNDIFFERENTIABLE ones), d_outputs; sets d_inputs[i] where needs[i]
// d_outputs[p] is NULL for an output that nobody used, unless its port is flagged SG_ZERO_IF_UNUSED. One of them
// is not NULL, so an op with a single differentiable output need not ask.
typedef struct sg_call {
  sg_context *context;
  const sg_op *op;
  const void *options;
  const void *plan; // what prepare put into plan->own
  int input_count;
  int output_count;
  sg_tensor *const *inputs;
  sg_tensor *const *outputs;
  sg_tensor *const *d_outputs;
  sg_tensor **d_inputs;
  const bool *needs;              // needs[i]: the gradient of input i is wanted
  const sg_shape *input_shapes;   // of every input, saved or not (derivatives only; forward has the inputs)
  const sg_shape *output_shapes;
  sg_dtype dtype;                 // the common dtype of the inputs
  void *scratch;                  // aligned to 64 bytes, uninitialized
} sg_call;

// A part of a tensor: of each dimension d the positions start[d], start[d] + step[d], ..., size[d] of them.
typedef struct sg_part {
  int64_t start[SG_MAX_RANK], step[SG_MAX_RANK], size[SG_MAX_RANK];
} sg_part;

// Refuses what check or verify found: "gather: " comes in front. Returns the status.
sg_status sg_refuse(const sg_call *call, const char *format, ...) SG_PRINTF(2, 3);
// Refuses a tensor with elements that the dtype cannot hold: "to: x holds nan (element 3), which no i64 can be".
sg_status sg_tensor_check_range(const sg_tensor *source, sg_dtype dtype, const char *function, const char *name);
// Refuses a number that the dtype cannot hold: "a u8 tensor cannot hold the value -1".
sg_status sg_number_check(sg_context *context, sg_dtype dtype, sg_number number);
bool sg_number_fits(sg_dtype dtype, sg_number number);
// `count` elements of a number that fits.
void sg_number_fill(sg_dtype dtype, void *data, int64_t count, sg_number number);
// Data of a tensor that the engine has just made for this call: no version is bumped.
void *sg_output_data(sg_tensor *tensor);
// Data of input i, NULL when it is absent (or, in a derivative, was not saved).
const void *sg_input_data(const sg_call *call, int input);
// Where the gradient of input i goes; NULL when it is not wanted.
void *sg_gradient_data(const sg_call *call, int input);

// ---- The descriptor -----------------------------------------------------------------------------

// A family is a descriptor without a name. What a member leaves out (NULL, 0) is the family's: ports, attributes,
// options, what is saved, plan, hooks. The family's samples run for every member, beside the member's own. So a
// member says what is its own, and `member` is what the family's hooks read of it. Whoever looks at a descriptor
// asks the functions below, which know of families. A family has no family.
struct sg_op {
  const char *name;      // as users call it: lower case, words joined by _
  const char *summary;   // one sentence
  const char *formula;   // plain text
  const char *reference; // the paper or text the formula comes from
  // What stands for the derivative where there is none, at kinks, jumps and ties, and where that is: "0 at 0", "to
  // the first of equal elements". A test finds such points and asks for it.
  const char *subgradient;
  const char *cost; // of forward, if it is not linear in the elements of inputs and outputs
  const sg_op *family;   // NULL: none
  const void *member;    // what the family's hooks read: a row of kernels, a slope
  const sg_port *inputs; // SG_PORTS(...); NULL: the family's, or none at all
  const sg_port *outputs;         // SG_PORTS(...)
  const sg_attribute *attributes; // SG_ATTRIBUTES(...)
  size_t options_bytes;
  const void *defaults;  // an options struct; required attributes hold anything
  unsigned save_inputs, save_outputs; // bit p: port p; prepare may decide otherwise
  size_t plan_bytes;                  // of the op's own part of the plan, at most SG_MAX_PLAN_BYTES

  // Checks everything about shapes, dtypes and options that the tables cannot say, and decides what the plan
  // holds.
  sg_status (*prepare)(sg_plan *plan);
  // Optional: looks at elements of inputs (are the indices within bounds?) and refuses what forward could not
  // compute. Runs before anything is allocated, and again when a prepared call meets new values.
  sg_status (*check)(const sg_call *call);
  // Computes the outputs. Cannot fail: what it needs is allocated. Not called for a view, nor when no output has
  // an element. Inputs may have none, and then extents of any size beside the zero.
  void (*forward)(const sg_call *call);
  // Optional, beside forward and for an op that writes no input: looks at what forward found, which may lie in the
  // scratch space, and refuses what is no result (a matrix was singular), with sg_refuse. Comes right after
  // forward, while nothing is recorded, and leaves everything as it is.
  sg_status (*verify)(const sg_call *call);
  // Optional fused first derivative. Cannot fail. Not called when no wanted gradient has an element.
  void (*backward)(const sg_call *call);
  // The derivative as a composition of ops, differentiable again. NULL: the op has no derivative
  // (or, with backward, no second one, which then is an error). Failures are the context's sticky error.
  void (*vjp)(const sg_call *call);
  // In place of forward, backward and vjp: the op as a composition of others, applied and recorded as they are, so
  // that its derivatives are theirs. Sets every output, to a tensor that is no input, and may read call->inputs,
  // options and plan. prepare is optional then, and has only to refuse: what the outputs are will follow. Failures
  // are the context's sticky error.
  void (*compose)(const sg_call *call, sg_tensor **outputs);
  // Optional, beside vjp, for an op of one input whose output holds the elements of a part of it, in row-major
  // order: which part. A plain backward pass adds what arrives at the output there, in one gradient for all parts
  // that are taken of a tensor, and what that costs does not depend on the size of the tensor. Sees options, plan
  // and shapes.
  void (*part)(const sg_call *call, sg_part *part);

  // For ops whose options own something, or whose functions are a user's (custom.h); mostly absent.
  void (*release)(void *options); // a node that was recorded ends: lets go of what its options own
  // What an input or output is called in messages, where the ports do not say.
  sg_text (*value_name)(const void *options, bool output, int position);
  // Rounding of the inputs is magnified by a condition number that has no bound, as that of a matrix: at extreme
  // inputs results have no digits that a test could compare, and derivatives may refuse.
  bool conditioned;
  bool once_differentiable; // what vjp computes cannot be differentiated again: an error, as without vjp

  double domain[2]; // what SG_DOMAIN samples draw from; {0, 0} stands for {-2, 2}
  const sg_sample *samples;
  const sg_sample *bad_samples;
};

SG_PUBLIC_END

#endif
