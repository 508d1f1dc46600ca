// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = x with every position of a dimension as often as `repeats` says. With one number for all it is x broadcast
// along a dimension behind it. With a number for each, rows are chosen as index_select chooses them.
#include "ops/ops.h"
#include "ops/shape/indices.h"
#include "ops/shape/layout.h"

typedef struct repeat_interleave_options {
  sg_int_list repeats;
  sg_ints dim;
} repeat_interleave_options;

// x, as a vector where no dimension is named, as (outer, extent, inner) around the dimension; y has `count`
// positions there.
typedef struct interleaving {
  sg_layout layout; // of one number for all
  bool flat;
  int dim;
  int64_t outer, extent, inner, count;
} interleaving;

static sg_status count_positions(const sg_plan *plan, const sg_int_list *repeats, interleaving *own) {
  if (repeats->count == 1) {
    if (!__builtin_mul_overflow(own->extent, repeats->value[0], &own->count)) return SG_OK;
    return sg_reject(plan, "the result is too large (x has shape %s)", sg_shape_text(sg_plan_shape(plan, 0)).text);
  }
  if (repeats->count != own->extent)
    return sg_reject(plan,
                     "repeats has %d values, expected one, or one for each of %lld positions (x has shape %s)",
                     repeats->count, (long long)own->extent, sg_shape_text(sg_plan_shape(plan, 0)).text);
  for (int i = 0; i < repeats->count; i++)
    if (__builtin_add_overflow(own->count, repeats->value[i], &own->count))
      return sg_reject(plan, "the repeats are too large together");
  return SG_OK;
}

static void plan_copy(copy_arguments *copy, const interleaving *own, int64_t times) {
  *copy = (copy_arguments){
      .rank = 4,
      .size = {own->outer, own->extent, times, own->inner},
      .target_stride = {own->count * own->inner, times * own->inner, own->inner, 1},
      .source_stride = {own->extent * own->inner, own->inner, 0, 1},
  };
}

static sg_status prepare(sg_plan *plan) {
  const repeat_interleave_options *options = plan->options;
  const sg_int_list *repeats = &options->repeats;
  const sg_shape *x = sg_plan_shape(plan, 0);
  interleaving *own = plan->own;
  own->flat = options->dim.count == 0;
  if (options->dim.count > 1) return sg_reject(plan, "dim has %d values, expected one", options->dim.count);
  if (!own->flat && sg_plan_dimension(plan, 0, options->dim.value[0], &own->dim))
    return sg_error_status(plan->context);
  const sg_shape seen = own->flat ? (sg_shape)SG_DIMS(sg_shape_elements(x)) : *x;
  own->outer = own->inner = 1;
  own->extent = seen.size[own->dim];
  for (int d = 0; d < seen.rank; d++) { // beside a zero, extents may be of any size
    int64_t *product = d < own->dim ? &own->outer : &own->inner;
    if (d != own->dim) (void)__builtin_mul_overflow(*product, seen.size[d], product);
  }
  if (count_positions(plan, repeats, own)) return sg_error_status(plan->context);
  sg_shape *y = &plan->output_shape[0];
  *y = seen;
  y->size[own->dim] = own->count;
  int64_t elements;
  if (!sg_shape_count(y, &elements))
    return sg_reject(plan, "the result would have the shape %s, more than 2^59 elements", sg_shape_text(y).text);
  if (elements > 0 && repeats->count == 1) plan_copy(&own->layout.copy, own, repeats->value[0]);
  if (elements > 0 && repeats->count > 1) plan->scratch_bytes = (size_t)own->count * sizeof(int64_t);
  return sg_layout_plan(plan);
}

// The position of x for every one of y.
static void find_positions(const sg_int_list *repeats, int64_t base, int64_t *position) {
  for (int i = 0; i < repeats->count; i++)
    for (int64_t k = 0; k < repeats->value[i]; k++) *position++ = i + base;
}

static void forward(const sg_call *call) {
  const interleaving *own = call->plan;
  const sg_int_list *repeats = &((const repeat_interleave_options *)call->options)->repeats;
  if (repeats->count == 1) {
    sg_layout_forward(call);
    return;
  }
  find_positions(repeats, 0, call->scratch);
  const index_arguments a = {.index = call->scratch,
                             .outer = own->outer,
                             .count = own->count,
                             .extent = own->extent,
                             .inner = own->inner,
                             .source = sg_input_data(call, 0),
                             .target = sg_output_data(call->outputs[0])};
  sg_parallel(call->context, a.outer * a.count, sg_grain(a.inner),
              sg_move_kernels(call->context, sg_tensor_dtype(call->outputs[0]))->select, &a);
}

