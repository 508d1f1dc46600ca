// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = x with dimensions source moved to the places destination; the others keep their order. A copy.
#include "ops/ops.h"
#include "ops/shape/layout.h"

typedef struct movedim_options {
  sg_ints source, destination;
} movedim_options;

static sg_status prepare(sg_plan *plan) {
  const movedim_options *options = plan->options;
  const int rank = sg_plan_shape(plan, 0)->rank, count = options->source.count;
  int source[SG_MAX_RANK], destination[SG_MAX_RANK], order[SG_MAX_RANK];
  unsigned moved = 0, taken = 0;
  if (options->destination.count != count)
    return sg_reject(plan, "source names %d dimensions and destination %d", count, options->destination.count);
  if (sg_layout_named(plan, "source", &options->source, source)) return sg_error_status(plan->context);
  if (sg_layout_named(plan, "destination", &options->destination, destination))
    return sg_error_status(plan->context);
  for (int i = 0; i < count; i++) {
    order[destination[i]] = source[i];
    moved |= 1u << source[i];
    taken |= 1u << destination[i];
  }
  for (int d = 0, next = 0; d < rank; d++) {
    if (taken >> d & 1) continue;
    while (moved >> next & 1) next++;
    order[d] = next++;
  }
  return sg_layout_in_order(plan, order, 0);
}

static void vjp(const sg_call *call) {
  const movedim_options *options = call->options;
  call->d_inputs[0] = sg_movedim(call->context, call->d_outputs[0], &options->destination, &options->source);
}

#define FROM(...) .source = SG_DIMS(__VA_ARGS__)
#define TO(...) .destination = SG_DIMS(__VA_ARGS__)

const sg_op op_movedim = {
    SG_LAYOUT(movedim, prepare, vjp),
    .summary = "Moves dimensions to other places; the others keep their order.",
    .formula = "dimension destination[i] of y is dimension source[i] of x",
    .outputs = SG_PORTS({"y", SG_ANY_DTYPE, "x with its dimensions in the new order"}),
    SG_OPTIONS(movedim_options, SG_CONSTANT(movedim_options, .source = {0}),
               SG_OPTION(movedim_options, source, DIMS, "dimensions of x, each at most once", SG_REQUIRED),
               SG_OPTION(movedim_options, destination, DIMS, "where they will stand, one for each", SG_REQUIRED)),
    .samples =
        SG_SAMPLES({"to the end", SG_ON(SG_RANDN(2, 3, 4)), SG_WITH(movedim_options, FROM(0), TO(-1))},
                   {"to the front", SG_ON(SG_RANDN(2, 3, 4)), SG_WITH(movedim_options, FROM(-1), TO(0))},
                   {"two", SG_ON(SG_RANDN(2, 3, 4, 2)), SG_WITH(movedim_options, FROM(0, 2), TO(-1, 0))},
                   {"matrix", SG_ON(SG_VALUES(SG_NUMBERS(1, 2, 3, 4, 5, 6), SG_DIMS(2, 3))),
                    SG_WITH(movedim_options, FROM(1), TO(0)), SG_GIVES(1, 4, 2, 5, 3, 6)},
                   {"none", SG_ON(SG_RANDN(2, 3)), SG_WITH(movedim_options, .source = {0})},
                   {"one element", SG_ON(SG_RANDN(1, 1)), SG_WITH(movedim_options, FROM(0), TO(1))},
                   {"scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR)), SG_WITH(movedim_options, .source = {0})},
                   {"empty", SG_ON(SG_RANDN(2, 0, 3)), SG_WITH(movedim_options, FROM(2), TO(0))},
                   {"integers", SG_ON(SG_RANDINT(-9, 9, SG_DIMS(2, 3))), SG_WITH(movedim_options, FROM(0), TO(1))}),
    .bad_samples =
        SG_SAMPLES({"other number", SG_ON(SG_RANDN(2, 3)), SG_WITH(movedim_options, FROM(0), TO(0, 1)),
                    .error = "source names 1 dimensions and destination 2"},
                   {"twice", SG_ON(SG_RANDN(2, 3)), SG_WITH(movedim_options, FROM(0, -2), TO(0, 1)),
                    .error = "named twice in source"},
                   {"to one place", SG_ON(SG_RANDN(2, 3)), SG_WITH(movedim_options, FROM(0, 1), TO(1, -1)),
                    .error = "named twice in destination"}),
};

sg_tensor *sg_movedim(sg_context *context, sg_tensor *x, const sg_ints *source, const sg_ints *destination) {
  return sg_apply_one(context, &op_movedim, 1, &x, &(movedim_options){*source, *destination});
}
