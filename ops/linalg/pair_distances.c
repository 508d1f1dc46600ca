// SPDX-License-Identifier: GPL-3.0-or-later
//
//   y[b, i, j] = norm of order p of d = x1[b, i] - x2[b, j]
//   d_x1[b, i] = sum over j of d_y[b, i, j] sign(d) (|d| / y[b, i, j])^(p - 1);  d_x2 likewise, with -d for d
//
// of the differences themselves, and not by |a|^2 - 2 a b + |b|^2, of which nothing is left where the vectors are
// close to each other and far from 0. Where an element of d is 0 its gradient is 0.
#include <math.h>

#include "ops/kernels/distances.h"
#include "ops/ops.h"
#include "ops/reduce/norms.h"
#include "ops/select_kernels.h"

static sg_status prepare(sg_plan *plan) {
  const sg_shape *x1 = sg_plan_shape(plan, 0), *x2 = sg_plan_shape(plan, 1);
  if (x1->rank != 3 || x2->rank != 3 || x1->size[0] != x2->size[0] || x1->size[2] != x2->size[2])
    return sg_reject(plan, "x1 has shape %s, x2 %s, expected (B, P, M) and (B, R, M)", sg_shape_text(x1).text,
                     sg_shape_text(x2).text);
  plan->output_shape[0] = (sg_shape){3, {x1->size[0], x1->size[1], x2->size[1]}};
  return SG_OK;
}

static distance_arguments arguments_of(const sg_call *call) {
  const int64_t *x1 = sg_tensor_shape(call->inputs[0])->size, *x2 = sg_tensor_shape(call->inputs[1])->size;
  return (distance_arguments){.rows = {x1[1], x2[1]},
                              .width = x1[2],
                              .p = ((const sg_cdist_options *)call->options)->p,
                              .x = {sg_input_data(call, 0), sg_input_data(call, 1)}};
}

static void run(const sg_call *call, sg_kernel *kernel, const distance_arguments *a, int side) {
  const int64_t batch = sg_tensor_shape(call->inputs[0])->size[0];
  sg_parallel(call->context, batch * a->rows[side], sg_grain((a->width + 8) * a->rows[1 - side]), kernel, a);
}

static void forward(const sg_call *call) {
  distance_arguments a = arguments_of(call);
  a.y = sg_output_data(call->outputs[0]);
  run(call, sg_kernels_for(call->context, call->dtype)->distances->forward, &a, 0);
}

static void backward(const sg_call *call) {
  distance_arguments a = arguments_of(call);
  a.y = (void *)(uintptr_t)sg_tensor_data(call->outputs[0]);
  a.d_y = sg_tensor_data(call->d_outputs[0]);
  for (a.side = 0; a.side < 2; a.side++) {
    if (!call->d_inputs[a.side]) continue;
    a.d_x = sg_gradient_data(call, a.side);
    run(call, sg_kernels_for(call->context, call->dtype)->distances->backward, &a, a.side);
  }
}

// The differences, (B, P, R, M), and the slopes of their norms, in f64 as in vector_norm.
static void vjp(const sg_call *call) {
  sg_context *c = call->context;
  const double p = ((const sg_cdist_options *)call->options)->p;
  const int64_t width = call->input_shapes[0].size[2];
  const sg_ints last = {1, {-1}};
  if (p == 0 || width == 0) {
    for (int i = 0; i < 2; i++) call->d_inputs[i] = sg_tensor_full(c, call->dtype, &call->input_shapes[i], 0);
    return;
  }
  sg_tensor *apart = sg_sub(c, sg_unsqueeze(c, call->inputs[0], 2), sg_unsqueeze(c, call->inputs[1], 1));
  sg_tensor *d_y = sg_unsqueeze(c, call->d_outputs[0], 3), *d;
  if (p == 1 || width == 1) {
    d = sg_mul(c, d_y, sg_sign(c, apart));
  } else {
    apart = sg_to(c, apart, SG_F64);
    sg_tensor *y = sg_vector_norm(c, apart, &(sg_norm_options){p, last, true});
    d = sg_to(c, sg_norm_slope(c, apart, y, sg_to(c, d_y, SG_F64), p, &last), call->dtype);
  }
  if (call->needs[0]) call->d_inputs[0] = sg_sum(c, d, &(sg_reduce_options){.dim = {1, {2}}});
  if (call->needs[1]) call->d_inputs[1] = sg_neg(c, sg_sum(c, d, &(sg_reduce_options){.dim = {1, {1}}}));
}

