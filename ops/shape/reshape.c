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

const sg_op op_reshape = {
    SG_VIEW(reshape, shape, "Gives the elements of a tensor another shape, as a view.",
            "y holds the elements of x in row-major order"),
    SG_OPTIONS(reshape_options, SG_CONSTANT(reshape_options, .shape = SG_SCALAR),
               SG_OPTION(reshape_options, shape, SHAPE,
                         "shape of the result; one extent may be -1, worked out from the others", SG_REQUIRED)),
    .samples = SG_SAMPLES({"split and join", SG_ON(SG_RANDN(2, 3, 4)), TO(SG_DIMS(6, 2, 2))},
                          {"unknown extent", SG_ON(SG_VALUES(SG_NUMBERS(1, 2, 3, 4), SG_DIMS(2, 2))),
                           TO(SG_DIMS(-1)), SG_GIVES(1, 2, 3, 4)},
                          {"to a scalar", SG_ON(SG_RANDN(1, 1)), TO(SG_SCALAR)},
                          {"from a scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR)), TO(SG_DIMS(1, -1))},
                          {"empty", SG_ON(SG_RANDN(0, 3)), TO(SG_DIMS(3, -1))}),
    .bad_samples = SG_SAMPLES(
        {"other count", SG_ON(SG_RANDN(2, 3)), TO(SG_DIMS(4)), .error = "x has shape [2, 3] (6 elements)"},
        {"does not divide", SG_ON(SG_RANDN(2, 3)), TO(SG_DIMS(4, -1)), .error = "cannot become [4, -1]"},
        {"two unknown", SG_ON(SG_RANDN(2, 3)), TO(SG_DIMS(-1, -1)), .error = "only one extent"},
        {"negative", SG_ON(SG_RANDN(2, 3)), TO(SG_DIMS(-2, -3)), .error = "cannot become [-2, -3]"},
        {"unknown beside zero", SG_ON(SG_RANDN(0, 3)), TO(SG_DIMS(0, -1)), .error = "can be anything"}),
};

sg_tensor *sg_reshape(sg_context *context, sg_tensor *t, const sg_shape *shape) {
  return sg_apply_one(context, &op_reshape, 1, &t, &(reshape_options){*shape});
}
