// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/reduce/quantiles.h"

#include <math.h>

#include "ops/ops.h"
#include "ops/reduce/reduction.h"
#include "ops/wide.h"

typedef struct quantiles {
  sg_lines lines;
  bool whole;      // x as one line
  sg_shape result; // of one share
} quantiles;

static const char *const interpolations[] = {"linear", "lower", "higher", "midpoint", "nearest", NULL};

static const sg_float_list *shares_of(const sg_quantile_options *options) {
  return options->qs.count > 0 ? &options->qs : &options->q;
}

// One share that stands alone makes no dimension.
static bool has_dimension(const sg_quantile_options *options) {
  return options->qs.count > 0 || options->q.count != 1;
}

static sg_status prepare(sg_plan *plan) {
  const sg_quantile_options *options = plan->options;
  const sg_shape *x = sg_plan_shape(plan, 0);
  quantiles *own = plan->own;
  if (options->dim.count > 1)
    return sg_reject(plan, "dim names %d dimensions, expected one or none", options->dim.count);
  if (options->q.count > 0 && options->qs.count > 0)
    return sg_reject(plan, "q and qs are given, expected one of them");
  if (shares_of(options)->count == 0) return sg_reject(plan, "no share is given, expected q");
  own->whole = options->dim.count == 0;
  if (sg_lines_prepare(plan, own->whole ? -1 : options->dim.value[0], &own->lines))
    return sg_error_status(plan->context);
  if (own->whole) own->lines = (sg_lines){.outer = 1, .count = sg_shape_elements(x), .inner = 1};
  const bool empty = own->whole ? own->lines.count == 0 : x->rank > 0 && x->size[own->lines.dimension] == 0;
  if (empty) return sg_reject(plan, "x has shape %s, there is nothing to choose from", sg_shape_text(x).text);
  own->result = sg_reduction_shape(x,
                                   own->whole    ? ~0u
                                   : x->rank > 0 ? 1u << own->lines.dimension
                                                 : 0,
                                   options->keepdim);
  if (own->result.rank + has_dimension(options) <= SG_MAX_RANK) return SG_OK;
  return sg_reject(plan, "the result would have %d dimensions, at most %d are possible", own->result.rank + 1,
                   SG_MAX_RANK);
}

// The lines of x, a row each, in order.
static sg_tensor *sorted_rows(const sg_call *call, const quantiles *own) {
  sg_context *c = call->context;
  sg_tensor *x = call->inputs[0];
  const sg_shape *shape = sg_tensor_shape(x);
  if (!own->whole && shape->rank > 1)
    x = sg_movedim(c, x, &(sg_ints){1, {own->lines.dimension}}, &(sg_ints){1, {-1}});
  int64_t rows = 1;
  for (int d = 0; d < shape->rank && !own->whole; d++) rows *= d == own->lines.dimension ? 1 : shape->size[d];
  const int64_t count =
      own->whole || shape->rank == 0 ? sg_shape_elements(shape) : shape->size[own->lines.dimension];
  x = sg_reshape(c, x, &(const sg_shape){2, {rows, count}});
  return sg_sort(c, x, -1, false, NULL);
}

// How many elements of each row come before the NaN, [rows, 1]; NULL where no row has one.
static sg_tensor *numbers_of(sg_context *c, sg_tensor *sorted) {
  if (!sorted) return NULL;
  const int64_t count = sg_tensor_shape(sorted)->size[1];
  if (sg_is_within(c, sg_narrow(c, sorted, 1, count - 1, 1), HUGE_VAL)) return NULL;
  sg_tensor *numbers = sg_logical_not(c, sg_isnan(c, sg_tensor_detach(c, sorted)));
  return sg_to(c, sg_sum(c, numbers, &(sg_reduce_options){.dim = {1, {1}}, .keepdim = true}), SG_F64);
}

// The ranks of the shares, counted from 0: [1 or rows, shares].
static sg_tensor *ranks_of(sg_context *c, const sg_op *op, sg_tensor *sorted, sg_tensor *shares) {
  if (!sorted || !shares) return NULL;
  const double count = (double)sg_tensor_shape(sorted)->size[1];
  sg_tensor *numbers = numbers_of(c, sorted), *all = sg_mul_scalar(c, shares, count - 1);
  if (!numbers) return all;
  if (((const sg_quantiles_member *)op->member)->omits_nan) {
    sg_tensor *last = sg_add_scalar(c, numbers, -1), *zero = sg_scalar_like(c, last, 0);
    return sg_mul(c, sg_maximum(c, last, zero), shares);
  }
  return sg_where(c, sg_eq(c, numbers, sg_scalar_like(c, numbers, count)), all, numbers);
}

