// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/shape/exchange.h"
#include "ops/ops.h"
#include "ops/shape/layout.h"

static sg_status prepare(sg_plan *plan) {
  const sg_exchange_options *options = plan->options;
  int a, b, order[SG_MAX_RANK];
  if (sg_plan_dimension(plan, 0, options->one, &a)) return sg_error_status(plan->context);
  if (sg_plan_dimension(plan, 0, options->other, &b)) return sg_error_status(plan->context);
  for (int d = 0; d < SG_MAX_RANK; d++) order[d] = d == a ? b : d == b ? a : d;
  return sg_layout_in_order(plan, order, 0);
}

static void vjp(const sg_call *call) {
  const sg_exchange_options *options = call->options;
  call->d_inputs[0] = sg_transpose(call->context, call->d_outputs[0], options->one, options->other);
}

#define EXCHANGED(a, b) SG_WITH(sg_exchange_options, a, b)

const sg_op sg_exchange_family = {
    .inputs = SG_PORTS({"x", SG_ANY_DTYPE, "tensor of any shape"}),
    SG_PLANNED(sg_layout, prepare, sg_layout_forward, vjp),
    .samples = SG_SAMPLES({"tiles with remainders", SG_ON(SG_RANDN(9, 14)), EXCHANGED(0, 1)},
                          {"batch", SG_ON(SG_RANDN(3, 2, 4)), EXCHANGED(1, -1)},
                          {"outer dimensions", SG_ON(SG_RANDN(3, 2, 4)), EXCHANGED(1, -3)},
                          {"with itself", SG_ON(SG_RANDN(3, 2)), EXCHANGED(1, 1)},
                          {"one element", SG_ON(SG_RANDN(1)), EXCHANGED(0, -1)},
                          {"empty", SG_ON(SG_RANDN(0, 2)), EXCHANGED(0, 1)},
                          {"integers", SG_ON(SG_RANDINT(-9, 9, SG_DIMS(2, 3))), EXCHANGED(0, 1)}),
    .bad_samples = SG_SAMPLES({"scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR)), EXCHANGED(0, 0), .error = "outside"}),
};
