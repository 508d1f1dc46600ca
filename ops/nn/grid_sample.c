// SPDX-License-Identifier: GPL-3.0-or-later
//
// y[n, c, p] = x[n, c] at grid[n, p]: a weighted sum of the pixels around it. The weights w of a pixel along the
// axes are multiplied, and with k over these pixels, d = d_y and w' the slope of a weight
//
//   d_x[n, c, i] = sum of d[n, c, p] times the weight over the p and k of pixel i
//   d_grid[n, p, axis] = sum over k of (sum over c of d[n, c, p] x[n, c, pixel k]) w' along axis, w along the
//   others
//
// The latter is a difference of pixels, which have little to do with their mean: it is summed up in f64.
#include "ops/nn/grid.h"
#include "ops/ops.h"
#include "ops/select_kernels.h"

enum { X, GRID, BLOCKS_AT_MOST = 16 };

static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

static sg_status plan_image(sg_plan *plan, const sg_shape *x, const sg_shape *grid) {
  sampling_arguments *a = plan->own;
  sg_ints size = {.count = x->rank - 2};
  for (int d = 0; d < size.count; d++) size.value[d] = x->size[2 + d];
  if (sg_grid_plan(plan, plan->options, &size, &a->at)) return sg_error_status(plan->context);
  a->batch = x->size[0];
  a->channels = x->size[1];
  a->extent = a->points = 1;
  for (int d = 0; d < size.count; d++) {
    a->extent *= x->size[2 + d];
    // An empty grid may have any extents beside the zero.
    if (__builtin_mul_overflow(a->points, grid->size[1 + d], &a->points)) a->points = 0;
  }
  a->tiles = a->points / CORNERS_TILE + (a->points % CORNERS_TILE > 0);
  plan->output_shape[0] = *x;
  for (int d = 0; d < size.count; d++) plan->output_shape[0].size[2 + d] = grid->size[1 + d];
  if (!sg_shape_count(&plan->output_shape[0], &(int64_t){0}))
    return sg_reject(plan, "the result would have the shape %s", sg_shape_text(&plan->output_shape[0]).text);
  if (sg_shape_elements(x) == 0) return SG_OK;
  const int64_t groups = a->batch * ((a->channels + SAMPLING_GROUP - 1) / SAMPLING_GROUP);
  a->blocks = smaller(groups, BLOCKS_AT_MOST);
  plan->backward_scratch_bytes = (size_t)(a->blocks * SAMPLING_GROUP * a->extent) * sizeof(double);
  return SG_OK;
}

static sg_status prepare(sg_plan *plan) {
  const sg_shape *x = sg_plan_shape(plan, 0), *grid = sg_plan_shape(plan, 1);
  const int spatial = x->rank - 2;
  if (spatial != 2 && spatial != 3)
    return sg_reject(plan, "x has shape %s, expected %s", sg_shape_text(x).text, sg_op_inputs(plan->op)[0].doc);
  if (grid->rank != x->rank || grid->size[grid->rank - 1] != spatial || grid->size[0] != x->size[0])
    return sg_reject(plan, "grid has shape %s, expected (N, ..., %d) of %d dimensions for x %s",
                     sg_shape_text(grid).text, spatial, x->rank, sg_shape_text(x).text);
  for (int d = 2; d < x->rank; d++)
    if (x->size[d] < 1 || x->size[d] > INT32_MAX)
      return sg_reject(plan, "x has shape %s, expected 1 to %d pixels a side", sg_shape_text(x).text, INT32_MAX);
  return plan_image(plan, x, grid);
}

// ---- forward, backward ------------------------------------------------------------------------------

static const corners_kernels *kernels_of(const sg_call *call) {
  return sg_kernels_for(call->context, call->dtype)->corners;
}

static sampling_arguments arguments_of(const sg_call *call) {
  sampling_arguments a = *(const sampling_arguments *)call->plan;
  a.at.grid = sg_input_data(call, GRID);
  a.x = sg_input_data(call, X);
  return a;
}

static void forward(const sg_call *call) {
  sampling_arguments a = arguments_of(call);
  a.y = sg_output_data(call->outputs[0]);
  sg_parallel(call->context, a.batch * a.tiles, sg_grain(CORNERS_TILE * (a.channels + 1)), kernels_of(call)->sample,
              &a);
}

