// SPDX-License-Identifier: GPL-3.0-or-later
//
// The public C interface of the engine, in reading order:
// status and errors, dtypes and shapes, context, tensors, scopes, in-place writes, differentiation,
// random numbers. Ops are declared in "ops/ops.h"; what an op is, in "autograd/op.h".
//
// Three rules hold everywhere:
//
//   Errors are sticky. A function that fails returns a status other than SG_OK, or NULL, and its
//   message stays in the context. Until sg_error_clear, every further call that would compute refuses
//   and returns the pending status, so a chain of calls needs one look at its end and a failed result
//   can never pass for an absent optional argument.
//
//   Tensors belong to scopes. What a function returns belongs to the innermost open scope and dies
//   with it, unless sg_retain or sg_scope_return keeps it.
//
//   One context, one thread. Contexts share nothing; two of them may run in two threads.
#ifndef SELENOGRAD_H
#define SELENOGRAD_H

#include "autograd/public.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

SG_PUBLIC_BEGIN

#define SELENOGRAD_VERSION "0.1.0"

#if defined(__GNUC__)
#define SG_PRINTF(text, arguments) __attribute__((format(printf, text, arguments)))
#else
#define SG_PRINTF(text, arguments)
#endif

typedef struct sg_context sg_context;
typedef struct sg_tensor sg_tensor;
typedef struct sg_op sg_op;

// ---- Status and errors ----------------------------------------------------------------------------

typedef enum sg_status {
  SG_OK = 0,
  SG_INVALID_ARGUMENT, // rank, shape, dtype, index or attribute out of what the call accepts
  SG_INVALID_STATE,    // no graph, graph already freed, saved value changed in place, ...
  SG_OUT_OF_MEMORY,    // the allocator refused, or the context's memory limit is reached
  SG_CALLBACK_FAILED,  // a user's function reported a failure
  SG_IO_FAILED,        // a file could not be read or written
} sg_status;

// The pending status; SG_OK when none is.
sg_status sg_error_status(const sg_context *context);
// A message is cut to this length, with its end.
#define SG_MESSAGE_BYTES 2048
// The pending message, "" when none is. Valid until the next call that fails or sg_error_clear.
const char *sg_error_message(const sg_context *context);
void sg_error_clear(sg_context *context);
// Reports a failure, unless one is pending already (the first one says what went wrong).
// Returns the pending status. Allocates nothing; the text is cut at the size of the buffer.
sg_status sg_error(sg_context *context, sg_status status, const char *format, ...) SG_PRINTF(3, 4);

// ---- Dtypes and shapes ----------------------------------------------------------------------------

typedef enum sg_dtype {
  SG_F32 = 1,  // differentiable
  SG_F64 = 2,  // differentiable
  SG_I64 = 3,  // integers and indices
  SG_BOOL = 4, // a byte, 0 or 1: conditions and masks
  SG_U8 = 5,   // a byte, 0 to 255: storage for images
} sg_dtype;
#define SG_DTYPES 5

size_t sg_dtype_bytes(sg_dtype dtype);
const char *sg_dtype_name(sg_dtype dtype); // "f32", "f64", "i64", "bool", "u8"
sg_dtype sg_dtype_named(const char *name); // 0 when there is none of that name
bool sg_dtype_is_floating(sg_dtype dtype);

#define SG_MAX_RANK 8

// Row-major extents. Rank 0 is a scalar; an extent of 0 makes an empty tensor. Both are legal.
typedef struct sg_shape {
  int rank;
  int64_t size[SG_MAX_RANK];
} sg_shape;

// A short list of integers: strides, paddings, dimensions.
typedef struct sg_ints {
  int count;
  int64_t value[SG_MAX_RANK];
} sg_ints;

// Lists of any length, of which a call reads as many values as it counts and keeps no pointer.
typedef struct sg_int_list {
  int count;
  const int64_t *value;
} sg_int_list;

typedef struct sg_float_list {
  int count;
  const double *value;
} sg_float_list;

// A number as it was given, so that a large integer does not pass through a double. `whole`: it is `integer`.
typedef struct sg_number {
  double value;
  int64_t integer;
  bool whole;
} sg_number;
sg_number sg_whole(int64_t integer);
// Whole where the double is an integer, but not 0, for -0.0 would lose its sign.
sg_number sg_real(double value);

