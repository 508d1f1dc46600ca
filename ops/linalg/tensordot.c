// SPDX-License-Identifier: GPL-3.0-or-later
//
// Sums over pairs of dimensions of two tensors, a product of matrices.
#include "ops/ops.h"

static const sg_tensordot_options defaults = {.dims = 2};

// The pairs.
typedef struct sums {
  int count;
  sg_ints a, b;
} sums;

static sums sums_of(const sg_tensordot_options *options, int rank_a) {
  sums s = {options->dims_a.count, options->dims_a, options->dims_b};
  if (options->dims_a.count > 0 || options->dims_b.count > 0) return s;
  s.count = s.a.count = s.b.count = (int)options->dims;
  for (int i = 0; i < s.count; i++) {
    s.a.value[i] = rank_a - s.count + i;
    s.b.value[i] = i;
  }
  return s;
}

static sg_status check_dimensions(sg_plan *plan, int input, const sg_ints *dims, int64_t *extents) {
  bool seen[SG_MAX_RANK] = {false};
  for (int i = 0; i < dims->count; i++) {
    int dimension;
    if (sg_plan_dimension(plan, input, dims->value[i], &dimension)) return sg_error_status(plan->context);
    if (seen[dimension])
      return sg_reject(plan, "dimension %lld of %s is given twice",
                       (long long)sg_plan_named_dimension(plan, dimension), input ? "b" : "a");
    seen[dimension] = true;
    extents[i] = sg_plan_shape(plan, input)->size[dimension];
  }
  return SG_OK;
}

static sg_status prepare(sg_plan *plan) {
  const sg_tensordot_options *options = plan->options;
  const sg_shape *a = sg_plan_shape(plan, 0), *b = sg_plan_shape(plan, 1);
  const sg_text text_a = sg_shape_text(a), text_b = sg_shape_text(b);
  int64_t extents_a[SG_MAX_RANK], extents_b[SG_MAX_RANK];
  if (check_dimensions(plan, 0, &options->dims_a, extents_a) ||
      check_dimensions(plan, 1, &options->dims_b, extents_b))
    return sg_error_status(plan->context);
  if (options->dims_a.count != options->dims_b.count)
    return sg_reject(plan, "dims_a has %d dimensions and dims_b %d", options->dims_a.count, options->dims_b.count);
  if (options->dims_a.count == 0 && (options->dims > a->rank || options->dims > b->rank))
    return sg_reject(plan, "a %s and b %s have no %lld dimensions to sum over", text_a.text, text_b.text,
                     (long long)options->dims);
  const sums s = sums_of(options, a->rank);
  if (check_dimensions(plan, 0, &s.a, extents_a) || check_dimensions(plan, 1, &s.b, extents_b))
    return sg_error_status(plan->context);
  for (int i = 0; i < s.count; i++)
    if (extents_a[i] != extents_b[i])
      return sg_reject(plan, "the dimensions number %d to sum over have extents %lld, of a %s, and %lld, of b %s",
                       i + 1, (long long)extents_a[i], text_a.text, (long long)extents_b[i], text_b.text);
  if (a->rank + b->rank - 2 * s.count > SG_MAX_RANK)
    return sg_reject(plan, "a %s and b %s: the result would have more than %d dimensions", text_a.text, text_b.text,
                     SG_MAX_RANK);
  return SG_OK;
}

// t as a matrix, of which the columns or the rows are what is summed over; `y` gets the other extents.
static sg_tensor *matrix_of(sg_context *c, sg_tensor *t, const sg_ints *summed, bool rows, sg_shape *y) {
  const sg_shape *shape = sg_tensor_shape(t);
  sg_ints rest = {0}, all = {shape->rank, {0}};
  bool is_summed[SG_MAX_RANK] = {false};
  int64_t terms = 1, others = 1;
  int next = 0;
  for (int i = 0; i < summed->count; i++) {
    const int dimension = sg_shape_dimension(shape, summed->value[i]);
    is_summed[dimension] = true;
    terms *= shape->size[dimension];
  }
  for (int d = 0; d < shape->rank; d++) {
    if (is_summed[d]) continue;
    rest.value[rest.count++] = d;
    others *= shape->size[d];
    y->size[y->rank++] = shape->size[d];
  }
  for (int i = 0; i < rest.count && !rows; i++) all.value[next++] = rest.value[i];
  for (int i = 0; i < summed->count; i++) all.value[next++] = sg_shape_dimension(shape, summed->value[i]);
  for (int i = 0; i < rest.count && rows; i++) all.value[next++] = rest.value[i];
  const sg_shape matrix = {2, {rows ? terms : others, rows ? others : terms}};
  return sg_reshape(c, all.count ? sg_permute(c, t, &all) : t, &matrix);
}