static void backward(const sg_call *call) {
  sampling_arguments a = arguments_of(call);
  a.d_y = sg_tensor_data(call->d_outputs[0]);
  a.d_x = sg_gradient_data(call, X);
  a.d_grid = sg_gradient_data(call, GRID);
  a.sums = call->scratch;
  if (a.d_x && a.blocks > 0) sg_parallel(call->context, a.blocks, 1, kernels_of(call)->sample_d_x, &a);
  if (a.d_grid)
    sg_parallel(call->context, a.batch * a.tiles, sg_grain(CORNERS_TILE * (a.channels + 1)),
                kernels_of(call)->sample_d_grid, &a);
}

// ---- vjp --------------------------------------------------------------------------------------------

// Products of the weights of all axes, the first of which alternates: (N, P, 2), (N, P, 2) make (N, P, 4). Along
// one axis, if there is one, of the slopes.
static sg_tensor *multiplied(sg_context *c, const sg_points *points, int axes, int sloping) {
  if (!points->weight) return NULL;
  const sg_shape *shape = sg_tensor_shape(points->weight);
  const int64_t taps = shape->size[3];
  sg_tensor *product = sg_select(c, sloping == 0 ? points->slope : points->weight, 0, 0);
  int64_t corners = taps;
  for (int axis = 1; axis < axes; axis++, corners *= taps) {
    const sg_shape slow = SG_DIMS(shape->size[1], shape->size[2], taps, 1);
    const sg_shape fast = SG_DIMS(shape->size[1], shape->size[2], 1, corners);
    const sg_shape all = SG_DIMS(shape->size[1], shape->size[2], taps * corners);
    sg_tensor *next = sg_select(c, axis == sloping ? points->slope : points->weight, 0, axis);
    product = sg_reshape(c, sg_mul(c, sg_reshape(c, next, &slow), sg_reshape(c, product, &fast)), &all);
  }
  return product;
}

// In f64; x and d_y are (N, C, E) and (N, C, P).
static sg_tensor *gradient_of_grid(const sg_call *call, sg_tensor *x, sg_tensor *d_y, const sg_points *points) {
  sg_context *c = call->context;
  const int axes = call->input_shapes[X].rank - 2;
  const sg_reduce_options last = {.dim = {1, {2}}};
  sg_tensor *sums = sg_corner_weights(c, x, d_y, points->index), *parts[SPATIAL];
  for (int axis = 0; axis < axes; axis++)
    parts[axis] = sg_sum(c, sg_mul(c, sums, multiplied(c, points, axes, axis)), &last);
  return sg_stack(c, axes, parts, -1);
}

static void vjp(const sg_call *call) {
  sg_context *c = call->context;
  const sampling_arguments *a = call->plan;
  const sg_shape *x_shape = &call->input_shapes[X], *grid_shape = &call->input_shapes[GRID];
  const int axes = x_shape->rank - 2;
  const bool nearest = a->at.taps == 1;
  sg_grid_points_options options = {{axes, {0}}, *(const sg_grid_sample_options *)call->options};
  for (int d = 0; d < axes; d++) options.size.value[d] = x_shape->size[2 + d];
  const sg_shape image = SG_DIMS(a->batch, a->channels, a->extent), places = SG_DIMS(a->batch, a->points, axes);
  const sg_shape sampled = SG_DIMS(a->batch, a->channels, a->points);
  sg_tensor *x = sg_reshape(c, sg_to(c, call->inputs[X], SG_F64), &image);
  sg_tensor *d_y = sg_reshape(c, sg_to(c, call->d_outputs[0], SG_F64), &sampled);
  sg_tensor *grid = sg_reshape(c, sg_to(c, call->inputs[GRID], SG_F64), &places);
  const sg_points points = sg_grid_points(c, grid, &options);
  if (call->needs[X]) {
    sg_tensor *d_x = sg_corner_scatter(c, d_y, multiplied(c, &points, axes, -1), points.index, a->extent);
    call->d_inputs[X] = sg_to(c, sg_reshape(c, d_x, x_shape), call->dtype);
  }
  if (call->needs[GRID])
    call->d_inputs[GRID] =
        nearest ? sg_tensor_full(c, call->dtype, grid_shape, 0)
                : sg_to(c, sg_reshape(c, gradient_of_grid(call, x, d_y, &points), grid_shape), call->dtype);
}

// ---- The op -----------------------------------------------------------------------------------------

