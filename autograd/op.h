// SPDX-License-Identifier: GPL-3.0-or-later
//
// What an op is: one constant descriptor with ports, attributes, hooks and samples. Everything that is
// known about an op (the Lua function, the manual, the tests, the gradient checks) follows from it.
#ifndef SELENOGRAD_OP_H
#define SELENOGRAD_OP_H

#include "autograd/kernel.h"
#include "autograd/selenograd.h"

#pragma GCC visibility push(default)

#define SG_MAX_PORTS 8
#define SG_MAX_ATTRIBUTES 12

// ---- Ports: the tensors an op takes and gives ---------------------------------------------------

enum {
  SG_OPTIONAL = 1 << 0, // input may be absent (NULL)
  SG_INDEX = 1 << 1,    // an i64 tensor of indices or labels, counted from the context's index base
  SG_STEP = 1 << 2,     // the derivative is zero: outputs change by jumps alone (comparisons, conditions, sign)
  SG_VARIADIC = 1 << 3, // the last input port may repeat, one time or more
  SG_ANY_DTYPE = 1 << 4, // f32, f64 or i64; an i64 tensor has no derivative
  SG_HIDDEN = 1 << 5,   // output kept for the derivative, not returned to the user
  // Nobody wrote the derivative. An input that requires a gradient is refused while recording is on. An output must
  // be hidden; backward may read it, vjp sees NULL, because a recorded derivative would take it for a constant.
  SG_UNDIFFERENTIABLE = 1 << 6,
  SG_SELF = 1 << 8,     // the input that x is in the method x:NAME(...) of Lua; without it, the first
  SG_UNUSED_IS_NULL = 1 << 7, // output that is mostly left unused: its cotangent is NULL then, instead of zeros
};

typedef struct sg_port {
  const char *name; // NULL ends the list
  unsigned flags;
  const char *doc;
} sg_port;

// Whether a gradient may flow through a port, if its tensor is floating.
static inline bool sg_port_is_differentiable(const sg_port *port) {
  return !(port->flags & (SG_STEP | SG_INDEX | SG_UNDIFFERENTIABLE));
}

// ---- Attributes: the options of an op -----------------------------------------------------------

typedef enum sg_attribute_type {
  SG_ATTRIBUTE_FLOAT,  // double; NaN is always rejected
  SG_ATTRIBUTE_INT,    // int64_t
  SG_ATTRIBUTE_BOOL,   // bool
  SG_ATTRIBUTE_INTS,   // sg_ints; Lua: a number or a list of numbers
  SG_ATTRIBUTE_DIM,    // int64_t, a dimension: 0-based in C, 1-based in Lua, negative from the end
  SG_ATTRIBUTE_DIMS,   // sg_ints of dimensions
  SG_ATTRIBUTE_SHAPE,  // sg_shape
  SG_ATTRIBUTE_CHOICE, // int, the position in `choices`
} sg_attribute_type;

enum {
  SG_REQUIRED = 1 << 0, // has no default
  SG_AT_LEAST = 1 << 1, // value >= minimum (each value, for a list)
  SG_ABOVE = 1 << 2,    // value > minimum
  SG_AT_MOST = 1 << 3,  // value <= maximum
  SG_BELOW = 1 << 4,    // value < maximum
};

typedef struct sg_attribute {
  const char *name; // NULL ends the list
  sg_attribute_type type;
  size_t offset; // in the op's options struct
  const char *doc;
  unsigned flags;
  double minimum, maximum;
  const char *const *choices; // NULL-terminated
} sg_attribute;

// ---- Plan: what prepare decides -----------------------------------------------------------------

// prepare reads the first group and fills the second, which comes preset: the output dtypes to the inputs'
// common floating dtype (i64 for SG_INDEX ports), what to save to the descriptor's, the rest to zero.
typedef struct sg_plan {
  sg_context *context;
  const sg_op *op;
  const void *options; // never NULL when the op has attributes
  int input_count;     // ports, or more when the last one is variadic
  sg_tensor *const *inputs;

  sg_shape output_shape[SG_MAX_PORTS];
  sg_dtype output_dtype[SG_MAX_PORTS];
  bool output_is_view;    // output 0 shares the storage of input 0 ...
  int64_t view_offset;    // ... from this element on
  unsigned save_inputs;   // bit p: keep the value of input port p for the derivative
  unsigned save_outputs;  // bit p: keep the value of output port p
  size_t scratch_bytes;          // for forward
  size_t backward_scratch_bytes; // for backward
} sg_plan;

