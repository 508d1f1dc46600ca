// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = x, where an index names a position all that it puts there together, and with include_self what is there.
#include <string.h>

#include "ops/ops.h"
#include "ops/shape/indices.h"
#include "ops/shape/merging.h"

typedef struct scatter_reduce_options {
  int64_t dim;
  int reduce; // a merge_kind
  bool include_self;
} scatter_reduce_options;

static const char *const ways[] = {"sum", "prod", "mean", "amax", "amin", NULL};

static sg_status prepare(sg_plan *plan) {
  const scatter_reduce_options *options = plan->options;
  return sg_merging_prepare(plan, plan->own, options->dim, (merge_kind)options->reduce, options->include_self);
}

static sg_status check(const sg_call *call) {
  return sg_index_check(call, SG_MERGE_INDEX, SG_MERGE_X, ((const sg_merging *)call->plan)->dim);
}

static void forward(const sg_call *call) { sg_merging_forward(call, call->plan); }
static void vjp(const sg_call *call) { sg_merging_vjp(call, call->plan); }

#define ALONG(dim, way, self) SG_WITH(scatter_reduce_options, dim, MERGE_##way, self)
#define ROWS SG_ON(SG_RANDN(3, 4), SG_INDICES(4, SG_DIMS(3, 6)), SG_RANDN(3, 6))
#define COLUMNS SG_ON(SG_RANDN(4, 3), SG_INDICES(4, SG_DIMS(5, 2)), SG_RANDN(5, 2))
#define MANY SG_ON(SG_UNIFORM(0.5, 1.5, SG_DIMS(3)), SG_INDICES(3, SG_DIMS(40)), SG_UNIFORM(0.5, 1.5, SG_DIMS(40)))
#define AT_0_AND_2(...) SG_VALUES_OF(SG_I64, SG_NUMBERS(0, 2, 0, 0, 2), SG_DIMS(5)), SG_VECTOR(__VA_ARGS__)
#define INTEGERS SG_ON(SG_RANDINT(-9, 9, SG_DIMS(3)), SG_INDICES(3, SG_DIMS(5)), SG_RANDINT(-9, 9, SG_DIMS(5)))