#define POINTS(...) SG_UNIFORM(-1.4, 1.4, SG_DIMS(__VA_ARGS__))
#define HOW(...) SG_WITH(sg_grid_sample_options, __VA_ARGS__)

const sg_op op_grid_sample = {
    SG_PLANNED_OP(grid_sample, sampling_arguments, prepare, forward, vjp),
    SG_WORDS(
        "Images at the points of a grid.",
        "y[n, c, p] = x[n, c] at grid[n, p], between the pixels around the point; -1 and 1 are the sides of the "
        "image. At a pixel itself the derivative is that to its right; "
        "with mode nearest that of the grid is 0, it moves by steps",
        "Jaderberg et al., Spatial Transformer Networks, 2015"),
    .subgradient = "on a pixel that towards the next one",
    .inputs = SG_PORTS({"x", 0, "(N, C, H, W) or (N, C, D, H, W)"},
                       {"grid", 0, "(N, H', W', 2) or (N, D', H', W', 3): along W first, then H, then D"}),
    .outputs = SG_PORTS({"y", 0, "(N, C, H', W') or (N, C, D', H', W')"}),
    SG_OPTIONS(sg_grid_sample_options, SG_CONSTANT(sg_grid_sample_options, .mode = 0),
               SG_GRID_OPTIONS(sg_grid_sample_options, )),
    .save_inputs = 1 << X | 1 << GRID,
    .backward = backward,
    .samples = SG_SAMPLES({"by hand",
                           SG_ON(SG_VALUES(SG_NUMBERS(1, 3, 5, 11, 2, 4, 8, 10, 0, 0, 0, 4), SG_DIMS(1, 3, 2, 2)),
                                 SG_VALUES(SG_NUMBERS(-0.25, 0.25), SG_DIMS(1, 1, 1, 2))),
                           SG_GIVES(5.25, 7, 0.75)},
                          {"zeros", SG_ON(SG_RANDN(2, 3, 4, 5), POINTS(2, 3, 2, 2))},
                          {"corners", SG_ON(SG_RANDN(1, 3, 4, 5), POINTS(1, 3, 3, 2)), HOW(.align_corners = true)},
                          {"border", SG_ON(SG_RANDN(1, 3, 4, 5), POINTS(1, 3, 3, 2)), HOW(.padding_mode = 1)},
                          {"reflection", SG_ON(SG_RANDN(1, 3, 3, 2), POINTS(1, 3, 3, 2)), HOW(.padding_mode = 2)},
                          {"reflection, corners", SG_ON(SG_RANDN(1, 3, 3, 2), POINTS(1, 3, 3, 2)),
                           HOW(.padding_mode = 2, .align_corners = true)},
                          {"nearest", SG_ON(SG_RANDN(1, 3, 4, 5), POINTS(1, 2, 4, 2)), HOW(.mode = 1)},
                          {"volume", SG_ON(SG_RANDN(1, 4, 3, 2, 4), POINTS(1, 2, 1, 3, 3))},
                          {"one pixel", SG_ON(SG_RANDN(1, 3, 1, 1), POINTS(1, 2, 2, 2)), HOW(.padding_mode = 1)},
                          {"no points", SG_ON(SG_RANDN(1, 2, 3, 3), POINTS(1, 0, 2, 2))},
                          {"no images", SG_ON(SG_RANDN(0, 2, 3, 3), POINTS(0, 2, 2, 2))}),
    .bad_samples = SG_SAMPLES(
        {"rank", SG_ON(SG_RANDN(1, 2, 3), POINTS(1, 2, 2)),
         .error = "grid_sample: x has shape [1, 2, 3], expected"},
        {"axes", SG_ON(SG_RANDN(1, 2, 3, 3), POINTS(1, 2, 2, 3)), .error = "expected (N, ..., 2) of 4 dimensions"},
        {"batch", SG_ON(SG_RANDN(1, 2, 3, 3), POINTS(2, 2, 2, 2)), .error = "grid has shape [2, 2, 2, 2]"},
        {"no pixels", SG_ON(SG_RANDN(1, 2, 0, 3), POINTS(1, 2, 2, 2)), .error = "pixels a side"}),
};

sg_tensor *sg_grid_sample(sg_context *context, sg_tensor *x, sg_tensor *grid,
                          const sg_grid_sample_options *options) {
  return sg_apply_one(context, &op_grid_sample, 2, (sg_tensor *[]){x, grid}, options);
}