// A piece of text returned by value, for messages: sg_shape_text(&shape).text is "[2, 3]".
typedef struct sg_text {
  char text[192];
} sg_text;

// A list of tensors, as many as an op gives.
typedef struct sg_tensors {
  int count;
  sg_tensor *const *tensor; // [count]
  sg_tensor *memory;        // that `tensor` points into; NULL when there is no list
} sg_tensors;

bool sg_shape_equal(const sg_shape *a, const sg_shape *b);
sg_text sg_shape_text(const sg_shape *shape);
// Number of elements. For the shape of a tensor; a shape from elsewhere goes through sg_shape_count.
int64_t sg_shape_elements(const sg_shape *shape);
// Number of elements of an untrusted shape: false when a size is negative or the product is over 2^59.
bool sg_shape_count(const sg_shape *shape, int64_t *count);
// The shape two shapes broadcast to, NumPy's rule: aligned at the last dimension, extents equal or 1.
bool sg_shape_broadcast(const sg_shape *a, const sg_shape *b, sg_shape *result);
// A dimension in [-rank, rank) turned to [0, rank); -1 when it is out of range.
int sg_shape_dimension(const sg_shape *shape, int64_t dimension);

// ---- Context --------------------------------------------------------------------------------------

// Memory of the given size, aligned to 64 bytes, or NULL. `bytes` is never 0.
typedef void *sg_allocate_function(void *user, size_t bytes);
typedef void sg_release_function(void *user, void *block, size_t bytes);

typedef struct sg_config {
  const sg_op *const *ops; // NULL-terminated; sg_builtin_ops() of "ops/ops.h" has them all
  int threads;             // 0: the number of processors
  uint64_t seed;           // of the random stream
  uint64_t memory_limit;   // bytes of live tensors, nodes and scratch; 0: none
  int index_base;          // 0, or 1 when indices in i64 tensors count from 1 (the Lua face)
  const char *isa;         // "baseline", "x86-64-v3", "x86-64-v4"; NULL: $SELENOGRAD_ISA, else the best
  sg_allocate_function *allocate; // NULL: the C library's
  sg_release_function *release;
  void *allocator_user;
} sg_config;

// A new context, or NULL when there is no memory for it. With NULL, the defaults and no ops.
// What else is wrong with the configuration (an unknown instruction set, an op that is not sound) is the pending
// error of the context that is returned.
sg_context *sg_open(const sg_config *config);
// Ends a context. Tensors still retained stay valid until released; the last one frees the rest.
void sg_close(sg_context *context);

int sg_threads(const sg_context *context);
// 0: the number of processors; at most 1024. SG_OUT_OF_MEMORY, and nothing changes, when a limit on the address
// space (ulimit -v) leaves no room for their stacks.
void sg_set_threads(sg_context *context, int threads);
const char *sg_isa(const sg_context *context);          // the instruction set the kernels run with
int sg_index_base(const sg_context *context);

const char *sg_gsl_version(void);                       // of the GSL that the process runs with

typedef struct sg_memory_usage {
  uint64_t live_bytes;   // in use by tensors, nodes and scratch
  uint64_t peak_bytes;   // the highest live_bytes since sg_open or sg_memory_reset_peak
  uint64_t cached_bytes; // freed blocks kept for reuse
  uint64_t limit_bytes;  // 0: none
  uint64_t live_tensors; // tensor headers alive
  uint64_t live_nodes;   // tape nodes alive
} sg_memory_usage;

sg_memory_usage sg_memory(const sg_context *context);
void sg_memory_reset_peak(sg_context *context);
void sg_memory_release_cache(sg_context *context);
void sg_memory_set_limit(sg_context *context, uint64_t bytes);

// Registered ops. One's own op joins the built-in ones; its descriptor must outlive the context and its tensors.
// Refused: a descriptor that is not sound (sg_op_check), and a name that is taken. Libraries of ops are loaded by
// "autograd/plugin.h".
sg_status sg_op_register(sg_context *context, const sg_op *op);
// Puts an op in the place of the registered one of the same name. Nodes that were recorded keep the old one.
sg_status sg_op_replace(sg_context *context, const sg_op *op);
const sg_op *sg_op_find(const sg_context *context, const char *name); // NULL when there is none
size_t sg_op_count(const sg_context *context);
const sg_op *sg_op_at(const sg_context *context, size_t position);

