// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/reduce/scan.h"

#include "ops/ops.h"
#include "ops/select_kernels.h"

static int64_t strips(const sg_lines *lines) {
  return lines->outer * ((lines->inner + SCAN_STRIP - 1) / SCAN_STRIP);
}

// `cost` of an element, in additions.
static int64_t grain(const sg_lines *lines, int64_t cost) {
  return sg_grain(cost * lines->count * (lines->inner < SCAN_STRIP ? lines->inner : SCAN_STRIP));
}

static sg_status prepare(sg_plan *plan) {
  for (int p = 0; p < plan->output_count; p++) plan->output_shape[p] = *sg_plan_shape(plan, 0);
  return sg_lines_prepare(plan, ((const sg_scan_options *)plan->options)->dim, plan->own);
}

static void forward(const sg_call *call) {
  const sg_lines *lines = call->plan;
  const scan_kind kind = ((const sg_scan_member *)call->op->member)->kind;
  const scan_arguments a = {.outer = lines->outer,
                            .count = lines->count,
                            .inner = lines->inner,
                            .reverse = ((const sg_scan_options *)call->options)->reverse,
                            .x = sg_input_data(call, 0),
                            .y = sg_output_data(call->outputs[0]),
                            .y2 = call->output_count > 1 ? sg_output_data(call->outputs[1]) : NULL};
  sg_parallel(call->context, strips(lines), grain(lines, kind >= SCAN_LOG_SUM ? 32 : 4),
              sg_kernels_for(call->context, call->dtype)->scan->run[kind], &a);
}

void sg_scan_recurrence(const sg_call *call, bool adjoint, recurrence_arguments arguments) {
  const sg_lines *lines = call->plan;
  const scan_kernels *kernels = sg_kernels_for(call->context, call->dtype)->scan;
  arguments.outer = lines->outer;
  arguments.count = lines->count;
  arguments.inner = lines->inner;
  arguments.reverse = ((const sg_scan_options *)call->options)->reverse;
  sg_parallel(call->context, strips(lines), grain(lines, 4), adjoint ? kernels->adjoint : kernels->recurrence,
              &arguments);
}

// ---- For vjp ----------------------------------------------------------------------------------------

sg_tensor *sg_scan_next(sg_context *context, sg_tensor *t, int64_t dim, bool reverse) {
  if (!t || sg_tensor_shape(t)->rank == 0) return t;
  return sg_roll(context, t, &(sg_ints){1, {reverse ? 1 : -1}}, &(sg_ints){1, {dim}});
}

sg_tensor *sg_scan_before(sg_context *context, sg_tensor *t, double first, int64_t dim, bool reverse) {
  if (!t) return NULL;
  sg_shape shape = *sg_tensor_shape(t);
  int64_t *extent = shape.rank > 0 ? &shape.size[sg_shape_dimension(&shape, dim)] : NULL;
  if (!extent || *extent <= 1) return sg_tensor_full(context, sg_tensor_dtype(t), &shape, first);
  sg_tensor *others = sg_narrow(context, t, dim, reverse ? 1 : 0, *extent - 1);
  *extent = 1;
  sg_tensor *one = sg_tensor_full(context, sg_tensor_dtype(t), &shape, first);
  return sg_cat(context, 2, reverse ? (sg_tensor *[]){others, one} : (sg_tensor *[]){one, others}, dim);
}

// ---- The family -------------------------------------------------------------------------------------

const sg_op sg_scan_family = {
    .inputs = SG_PORTS({"x", 0, "tensor of any shape"}),
    SG_SCAN_OPTIONS,
    SG_PLANNED(sg_lines, prepare, forward, NULL),
    .samples = SG_SAMPLES({"rows", SG_ON(SG_DOMAIN(SG_DIMS(3, 5))), SG_ALONG(1, false)},
                          {"rows from their ends", SG_ON(SG_DOMAIN(SG_DIMS(3, 5))), SG_ALONG(-1, true)},
                          {"columns", SG_ON(SG_DOMAIN(SG_DIMS(5, 3))), SG_ALONG(0, false)},
                          {"columns from their ends", SG_ON(SG_DOMAIN(SG_DIMS(5, 3))), SG_ALONG(-2, true)},
                          {"middle", SG_ON(SG_DOMAIN(SG_DIMS(2, 4, 3))), SG_ALONG(1, false)},
                          {"long", SG_ON(SG_DOMAIN(SG_DIMS(2, 40))), SG_ALONG(1, true)},
                          {"wide", SG_ON(SG_DOMAIN(SG_DIMS(3, 70))), SG_ALONG(0, false)},
                          {"one value each", SG_ON(SG_DOMAIN(SG_DIMS(3, 1))), SG_ALONG(1, false)},
                          {"scalar", SG_ON(SG_DOMAIN(SG_SCALAR)), SG_ALONG(0, false)},
                          {"empty lines", SG_ON(SG_DOMAIN(SG_DIMS(2, 0))), SG_ALONG(1, false)},
                          {"no lines", SG_ON(SG_DOMAIN(SG_DIMS(0, 2))), SG_ALONG(1, true)}),
};

sg_tensor *sg_scan_apply(sg_context *context, const sg_op *op, sg_tensor *x, int64_t dim, bool reverse) {
  return sg_apply_one(context, op, 1, &x, &(sg_scan_options){dim, reverse});
}
