// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = the rows of a table by their numbers. One row may stand for padding: it is looked up like any other, and has
// no gradient.
#include "ops/ops.h"
#include "ops/shape/lookup.h"

typedef struct embedding_options {
  sg_ints padding_idx; // one number or none
} embedding_options;

enum { INPUT, WEIGHT };

static sg_status prepare(sg_plan *plan) {
  const sg_ints *padding = &((const embedding_options *)plan->options)->padding_idx;
  const sg_shape *weight = sg_plan_shape(plan, WEIGHT);
  if (padding->count > 1) return sg_reject(plan, "padding_idx has %d values, expected one", padding->count);
  if (sg_lookup_plan(plan)) return sg_error_status(plan->context);
  const int64_t rows = weight->size[0], row = padding->count ? padding->value[0] : 0;
  if (padding->count == 0 || (row >= -rows && row < rows)) return SG_OK;
  return sg_reject(plan, "padding_idx %lld is outside of the rows of weight %s",
                   (long long)sg_plan_named_dimension(plan, row), sg_shape_text(weight).text);
}

static void vjp(const sg_call *call) {
  sg_context *c = call->context;
  const sg_ints *padding = &((const embedding_options *)call->options)->padding_idx;
  sg_tensor *d_weight = sg_lookup_adjoint(call);
  if (padding->count > 0 && d_weight && sg_tensor_elements(d_weight) > 0) {
    const int64_t row =
        padding->value[0] < 0 ? padding->value[0] + call->input_shapes[WEIGHT].size[0] : padding->value[0];
    sg_tensor *index = sg_tensor_full(c, SG_I64, &(const sg_shape){1, {1}}, (double)(row + sg_index_base(c)));
    d_weight = sg_index_fill(c, d_weight, index, sg_scalar_like(c, d_weight, 0), 0);
  }
  call->d_inputs[WEIGHT] = d_weight;
}

#define PADDED(row) (&(const embedding_options){SG_DIMS(row)})

const sg_op op_embedding = {
    SG_MEMBER(embedding, sg_lookup_family, sg_lookup_member, .table = WEIGHT, .index = INPUT),
    SG_WORDS("Looks up rows of a table by their numbers.", "y[i, ..., :] = weight[input[i, ...], :]"),
    .inputs = SG_PORTS({"input", SG_INDEX, "numbers of rows, in any shape; may repeat"},
                       {"weight", SG_ANY_DTYPE, "the table, (rows, ...)"}),
    .outputs = SG_PORTS({"y", SG_ANY_DTYPE, "the rows, (shape of input, ...)"}),
    SG_OPTIONS(embedding_options, SG_CONSTANT(embedding_options, {0}),
               SG_OPTION(embedding_options, padding_idx, DIMS,
                         "number of a row that has no gradient, negative from the end; default none")),
    .save_inputs = 1 << INPUT,
    .prepare = prepare,
    .vjp = vjp,
    .samples = SG_SAMPLES(
        {"words", SG_ON(SG_INDICES(4, SG_DIMS(2, 3)), SG_RANDN(4, 3))},
        {"by hand",
         SG_ON(SG_VALUES_OF(SG_I64, SG_NUMBERS(1, 1, 0), SG_DIMS(3)),
               SG_VALUES(SG_NUMBERS(1, 2, 3, 4), SG_DIMS(2, 2))),
         SG_GIVES(3, 4, 3, 4, 1, 2)},
        {"padding", SG_ON(SG_VALUES_OF(SG_I64, SG_NUMBERS(0, 3, 2, 3), SG_DIMS(2, 2)), SG_RANDN(4, 3)), PADDED(1)},
        {"padding at the end", SG_ON(SG_INDICES(2, SG_DIMS(2, 4)), SG_RANDN(3, 2)), PADDED(-1)},
        {"one row", SG_ON(SG_INDICES(3, SG_SCALAR), SG_RANDN(3, 2))},
        {"of numbers", SG_ON(SG_INDICES(5, SG_DIMS(3)), SG_RANDN(5))},
        {"of matrices", SG_ON(SG_INDICES(3, SG_DIMS(2)), SG_RANDN(3, 2, 2))},
        {"no input", SG_ON(SG_INDICES(3, SG_DIMS(0)), SG_RANDN(3, 2))},
        {"empty rows", SG_ON(SG_INDICES(3, SG_DIMS(2)), SG_RANDN(3, 0)), PADDED(0)},
        {"integers", SG_ON(SG_INDICES(3, SG_DIMS(4)), SG_RANDINT(-9, 9, SG_DIMS(3, 2)))}),
    .bad_samples = SG_SAMPLES(
        {"out of range", SG_ON(SG_VALUES_OF(SG_I64, SG_NUMBERS(4), SG_DIMS(1)), SG_RANDN(2, 3)),
         .error = "(weight [2, 3])"},
        {"no table", SG_ON(SG_INDICES(1, SG_DIMS(1)), SG_NORMAL(0, 1, SG_SCALAR)),
         .error = "weight has no dimensions"},
        {"padding", SG_ON(SG_INDICES(2, SG_DIMS(1)), SG_RANDN(2, 3)), PADDED(2),
         .error = "is outside of the rows of weight"},
        {"two paddings", SG_ON(SG_INDICES(2, SG_DIMS(1)), SG_RANDN(2, 3)),
         SG_WITH(embedding_options, SG_DIMS(0, 1)), .error = "padding_idx has 2 values"},
        {"fractions", SG_ON(SG_OF_DTYPE(SG_F64, SG_DIMS(2)), SG_RANDN(2, 3)), .error = "input has dtype"},
        {"too many dimensions", SG_ON(SG_INDICES(1, SG_DIMS(1, 1, 1, 1, 1, 1, 1)), SG_RANDN(1, 1, 1)),
         .error = "9 dimensions"}),
};

sg_tensor *sg_embedding(sg_context *context, sg_tensor *input, sg_tensor *weight, const int64_t *padding_idx) {
  embedding_options options = {{0}};
  if (padding_idx) options.padding_idx = (sg_ints){1, {*padding_idx}};
  return sg_apply_one(context, &op_embedding, 2, (sg_tensor *[]){input, weight}, &options);
}