#define OF(p) SG_WITH(sg_cdist_options, p)
#define APART SG_DISTINCT(-2, 2, SG_DIMS(2, 3, 4)), SG_DISTINCT(-1.93, 2.1, SG_DIMS(2, 2, 4))

const sg_op op_pair_distances = {
    SG_COMPUTED(pair_distances, prepare, forward, vjp),
    SG_WORDS("The distances of all vectors in x1 from all in x2, of each of a batch; cdist is made of it.",
             "y[b, i, j] = norm of order p of x1[b, i] - x2[b, j]",
             "PyTorch, torch.cdist; the gradient of a distance of 0 is 0"),
    .subgradient = "0 for elements that are equal",
    .cost = "an operation or two for each pair of rows and element of a row",
    .inputs = SG_PORTS({"x1", 0, "(B, P, M)"}, {"x2", 0, "(B, R, M)"}),
    .outputs = SG_PORTS({"y", 0, "(B, P, R)"}),
    SG_OPTIONS(sg_cdist_options, SG_CONSTANT(sg_cdist_options, 2),
               SG_OPTION(sg_cdist_options, p, FLOAT, "order of the norm, at least 0; default 2", SG_AT_LEAST, 0)),
    .save_inputs = 1 << 0 | 1 << 1,
    .save_outputs = 1 << 0,
    .backward = backward,
    .samples = SG_SAMPLES(
        {"by hand",
         SG_ON(SG_VALUES(SG_NUMBERS(0, 0, 3, 4), SG_DIMS(1, 2, 2)), SG_VALUES(SG_NUMBERS(3, 0), SG_DIMS(1, 1, 2))),
         SG_GIVES(3, 4)},
        {"lengths", SG_ON(SG_RANDN(2, 3, 4), SG_RANDN(2, 5, 4))}, {"sizes", SG_ON(APART), OF(1)},
        {"how many", SG_ON(APART), OF(0)}, {"the largest", SG_ON(APART), OF(HUGE_VAL)},
        {"cubes", SG_ON(SG_RANDN(1, 3, 4), SG_RANDN(1, 2, 4)), OF(3)},
        {"another power", SG_ON(SG_RANDN(1, 3, 4), SG_RANDN(1, 2, 4)), OF(1.75)},
        {"numbers", SG_ON(SG_RANDN(1, 3, 1), SG_RANDN(1, 4, 1)), OF(2.5)},
        {"wide", SG_ON(SG_RANDN(1, 2, 300), SG_RANDN(1, 3, 300))},
        {"wide, another power", SG_ON(SG_RANDN(1, 2, 270), SG_RANDN(1, 2, 270)), OF(2.5)},
        {"no rows", SG_ON(SG_RANDN(1, 0, 4), SG_RANDN(1, 2, 4))},
        {"of nothing", SG_ON(SG_RANDN(1, 2, 0), SG_RANDN(1, 2, 0)), SG_GIVES(0, 0, 0, 0)}),
    .bad_samples = SG_SAMPLES({"batches", SG_ON(SG_RANDN(2, 2, 3), SG_RANDN(1, 2, 3)),
                               .error = "x1 has shape [2, 2, 3], x2 [1, 2, 3], expected (B, P, M) and (B, R, M)"}),
};

sg_tensor *sg_pair_distances(sg_context *context, sg_tensor *x1, sg_tensor *x2, double p) {
  return sg_apply_one(context, &op_pair_distances, 2, (sg_tensor *[]){x1, x2}, &(sg_cdist_options){p});
}
