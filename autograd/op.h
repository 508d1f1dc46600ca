// SPDX-License-Identifier: GPL-3.0-or-later
//
// What can be asked of an op and done with it; descriptor.h says what one is.
#ifndef SELENOGRAD_OP_H
#define SELENOGRAD_OP_H

#include "autograd/descriptor.h"

SG_PUBLIC_BEGIN

// What a descriptor says, or its family for it. Lists are never NULL.
extern const sg_port sg_no_ports[1];
extern const sg_attribute sg_no_attributes[1];

static inline const char *sg_op_subgradient(const sg_op *op) {
  return op->subgradient || !op->family ? op->subgradient : op->family->subgradient;
}
static inline const char *sg_op_cost(const sg_op *op) {
  return op->cost || !op->family ? op->cost : op->family->cost;
}
static inline const sg_port *sg_op_inputs(const sg_op *op) {
  return op->inputs ? op->inputs : op->family && op->family->inputs ? op->family->inputs : sg_no_ports;
}
static inline const sg_port *sg_op_outputs(const sg_op *op) {
  return op->outputs ? op->outputs : op->family && op->family->outputs ? op->family->outputs : sg_no_ports;
}
int sg_op_input_ports(const sg_op *op); // their numbers
int sg_op_output_ports(const sg_op *op);
// The port of the next tensor: the last one stands for all that follow.
static inline const sg_port *sg_next_port(const sg_port *port) { return port[1].name ? port + 1 : port; }
// The port of a tensor, found as fast for the last of many that share one; in an empty list its end.
static inline const sg_port *sg_port_at(const sg_port *ports, int position) {
  while (position-- > 0 && ports[0].name && ports[1].name) ports++;
  return ports;
}
static inline const sg_port *sg_op_input_port(const sg_op *op, int input) {
  return sg_port_at(sg_op_inputs(op), input);
}
static inline const sg_port *sg_op_output_port(const sg_op *op, int output) {
  return sg_port_at(sg_op_outputs(op), output);
}

// The descriptor that holds the op's attributes, options_bytes and defaults.
static inline const sg_op *sg_op_of_options(const sg_op *op) {
  return op->options_bytes || op->attributes || !op->family ? op : op->family;
}
static inline const sg_attribute *sg_op_attributes(const sg_op *op) {
  const sg_op *holder = sg_op_of_options(op);
  return holder->attributes ? holder->attributes : sg_no_attributes;
}
static inline size_t sg_op_options_bytes(const sg_op *op) { return sg_op_of_options(op)->options_bytes; }
static inline const void *sg_op_defaults(const sg_op *op) { return sg_op_of_options(op)->defaults; }

static inline unsigned sg_op_save_inputs(const sg_op *op) {
  return op->save_inputs || !op->family ? op->save_inputs : op->family->save_inputs;
}
static inline unsigned sg_op_save_outputs(const sg_op *op) {
  return op->save_outputs || !op->family ? op->save_outputs : op->family->save_outputs;
}
static inline size_t sg_op_plan_bytes(const sg_op *op) {
  return op->plan_bytes || !op->family ? op->plan_bytes : op->family->plan_bytes;
}

typedef sg_status sg_prepare_hook(sg_plan *plan);
typedef sg_status sg_check_hook(const sg_call *call);
typedef void sg_call_hook(const sg_call *call);
typedef void sg_compose_hook(const sg_call *call, sg_tensor **outputs);
typedef void sg_part_hook(const sg_call *call, sg_part *part);

static inline sg_prepare_hook *sg_op_prepare(const sg_op *op) {
  return op->prepare || !op->family ? op->prepare : op->family->prepare;
}
static inline sg_check_hook *sg_op_check_values(const sg_op *op) {
  return op->check || !op->family ? op->check : op->family->check;
}
static inline sg_check_hook *sg_op_verify(const sg_op *op) {
  return op->verify || !op->family ? op->verify : op->family->verify;
}
static inline sg_call_hook *sg_op_forward(const sg_op *op) {
  return op->forward || !op->family ? op->forward : op->family->forward;
}
static inline sg_call_hook *sg_op_backward(const sg_op *op) {
  return op->backward || !op->family ? op->backward : op->family->backward;
}
static inline sg_call_hook *sg_op_vjp(const sg_op *op) {
  return op->vjp || !op->family ? op->vjp : op->family->vjp;
}
static inline sg_compose_hook *sg_op_compose(const sg_op *op) {
  return op->compose || !op->family ? op->compose : op->family->compose;
}
// Whether it has a derivative at all: a fused one, a composition, or as a composition itself those of its parts.
static inline bool sg_op_is_differentiable(const sg_op *op) {
  if (sg_op_compose(op)) return sg_port_is_differentiable(sg_op_outputs(op));
  return sg_op_vjp(op) || sg_op_backward(op);
}
static inline bool sg_op_is_conditioned(const sg_op *op) {
  return op->conditioned || (op->family && op->family->conditioned);
}
static inline sg_part_hook *sg_op_part(const sg_op *op) {
  return op->part || !op->family ? op->part : op->family->part;
}
// Whether a caller with these options (NULL: the defaults) is given output port p.
bool sg_op_output_is_returned(const sg_op *op, int p, const void *options);
// Whether the op writes into inputs; then its first output is one. And the input that an output is, or -1.
static inline bool sg_op_writes(const sg_op *op) { return sg_op_outputs(op)[0].flags & SG_WRITTEN; }
int sg_op_written_input(const sg_op *op, int output);
// The op x = f(x, ...) that writes, named f_, for an op y = f(x, ...) that goes element by element (all its inputs
// are SG_SAME_PLACE, it has one output). x is the SG_SELF input or the first; it must have the shape and the dtype
// of the result. The form belongs to the context and is not registered. NULL: the op is none of these, or there is
// no memory.
const sg_op *sg_op_written_form(sg_context *context, const sg_op *op);

