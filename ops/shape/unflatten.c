// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = x with one dimension as several. A view.
#include "ops/ops.h"
#include "ops/shape/view.h"

typedef struct unflatten_options {
  int64_t dim;
  sg_shape sizes;
} unflatten_options;

static sg_status shape(const sg_plan *plan, const sg_shape *x, sg_shape *y) {
  const unflatten_options *options = plan->options;
  const sg_shape *sizes = &options->sizes;
  int dim, unknown = -1;
  if (sg_plan_dimension(plan, 0, options->dim, &dim)) return sg_error_status(plan->context);
  if (sizes->rank == 0) return sg_reject(plan, "sizes is empty, expected one extent or more");
  if (x->rank - 1 + sizes->rank > SG_MAX_RANK)
    return sg_reject(plan, "the result would have %d dimensions, at most %d are possible",
                     x->rank - 1 + sizes->rank, SG_MAX_RANK);
  sg_shape known = *sizes;
  for (int d = 0; d < known.rank; d++) {
    if (known.size[d] != -1) continue;
    if (unknown >= 0) return sg_reject(plan, "only one extent of %s can be -1", sg_shape_text(sizes).text);
    unknown = d;
    known.size[d] = 1;
  }
  int64_t count;
  bool fits = sg_shape_count(&known, &count);
  if (fits && unknown >= 0 && count == 0)
    return sg_reject(plan, "the extent -1 of %s can be anything beside an extent of 0", sg_shape_text(sizes).text);
  if (fits && unknown >= 0) {
    known.size[unknown] = x->size[dim] / count;
    count *= known.size[unknown];
  }
  if (!fits || count != x->size[dim])
    return sg_reject(plan, "dimension %d of x %s cannot become %s", dim + sg_index_base(plan->context),
                     sg_shape_text(x).text, sg_shape_text(sizes).text);
  for (int d = 0; d < dim; d++) y->size[y->rank++] = x->size[d];
  for (int d = 0; d < known.rank; d++) y->size[y->rank++] = known.size[d];
  for (int d = dim + 1; d < x->rank; d++) y->size[y->rank++] = x->size[d];
  return SG_OK;
}

#define SPLIT(dim, ...) (&(const unflatten_options){dim, __VA_ARGS__})

const sg_op op_unflatten = {
    SG_MEMBER(unflatten, sg_view_family, sg_view_member, .shape = shape),
    .summary = "Makes several dimensions of one, as a view.",
    .formula = "y holds the elements of x",
    .reference = "The inverse of flatten",
    .outputs = SG_PORTS({"y", SG_ANY_DTYPE, "x with more dimensions, sharing its storage"}),
    SG_OPTIONS(unflatten_options, SPLIT(0, SG_SCALAR),
               SG_OPTION(unflatten_options, dim, DIM, "dimension to split", SG_REQUIRED),
               SG_OPTION(unflatten_options, sizes, SHAPE,
                         "extents in its place; one may be -1, worked out from the others", SG_REQUIRED)),
    .samples = SG_SAMPLES({"last", SG_ON(SG_RANDN(2, 6)), SPLIT(-1, SG_DIMS(2, 3))},
                          {"unknown extent", SG_ON(SG_RANDN(6, 2)), SPLIT(0, SG_DIMS(3, -1))},
                          {"middle", SG_ON(SG_RANDN(2, 4, 2)), SPLIT(1, SG_DIMS(2, 1, 2))},
                          {"one element", SG_ON(SG_RANDN(1)), SPLIT(0, SG_DIMS(1, 1))},
                          {"empty", SG_ON(SG_RANDN(2, 0)), SPLIT(1, SG_DIMS(3, -1))},
                          {"integers", SG_ON(SG_RANDINT(-9, 9, SG_DIMS(4))), SPLIT(0, SG_DIMS(2, 2))}),
    .bad_samples = SG_SAMPLES(
        {"other count", SG_ON(SG_RANDN(2, 6)), SPLIT(1, SG_DIMS(2, 2)), .error = "cannot become [2, 2]"},
        {"does not divide", SG_ON(SG_RANDN(2, 6)), SPLIT(1, SG_DIMS(4, -1)), .error = "cannot become [4, -1]"},
        {"two unknown", SG_ON(SG_RANDN(6)), SPLIT(0, SG_DIMS(-1, -1)), .error = "only one extent"},
        {"unknown beside zero", SG_ON(SG_RANDN(0)), SPLIT(0, SG_DIMS(0, -1)), .error = "can be anything"},
        {"none", SG_ON(SG_RANDN(6)), SPLIT(0, SG_SCALAR), .error = "sizes is empty"},
        {"scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR)), SPLIT(0, SG_DIMS(1)), .error = "outside"}),
};

sg_tensor *sg_unflatten(sg_context *context, sg_tensor *x, int64_t dim, const sg_shape *sizes) {
  return sg_apply_one(context, &op_unflatten, 1, &x, &(unflatten_options){dim, *sizes});
}
