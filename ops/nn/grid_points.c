// SPDX-License-Identifier: GPL-3.0-or-later
//
// Where the points of a grid lie in an image. Axis j, of which -1 and 1 are the two sides of the image (with
// align_corners the centres of its outermost pixels), runs along the j-th dimension from the last. The weights are
// linear in the grid between pixels, and their slopes are steps.
#include "ops/nn/grid.h"
#include "ops/ops.h"
#include "ops/select_kernels.h"

enum { WEIGHT, INDEX, SLOPE };

const char *const sg_grid_modes[] = {"bilinear", "nearest", NULL};
const char *const sg_grid_borders[] = {"zeros", "border", "reflection", NULL};

sg_status sg_grid_plan(sg_plan *plan, const sg_grid_sample_options *options, const sg_ints *size,
                       grid_arguments *arguments) {
  int64_t extent = 1;
  *arguments = (grid_arguments){.axes = size->count,
                                .taps = options->mode == 0 ? 2 : 1,
                                .border = (grid_border)options->padding_mode,
                                .corners = options->align_corners};
  for (int j = 0; j < size->count; j++) {
    arguments->size[j] = size->value[size->count - 1 - j];
    if (__builtin_mul_overflow(extent, arguments->size[j], &extent) || extent > INT32_MAX)
      return sg_reject(plan, "an image of these extents is too large: it has at most %d pixels", INT32_MAX);
  }
  return SG_OK;
}

static sg_status prepare(sg_plan *plan) {
  const sg_grid_points_options *o = plan->options;
  const sg_shape *grid = sg_plan_shape(plan, 0);
  const int axes = o->size.count;
  grid_arguments *a = plan->own;
  if (axes < 2 || axes > SPATIAL || grid->rank != 3 || grid->size[2] != axes)
    return sg_reject(plan, "grid has shape %s, expected (N, P, 2) or (N, P, 3), and size has %d values",
                     sg_shape_text(grid).text, axes);
  if (sg_grid_plan(plan, &o->sampling, &o->size, a)) return sg_error_status(plan->context);
  if (__builtin_mul_overflow(grid->size[0], grid->size[1], &a->points)) a->points = 0; // of an empty grid
  plan->output_shape[WEIGHT] = plan->output_shape[SLOPE] =
      (sg_shape)SG_DIMS(axes, grid->size[0], grid->size[1], a->taps);
  plan->output_shape[INDEX] = (sg_shape)SG_DIMS(grid->size[0], grid->size[1], a->taps == 1 ? 1 : 1 << axes);
  return SG_OK;
}

static void forward(const sg_call *call) {
  grid_arguments a = *(const grid_arguments *)call->plan;
  a.base = sg_index_base(call->context);
  a.grid = sg_input_data(call, 0);
  a.weight = sg_output_data(call->outputs[WEIGHT]);
  a.slope = sg_output_data(call->outputs[SLOPE]);
  a.index = sg_output_data(call->outputs[INDEX]);
  sg_parallel(call->context, a.points, sg_grain(16), sg_kernels_for(call->context, call->dtype)->corners->place,
              &a);
}

// The sum over the pixels of an axis, (axes, N, P), as (N, P, axes); in f64, as it is a difference.
static void vjp(const sg_call *call) {
  sg_context *c = call->context;
  const sg_reduce_options last = {.dim = {1, {3}}};
  const sg_ints order = {3, {1, 2, 0}};
  sg_tensor *d_weight = sg_to(c, call->d_outputs[WEIGHT], SG_F64);
  sg_tensor *terms = sg_mul(c, d_weight, sg_to(c, call->outputs[SLOPE], SG_F64));
  call->d_inputs[0] = sg_to(c, sg_permute(c, sg_sum(c, terms, &last), &order), call->dtype);
}

// ---- The op -----------------------------------------------------------------------------------------

#define IN(extents, ...) SG_WITH(sg_grid_points_options, .size = SG_DIMS extents, .sampling = {__VA_ARGS__})
#define GRID(...) SG_UNIFORM(-1.4, 1.4, SG_DIMS(__VA_ARGS__))

const sg_op op_grid_points = {
    SG_PLANNED_OP(grid_points, grid_arguments, prepare, forward, vjp),
    SG_WORDS("The pixels around the points of a grid, and their weights along each axis.",
             "at = ((grid + 1) size - 1) / 2 or, with align_corners, (grid + 1) (size - 1) / 2; "
             "weight = 1 - r, r for the pixels floor(at), floor(at) + 1 with r = at - floor(at); 0 outside",
             "Jaderberg et al., Spatial Transformer Networks, 2015"),
    .subgradient = "on a pixel that towards the next one",
    .inputs = SG_PORTS({"grid", 0, "(N, P, axes), the last dimension of the image first"}),
    .outputs =
        SG_PORTS({"weight", 0, "(axes, N, P, 2), with mode nearest (axes, N, P, 1)"},
                 {"index", SG_INDEX, "(N, P, 4) or (N, P, 8), the pixels row by row; the first axis alternates"},
                 {"slope", SG_STEP | SG_HIDDEN, "derivative of the weight in the grid"}),
    SG_OPTIONS(sg_grid_points_options, SG_CONSTANT(sg_grid_points_options, .sampling = {.mode = 0}),
               SG_OPTION(sg_grid_points_options, size, INTS, "extents of the image",
                         SG_REQUIRED | SG_AT_LEAST | SG_AT_MOST, 1, INT32_MAX),
               SG_GRID_OPTIONS(sg_grid_points_options, sampling.)),
    .save_outputs = 1 << SLOPE,
    .samples = SG_SAMPLES(
        {"by hand", SG_ON(SG_VALUES(SG_NUMBERS(0.25, -0.5), SG_DIMS(1, 1, 2))), IN((4, 3), 0),
         SG_GIVES(0.625, 0.375, 0.5, 0.5)},
        {"corners", SG_ON(GRID(2, 3, 2)), IN((4, 3), .align_corners = true)},
        {"border", SG_ON(GRID(1, 7, 2)), IN((3, 5), .padding_mode = 1)},
        {"reflection", SG_ON(GRID(1, 9, 2)), IN((2, 3), .padding_mode = 2)},
        {"reflection, corners", SG_ON(GRID(1, 9, 2)), IN((2, 3), .padding_mode = 2, .align_corners = true)},
        {"nearest", SG_ON(GRID(1, 6, 2)), IN((4, 3), .mode = 1)},
        {"volume", SG_ON(GRID(2, 3, 3)), IN((4, 3, 2), 0)}, {"no points", SG_ON(GRID(2, 0, 2)), IN((4, 3), 0)}),
    .bad_samples = SG_SAMPLES(
        {"axes", SG_ON(GRID(1, 2, 3)), IN((4, 3), 0), .error = "grid has shape [1, 2, 3], expected (N, P, 2)"},
        {"too large", SG_ON(GRID(1, 2, 2)), IN((INT32_MAX, 2), 0), .error = "is too large: it has at most"}),
};

sg_points sg_grid_points(sg_context *context, sg_tensor *grid, const sg_grid_points_options *options) {
  sg_tensor *outputs[3] = {NULL};
  sg_apply(context, &op_grid_points, 1, &grid, options, outputs);
  return (sg_points){outputs[WEIGHT], outputs[INDEX], outputs[SLOPE]};
}
