// SPDX-License-Identifier: GPL-3.0-or-later
//
// y[..., i, ...] = x[..., index[i], ...]: chosen positions of one dimension, in the order given.
#include "ops/ops.h"
#include "ops/shape/indices.h"

extern const sg_op op_index_add;

#define ALONG(d) (&(const sg_index_options){d})
static const sg_sample samples[] = {
    {"rows", {SG_NORMAL(0, 1, SG_DIMS(4, 3)), SG_INDICES(4, SG_DIMS(6))}, NULL, NULL, NULL},
    {"columns", {SG_NORMAL(0, 1, SG_DIMS(3, 4)), SG_INDICES(4, SG_DIMS(3))}, ALONG(1), NULL, NULL},
    {"middle", {SG_NORMAL(0, 1, SG_DIMS(2, 3, 2)), SG_INDICES(3, SG_DIMS(4))}, ALONG(-2), NULL, NULL},
    {"no index", {SG_NORMAL(0, 1, SG_DIMS(2, 3)), SG_INDICES(2, SG_DIMS(0))}, NULL, NULL, NULL},
    {"one", {SG_NORMAL(0, 1, SG_DIMS(2, 3)), SG_INDICES(2, SG_SCALAR)}, NULL, NULL, NULL},
    {"empty rows", {SG_NORMAL(0, 1, SG_DIMS(2, 0)), SG_INDICES(2, SG_DIMS(3))}, NULL, NULL, NULL},
    {0}};
static const sg_sample bad_samples[] = {
    {"out of range",
     {SG_NORMAL(0, 1, SG_DIMS(2, 3)), {SG_SAMPLE_VALUES, SG_DIMS(2), 0, 0, (const double[]){1, 9}, SG_I64}},
     NULL,
     "holds 9",
     NULL},
    {"matrix of indices",
     {SG_NORMAL(0, 1, SG_DIMS(2, 3)), SG_INDICES(2, SG_DIMS(2, 2))},
     NULL,
     "expected a vector",
     NULL},
    {"dimension", {SG_NORMAL(0, 1, SG_DIMS(2, 3)), SG_INDICES(2, SG_DIMS(2))}, ALONG(2), "outside", NULL},
    {"scalar", {SG_NORMAL(0, 1, SG_SCALAR), SG_INDICES(1, SG_DIMS(1))}, NULL, "outside", NULL},
    {0}};

const sg_op op_index_select = {
    .name = "index_select",
    .summary = "Takes positions of one dimension by their numbers.",
    .formula = "y[..., i, ...] = x[..., index[i], ...]",
    .family = &sg_slices_family,
    .member = &op_index_add,
    .inputs =
        SG_PORTS({"x", SG_ANY_DTYPE, "tensor"}, {"index", SG_INDEX, "vector of positions in dim; may repeat"}),
    .outputs = SG_PORTS({"y", SG_ANY_DTYPE, "x at these positions"}),
    .samples = samples,
    .bad_samples = bad_samples,
};

sg_tensor *sg_index_select(sg_context *context, sg_tensor *x, sg_tensor *index, int64_t dim) {
  return sg_apply_one(context, &op_index_select, 2, (sg_tensor *[]){x, index}, ALONG(dim));
}
