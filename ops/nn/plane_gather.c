// SPDX-License-Identifier: GPL-3.0-or-later
//
//   y[n, c, k] = x[n, c, index[n, c, k]]
//
// Linear in x; its adjoint is plane_scatter with the same index. The pair differentiates max_pool2d.
// Reference: Goodfellow, Bengio and Courville, "Deep Learning", 2016, section 9.3.
#include "ops/kernels/max_pool.h"
#include "ops/nn/plane.h"
#include "ops/ops.h"
#include "ops/select_kernels.h"

enum { X, INDEX };

static sg_status prepare(sg_plan *plan) {
  const sg_shape *x = sg_plan_shape(plan, X), *index = sg_plan_shape(plan, INDEX);
  if (x->rank != 4) return sg_reject(plan, "x has shape %s, expected (N, C, H, W)", sg_shape_text(x).text);
  if (index->rank != 4 || index->size[0] != x->size[0] || index->size[1] != x->size[1])
    return sg_reject(plan, "index has shape %s, expected [%lld, %lld, h, w] (images and channels of x %s)",
                     sg_shape_text(index).text, (long long)x->size[0], (long long)x->size[1],
                     sg_shape_text(x).text);
  plan->output_shape[0] = *index;
  return sg_plane_check_index(plan, plan->inputs[INDEX], x->size[2] * x->size[3]);
}

static void forward(const sg_call *call) {
  const sg_shape *x = sg_tensor_shape(call->inputs[X]), *index = sg_tensor_shape(call->inputs[INDEX]);
  plane_arguments a = {.pixels = x->size[2] * x->size[3],
                       .picks = index->size[2] * index->size[3],
                       .index_base = sg_index_base(call->context),
                       .index = sg_tensor_data(call->inputs[INDEX]),
                       .from = sg_tensor_data(call->inputs[X]),
                       .to = sg_output_data(call->outputs[0])};
  sg_parallel(call->context, x->size[0] * x->size[1], sg_grain(a.picks),
              sg_kernels_for(call->context, call->dtype)->max_pool->gather, &a);
}

static void vjp(const sg_call *call) {
  const sg_shape *x = &call->input_shapes[X];
  sg_plane_scatter_options plane = {{2, {x->size[2], x->size[3]}}};
  if (call->needs[X])
    call->d_inputs[X] = sg_plane_scatter(call->context, call->d_outputs[0], call->inputs[INDEX], &plane);
}

static const sg_sample samples[] = {
    {"planes", {SG_NORMAL(0, 1, SG_DIMS(2, 2, 2, 3)), SG_INDICES(6, SG_DIMS(2, 2, 2, 2))}, .options = NULL},
    {"more picks than pixels",
     {SG_NORMAL(0, 1, SG_DIMS(1, 1, 1, 2)), SG_INDICES(2, SG_DIMS(1, 1, 3, 2))},
     .options = NULL},
    {"no picks", {SG_NORMAL(0, 1, SG_DIMS(1, 2, 2, 2)), SG_INDICES(4, SG_DIMS(1, 2, 0, 2))}, .options = NULL},
    {"no images", {SG_NORMAL(0, 1, SG_DIMS(0, 2, 2, 2)), SG_INDICES(4, SG_DIMS(0, 2, 1, 2))}, .options = NULL},
    {0},
};

static const double beyond[] = {9};
static const sg_sample bad_samples[] = {
    {"rank",
     {SG_NORMAL(0, 1, SG_DIMS(2, 3)), SG_INDICES(2, SG_DIMS(1, 1, 1, 1))},
     .error = "expected (N, C, H, W)"},
    {"channels",
     {SG_NORMAL(0, 1, SG_DIMS(1, 2, 2, 2)), SG_INDICES(4, SG_DIMS(1, 3, 1, 1))},
     .error = "index has shape [1, 3, 1, 1], expected [1, 2, h, w]"},
    {"outside",
     {SG_NORMAL(0, 1, SG_DIMS(1, 1, 2, 2)), {SG_SAMPLE_VALUES, SG_DIMS(1, 1, 1, 1), 0, 0, beyond, SG_I64}},
     .error = "index has the value 9, outside"},
    {0},
};

const sg_op op_plane_gather = {
    .name = "plane_gather",
    .summary = "Picks pixels of every plane of an image by their position in the plane.",
    .formula = "y[n,c,k] = x[n, c, index[n,c,k]], with planes counted row by row",
    .reference = "Goodfellow, Bengio and Courville, Deep Learning, 2016, section 9.3",
    .inputs =
        SG_PORTS({"x", 0, "(N, C, H, W)"}, {"index", SG_INDEX, "(N, C, h, w), positions in a plane of H W pixels"}),
    .outputs = SG_PORTS({"y", 0, "(N, C, h, w)"}),
    .save_inputs = 1 << INDEX,
    .prepare = prepare,
    .forward = forward,
    .vjp = vjp,
    .samples = samples,
    .bad_samples = bad_samples,
};

sg_tensor *sg_plane_gather(sg_context *context, sg_tensor *x, sg_tensor *index) {
  return sg_apply_one(context, &op_plane_gather, 2, (sg_tensor *[]){x, index}, NULL);
}