// What the descriptor of an op without a family begins with: its name, and prepare, forward and vjp of an op with
// loops of its own, or prepare and compose of one that is made of others. A hook that it has not is NULL.
//   SG_COMPUTED(cummax, prepare, forward, vjp),
//   SG_COMPOSED(cdist, prepare, compose),
#define SG_COMPUTED(op, prepares, runs, derives) .name = #op, .prepare = prepares, .forward = runs, .vjp = derives
#define SG_COMPOSED(op, prepares, composes) .name = #op, .prepare = prepares, .compose = composes

// Of a member of a family: with the struct, and its fields, of what the family wants to know; or without any.
//   SG_MEMBER(sum, sg_sums_family, sg_sums_member, .mean = false),
#define SG_MEMBER(op, of, type, ...)                                                                               \
  .name = #op, .family = &of, .member = &(const type) { __VA_ARGS__ }
#define SG_MEMBER_OF(op, of) .name = #op, .family = &of

// An op with loops of its own and a plan, by the type of that; and what a family has of them.
//   SG_PLANNED_OP(cummax, sg_lines, prepare, forward, vjp),
#define SG_PLANNED_OP(op, plan, prepares, runs, derives) .name = #op, SG_PLANNED(plan, prepares, runs, derives)
#define SG_PLANNED(plan, prepares, runs, derives)                                                                  \
  .plan_bytes = sizeof(plan), .prepare = prepares, .forward = runs, .vjp = derives

// Sample number i, the op's own ones first, then its family's; NULL after the last.
const sg_sample *sg_op_sample(const sg_op *op, int i);
const sg_sample *sg_op_bad_sample(const sg_op *op, int i);

// Whether a descriptor is sound: names, ends and limits of its lists, fields inside the options, defaults within
// their ranges, hooks, and a derivative or ports that say that there is none. sg_op_register asks this itself.
// SG_INVALID_ARGUMENT: "op swish: attribute 'eps' lies outside the options, which end at options_bytes".
sg_status sg_op_check(sg_context *context, const sg_op *op);

// Checks one field of an options struct against its attribute: "dropout: p is 2, expected a value in [0, 1]".
sg_status sg_attribute_check(sg_context *context, const sg_op *op, const sg_attribute *attribute,
                             const void *value);

// Applies an op: checks, allocates, computes, records. `options` NULL: the defaults. `outputs` has room for
// every output port; what is returned belongs to the innermost scope. On failure nothing has changed.
// Refused: an op whose outputs are as many as its prepare says.
sg_status sg_apply(sg_context *context, const sg_op *op, int input_count, sg_tensor *const *inputs,
                   const void *options, sg_tensor **outputs);
// The same for any op. The list belongs to the innermost scope like what is in it; count is 0 on failure.
sg_status sg_apply_list(sg_context *context, const sg_op *op, int input_count, sg_tensor *const *inputs,
                        const void *options, sg_tensors *outputs);
// The same for an op with one output: returns it, or NULL.
sg_tensor *sg_apply_one(sg_context *context, const sg_op *op, int input_count, sg_tensor *const *inputs,
                        const void *options);

// For an op whose last output is SG_VARIADIC, from prepare and before it fills in outputs: that one stands for
// `count` tensors, 0 and more. plan->output_shape and output_dtype are other arrays from then on, preset likewise.
sg_status sg_plan_outputs(sg_plan *plan, int64_t count);
// One value for each of `count` things, from a list of as many or of a single one for all (kernel_size = 3, {3,
// 5}), or rejects: "conv2d: padding has 3 values, expected one or two".
sg_status sg_plan_each(const sg_plan *plan, const char *name, const sg_ints *list, int count, int64_t *values);
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
// Fill a tensor that was just made from the stream, as the functions of selenograd.h that make one do: floating
// ones, those of i64, and a vector of i64.
void sg_random_fill_uniform(sg_tensor *tensor, double low, double high);
void sg_random_fill_normal(sg_tensor *tensor, double mean, double deviation);
void sg_random_fill_integers(sg_tensor *tensor, int64_t low, int64_t high);
void sg_random_fill_permutation(sg_tensor *tensor);

SG_PUBLIC_END

#endif
