// SPDX-License-Identifier: GPL-3.0-or-later
//
// One application of an op, planned and allocated once and computed many times, from what its inputs hold at the
// time: no checks, no memory, no tape. Different ones may be computed in different threads at once, as long as
// they write different tensors and the op draws no random numbers (the stream is the context's).
#ifndef SELENOGRAD_PREPARED_H
#define SELENOGRAD_PREPARED_H

#include "autograd/op.h"

typedef struct sg_prepared {
  sg_call call;
  bool is_view; // the outputs share the memory of the inputs
  // Where some inputs must be converted, or copied as they overlap what is written: the inputs of the caller, and
  // all of the call. NULL: there are none such.
  sg_tensor *const *given;
  sg_tensor *inputs[SG_MAX_PORTS];
  sg_tensor *few_outputs[SG_MAX_PORTS]; // of `call`, and their shapes, where they have room here
  sg_shape few_shapes[SG_MAX_PORTS];
  _Alignas(max_align_t) char plan[SG_MAX_PLAN_BYTES];
} sg_prepared;

// Plans the application as sg_apply does and makes its outputs, which belong to the current scope and hold
// anything until sg_compute. `inputs`, `options`, what these point to, and `*prepared` itself must stay where they
// are. Errors are those of sg_apply. An op that writes in place writes at every sg_compute, which counts as a
// write; whether it may is asked here and by sg_prepared_check.
sg_status sg_prepare(sg_context *context, const sg_op *op, int input_count, sg_tensor *const *inputs,
                     const void *options, sg_prepared *prepared);

// Whether the op can compute what its inputs hold by now. To be asked before sg_compute whenever inputs were given
// elements that the op's check looks at, such as indices; the call is as good as new then.
sg_status sg_prepared_check(const sg_prepared *prepared);

// Computes the outputs, from inputs as they are now, converted or copied anew where they have to be. Touches
// nothing else, and cannot fail but where the op's verify refuses.
sg_status sg_compute(const sg_prepared *prepared);

#endif
