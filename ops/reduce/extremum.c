// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/reduce/extremum.h"
#include "ops/kernels/position.h"
#include "ops/ops.h"
#include "ops/select_kernels.h"
#include "ops/wide.h"

#include <math.h>

typedef struct extremum {
  sg_reduction_plan reduction;
  int64_t count, inner; // x as (outer, count, inner) around the one dimension
} extremum;

static bool is_minimum(const sg_call *call) { return ((const sg_extremum_member *)call->op->member)->minimum; }

// ---- Over any dimensions ----------------------------------------------------------------------------

static sg_status prepare_reduction(sg_plan *plan) {
  const sg_reduce_options *options = plan->options;
  if (sg_reduction_prepare(plan, &options->dim, options->keepdim)) return sg_error_status(plan->context);
  if (((const sg_reduction_plan *)plan->own)->layout.reduced_elements > 0) return SG_OK;
  return sg_reject(plan, "x has shape %s, there is nothing to choose from",
                   sg_shape_text(sg_plan_shape(plan, 0)).text);
}

static sg_status prepare_value(sg_plan *plan) {
  if (prepare_reduction(plan)) return sg_error_status(plan->context);
  plan->scratch_bytes = sg_reduction_scratch(&((const sg_reduction_plan *)plan->own)->layout);
  return SG_OK;
}

static void value_forward(const sg_call *call) {
  const reduce_layout *layout = &((const sg_reduction_plan *)call->plan)->layout;
  const void *x = sg_input_data(call, 0);
  void *y = sg_output_data(call->outputs[0]);
  const bool minimum = is_minimum(call);
  if (sg_dtype_is_floating(call->dtype))
    sg_reduction_run(call->context, call->dtype, layout, minimum ? REDUCE_MIN : REDUCE_MAX, x, NULL, 1, y, NULL,
                     call->scratch);
  else
    sg_reduction_run_integers(call->context, call->dtype, layout, minimum ? INTEGER_MIN : INTEGER_MAX, x, y,
                              call->scratch);
}

// There is seldom a NaN, and results are fewer than elements: they are looked at first.
sg_tensor *sg_is_extremum(sg_context *context, sg_tensor *x, sg_tensor *y) {
  sg_tensor *equal = sg_eq(context, x, y);
  if (sg_is_within(context, y, HUGE_VAL)) return equal;
  return sg_logical_or(context, equal, sg_logical_and(context, sg_isnan(context, x), sg_isnan(context, y)));
}

// dx = [x == y] dy / (number of elements equal to y), which is constant near x. Where y is NaN the elements that
// are NaN share the gradient.
static void share_vjp(const sg_call *call) {
  sg_context *c = call->context;
  sg_tensor *y = sg_reduction_kept(call, call->outputs[0]), *d_y = sg_reduction_kept(call, call->d_outputs[0]);
  if (!y || !d_y) return;
  sg_tensor *chosen = sg_is_extremum(c, call->inputs[0], y);
  const sg_reduce_options kept = {.dim = ((const sg_reduce_options *)call->options)->dim, .keepdim = true};
  sg_tensor *count = sg_to(c, sg_sum(c, chosen, &kept), call->dtype), *share = sg_div(c, d_y, count);
  call->d_inputs[0] = sg_where(c, chosen, share, sg_mul_scalar(c, share, 0));
}

// ---- Along one dimension, or over all as one ----------------------------------------------------------

static sg_status prepare_position(sg_plan *plan) {
  const sg_ints *dim = &((const sg_reduce_options *)plan->options)->dim;
  const sg_shape *x = sg_plan_shape(plan, 0);
  extremum *e = plan->own;
  if (dim->count > 1) return sg_reject(plan, "dim names %d dimensions, expected one or none", dim->count);
  if (prepare_reduction(plan)) return sg_error_status(plan->context);
  e->count = e->reduction.layout.reduced_elements;
  e->inner = 1;
  for (int d = x->rank - 1; d >= 0 && !(e->reduction.reduced >> d & 1); d--) e->inner *= x->size[d];
  return SG_OK;
}

static void find(const sg_call *call, void *values, sg_tensor *positions) {
  const extremum *e = call->plan;
  position_arguments a = {.x = sg_input_data(call, 0),
                          .count = e->count,
                          .inner = e->inner,
                          .base = sg_index_base(call->context),
                          .minimum = is_minimum(call),
                          .values = values,
                          .positions = sg_output_data(positions)};
  sg_parallel(call->context, sg_tensor_elements(positions), sg_grain(a.count),
              sg_kernels_for(call->context, call->dtype)->position->find, &a);
}

static void position_forward(const sg_call *call) { find(call, NULL, call->outputs[0]); }

static sg_status prepare_chosen(sg_plan *plan) {
  if (prepare_position(plan)) return sg_error_status(plan->context);
  bool along = ((const sg_reduce_options *)plan->options)->dim.count == 1;
  plan->output_shape[1] = plan->output_shape[0];
  plan->save_inputs = along ? 0 : 1 << 0;
  plan->save_outputs = along ? 1 << 1 : 1 << 0;
  return SG_OK;
}

static void chosen_forward(const sg_call *call) { find(call, sg_output_data(call->outputs[0]), call->outputs[1]); }

