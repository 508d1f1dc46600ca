// SPDX-License-Identifier: GPL-3.0-or-later
//
// x in a number of parts along a dimension.
#include "ops/ops.h"
#include "ops/shape/parts.h"

typedef struct chunk_options {
  int64_t chunks, dim;
} chunk_options;

// Parts of ceil(extent / chunks), which may be fewer than asked for; of an extent of 0 all that were asked for.
static sg_status prepare(sg_plan *plan) {
  const chunk_options *options = plan->options;
  int64_t extent;
  if (sg_parts_open(plan, options->dim, &extent)) return sg_error_status(plan->context);
  if (extent > 0) return sg_parts_even(plan, extent, (extent - 1) / options->chunks + 1);
  if (sg_plan_outputs(plan, options->chunks)) return sg_error_status(plan->context);
  for (int i = 0; i < options->chunks; i++) sg_parts_set(plan, i, 0);
  return SG_OK;
}

#define INTO(chunks, dim) (&(const chunk_options){chunks, dim})
#define MATRIX SG_VALUES(SG_NUMBERS(1, 2, 3, 4, 5, 6), SG_DIMS(2, 3))

const sg_op op_chunk = {
    SG_MEMBER_OF(chunk, sg_parts_family),
    SG_WORDS("Cuts a tensor into a number of parts along a dimension.",
             "y1, y2, ... of extent ceil(extent / chunks) along dim, the last of what is left"),
    .outputs =
        SG_PORTS({"y", SG_ANY_DTYPE | SG_VARIADIC,
                  "the parts, `chunks` or fewer; views of x where nothing but extents of 1 comes before dim"}),
    SG_OPTIONS(chunk_options, INTO(1, 0),
               SG_OPTION(chunk_options, chunks, INT, "most parts wanted", SG_REQUIRED | SG_AT_LEAST, 1),
               SG_OPTION(chunk_options, dim, DIM, "dimension to cut; default the first")),
    .prepare = prepare,
    .samples = SG_SAMPLES(
        {"columns", SG_ON(MATRIX), INTO(2, 1), SG_GIVES(1, 2, 4, 5)}, {"rows", SG_ON(SG_RANDN(6, 2)), INTO(3, 0)},
        {"fewer", SG_ON(SG_RANDN(2, 5, 2)), INTO(4, 1)}, {"one", SG_ON(SG_RANDN(4)), INTO(1, 0)},
        {"more than elements", SG_ON(SG_RANDN(3)), INTO(9, 0)}, {"empty", SG_ON(SG_RANDN(0, 2)), INTO(3, 0)}),
    .bad_samples = SG_SAMPLES({"too many", SG_ON(SG_RANDN(0)), INTO(INT64_MAX, 0), .error = "tensors, at most"},
                              {"scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR)), INTO(2, 0), .error = "outside"}),
};

sg_tensors sg_chunk(sg_context *context, sg_tensor *x, int64_t chunks, int64_t dim) {
  sg_tensors parts;
  sg_apply_list(context, &op_chunk, 1, &x, INTO(chunks, dim), &parts);
  return parts;
}