const sg_op op_scatter_reduce = {
    SG_PLANNED_OP(scatter_reduce, sg_merging, prepare, forward, vjp),
    SG_WORDS(
        "Puts together what an index puts at each position of a dimension.",
        "y[..., p, ...] = reduce of all source[..., i, ...] with index[..., i, ...] = p, and with include_self of "
        "x[..., p, ...]; y = x where there is none"),
    .inputs = SG_PORTS({"x", SG_ANY_DTYPE, "what to put into: f32, f64 or i64"},
                       {"index", SG_INDEX, "positions in dim; in the other dimensions no larger than x"},
                       {"source", SG_ANY_DTYPE, "what to put there, in the shape of index, or a single number"}),
    .subgradient = "of amax and amin, equal elements share it equally",
    .outputs = SG_PORTS({"y", SG_ANY_DTYPE, "the shape of x; what is largest or smallest shares the gradient"}),
    SG_OPTIONS(scatter_reduce_options, SG_CONSTANT(scatter_reduce_options, .include_self = true),
               SG_OPTION(scatter_reduce_options, dim, DIM, "dimension of the positions", SG_REQUIRED),
               {"reduce", SG_ATTRIBUTE_CHOICE, offsetof(scatter_reduce_options, reduce),
                "the sum, the product, the mean (of integers rounded down), the largest or the smallest",
                SG_REQUIRED, 0, 0, ways},
               SG_OPTION(scatter_reduce_options, include_self, BOOL, "count what is there in x; default true")),
    .check = check,
    .samples = SG_SAMPLES(
        {"sums", ROWS, ALONG(1, SUM, true)}, {"sums alone", COLUMNS, ALONG(0, SUM, false)},
        {"products", ROWS, ALONG(-1, PRODUCT, true)}, {"products alone", COLUMNS, ALONG(0, PRODUCT, false)},
        {"means", ROWS, ALONG(1, MEAN, true)}, {"means alone", COLUMNS, ALONG(0, MEAN, false)},
        {"largest", ROWS, ALONG(1, LARGEST, true)}, {"largest alone", COLUMNS, ALONG(0, LARGEST, false)},
        {"smallest", ROWS, ALONG(1, SMALLEST, true)}, {"smallest alone", COLUMNS, ALONG(0, SMALLEST, false)},
        {"many factors", MANY, ALONG(0, PRODUCT, true)},
        {"a zero", SG_ON(SG_VECTOR(2, 5, 3), AT_0_AND_2(1, 0, -2, 0.5, 3)), ALONG(0, PRODUCT, true),
         SG_GIVES(-2, 5, 0)},
        {"zeros", SG_ON(SG_VECTOR(0, 5, 3), AT_0_AND_2(1, 0, -2, 0.5, 0)), ALONG(0, PRODUCT, false),
         SG_GIVES(-1, 5, 0)},
        {"one number", SG_ON(SG_RANDN(3), SG_INDICES(3, SG_DIMS(4)), SG_NORMAL(0, 1, SG_SCALAR)),
         ALONG(0, MEAN, true)},
        {"powers of one number", SG_ON(SG_RANDN(3), SG_INDICES(3, SG_DIMS(4)), SG_NORMAL(0, 1, SG_SCALAR)),
         ALONG(0, PRODUCT, true)},
        {"fewer lines", SG_ON(SG_RANDN(3, 4, 2), SG_INDICES(4, SG_DIMS(2, 3, 1)), SG_RANDN(2, 3, 1)),
         ALONG(-2, PRODUCT, false)},
        {"no index", SG_ON(SG_RANDN(3), SG_INDICES(3, SG_DIMS(0)), SG_RANDN(0)), ALONG(0, PRODUCT, true)},
        {"empty", SG_ON(SG_RANDN(0, 2), SG_INDICES(2, SG_DIMS(0, 3)), SG_RANDN(0, 3)), ALONG(1, LARGEST, true)},
        {"integers", INTEGERS, ALONG(0, SUM, true)}, {"integers, multiplied", INTEGERS, ALONG(0, PRODUCT, false)},
        {"integers, means", INTEGERS, ALONG(0, MEAN, true)},
        {"largest integers", INTEGERS, ALONG(0, LARGEST, true)}),
    .bad_samples = SG_SAMPLES(
        {"source", SG_ON(SG_RANDN(3), SG_INDICES(3, SG_DIMS(2)), SG_RANDN(3)), ALONG(0, SUM, true),
         .error = "source has shape [3], expected that of index [2], or a single number"},
        {"rank", SG_ON(SG_RANDN(3, 2), SG_INDICES(2, SG_DIMS(3)), SG_RANDN(3)), ALONG(0, SUM, true),
         .error = "index has shape [3]"},
        {"out of range", SG_ON(SG_RANDN(3), SG_VALUES_OF(SG_I64, SG_NUMBERS(9), SG_DIMS(1)), SG_RANDN(1)),
         ALONG(0, MEAN, true), .error = "holds 9"},
        {"bools", SG_ON(SG_MASK(SG_DIMS(3)), SG_INDICES(3, SG_DIMS(2)), SG_MASK(SG_DIMS(2))), ALONG(0, SUM, true),
         .error = "x has dtype bool, expected numbers"}),
};

sg_tensor *sg_scatter_reduce(sg_context *context, sg_tensor *x, sg_tensor *index, sg_tensor *source, int64_t dim,
                             const char *reduce, bool include_self) {
  scatter_reduce_options options = {.dim = dim, .reduce = -1, .include_self = include_self};
  for (int i = 0; ways[i]; i++)
    if (strcmp(ways[i], reduce) == 0) options.reduce = i;
  return sg_apply_one(context, &op_scatter_reduce, 3, (sg_tensor *[]){x, index, source}, &options);
}
