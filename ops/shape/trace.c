// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = the sum of the main diagonal of x, summed as sum does it.
#include "ops/ops.h"
#include "ops/reduce/sums.h"
#include "ops/shape/diagonal.h"

static const sg_diagonal_options main_diagonal = {0, 0, 1};

typedef struct trace_plan {
  sg_reduction_plan sum; // of the diagonal, which is copied to the scratch space first
  int64_t length, step;
  size_t at;
} trace_plan;

static sg_status prepare(sg_plan *plan) {
  const sg_shape *x = sg_plan_shape(plan, 0);
  const sg_dtype dtype = sg_tensor_dtype(plan->inputs[0]);
  trace_plan *own = plan->own;
  int64_t first;
  if (x->rank != 2) return sg_reject(plan, "x has shape %s, expected a matrix", sg_shape_text(x).text);
  own->length = sg_diagonal_length(x, &main_diagonal, &first);
  own->step = x->size[1] + 1;
  sg_reduction_lay_out(&own->sum.layout, &(const sg_shape){1, {own->length}}, 1);
  own->at = (sg_reduction_scratch(&own->sum.layout) + 63) / 64 * 64;
  plan->scratch_bytes = own->at + (size_t)own->length * sg_dtype_bytes(dtype);
  if (!sg_dtype_is_floating(dtype)) plan->output_dtype[0] = SG_I64;
  return SG_OK;
}

static void forward(const sg_call *call) {
  const trace_plan *plan = call->plan;
  const copy_arguments copy = {.rank = 1,
                               .size = {plan->length},
                               .target_stride = {1},
                               .source_stride = {plan->step},
                               .target = (char *)call->scratch + plan->at,
                               .source = sg_input_data(call, 0)};
  sg_strided_copy(call->context, call->dtype, &copy);
  sg_sums_of(call, copy.target);
}

static void vjp(const sg_call *call) {
  const trace_plan *plan = call->plan;
  sg_tensor *spread = sg_expand(call->context, call->d_outputs[0], &(const sg_shape){1, {plan->length}});
  call->d_inputs[0] = sg_diagonal_embed(call->context, spread, &call->input_shapes[0], &main_diagonal);
}

const sg_op op_trace = {
    SG_COMPUTED(trace, prepare, forward, vjp),
    SG_WORDS("The sum of the main diagonal of a matrix.", "y = sum of x[i, i]", "Elementary"),
    .inputs = SG_PORTS({"x", SG_NUMERIC | SG_ANY_DTYPE, "matrix of any dtype"}),
    .outputs = SG_PORTS({"y", 0, "the sum, without dimensions; of integers and bools i64, modulo 2^64"}),
    .plan_bytes = sizeof(trace_plan),
    .samples =
        SG_SAMPLES({"square", SG_ON(SG_VALUES(SG_NUMBERS(1, 2, 3, 4), SG_DIMS(2, 2))), SG_GIVES(5)},
                   {"wide", SG_ON(SG_RANDN(3, 5))}, {"tall", SG_ON(SG_RANDN(5, 3))},
                   {"one element", SG_ON(SG_RANDN(1, 1))}, {"empty", SG_ON(SG_RANDN(0, 3)), SG_GIVES(0)},
                   {"integers", SG_ON(SG_RANDINT(0x1p53, 0x1p53 + 4, SG_DIMS(3, 3)))},
                   {"bytes", SG_ON(SG_BYTES(100, 256, SG_DIMS(3, 4)))}, {"mask", SG_ON(SG_MASK(SG_DIMS(5, 5)))}),
    .bad_samples = SG_SAMPLES({"vector", SG_ON(SG_RANDN(3)), .error = "x has shape [3], expected a matrix"},
                              {"batch", SG_ON(SG_RANDN(2, 3, 3)), .error = "expected a matrix"}),
};

sg_tensor *sg_trace(sg_context *context, sg_tensor *x) { return sg_apply_one(context, &op_trace, 1, &x, NULL); }