static sg_tensor *weight_of(sg_context *c, int interpolation, sg_tensor *rank, sg_tensor *below) {
  sg_tensor *part = sg_sub(c, rank, below), *zero = sg_scalar_like(c, part, 0);
  sg_tensor *between = sg_to(c, sg_gt(c, part, zero), SG_F64);
  switch (interpolation) {
  case SG_LOWER:
    return sg_mul_scalar(c, part, 0);
  case SG_HIGHER:
    return between;
  case SG_MIDPOINT:
    return sg_mul_scalar(c, between, 0.5);
  case SG_NEAREST:
    return sg_sub(c, sg_round(c, rank), below);
  default:
    return part;
  }
}

// Elements of the rows at ranks, in f64.
static sg_tensor *at_ranks(sg_context *c, sg_tensor *sorted, sg_tensor *rank) {
  if (!sorted || !rank) return NULL;
  const sg_shape shape = {2, {sg_tensor_shape(sorted)->size[0], sg_tensor_shape(rank)->size[1]}};
  sg_tensor *index = sg_expand(c, sg_to(c, sg_add_scalar(c, rank, sg_index_base(c)), SG_I64), &shape);
  return sg_to(c, sg_gather(c, sorted, index, 1), SG_F64);
}

static void compose(const sg_call *call, sg_tensor **outputs) {
  sg_context *c = call->context;
  const quantiles *own = call->plan;
  const sg_quantile_options *options = call->options;
  const sg_float_list *list = shares_of(options);
  sg_tensor *shares = sg_tensor_from(c, SG_F64, &(const sg_shape){2, {1, list->count}}, list->value);
  sg_tensor *sorted = sorted_rows(call, own), *rank = ranks_of(c, call->op, sorted, shares);
  if (!rank || sg_error_status(c)) return;
  const double last = (double)sg_tensor_shape(sorted)->size[1] - 1;
  sg_tensor *below = sg_floor(c, rank), *limit = sg_scalar_like(c, rank, last);
  sg_tensor *weight = weight_of(c, options->interpolation, rank, below), *one = sg_scalar_like(c, rank, 1);
  sg_tensor *a = at_ranks(c, sorted, below);
  sg_tensor *b = at_ranks(c, sorted, sg_minimum(c, sg_add_scalar(c, below, 1), limit));
  // What does not count may be infinite, and 0 times that is no number.
  sg_tensor *zero = sg_scalar_like(c, rank, 0), *low = sg_where(c, sg_eq(c, weight, one), zero, a);
  sg_tensor *high = sg_where(c, sg_eq(c, weight, zero), zero, b);
  sg_tensor *y = sg_add(c, sg_mul(c, sg_sub(c, one, weight), low), sg_mul(c, weight, high));
  sg_shape shape = own->result;
  if (has_dimension(options)) {
    shape = (sg_shape){1, {list->count}};
    for (int d = 0; d < own->result.rank; d++) shape.size[shape.rank++] = own->result.size[d];
    y = sg_transpose(c, y, 0, 1);
  }
  outputs[0] = sg_reshape(c, sg_to(c, y, call->dtype), &shape);
}

