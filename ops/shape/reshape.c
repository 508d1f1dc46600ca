// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = the elements of x, in row-major order, in another shape. A view: y shares the storage of x.
#include "ops/ops.h"
#include "ops/shape/view.h"

typedef struct reshape_options {
  sg_shape shape;
} reshape_options;

static sg_status shape(const sg_plan *plan, const sg_shape *x, sg_shape *y) {
  const sg_shape *wanted = &((const reshape_options *)plan->options)->shape;
  int unknown = -1;
  *y = *wanted;
  for (int d = 0; d < wanted->rank; d++) {
    if (wanted->size[d] != -1) continue;
    if (unknown >= 0) return sg_reject(plan, "only one extent of %s can be -1", sg_shape_text(wanted).text);
    unknown = d;
    y->size[d] = 1;
  }
  int64_t elements = sg_shape_elements(x), count;
  bool fits = sg_shape_count(y, &count);
  if (fits && unknown >= 0) {
    if (count == 0)
      return sg_reject(plan, "the extent -1 of %s can be anything beside an extent of 0",
                       sg_shape_text(wanted).text);
    fits = elements % count == 0;
    y->size[unknown] = elements / count;
  } else {
    fits = fits && count == elements;
  }
  if (fits) return SG_OK;
  return sg_reject(plan, "x has shape %s (%lld elements), which cannot become %s", sg_shape_text(x).text,
                   (long long)elements, sg_shape_text(wanted).text);
}

#define TO(...) (&(const reshape_options){.shape = __VA_ARGS__})
static const sg_sample samples[] = {
    {"split and join", {SG_NORMAL(0, 1, SG_DIMS(2, 3, 4))}, TO(SG_DIMS(6, 2, 2)), NULL, NULL},
    {"unknown extent",
     {SG_VALUES(((const double[]){1, 2, 3, 4}), SG_DIMS(2, 2))},
     TO(SG_DIMS(-1)),
     NULL,
     (const double[]){1, 2, 3, 4}},
    {"to a scalar", {SG_NORMAL(0, 1, SG_DIMS(1, 1))}, TO(SG_SCALAR), NULL, NULL},
    {"from a scalar", {SG_NORMAL(0, 1, SG_SCALAR)}, TO(SG_DIMS(1, -1)), NULL, NULL},
    {"empty", {SG_NORMAL(0, 1, SG_DIMS(0, 3))}, TO(SG_DIMS(3, -1)), NULL, NULL},
    {0}};
static const sg_sample bad_samples[] = {
    {"other count", {SG_NORMAL(0, 1, SG_DIMS(2, 3))}, TO(SG_DIMS(4)), "x has shape [2, 3] (6 elements)", NULL},
    {"does not divide", {SG_NORMAL(0, 1, SG_DIMS(2, 3))}, TO(SG_DIMS(4, -1)), "cannot become [4, -1]", NULL},
    {"two unknown", {SG_NORMAL(0, 1, SG_DIMS(2, 3))}, TO(SG_DIMS(-1, -1)), "only one extent", NULL},
    {"negative", {SG_NORMAL(0, 1, SG_DIMS(2, 3))}, TO(SG_DIMS(-2, -3)), "cannot become [-2, -3]", NULL},
    {"unknown beside zero", {SG_NORMAL(0, 1, SG_DIMS(0, 3))}, TO(SG_DIMS(0, -1)), "can be anything", NULL},
    {0}};

const sg_op op_reshape = {
    .name = "reshape",
    .summary = "Gives the elements of a tensor another shape, as a view.",
    .formula = "y holds the elements of x in row-major order",
    .family = &sg_view_family,
    .member = &(const sg_view_member){shape},
    .attributes = SG_ATTRIBUTES({"shape", SG_ATTRIBUTE_SHAPE, offsetof(reshape_options, shape),
                                 "shape of the result; one extent may be -1, worked out from the others",
                                 SG_REQUIRED, 0, 0, NULL}),
    .options_bytes = sizeof(reshape_options),
    .defaults = &(const reshape_options){.shape = SG_SCALAR},
    .samples = samples,
    .bad_samples = bad_samples,
};

sg_tensor *sg_reshape(sg_context *context, sg_tensor *t, const sg_shape *shape) {
  return sg_apply_one(context, &op_reshape, 1, &t, &(reshape_options){*shape});
}
