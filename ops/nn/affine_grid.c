// SPDX-License-Identifier: GPL-3.0-or-later
//
// grid[n, p] = theta[n] (q, 1) for the points q of an image of the given size.
#include "ops/ops.h"

typedef struct affine_grid_options {
  sg_ints size;
  bool align_corners;
} affine_grid_options;

static sg_status prepare(sg_plan *plan) {
  const sg_ints *size = &((const affine_grid_options *)plan->options)->size;
  const sg_shape *theta = sg_plan_shape(plan, 0);
  const int spatial = size->count - 2;
  if (spatial != 2 && spatial != 3)
    return sg_reject(plan, "size has %d values, expected N, C, H, W or N, C, D, H, W", size->count);
  if (theta->rank != 3 || theta->size[0] != size->value[0] || theta->size[1] != spatial ||
      theta->size[2] != spatial + 1)
    return sg_reject(plan, "theta has shape %s, expected [%lld, %d, %d]", sg_shape_text(theta).text,
                     (long long)size->value[0], spatial, spatial + 1);
  sg_shape points = {.rank = spatial + 1};
  for (int d = 0; d < spatial; d++) {
    points.size[d] = size->value[2 + d];
    if (points.size[d] < 1) return sg_reject(plan, "size has an extent of %lld", (long long)points.size[d]);
  }
  points.size[spatial] = spatial + 1;
  if (!sg_shape_count(&points, &(int64_t){0}))
    return sg_reject(plan, "a grid of %s points would be too large", sg_shape_text(&points).text);
  return SG_OK;
}

// The coordinates of every point along one axis: from -1 to 1, or half a pixel less far.
static sg_tensor *coordinates(const sg_call *call, const sg_shape *points, int d) {
  sg_context *c = call->context;
  const bool corners = ((const affine_grid_options *)call->options)->align_corners;
  const int64_t extent = points->size[d];
  const double count = (double)extent, end = extent == 1 ? 0 : corners ? 1 : (count - 1) / count;
  sg_shape line = *points;
  for (int other = 0; other < line.rank; other++) line.size[other] = other == d ? extent : 1;
  sg_tensor *values = sg_linspace(c, call->dtype, sg_real(-end), sg_real(end), extent);
  return sg_expand(c, sg_reshape(c, values, &line), points);
}

static void compose(const sg_call *call, sg_tensor **outputs) {
  sg_context *c = call->context;
  const sg_ints *size = &((const affine_grid_options *)call->options)->size;
  const int spatial = size->count - 2;
  sg_shape points = {.rank = spatial}, flat = SG_DIMS(-1, spatial + 1), grid = {.rank = spatial + 2};
  for (int d = 0; d < spatial; d++) points.size[d] = size->value[2 + d];
  sg_tensor *parts[4];
  for (int axis = 0; axis < spatial; axis++) parts[axis] = coordinates(call, &points, spatial - 1 - axis);
  parts[spatial] = sg_tensor_full(c, call->dtype, &points, 1);
  sg_tensor *base = sg_reshape(c, sg_stack(c, spatial + 1, parts, -1), &flat);
  grid.size[0] = size->value[0];
  for (int d = 0; d < spatial; d++) grid.size[1 + d] = points.size[d];
  grid.size[spatial + 1] = spatial;
  outputs[0] = sg_reshape(c, sg_matmul(c, base, sg_transpose(c, call->inputs[0], 1, 2)), &grid);
}

#define OF(corners, ...) SG_WITH(affine_grid_options, SG_DIMS(__VA_ARGS__), corners)

const sg_op op_affine_grid = {
    SG_COMPOSED(affine_grid, prepare, compose),
    SG_WORDS("The points of images under affine maps, for grid_sample.",
             "grid[n, p] = theta[n] (q, 1), q the place of pixel p between -1 and 1",
             "Jaderberg et al., Spatial Transformer Networks, 2015"),
    .inputs = SG_PORTS({"theta", 0, "(N, 2, 3) or (N, 3, 4)"}),
    .outputs = SG_PORTS({"grid", 0, "(N, H, W, 2) or (N, D, H, W, 3)"}),
    SG_OPTIONS(affine_grid_options, SG_CONSTANT(affine_grid_options, .align_corners = false),
               SG_OPTION(affine_grid_options, size, INTS, "of the images: N, C, H, W or N, C, D, H, W",
                         SG_REQUIRED | SG_AT_LEAST | SG_AT_MOST, 0, INT32_MAX),
               SG_OPTION(affine_grid_options, align_corners, BOOL,
                         "-1 and 1 are the centres of the outermost pixels, and not their outer sides; default "
                         "false")),
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VALUES(SG_NUMBERS(1, 0, 0, 0, 1, 0.5), SG_DIMS(1, 2, 3))),
                           OF(false, 1, 1, 1, 2), SG_GIVES(-0.5, 0.5, 0.5, 0.5)},
                          {"image", SG_ON(SG_RANDN(2, 2, 3)), OF(false, 2, 3, 4, 5)},
                          {"corners", SG_ON(SG_RANDN(2, 2, 3)), OF(true, 2, 3, 4, 5)},
                          {"volume", SG_ON(SG_RANDN(1, 3, 4)), OF(false, 1, 2, 2, 3, 1)},
                          {"no images", SG_ON(SG_RANDN(0, 2, 3)), OF(false, 0, 3, 4, 5)}),
    .bad_samples = SG_SAMPLES(
        {"size", SG_ON(SG_RANDN(1, 2, 3)), OF(false, 1, 2, 3), .error = "affine_grid: size has 3 values"},
        {"theta", SG_ON(SG_RANDN(1, 2, 3)), OF(false, 2, 1, 3, 3), .error = "expected [2, 2, 3]"},
        {"no pixels", SG_ON(SG_RANDN(1, 2, 3)), OF(false, 1, 1, 0, 3), .error = "size has an extent of 0"},
        {"too large", SG_ON(SG_RANDN(1, 3, 4)), OF(false, 1, 1, INT32_MAX, INT32_MAX, INT32_MAX),
         .error = "would be too large"}),
};

sg_tensor *sg_affine_grid(sg_context *context, sg_tensor *theta, const sg_ints *size, bool align_corners) {
  return sg_apply_one(context, &op_affine_grid, 1, &theta, &(affine_grid_options){*size, align_corners});
}
