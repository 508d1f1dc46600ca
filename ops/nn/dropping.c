// SPDX-License-Identifier: GPL-3.0-or-later
//
//   y = x m,  m = 0 with probability p, else 1 / (1 - p), of every element or every channel
//
// and with alpha, where -alpha' is the limit of selu:  y = a (x k - alpha' (1 - k) + p alpha'),  k = (1 - p) m and
// a = ((alpha'^2 p + 1) (1 - p))^(-1/2), so that mean 0 and variance 1 stay.
// References: Tompson et al. 2015; Klambauer et al., "Self-Normalizing Neural Networks", 2017.
#include "ops/nn/dropping.h"
#include "ops/ops.h"

#include <math.h>

static const double limit = 1.7580993408473766; // scale times alpha of selu

static const sg_dropping_member *member_of(const sg_op *op) { return op->member; }

static sg_status prepare(sg_plan *plan) {
  const sg_dropping_member *member = member_of(plan->op);
  const sg_shape *x = sg_plan_shape(plan, 0);
  const bool fits = member->most > 0 ? x->rank == member->most || x->rank == member->most - 1
                                     : x->rank >= (member->channels ? 2 : 0);
  if (!fits)
    return sg_reject(plan, "x has shape %s, expected %s", sg_shape_text(x).text, sg_op_inputs(plan->op)[0].doc);
  plan->output_shape[0] = *x;
  return SG_OK;
}

// A number for every element or every channel.
static sg_shape shape_of_mask(const sg_dropping_member *member, const sg_shape *x) {
  sg_shape mask = *x;
  const int lead = member->alone && x->rank < member->most ? 1 : 2;
  for (int d = lead; member->channels && d < x->rank; d++) mask.size[d] = 1;
  return mask;
}

static void compose(const sg_call *call, sg_tensor **outputs) {
  sg_context *c = call->context;
  const sg_dropout_options *options = call->options;
  const double p = options->p;
  sg_tensor *x = call->inputs[0];
  const sg_shape shape = shape_of_mask(member_of(call->op), sg_tensor_shape(x));
  sg_tensor *mask = sg_dropout(c, sg_tensor_full(c, call->dtype, &shape, 1), options);
  if (!member_of(call->op)->alpha || p == 1) {
    outputs[0] = sg_mul(c, x, mask);
    return;
  }
  const double a = 1 / sqrt((limit * limit * p + 1) * (1 - p));
  sg_tensor *scale = sg_mul_scalar(c, mask, a * (1 - p));
  sg_tensor *shift = sg_add_scalar(c, sg_mul_scalar(c, mask, a * limit * (1 - p)), a * limit * (p - 1));
  outputs[0] = sg_add(c, sg_mul(c, x, scale), shift);
}

const sg_op sg_dropping_family = {
    SG_OPTIONS(sg_dropout_options, SG_CONSTANT(sg_dropout_options, 0.5),
               SG_OPTION(sg_dropout_options, p, FLOAT, "probability that something is dropped; default 0.5",
                         SG_AT_LEAST | SG_AT_MOST, 0, 1)),
    .prepare = prepare,
    .compose = compose,
};