// d_y summed over the repetitions.
static void vjp(const sg_call *call) {
  sg_context *c = call->context;
  const interleaving *own = call->plan;
  const sg_int_list *repeats = &((const repeat_interleave_options *)call->options)->repeats;
  const sg_shape *x = &call->input_shapes[0];
  if (sg_shape_elements(&call->output_shapes[0]) == 0) {
    call->d_inputs[0] = sg_tensor_full(c, call->dtype, x, 0);
  } else if (repeats->count == 1) {
    const sg_shape split = SG_DIMS(own->outer, own->extent, repeats->value[0], own->inner);
    sg_tensor *d_y = sg_reshape(c, call->d_outputs[0], &split);
    call->d_inputs[0] = sg_reshape(c, sg_sum(c, d_y, &(sg_reduce_options){.dim = SG_DIMS(2)}), x);
  } else {
    sg_tensor *index = sg_tensor_new(c, SG_I64, &(const sg_shape){1, {own->count}});
    if (!index) return;
    find_positions(repeats, sg_index_base(c), sg_output_data(index));
    const sg_shape seen = own->flat ? (sg_shape)SG_DIMS(own->extent) : *x;
    sg_tensor *zeros = sg_tensor_full(c, call->dtype, &seen, 0);
    call->d_inputs[0] = sg_reshape(c, sg_index_add(c, zeros, index, call->d_outputs[0], own->dim), x);
  }
}

#define OF(...) .repeats = SG_INTEGERS(__VA_ARGS__)
#define ALONG(d) .dim = SG_DIMS(d)
#define TIMES(...) SG_WITH(repeat_interleave_options, __VA_ARGS__)

const sg_op op_repeat_interleave = {
    SG_COMPUTED(repeat_interleave, prepare, forward, vjp),
    .summary = "Repeats every position of a dimension, one number of times or one for each.",
    .formula = "y[..., i, ...] = x[..., p, ...], i counted from 0, where repeats1 + ... + repeats(p) <= i < "
               "repeats1 + ... + repeats(p + 1)",
    .family = &sg_layout_family,
    .outputs = SG_PORTS({"y", SG_ANY_DTYPE, "x, repeated; a vector where no dim is given"}),
    SG_OPTIONS(
        repeat_interleave_options, SG_CONSTANT(repeat_interleave_options, {0, NULL}, {0}),
        SG_OPTION(repeat_interleave_options, repeats, INT_LIST,
                  "how often every position, or each of them; numbers, from which the shape of y follows",
                  SG_REQUIRED | SG_AT_LEAST, 0),
        SG_OPTION(repeat_interleave_options, dim, DIMS, "dimension; default: x as a vector of its elements")),
    .plan_bytes = sizeof(interleaving),
    .samples = SG_SAMPLES(
        {"all alike", SG_ON(SG_VALUES(SG_NUMBERS(1, 2, 3, 4), SG_DIMS(2, 2))), TIMES(OF(2), ALONG(1)),
         SG_GIVES(1, 1, 2, 2, 3, 3, 4, 4)},
        {"each its own", SG_ON(SG_VECTOR(1, 2, 3)), TIMES(OF(2, 0, 1), ALONG(0)), SG_GIVES(1, 1, 3)},
        {"rows", SG_ON(SG_RANDN(3, 2)), TIMES(OF(3, 1, 2), ALONG(0))},
        {"in the middle", SG_ON(SG_RANDN(2, 3, 2)), TIMES(OF(0, 2, 1), ALONG(-2))},
        {"in the middle, alike", SG_ON(SG_RANDN(2, 3, 2)), TIMES(OF(3), ALONG(1))},
        {"flat", SG_ON(SG_RANDN(2, 3)), TIMES(OF(2))}, {"flat, each", SG_ON(SG_RANDN(2, 2)), TIMES(OF(1, 2, 0, 3))},
        {"once", SG_ON(SG_RANDN(2, 3)), TIMES(OF(1), ALONG(0))},
        {"never", SG_ON(SG_RANDN(3)), TIMES(OF(0), ALONG(0))},
        {"scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR)), TIMES(OF(3))},
        {"empty", SG_ON(SG_RANDN(0, 2)), TIMES(OF(2), ALONG(1))},
        {"integers", SG_ON(SG_RANDINT(-9, 9, SG_DIMS(2, 3))), TIMES(OF(1, 2), ALONG(0))},
        {"mask", SG_ON(SG_MASK(SG_DIMS(3))), TIMES(OF(2), ALONG(0))}),
    .bad_samples = SG_SAMPLES(
        {"other number", SG_ON(SG_RANDN(2, 3)), TIMES(OF(1, 2), ALONG(1)), .error = "repeats has 2 values"},
        {"none", SG_ON(SG_RANDN(2)), TIMES(.repeats = {0, NULL}), .error = "repeats has 0 values"},
        {"negative", SG_ON(SG_RANDN(2)), TIMES(OF(-1)), .error = "repeats is -1"},
        {"too large", SG_ON(SG_RANDN(4)), TIMES(OF(INT64_MAX)), .error = "too large"},
        {"too large together", SG_ON(SG_RANDN(2)), TIMES(OF(INT64_MAX, 1)), .error = "too large together"},
        {"too many elements", SG_ON(SG_RANDN(2)), TIMES(OF(INT64_C(1) << 60)), .error = "more than 2^59"},
        {"dimension", SG_ON(SG_RANDN(2)), TIMES(OF(1), ALONG(1)), .error = "outside"},
        {"two dimensions", SG_ON(SG_RANDN(2, 3)), TIMES(OF(1), .dim = SG_DIMS(0, 1)), .error = "dim has 2 values"}),
};

sg_tensor *sg_repeat_interleave(sg_context *context, sg_tensor *x, int count, const int64_t *repeats,
                                const sg_ints *dim) {
  repeat_interleave_options options = {.repeats = {count, repeats}};
  if (dim) options.dim = *dim;
  return sg_apply_one(context, &op_repeat_interleave, 1, &x, &options);
}
