// SPDX-License-Identifier: GPL-3.0-or-later
//
// Ops whose forward is a user's function, such as a Lua function. sg_apply does not apply them: whoever calls the
// function does, in these steps.
//
//   sg_custom_number          a number for this application, to be kept among the op's options
//   sg_custom_check           the arguments are fit
//   sg_custom_enter_forward   recording is off, and nothing that carries a gradient may get lost
//   ...                       the function runs; what requires a gradient is given to it as sg_custom_argument
//   sg_custom_leave
//   sg_custom_record          its results become outputs of a node
//
// The op's vjp hook then calls the user's backward, between sg_custom_enter_backward and sg_custom_leave, and asks
// sg_custom_check_gradient for every gradient that it gave.
//
// A tensor is called severed when it was computed in such a forward from arguments that carry a gradient: it
// depends on them and has no graph that says so. The first derivative may use it. The derivative of that derivative
// would miss what flows through it, so a recorded backward (create_graph) refuses it.
//
// Marks have numbers. Memory made in a forward stays severed once severed values were written into it. Memory made
// outside, such as a running average, is severed for the backward of the forwards that ran when it was written, and
// of earlier ones; for later forwards it is state, constant as everything that has no graph. In a recorded
// backward, severed is also a gradient that it takes without create_graph; and a custom op applied there may use in
// its forward what this forward severed, but nothing older.
#ifndef SELENOGRAD_CUSTOM_H
#define SELENOGRAD_CUSTOM_H

#include "autograd/custom_guard.h"
#include "autograd/op.h"

SG_PUBLIC_BEGIN

// What enter changed, for leave to put back.
typedef struct sg_custom_region {
  bool recording;
  sg_custom_guard guard;
} sg_custom_region;

// A number for an application of a custom op, higher than all before.
uint64_t sg_custom_number(sg_context *context);

// Refuses arguments of another context, arguments that require a gradient in more than one dtype, and what the
// surrounding custom function may not use. NULL stands for an argument that is no tensor.
sg_status sg_custom_check(sg_context *context, const sg_op *op, int count, sg_tensor *const *arguments);
// Whether forward is to get sg_custom_argument in place of an argument.
bool sg_custom_hides(const sg_context *context, const sg_tensor *argument);
// The same values without history, for forward to compute with. After sg_custom_number, before entering.
sg_tensor *sg_custom_argument(sg_context *context, sg_tensor *argument);
// `number`: that of the application, in backward too.
sg_custom_region sg_custom_enter_forward(sg_context *context, uint64_t number);
sg_custom_region sg_custom_enter_backward(sg_context *context, uint64_t number);
// Whether a forward took numbers out of severed tensors, or of ones that require a gradient: no graph follows them.
bool sg_custom_leave(sg_context *context, sg_custom_region region);

typedef struct sg_custom_value {
  sg_tensor *tensor; // NULL: an argument that is no tensor
  bool constant;     // no derivative flows here
  bool saved;        // the derivative needs it, as it was at `version`
  uint64_t version;
} sg_custom_value;

// Makes the outputs from what forward computed: the same values, with the node as their producer when recording is
// on, an input requires a gradient, and an output can have one. Inputs are the arguments and after them whatever
// else the derivative needs (constant and saved). Refused: a result that requires a gradient and is no argument,
// for that would be lost; and none, or more than 16. `outputs` belong to the innermost scope. On success with
// *recorded the node owns what `options` owns and calls op->release at its end.
sg_status sg_custom_record(sg_context *context, const sg_op *op, int input_count, const sg_custom_value *inputs,
                           int output_count, const sg_custom_value *results, const void *options, bool *recorded,
                           sg_tensor **outputs);

// In a recorded backward, before leaving it: refuses a gradient that is severed: "backward of cube: the gradient
// of x [2] was computed in the forward of a custom op ...".
sg_status sg_custom_check_gradient(sg_context *context, const sg_tensor *gradient, const char *op,
                                   const char *argument);

// What some handles alone keep alive: each of the tensors is held by one of them, which is to be all that the
// caller has of it. No tensor and no node may change between open and close. False: there is no memory for it, or
// too much to look at; no error is pending then.
typedef struct sg_custom_cycle sg_custom_cycle;
bool sg_custom_cycle_open(sg_custom_cycle **cycle, sg_context *context, int count, sg_tensor *const *handles);
// Calls `visit` for what this handle keeps, if the handles alone do: with the release function and the options of
// every node whose op has one, and with those of every hook and its `user`.
typedef void sg_custom_visit(void *user, void (*release)(void *), void *held);
void sg_custom_cycle_visit(sg_custom_cycle *cycle, const sg_tensor *handle, sg_custom_visit *visit, void *user);
void sg_custom_cycle_close(sg_custom_cycle *cycle);

// A result of forward is constant by its author's word.
void sg_custom_constant(sg_tensor *result);
bool sg_tensor_is_severed(const sg_tensor *tensor);
// To be asked before values of a tensor leave as plain numbers; `reader` names who takes them. Refused in a
// recorded backward when the tensor carries a gradient, noted in a forward. Gives the tensor to read, another one
// where a checker holds what is cut off its graph; NULL: refused.
sg_tensor *sg_tensor_take_numbers(sg_tensor *tensor, const char *reader);
// What sg_tensor_detach gives, and no checker takes for cut off: for those who see to the gradient by other means.
sg_tensor *sg_custom_leaf(sg_context *context, sg_tensor *tensor);
// To be asked before values of a source are written in place into a target by other means than sg_tensor_assign.
sg_status sg_tensor_may_receive(sg_tensor *target, const sg_tensor *source, const char *writer);

SG_PUBLIC_END

#endif
