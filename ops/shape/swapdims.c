// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = x with two dimensions exchanged, as transpose gives it.
#include "ops/ops.h"
#include "ops/shape/layout.h"

typedef struct swapdims_options {
  int64_t dim0, dim1;
} swapdims_options;

static sg_status prepare(sg_plan *plan) {
  const swapdims_options *options = plan->options;
  return sg_layout_exchange(plan, options->dim0, options->dim1);
}

static void vjp(const sg_call *call) {
  const swapdims_options *options = call->options;
  call->d_inputs[0] = sg_transpose(call->context, call->d_outputs[0], options->dim0, options->dim1);
}

#define SWAP(a, b) (&(const swapdims_options){a, b})

const sg_op op_swapdims = {
    .name = "swapdims",
    .summary = "Exchanges two dimensions: transpose by another name.",
    .formula = "y[..., j, ..., i, ...] = x[..., i, ..., j, ...]",
    .family = &sg_layout_family,
    .outputs = SG_PORTS({"y", SG_ANY_DTYPE, "x with dim0 and dim1 exchanged"}),
    SG_OPTIONS(swapdims_options, SWAP(0, 0), SG_OPTION(swapdims_options, dim0, DIM, "one dimension", SG_REQUIRED),
               SG_OPTION(swapdims_options, dim1, DIM, "the other", SG_REQUIRED)),
    .prepare = prepare,
    .vjp = vjp,
    .samples =
        SG_SAMPLES({"matrix", SG_ON(SG_VALUES(SG_NUMBERS(1, 2, 3, 4, 5, 6), SG_DIMS(2, 3))), SWAP(0, 1),
                    SG_GIVES(1, 4, 2, 5, 3, 6)},
                   {"outer dimensions", SG_ON(SG_RANDN(3, 2, 4)), SWAP(1, -3)},
                   {"one element", SG_ON(SG_RANDN(1)), SWAP(0, -1)}, {"empty", SG_ON(SG_RANDN(0, 2)), SWAP(0, 1)},
                   {"integers", SG_ON(SG_RANDINT(-9, 9, SG_DIMS(2, 3))), SWAP(0, 1)}),
    .bad_samples = SG_SAMPLES({"dimension", SG_ON(SG_RANDN(2, 3)), SWAP(0, 2), .error = "outside"},
                              {"scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR)), SWAP(0, 0), .error = "outside"}),
};

sg_tensor *sg_swapdims(sg_context *context, sg_tensor *x, int64_t dim0, int64_t dim1) {
  return sg_apply_one(context, &op_swapdims, 1, &x, SWAP(dim0, dim1));
}