static void compose(const sg_call *call, sg_tensor **outputs) {
  sg_context *c = call->context;
  const sums s = sums_of(call->options, sg_tensor_shape(call->inputs[0])->rank);
  sg_shape y = {0};
  sg_tensor *a = matrix_of(c, call->inputs[0], &s.a, false, &y), *b = matrix_of(c, call->inputs[1], &s.b, true, &y);
  outputs[0] = sg_reshape(c, sg_matmul(c, a, b), &y);
}

#define WITH(...) SG_WITH(sg_tensordot_options, __VA_ARGS__)

const sg_op op_tensordot = {
    SG_COMPOSED(tensordot, prepare, compose),
    SG_WORDS(
        "Sums of products over pairs of dimensions: the last of a with the first of b, or those that are named.",
        "y[rest of a, rest of b] = sum over the pairs of a[...] b[...]", "PyTorch, torch.tensordot"),
    .cost = "that of one matrix product",
    .inputs = SG_PORTS({"a", 0, "any shape"}, {"b", 0, "any shape, of the same extents where it is summed over"}),
    .outputs = SG_PORTS({"y", 0, "the other dimensions of a, then those of b"}),
    SG_OPTIONS(
        sg_tensordot_options, &defaults,
        SG_OPTION(sg_tensordot_options, dims, INT, "how many, the last of a and the first of b", SG_AT_LEAST, 0),
        SG_OPTION(sg_tensordot_options, dims_a, DIMS, "instead: which of a, in pairs with dims_b", SG_BY_NAME),
        SG_OPTION(sg_tensordot_options, dims_b, DIMS, "which of b", SG_BY_NAME)),
    .samples = SG_SAMPLES(
        {"two", SG_ON(SG_RANDN(2, 3, 4), SG_RANDN(3, 4, 2))},
        {"one", SG_ON(SG_RANDN(2, 3), SG_RANDN(3, 2, 2)), WITH(.dims = 1)},
        {"none", SG_ON(SG_RANDN(2), SG_RANDN(3)), WITH(.dims = 0)},
        {"named", SG_ON(SG_RANDN(3, 4, 2), SG_RANDN(4, 3, 5)), WITH(.dims_a = {2, {1, 0}}, .dims_b = {2, {0, 1}})},
        {"negative", SG_ON(SG_RANDN(3, 4), SG_RANDN(2, 3)), WITH(.dims_a = {1, {-2}}, .dims_b = {1, {-1}})},
        {"by hand",
         SG_ON(SG_VALUES(SG_NUMBERS(1, 2, 3, 4), SG_DIMS(2, 2)), SG_VALUES(SG_NUMBERS(5, 6, 7, 8), SG_DIMS(2, 2))),
         SG_GIVES(70)}),
    .bad_samples = SG_SAMPLES(
        {"too many", SG_ON(SG_RANDN(2), SG_RANDN(2)), .error = "a [2] and b [2] have no 2 dimensions to sum over"},
        {"extents", SG_ON(SG_RANDN(2, 3), SG_RANDN(2, 3)), WITH(.dims = 1),
         .error = "have extents 3, of a [2, 3], and 2, of b"},
        {"unpaired", SG_ON(SG_RANDN(2, 3), SG_RANDN(2, 3)), WITH(.dims_a = {1, {0}}), .error = "dims_b 0"},
        {"twice", SG_ON(SG_RANDN(2, 2), SG_RANDN(2, 2)), WITH(.dims_a = {2, {0, 0}}, .dims_b = {2, {0, 1}}),
         .error = "of a is given twice"},
        {"too large", SG_ON(SG_RANDN(1, 1, 1, 1, 1), SG_RANDN(1, 1, 1, 1)), WITH(.dims = 0),
         .error = "more than 8 dimensions"}),
};

sg_tensor *sg_tensordot(sg_context *context, sg_tensor *a, sg_tensor *b, const sg_tensordot_options *options) {
  return sg_apply_one(context, &op_tensordot, 2, (sg_tensor *[]){a, b}, options);
}