static const sg_sample samples[] = {
    {"everything", SG_ON(SG_DISTINCT(-2, 2, SG_DIMS(3, 4))), SG_WITH(sg_quantile_options, .q = SG_FLOATS(0.5))},
    {"rows", SG_ON(SG_DISTINCT(-2, 2, SG_DIMS(4, 5))), SG_QUANTILE(0.3, SG_LINEAR, false, -1)},
    {"columns", SG_ON(SG_DISTINCT(-2, 2, SG_DIMS(4, 3))), SG_QUANTILE(0.9, SG_LINEAR, true, 0)},
    {"lower", SG_ON(SG_DISTINCT(-2, 2, SG_DIMS(4, 5))), SG_QUANTILE(0.3, SG_LOWER, false, 1)},
    {"higher", SG_ON(SG_DISTINCT(-2, 2, SG_DIMS(4, 5))), SG_QUANTILE(0.3, SG_HIGHER, false, 1)},
    {"midpoint", SG_ON(SG_DISTINCT(-2, 2, SG_DIMS(2, 4, 3))), SG_QUANTILE(0.6, SG_MIDPOINT, true, 1)},
    {"nearest", SG_ON(SG_DISTINCT(-2, 2, SG_DIMS(4, 4))), SG_QUANTILE(0.5, SG_NEAREST, false, 1)},
    {"largest", SG_ON(SG_DISTINCT(-2, 2, SG_DIMS(3, 4))), SG_QUANTILE(1, SG_LINEAR, false, 0)},
    {"several", SG_ON(SG_DISTINCT(-2, 2, SG_DIMS(3, 5))),
     SG_WITH(sg_quantile_options, .qs = SG_FLOATS(0.9, 0.1, 0.5), .dim = SG_DIMS(1))},
    {"several columns", SG_ON(SG_DISTINCT(-2, 2, SG_DIMS(4, 3))),
     SG_WITH(sg_quantile_options, .qs = SG_FLOATS(0, 1), .dim = SG_DIMS(0), .keepdim = true)},
    {"several of everything", SG_ON(SG_DISTINCT(-2, 2, SG_DIMS(2, 2, 2))),
     SG_WITH(sg_quantile_options, .qs = SG_FLOATS(0.3), .interpolation = SG_NEAREST)},
    {"scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR)), SG_QUANTILE(0.5, SG_LINEAR, false, 0)},
    {"no results", SG_ON(SG_RANDN(0, 2)), SG_QUANTILE(0.5, SG_LINEAR, false, 1)},
    {0},
};

static const sg_sample bad_samples[] = {
    {"empty", SG_ON(SG_RANDN(0, 2)), SG_WITH(sg_quantile_options, .q = SG_FLOATS(0.5)),
     .error = "nothing to choose from"},
    {"two dimensions", SG_ON(SG_RANDN(2, 3)), SG_QUANTILE(0.5, SG_LINEAR, false, 0, 1),
     .error = "expected one or none"},
    {"no share", SG_ON(SG_RANDN(3)), SG_WITH(sg_quantile_options, .dim = SG_DIMS(0)), .error = "no share is given"},
    {"both", SG_ON(SG_RANDN(3)), SG_WITH(sg_quantile_options, .q = SG_FLOATS(0.5), .qs = SG_FLOATS(0.5)),
     .error = "q and qs are given"},
    {"too large", SG_ON(SG_RANDN(3)), SG_WITH(sg_quantile_options, .qs = SG_FLOATS(0.5, 1.5)), .error = "1.5"},
    {0},
};

const sg_op sg_quantiles_family = {
    .subgradient = "to the elements that are at the ranks when sorted",
    .cost = "n log n comparisons for n elements of a line",
    .inputs = SG_PORTS({"x", 0, "tensor with something to choose from"}),
    SG_OPTIONS(
        sg_quantile_options, SG_CONSTANT(sg_quantile_options, .keepdim = false),
        SG_OPTION(sg_quantile_options, q, FLOAT_LIST, "the share", SG_AT_LEAST | SG_AT_MOST | SG_OR_LIST, 0, 1),
        SG_OPTION(sg_quantile_options, qs, FLOAT_LIST,
                  "instead of it several, also as a vector; they make the first dimension of y",
                  SG_AT_LEAST | SG_AT_MOST, 0, 1),
        SG_OPTION(sg_quantile_options, dim, DIMS, "dimension to sort along; default all, as one"),
        SG_OPTION(sg_quantile_options, keepdim, BOOL, "keep the dimension, with extent 1"),
        SG_CHOICE(sg_quantile_options, interpolation, interpolations,
                  "linear; lower: a; higher: b; midpoint: w = 1/2; nearest: to r, of two the even rank")),
    .plan_bytes = sizeof(quantiles),
    .prepare = prepare,
    .compose = compose,
    .samples = samples,
    .bad_samples = bad_samples,
};

sg_tensor *sg_quantile_apply(sg_context *context, const sg_op *op, sg_tensor *x, sg_float_list q, sg_float_list qs,
                             const sg_reduce_options *options) {
  static const sg_reduce_options defaults = {0};
  const sg_reduce_options *o = options ? options : &defaults;
  return sg_apply_one(context, op, 1, &x, &(sg_quantile_options){q, qs, o->dim, o->keepdim, SG_LINEAR});
}