// ---- Tensors --------------------------------------------------------------------------------------

// Dense, row-major, contiguous, at most 8 dimensions. Uninitialized.
sg_tensor *sg_tensor_new(sg_context *context, sg_dtype dtype, const sg_shape *shape);
// A double becomes an f32 by rounding to the nearest, which beyond its range is infinity. An i64 tensor takes whole
// numbers up to 2^53 in magnitude and refuses everything else; larger ones come as integers. A u8 tensor takes 0 to
// 255. A bool is whether the number is not 0.
sg_tensor *sg_tensor_full(sg_context *context, sg_dtype dtype, const sg_shape *shape, double value);
sg_tensor *sg_tensor_full_integer(sg_context *context, sg_dtype dtype, const sg_shape *shape, int64_t value);
sg_tensor *sg_tensor_scalar(sg_context *context, sg_dtype dtype, double value);
// Copies sg_shape_elements(shape) elements of the dtype from `data`.
sg_tensor *sg_tensor_from(sg_context *context, sg_dtype dtype, const sg_shape *shape, const void *data);
// Copies and converts. Not recorded on the tape: the result has no history. To integers towards zero;
// NaN, infinities and what is out of range are refused. To bool: whether it is not 0. To f32 as for sg_tensor_full.
sg_tensor *sg_tensor_to(sg_context *context, sg_tensor *tensor, sg_dtype dtype);
// A copy without history.
sg_tensor *sg_tensor_copy(sg_context *context, sg_tensor *tensor);
// The same storage without history; a write through either is seen by both, and by the version check.
sg_tensor *sg_tensor_detach(sg_context *context, sg_tensor *tensor);

sg_tensor *sg_retain(sg_tensor *tensor); // NULL passes through
void sg_release(sg_tensor *tensor);      // NULL is allowed

sg_context *sg_tensor_context(const sg_tensor *tensor);
sg_dtype sg_tensor_dtype(const sg_tensor *tensor);
const sg_shape *sg_tensor_shape(const sg_tensor *tensor);
int64_t sg_tensor_elements(const sg_tensor *tensor);
size_t sg_tensor_bytes(const sg_tensor *tensor);
// For reading. Writing goes through sg_tensor_write.
const void *sg_tensor_data(const sg_tensor *tensor);
// The value of element `position` in row-major order as a double. Asserts nothing: 0 <= position < elements.
double sg_tensor_value(const sg_tensor *tensor, int64_t position);
// The same of a tensor of integers or bools, exactly.
int64_t sg_tensor_integer(const sg_tensor *tensor, int64_t position);
// How often the memory of the tensor, which views share, was written in place.
uint64_t sg_tensor_version(const sg_tensor *tensor);

bool sg_tensor_requires_grad(const sg_tensor *tensor);
// The op that produced the tensor, while recording, declares it a step function of its inputs, whose derivative is
// zero: a comparison, a position. A detached tensor is not constant in this sense.
bool sg_tensor_is_constant(const sg_tensor *tensor);
bool sg_tensor_is_leaf(const sg_tensor *tensor);
// Only a floating leaf can be told to require a gradient.
sg_status sg_tensor_set_requires_grad(sg_tensor *tensor, bool requires_grad);
// A leaf with the values, the gradient and requires_grad of `leaf` in another dtype, to be used in its place from
// now on: a backward pass that would bring `leaf` a gradient, through a graph recorded before, is an error.
sg_tensor *sg_leaf_convert(sg_tensor *leaf, sg_dtype dtype);
// The op that produced the tensor, NULL for a leaf.
const sg_op *sg_tensor_producer(const sg_tensor *tensor);
// The accumulated gradient, borrowed; NULL when there is none.
sg_tensor *sg_tensor_grad(const sg_tensor *tensor);
// Replaces the gradient (NULL removes it). Same shape and dtype as the tensor. Memory is shared with `grad` until a
// backward pass adds to the gradient, which leaves `grad` as it was.
sg_status sg_tensor_set_grad(sg_tensor *tensor, sg_tensor *grad);

// ---- Scopes ---------------------------------------------------------------------------------------

typedef size_t sg_scope;

sg_scope sg_scope_open(sg_context *context);
// Releases everything returned since the scope was opened. Works with an error pending.
void sg_scope_close(sg_context *context, sg_scope scope);
// Closes the scope but keeps one tensor (NULL is allowed), which passes to the enclosing scope.
sg_tensor *sg_scope_return(sg_context *context, sg_scope scope, sg_tensor *tensor);