// ---- Call: what the other hooks see -------------------------------------------------------------

// One struct for forward, backward and vjp:
//   forward   inputs, outputs (to be written through sg_output_data), scratch
//   backward  saved inputs and outputs (others NULL), d_outputs, d_inputs (allocated; NULL: not wanted; each
//             one wanted must be written whole), scratch
//   vjp       saved inputs and outputs (no SG_UNDIFFERENTIABLE ones), d_outputs; sets d_inputs[i] where needs[i]
// d_outputs are not NULL for differentiable outputs: one that nobody used has a cotangent of zeros, unless its
// port is flagged SG_UNUSED_IS_NULL.
typedef struct sg_call {
  sg_context *context;
  const sg_op *op;
  const void *options;
  int input_count;
  sg_tensor *const *inputs;
  sg_tensor *const *outputs;
  sg_tensor *const *d_outputs;
  sg_tensor **d_inputs;
  const bool *needs;              // needs[i]: the gradient of input i is wanted
  const sg_shape *input_shapes;   // of every input, saved or not (derivatives only; forward has the inputs)
  const sg_shape *output_shapes;
  sg_dtype dtype;                 // the common floating dtype of the inputs (i64 when there is none)
  void *scratch;                  // aligned to 64 bytes, uninitialized
} sg_call;

// Refuses a floating tensor with elements that no i64 can be: "to: x holds nan (element 3), which no i64 can be".
sg_status sg_tensor_check_integers(const sg_tensor *source, const char *function, const char *name);
// Data of a tensor that the engine has just made for this call: no version is bumped.
void *sg_output_data(sg_tensor *tensor);
// Data of input i, NULL when it is absent (or, in a derivative, was not saved).
const void *sg_input_data(const sg_call *call, int input);
// Where the gradient of input i goes; NULL when it is not wanted.
void *sg_gradient_data(const sg_call *call, int input);

// ---- Samples: inputs that exercise an op, and inputs it must refuse -------------------------------

typedef enum sg_sample_kind {
  SG_SAMPLE_ABSENT = 0,
  SG_SAMPLE_NORMAL,   // a: mean, b: standard deviation
  SG_SAMPLE_UNIFORM,  // in [a, b)
  SG_SAMPLE_DISTINCT, // the evenly spaced values from a to b in random order: no ties, a known gap
  SG_SAMPLE_INDEX,    // i64 in [0, a), plus the index base
  SG_SAMPLE_VALUES,   // `values`, row-major
} sg_sample_kind;

typedef struct sg_sample_input {
  sg_sample_kind kind;
  sg_shape shape;
  double a, b;
  const double *values;
  sg_dtype dtype; // 0: the dtype the test is running with (i64 for SG_SAMPLE_INDEX)
} sg_sample_input;

// SG_DIMS(2, 3) is the shape [2, 3]; SG_SCALAR is the shape [].
#define SG_DIMS(...) {(int)(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t)), {__VA_ARGS__}}
#define SG_SCALAR {0, {0}}
#define SG_NORMAL(mean, deviation, ...) {SG_SAMPLE_NORMAL, __VA_ARGS__, mean, deviation, NULL, (sg_dtype)0}
#define SG_UNIFORM(low, high, ...) {SG_SAMPLE_UNIFORM, __VA_ARGS__, low, high, NULL, (sg_dtype)0}
#define SG_DISTINCT(low, high, ...) {SG_SAMPLE_DISTINCT, __VA_ARGS__, low, high, NULL, (sg_dtype)0}
#define SG_INDICES(bound, ...) {SG_SAMPLE_INDEX, __VA_ARGS__, bound, 0, NULL, SG_I64}
#define SG_VALUES(array, ...) {SG_SAMPLE_VALUES, __VA_ARGS__, 0, 0, array, (sg_dtype)0}
#define SG_OF_DTYPE(type, ...) {SG_SAMPLE_UNIFORM, __VA_ARGS__, 0.5, 1.5, NULL, type}

// `error` NULL: a good sample. Otherwise the op must refuse it with a message that contains `error`.
// `expected`: the values of output 0 worked out by hand, when given.
typedef struct sg_sample {
  const char *name; // NULL ends the list
  sg_sample_input inputs[SG_MAX_PORTS];
  const void *options; // NULL: the defaults
  const char *error;
  const double *expected;
} sg_sample;

