// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/elementwise/binary.h"
#include "ops/select_kernels.h"

#include <inttypes.h>
#include <math.h>

const sg_alpha_options sg_alpha_defaults = {.alpha = 1};
const sg_attribute sg_alpha_attributes[] = {
    SG_OPTION(sg_alpha_options, alpha, FLOAT, "what the second is multiplied by; a whole number for integers"),
    {.name = NULL},
};

sg_status sg_alpha_check(const sg_plan *plan, sg_dtype dtype) {
  const double alpha = ((const sg_alpha_options *)plan->options)->alpha;
  if (sg_dtype_is_floating(dtype) || (alpha == rint(alpha) && fabs(alpha) <= 0x1p53)) return SG_OK;
  return sg_reject(plan, "alpha is %g, expected a whole number for %s", alpha, sg_dtype_name(dtype));
}

sg_status sg_pair_prepare(sg_plan *plan) {
  const sg_shape *a = sg_plan_shape(plan, 0), *b = sg_plan_shape(plan, 1);
  sg_rows_layout *layout = plan->own;
  if (sg_shape_equal(a, b)) {
    plan->output_shape[0] = *a;
    sg_rows_lay_out_alike(layout, sg_tensor_elements(plan->inputs[0]));
  } else if (sg_shape_broadcast(a, b, &plan->output_shape[0])) {
    sg_rows_lay_out(layout, &plan->output_shape[0], 2, (const sg_shape *[]){a, b});
  } else {
    const sg_port *ports = sg_op_inputs(plan->op);
    return sg_reject(plan, "%s has shape %s, %s has shape %s: they do not broadcast", ports[0].name,
                     sg_shape_text(a).text, ports[1].name, sg_shape_text(b).text);
  }
  plan->own_bytes = sg_rows_layout_bytes(layout);
  return SG_OK;
}

// Integers meet a floating tensor, but not each other where there is no row for that.
static sg_status check_dtype(const sg_plan *plan, sg_row_name row) {
  const sg_dtype dtype = plan->output_dtype[0];
  if (sg_dtype_is_floating(dtype) || sg_row_for(plan->context, dtype, row)) return SG_OK;
  return sg_reject(plan, "expected f32 or f64, and integers or bools only beside one of them; convert %s with to()",
                   sg_op_inputs(plan->op)[0].name);
}

static sg_status prepare(sg_plan *plan) {
  const sg_binary *member = plan->op->member;
  if (check_dtype(plan, member->row)) return sg_error_status(plan->context);
  if (member->scaled && sg_alpha_check(plan, plan->output_dtype[0])) return sg_error_status(plan->context);
  const unsigned reads = (sg_tensor_requires_grad(plan->inputs[0]) ? member->d_a.reads : 0) |
                         (sg_tensor_requires_grad(plan->inputs[1]) ? member->d_b.reads : 0);
  plan->save_inputs = reads & (SG_READS_A | SG_READS_B);
  plan->save_outputs = reads & SG_READS_Y ? 1 : 0;
  return sg_pair_prepare(plan);
}

static sg_rows rows_of(const sg_call *call, const void *parameter) {
  return (sg_rows){.layout = call->plan,
                   .operand = {call->inputs[0], call->inputs[1]},
                   .result = {call->outputs[0]},
                   .parameter = parameter,
                   .dtype = call->dtype};
}

static void compute(const sg_call *call, sg_row_name row, const void *parameter) {
  const sg_rows rows = rows_of(call, parameter);
  sg_rows_compute(call, row, &rows);
}

void sg_pair_forward(const sg_call *call, sg_row_name row) { compute(call, row, call->options); }

static void forward(const sg_call *call) {
  const sg_binary *member = call->op->member;
  const double alpha = member->scaled ? ((const sg_alpha_options *)call->options)->alpha : 1;
  const sg_rows rows = rows_of(call, call->options);
  if (member->scalar)
    sg_scalars_compute(call, member->scalar, &rows);
  else if (alpha == 1)
    sg_pair_forward(call, member->row);
  else
    compute(call, member->scaled, &(const double){member->sign * alpha});
}

static void vjp(const sg_call *call) {
  sg_context *c = call->context;
  const sg_binary *member = call->op->member;
  const sg_pair p = {c, call->d_outputs[0], call->inputs[0], call->inputs[1], call->outputs[0], call->options};
  const sg_shape *shapes = call->input_shapes;
  if (call->needs[0]) call->d_inputs[0] = sg_sum_to(c, member->d_a.of ? member->d_a.of(&p) : p.d_y, &shapes[0]);
  if (call->needs[1]) call->d_inputs[1] = sg_sum_to(c, member->d_b.of ? member->d_b.of(&p) : p.d_y, &shapes[1]);
}