// ---- In-place writes ------------------------------------------------------------------------------

// The data of a tensor, for writing. Bumps the version of its storage, so that a derivative that
// saved the old value refuses to run; `writer` (copied, 30 characters) is named in that message.
// Refuses a tensor that requires a gradient while recording is enabled.
void *sg_tensor_write(sg_tensor *tensor, const char *writer);
// Copies `count` elements of the tensor's dtype from `data`, for those from position `start` on, counted from 0 in
// row-major order. As sg_tensor_write for the rest.
sg_status sg_tensor_put(sg_tensor *tensor, int64_t start, int64_t count, const void *data, const char *writer);
sg_status sg_tensor_fill(sg_tensor *tensor, double value); // as for sg_tensor_full
sg_status sg_tensor_fill_integer(sg_tensor *tensor, int64_t value);
// Same shape; converts between dtypes as sg_tensor_to does.
sg_status sg_tensor_assign(sg_tensor *tensor, sg_tensor *source);
// The same in somebody's name, as for sg_tensor_write.
sg_status sg_tensor_assign_as(sg_tensor *tensor, sg_tensor *source, const char *writer);

// ---- Differentiation ------------------------------------------------------------------------------

// Whether ops record themselves on the tape. Returns what it was before.
bool sg_set_grad_enabled(sg_context *context, bool enabled);
bool sg_grad_enabled(const sg_context *context);

typedef struct sg_backward_options {
  bool retain_graph; // keep saved values for another backward
  bool create_graph; // record the derivative itself, for higher orders; implies retain_graph
  bool allow_unused; // sg_grad: NULL for an input the output does not depend on, instead of an error
} sg_backward_options;

// Adds d(sum(cotangent * tensor))/d(leaf) to the gradient of every leaf that requires one.
// `cotangent` NULL: ones, and only for a tensor of one element. Either every gradient is updated or none.
// Without retain_graph the saved values are freed on the way, also when it fails half way (by memory or
// by a callback): a second backward through the same graph then says so.
// With create_graph a leaf's .grad holds its graph, and that holds the leaf: they live until the .grad is set to
// NULL or the context is closed. sg_grad makes no such ring.
sg_status sg_backward(sg_context *context, sg_tensor *tensor, sg_tensor *cotangent,
                      const sg_backward_options *options);

// gradients[i] = d(sum over k of sum(cotangents[k] * outputs[k]))/d(inputs[i]). Touches no .grad.
// `cotangents` may be NULL, and each of them, for outputs of one element.
// Inputs may be leaves or results of ops. The gradients belong to the innermost scope.
sg_status sg_grad(sg_context *context, int output_count, sg_tensor *const *outputs,
                  sg_tensor *const *cotangents, int input_count, sg_tensor *const *inputs,
                  const sg_backward_options *options, sg_tensor **gradients);

// Writes where in the user's program the engine was called, such as "model.lua:12"; at most `size` bytes with the
// end of the text. For messages about what happened earlier. NULL: nobody knows.
typedef void sg_place_function(void *user, char *text, size_t size);
void sg_set_place(sg_context *context, sg_place_function *place, void *user);

// ---- Random numbers -------------------------------------------------------------------------------

// The position in the stream; reading and setting it replays random numbers exactly.
typedef struct sg_random_state {
  uint64_t seed;
  uint64_t position;
} sg_random_state;

void sg_random_seed(sg_context *context, uint64_t seed);
sg_random_state sg_random_get_state(const sg_context *context);
void sg_random_set_state(sg_context *context, sg_random_state state);
// Uniform in [low, high); normal with mean and standard deviation; integers in [low, high).
sg_tensor *sg_random_uniform(sg_context *context, sg_dtype dtype, const sg_shape *shape, double low, double high);
sg_tensor *sg_random_normal(sg_context *context, sg_dtype dtype, const sg_shape *shape, double mean,
                            double deviation);
sg_tensor *sg_random_integers(sg_context *context, const sg_shape *shape, int64_t low, int64_t high);
// A random permutation of 0 .. count-1, plus the context's index base.
sg_tensor *sg_random_permutation(sg_context *context, int64_t count);

SG_PUBLIC_END

#endif