// ---- The descriptor -----------------------------------------------------------------------------

struct sg_op {
  const char *name;      // as users call it: lower case, words joined by _
  const char *summary;   // one sentence
  const char *formula;   // plain text
  const char *reference; // the paper or text the formula comes from
  sg_port inputs[SG_MAX_PORTS + 1];
  sg_port outputs[SG_MAX_PORTS + 1];
  sg_attribute attributes[SG_MAX_ATTRIBUTES + 1];
  size_t options_bytes;
  const void *defaults;  // an options struct; required attributes hold anything
  unsigned save_inputs, save_outputs; // bit p: port p; prepare may decide otherwise

  // Checks everything the table cannot say; the only hook that may fail.
  sg_status (*prepare)(sg_plan *plan);
  // Computes the outputs. Cannot fail: what it needs is allocated. Not called for a view, nor when no output has an
  // element. Inputs may have none, and then extents of any size beside the zero.
  void (*forward)(const sg_call *call);
  // Optional fused first derivative. Cannot fail. Not called when no wanted gradient has an element.
  void (*backward)(const sg_call *call);
  // The derivative as a composition of ops, differentiable again. NULL: the op has no derivative
  // (or, with backward, no second one, which then is an error). Failures are the context's sticky error.
  void (*vjp)(const sg_call *call);

  // For ops whose options own something, or whose functions are a user's (custom.h); mostly absent.
  void (*release)(void *options); // a node that was recorded ends: lets go of what its options own
  // What an input or output is called in messages, where the ports do not say.
  sg_text (*value_name)(const void *options, bool output, int position);
  bool once_differentiable; // what vjp computes cannot be differentiated again: an error, as without vjp

  const sg_sample *samples;
  const sg_sample *bad_samples;
};

int sg_op_input_ports(const sg_op *op);
int sg_op_output_ports(const sg_op *op);

// Whether a descriptor is sound: names, ends and limits of its lists, fields inside the options, defaults within
// their ranges, hooks, and a derivative or ports that say that there is none. sg_op_register asks this itself.
// SG_INVALID_ARGUMENT: "op swish: attribute 'eps' lies outside the options, which end at options_bytes".
sg_status sg_op_check(sg_context *context, const sg_op *op);

// Applies an op: checks, allocates, computes, records. `options` NULL: the defaults. `outputs` has room for
// every output port; what is returned belongs to the innermost scope. On failure nothing has changed.
sg_status sg_apply(sg_context *context, const sg_op *op, int input_count, sg_tensor *const *inputs,
                   const void *options, sg_tensor **outputs);
// The same for an op with one output: returns it, or NULL.
sg_tensor *sg_apply_one(sg_context *context, const sg_op *op, int input_count, sg_tensor *const *inputs,
                        const void *options);

// Refuses a call from prepare: "batch_norm: " comes in front. Returns the status.
sg_status sg_reject(const sg_plan *plan, const char *format, ...) SG_PRINTF(2, 3);
// The shape of input i.
const sg_shape *sg_plan_shape(const sg_plan *plan, int input);
// A dimension as the user counts it, for messages.
int64_t sg_plan_named_dimension(const sg_plan *plan, int64_t dimension);
// Resolves a dimension of input i, or rejects.
sg_status sg_plan_dimension(const sg_plan *plan, int input, int64_t dimension, int *resolved);

// ---- Work split over threads --------------------------------------------------------------------

// Runs kernel over [0, count) in blocks of `grain` items. The blocks do not depend on the number of threads.
void sg_parallel(sg_context *context, int64_t count, int64_t grain, sg_kernel *kernel, const void *arguments);
// A grain that gives each block about 32768 elements of work, when one item is `item` elements.
int64_t sg_grain(int64_t item);

// 0: baseline, 1: x86-64-v3, 2: x86-64-v4.
int sg_isa_level(const sg_context *context);

// ---- Random numbers in kernels ------------------------------------------------------------------

// Takes `count` numbers of the stream; number i is sg_philox_uniform(start, i), in whatever thread.
sg_random_state sg_random_reserve(sg_context *context, int64_t count);
// Uniform in [0, 1) with 53 random bits: a pure function of its arguments.
double sg_philox_uniform(sg_random_state start, int64_t number);

#pragma GCC visibility pop

#endif