// Chosen and not multiplied by 0, as d_y may be infinite.
sg_tensor *sg_pair_share(const sg_pair *p, sg_tensor *other) {
  sg_context *c = p->context;
  sg_tensor *zero = sg_scalar_like(c, p->d_y, 0), *tie = sg_eq(c, p->a, p->b);
  return sg_where(c, other, zero, sg_where(c, tie, sg_mul_scalar(c, p->d_y, 0.5), p->d_y));
}

sg_tensor *sg_pair_d_divisor(const sg_pair *p) {
  sg_context *c = p->context;
  sg_tensor *quotient = sg_round(c, sg_sub(c, sg_div(c, p->a, p->b), sg_div(c, p->y, p->b)));
  return sg_neg(c, sg_mul(c, p->d_y, quotient));
}

sg_status sg_pair_check_divisor(const sg_call *call) {
  if (call->dtype != SG_I64) return SG_OK;
  const int64_t *b = sg_tensor_data(call->inputs[1]);
  for (int64_t i = 0; i < sg_tensor_elements(call->inputs[1]); i++)
    if (b[i] == 0)
      return sg_refuse(call, "%s holds 0 (element %" PRId64 "), by which no integer is divided",
                       sg_op_inputs(call->op)[1].name, i + sg_index_base(call->context));
  return SG_OK;
}

static const sg_sample samples[] = {
    {"same shape", SG_ON(SG_DOMAIN(SG_DIMS(3, 4)), SG_DOMAIN(SG_DIMS(3, 4)))},
    {"rows", SG_ON(SG_DOMAIN(SG_DIMS(2, 3, 4)), SG_DOMAIN(SG_DIMS(4)))},
    {"channels", SG_ON(SG_DOMAIN(SG_DIMS(3, 1, 1)), SG_DOMAIN(SG_DIMS(2, 3, 2, 2)))},
    {"outer", SG_ON(SG_DOMAIN(SG_DIMS(3, 1)), SG_DOMAIN(SG_DIMS(1, 4)))},
    {"scalar", SG_ON(SG_DOMAIN(SG_DIMS(2, 3)), SG_DOMAIN(SG_SCALAR))},
    {"scalars", SG_ON(SG_DOMAIN(SG_SCALAR), SG_DOMAIN(SG_SCALAR))},
    {"empty", SG_ON(SG_DOMAIN(SG_DIMS(2, 0)), SG_DOMAIN(SG_DIMS(2, 1)))},
    {0},
};

const sg_sample sg_pair_divisor_bad_samples[] = {
    {"integers by 0",
     SG_ON(SG_OF_DTYPE(SG_I64, SG_DIMS(2)),
           {SG_SAMPLE_VALUES, SG_DIMS(2), .values = SG_NUMBERS(1, 0), .dtype = SG_I64}),
     .error = "b holds 0 (element "},
    {0},
};

const sg_sample sg_pair_bad_samples[] = {
    {"shapes", SG_ON(SG_RANDN(2, 3), SG_RANDN(2)),
     .error = "a has shape [2, 3], b has shape [2]: they do not broadcast"},
    {0},
};

const sg_op sg_binary_family = {
    .inputs = SG_PORTS(
        {"a", SG_NUMERIC | SG_SAME_PLACE, "tensor of any shape"},
        {"b", SG_NUMERIC | SG_SAME_PLACE, "tensor whose shape broadcasts with that of a; one of them is floating"}),
    .outputs = SG_PORTS({"y", 0, "the results, in the broadcast shape"}),
    SG_PLANNED(sg_rows_layout, prepare, forward, vjp),
    .samples = samples,
    .bad_samples = SG_SAMPLES({"integers", SG_ON(SG_RANDINT(1, 3, SG_DIMS(2)), SG_RANDINT(1, 3, SG_DIMS(2))),
                               .error = "expected f32 or f64"}),
};

enum { NUMBERS = SG_NUMERIC | SG_SAME_PLACE | SG_UNCONVERTED };

const sg_op sg_numeric_binary_family = {
    .inputs = SG_PORTS({"a", NUMBERS, "tensor of any shape, of integers too"},
                       {"b", NUMBERS, "tensor whose shape broadcasts with that of a"}),
    .outputs = SG_PORTS({"y", 0, "the results, in the broadcast shape"}),
    SG_PLANNED(sg_rows_layout, prepare, forward, vjp),
    .samples = samples,
    .bad_samples = sg_pair_bad_samples,
};