// Along a dimension the gradient goes to the chosen position; over everything all who share the extremum share it.
static void chosen_vjp(const sg_call *call) {
  sg_context *c = call->context;
  const sg_ints *dim = &((const sg_reduce_options *)call->options)->dim;
  const sg_shape *x = &call->input_shapes[0];
  if (dim->count == 0) {
    share_vjp(call);
  } else if (x->rank == 0) {
    call->d_inputs[0] = call->d_outputs[0];
  } else {
    sg_tensor *index = sg_reduction_kept(call, call->outputs[1]),
              *d_y = sg_reduction_kept(call, call->d_outputs[0]);
    sg_tensor *zeros = sg_tensor_full(c, call->dtype, x, 0);
    call->d_inputs[0] = sg_scatter_add(c, zeros, index, d_y, dim->value[0]);
  }
}

// ---- Families ---------------------------------------------------------------------------------------

static const sg_sample position_samples[] = {
    {"everything", SG_ON(SG_DISTINCT(-2, 2, SG_DIMS(3, 4)))},
    {"rows", SG_ON(SG_DISTINCT(-2, 2, SG_DIMS(4, 5))), SG_OVER(false, -1)},
    {"columns", SG_ON(SG_DISTINCT(-2, 2, SG_DIMS(5, 3))), SG_OVER(true, 0)},
    {"middle", SG_ON(SG_DISTINCT(-2, 2, SG_DIMS(2, 4, 3))), SG_OVER(false, 1)},
    {"scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR)), SG_OVER(false, 0)},
    {"no results", SG_ON(SG_RANDN(0, 2)), SG_OVER(false, 1)},
    {"large integers", SG_ON(SG_RANDINT(-0x1p53 - 2, -0x1p53 + 2, SG_DIMS(4, 70))), SG_OVER(false, -1)},
    {"integers, columns", SG_ON(SG_RANDINT(-9, 9, SG_DIMS(5, 3))), SG_OVER(true, 0)},
    {"bytes", SG_ON(SG_BYTES(3, 250, SG_DIMS(3, 100))), SG_OVER(false, -1)},
    {"bytes, middle", SG_ON(SG_BYTES(3, 250, SG_DIMS(2, 9, 3))), SG_OVER(false, 1)},
    {"mask", SG_ON(SG_MASK(SG_DIMS(6, 3))), SG_OVER(false, -1)},
    {"one integer", SG_ON(SG_RANDINT(-9, 9, SG_SCALAR))},
    {0},
};

static const sg_sample position_bad_samples[] = {
    {"empty", SG_ON(SG_RANDN(0, 2)), .error = "nothing to choose from"},
    {"two dimensions", SG_ON(SG_RANDN(2, 3)), SG_OVER(false, 0, 1), .error = "expected one or none"},
    {0},
};

const sg_op sg_extremum_family = {
    .subgradient = "equal elements share it equally",
    .inputs = SG_PORTS({"x", SG_NUMERIC | SG_ANY_DTYPE, "tensor of any dtype with something to choose from"}),
    SG_REDUCE_OPTIONS("dimensions to reduce; default all"),
    .save_inputs = 1 << 0,
    .save_outputs = 1 << 0,
    SG_PLANNED(sg_reduction_plan, prepare_value, value_forward, share_vjp),
    .samples = SG_SAMPLES(
        {"everything", SG_ON(SG_DISTINCT(-2, 2, SG_DIMS(3, 4)))},
        {"columns", SG_ON(SG_DISTINCT(-2, 2, SG_DIMS(5, 3))), SG_OVER(true, 0)},
        {"all but the channels", SG_ON(SG_DISTINCT(-2, 2, SG_DIMS(2, 3, 2, 4))), SG_OVER(false, 0, 2, -1)},
        {"scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR))}, {"no results", SG_ON(SG_RANDN(0, 2)), SG_OVER(false, 1)},
        {"large integers", SG_ON(SG_RANDINT(-0x1p53 - 2, -0x1p53 + 2, SG_DIMS(4, 70))), SG_OVER(false, -1)},
        {"integers, columns", SG_ON(SG_RANDINT(-9, 9, SG_DIMS(5, 3))), SG_OVER(true, 0)},
        {"bytes", SG_ON(SG_BYTES(3, 250, SG_DIMS(3, 100))), SG_OVER(false, -1)},
        {"bytes, middle", SG_ON(SG_BYTES(3, 250, SG_DIMS(2, 9, 3))), SG_OVER(false, 1)},
        {"mask", SG_ON(SG_MASK(SG_DIMS(6, 3))), SG_OVER(false, -1)},
        {"one integer", SG_ON(SG_RANDINT(-9, 9, SG_SCALAR))}),
    .bad_samples =
        SG_SAMPLES({"empty", SG_ON(SG_RANDN(0, 2)), .error = "nothing to choose from"},
                   {"dimension twice", SG_ON(SG_RANDN(2, 3)), SG_OVER(false, 1, -1), .error = "named twice"}),
};

const sg_op sg_chosen_family = {
    .subgradient = "to the first of equal elements; over all dimensions they share it equally",
    .inputs = SG_PORTS({"x", SG_NUMERIC | SG_ANY_DTYPE, "tensor of any dtype with something to choose from"}),
    SG_REDUCE_OPTIONS("dimension to choose along; default all, as one"),
    SG_PLANNED(extremum, prepare_chosen, chosen_forward, chosen_vjp),
    .samples = position_samples,
    .bad_samples = position_bad_samples,
};

const sg_op sg_position_family = {
    .inputs =
        SG_PORTS({"x", SG_STEP | SG_NUMERIC | SG_ANY_DTYPE, "tensor of any dtype with something to choose from"}),
    .outputs = SG_PORTS({"y", SG_INDEX, "positions"}),
    SG_REDUCE_OPTIONS("dimension to choose along; default all, as one"),
    SG_PLANNED(extremum, prepare_position, position_forward, NULL),
    .samples = position_samples,
    .bad_samples = position_bad_samples,
};
