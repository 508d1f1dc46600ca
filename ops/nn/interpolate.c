// SPDX-License-Identifier: GPL-3.0-or-later
//
// Images made larger or smaller. Position p of y lies at s (p + 1/2) - 1/2 among the pixels of x, with
// s = L / L' or 1 / scale_factor, or with align_corners at p (L - 1) / (L' - 1).
#include "ops/nn/resampling.h"
#include "ops/ops.h"

#include <math.h>

typedef enum mode { NEAREST, LINEAR, BILINEAR, BICUBIC, TRILINEAR, AREA, NEAREST_EXACT } mode;
static const char *const modes[] = {"nearest",   "linear", "bilinear",      "bicubic",
                                    "trilinear", "area",   "nearest-exact", NULL};
static const struct {
  sg_resampling_kind kind;
  int spatial; // 0: any
} about[] = {
    [NEAREST] = {SG_RESAMPLING_NEAREST, 0},      [LINEAR] = {SG_RESAMPLING_LINEAR, 1},
    [BILINEAR] = {SG_RESAMPLING_LINEAR, 2},      [BICUBIC] = {SG_RESAMPLING_CUBIC, 2},
    [TRILINEAR] = {SG_RESAMPLING_LINEAR, 3},     [AREA] = {SG_RESAMPLING_AREA, 0},
    [NEAREST_EXACT] = {SG_RESAMPLING_CENTRE, 0},
};

static sg_status check_mode(const sg_plan *plan) {
  const sg_interpolate_options *o = plan->options;
  const sg_shape *x = sg_plan_shape(plan, 0);
  const int wanted = about[o->mode].spatial;
  if (x->rank < 3 || x->rank > 2 + SPATIAL || (wanted > 0 && x->rank != 2 + wanted))
    return sg_reject(plan, "x has shape %s, expected (N, C, ...) with %s spatial dimensions for mode %s",
                     sg_shape_text(x).text,
                     wanted == 0   ? "one to three"
                     : wanted == 1 ? "one"
                     : wanted == 2 ? "two"
                                   : "three",
                     modes[o->mode]);
  if (o->align_corners && wanted == 0)
    return sg_reject(plan, "align_corners does not go with mode %s", modes[o->mode]);
  if (o->antialias && wanted != 2) return sg_reject(plan, "antialias does not go with mode %s", modes[o->mode]);
  return SG_OK;
}

// The extents of y, and 1 / scale_factor, or 0 where it is not to be used.
static sg_status read_extents(const sg_plan *plan, sg_resampling *r) {
  const sg_interpolate_options *o = plan->options;
  const sg_shape *x = sg_plan_shape(plan, 0);
  const sg_float_list *factors = &o->scale_factor;
  if ((o->size.count > 0) == (factors->count > 0))
    return sg_reject(plan, "size and scale_factor are %s given, expected one of them",
                     factors->count > 0 ? "both" : "not");
  for (int d = 0; d < SPATIAL; d++) r->coarse[d] = 1;
  if (o->size.count > 0)
    return sg_windows_list(plan, "size", &o->size, r->spatial, 1, r->coarse) ? SG_OK
                                                                             : sg_error_status(plan->context);
  if (factors->count != 1 && factors->count != r->spatial)
    return sg_reject(plan, "scale_factor has %d values, expected 1 or %d (x %s)", factors->count, r->spatial,
                     sg_shape_text(x).text);
  for (int d = SPATIAL - r->spatial; d < SPATIAL; d++) {
    const double factor = factors->value[factors->count == 1 ? 0 : d - (SPATIAL - r->spatial)];
    const double extent = floor((double)r->fine[d] * factor);
    if (!(extent >= 1 && extent <= INT32_MAX))
      return sg_reject(plan, "x %s with scale_factor %g would become %g pixels", sg_shape_text(x).text, factor,
                       extent);
    r->coarse[d] = (int64_t)extent;
    if (!o->recompute_scale_factor) r->scale[d] = 1 / factor;
  }
  return SG_OK;
}

static sg_status describe(sg_plan *plan, sg_resampling *r) {
  const sg_interpolate_options *o = plan->options;
  const sg_shape *x = sg_plan_shape(plan, 0);
  if (check_mode(plan)) return sg_error_status(plan->context);
  r->kind = about[o->mode].kind;
  r->spatial = x->rank - 2;
  r->corners = o->align_corners;
  r->smooth = o->antialias;
  sg_windows_last(x, r->spatial, r->fine);
  for (int d = 0; d < SPATIAL; d++)
    if (r->fine[d] < 1) return sg_reject(plan, "x has shape %s: it has no pixels", sg_shape_text(x).text);
  if (read_extents(plan, r)) return sg_error_status(plan->context);
  for (int d = 0; d < SPATIAL - r->spatial; d++) r->scale[d] = r->scale[WIDTH] > 0;
  return SG_OK;
}

// ---- The op -----------------------------------------------------------------------------------------

#define TO(how, ...) SG_WITH(sg_interpolate_options, .mode = how, .size = SG_DIMS(__VA_ARGS__))
#define CORNERS(how, ...)                                                                                          \
  SG_WITH(sg_interpolate_options, .mode = how, .size = SG_DIMS(__VA_ARGS__), .align_corners = true)
#define BY(how, ...) SG_WITH(sg_interpolate_options, .mode = how, .scale_factor = SG_FLOATS(__VA_ARGS__))
#define SMOOTH(how, ...)                                                                                           \
  SG_WITH(sg_interpolate_options, .mode = how, .size = SG_DIMS(__VA_ARGS__), .antialias = true)

const sg_op op_interpolate = {
    SG_MEMBER(interpolate, sg_resampling_family, sg_resampling_member, describe, 0),
    SG_WORDS("Makes images larger or smaller.",
             "y[n, c, p] = x at (p + 1/2) / scale_factor - 1/2, or with align_corners at p (L - 1) / (L' - 1), by "
             "the nearest pixel, on a line between two or a cubic through four of them (a = -3/4); area: "
             "adaptive_avg_pool",
             "Keys, Cubic convolution interpolation for digital image processing, 1981"),
    .inputs = SG_PORTS({"x", 0, "(N, C, L), (N, C, H, W) or (N, C, D, H, W)"}),
    .outputs = SG_PORTS({"y", 0, "(N, C, ...) with the extents of size, or floor(L scale_factor)"}),
    SG_OPTIONS(
        sg_interpolate_options, SG_CONSTANT(sg_interpolate_options, .mode = NEAREST),
        SG_OPTION(sg_interpolate_options, size, INTS, "extents of y", SG_AT_LEAST | SG_AT_MOST, 1, INT32_MAX),
        SG_OPTION(sg_interpolate_options, scale_factor, FLOAT_LIST, "by which extents grow, in place of size",
                  SG_ABOVE, 0),
        SG_CHOICE(sg_interpolate_options, mode, modes,
                  "how; default nearest. linear: (N, C, L); bilinear, bicubic: (N, C, H, W); trilinear: "
                  "(N, C, D, H, W)"),
        SG_OPTION(sg_interpolate_options, align_corners, BOOL, "corner pixels keep their places; default false"),
        SG_OPTION(sg_interpolate_options, recompute_scale_factor, BOOL,
                  "go by the extents that scale_factor leads to; default false"),
        SG_OPTION(sg_interpolate_options, antialias, BOOL,
                  "bilinear, bicubic: wider filters where images get smaller; default false")),
    .samples = SG_SAMPLES(
        {"by hand", SG_ON(SG_VALUES(SG_NUMBERS(1, 5), SG_DIMS(1, 1, 2))), TO(LINEAR, 4), SG_GIVES(1, 2, 4, 5)},
        {"nearest, larger", SG_ON(SG_RANDN(1, 2, 3, 4)), BY(NEAREST, 2)},
        {"nearest, smaller", SG_ON(SG_RANDN(2, 1, 7)), TO(NEAREST, 3)},
        {"nearest, volume", SG_ON(SG_RANDN(1, 1, 2, 3, 4)), TO(NEAREST, 3, 2, 7)},
        {"nearest-exact", SG_ON(SG_RANDN(1, 2, 5, 4)), TO(NEAREST_EXACT, 3, 9)},
        {"linear, corners", SG_ON(SG_RANDN(1, 2, 5)), CORNERS(LINEAR, 8)},
        {"linear, by a factor", SG_ON(SG_RANDN(1, 2, 5)), BY(LINEAR, 1.7)},
        {"linear, to one", SG_ON(SG_RANDN(1, 2, 5)), CORNERS(LINEAR, 1)},
        {"bilinear", SG_ON(SG_RANDN(1, 2, 4, 3)), TO(BILINEAR, 8, 6)},
        {"bilinear, wide", SG_ON(SG_RANDN(1, 1, 2, 20)), TO(BILINEAR, 3, 40)},
        {"bilinear, corners", SG_ON(SG_RANDN(1, 2, 4, 3)), CORNERS(BILINEAR, 3, 7)},
        {"bilinear, two factors", SG_ON(SG_RANDN(1, 1, 5, 4)), BY(BILINEAR, 0.6, 2.3)},
        {"bilinear, smoothed", SG_ON(SG_RANDN(1, 1, 9, 7)), SMOOTH(BILINEAR, 4, 9)},
        {"bilinear, smoothed, corners", SG_ON(SG_RANDN(1, 1, 4, 3)),
         SG_WITH(sg_interpolate_options, .mode = BILINEAR, .size = SG_DIMS(3, 7), .align_corners = true,
                 .antialias = true)},
        {"bicubic", SG_ON(SG_RANDN(1, 2, 5, 4)), TO(BICUBIC, 7, 3)},
        {"bicubic, corners", SG_ON(SG_RANDN(1, 1, 5, 1)), CORNERS(BICUBIC, 8, 3)},
        {"bicubic, smoothed", SG_ON(SG_RANDN(1, 1, 9, 6)), SMOOTH(BICUBIC, 4, 3)},
        {"bicubic, recomputed", SG_ON(SG_RANDN(1, 1, 5, 4)),
         SG_WITH(sg_interpolate_options, .mode = BICUBIC, .scale_factor = SG_FLOATS(1.5),
                 .recompute_scale_factor = true)},
        {"trilinear", SG_ON(SG_RANDN(1, 2, 2, 3, 4)), TO(TRILINEAR, 4, 3, 5)},
        {"trilinear, corners", SG_ON(SG_RANDN(1, 1, 3, 2, 4)), CORNERS(TRILINEAR, 5, 4, 2)},
        {"area", SG_ON(SG_RANDN(1, 2, 5, 6)), TO(AREA, 2, 4)},
        {"as it is", SG_ON(SG_RANDN(1, 2, 3, 4)), TO(BICUBIC, 3, 4)},
        {"no images", SG_ON(SG_RANDN(0, 2, 3)), BY(LINEAR, 2)}),
    .bad_samples = SG_SAMPLES(
        {"neither", SG_ON(SG_RANDN(1, 1, 3)), .error = "interpolate: size and scale_factor are not given"},
        {"both", SG_ON(SG_RANDN(1, 1, 3)),
         SG_WITH(sg_interpolate_options, .size = {1, {2}}, .scale_factor = SG_FLOATS(2)),
         .error = "are both given"},
        {"rank", SG_ON(SG_RANDN(1, 3)), TO(NEAREST, 2), .error = "with one to three spatial dimensions"},
        {"dimensions", SG_ON(SG_RANDN(1, 1, 3)), TO(BILINEAR, 2),
         .error = "x has shape [1, 1, 3], expected (N, C, ...) with two spatial dimensions for mode bilinear"},
        {"corners", SG_ON(SG_RANDN(1, 1, 3)), CORNERS(NEAREST, 2),
         .error = "align_corners does not go with mode nearest"},
        {"smooth", SG_ON(SG_RANDN(1, 1, 3)), SMOOTH(LINEAR, 2), .error = "antialias does not go with mode linear"},
        {"factors", SG_ON(SG_RANDN(1, 1, 3, 3, 3)), BY(NEAREST, 2, 2), .error = "scale_factor has 2 values"},
        {"to nothing", SG_ON(SG_RANDN(1, 1, 3)), BY(LINEAR, 0.1), .error = "would become 0 pixels"},
        {"no pixels", SG_ON(SG_RANDN(1, 1, 0)), TO(LINEAR, 2), .error = "it has no pixels"},
        {"sizes", SG_ON(SG_RANDN(1, 1, 3)), TO(LINEAR, 2, 2), .error = "size has 2 values, expected one"}),
};

sg_tensor *sg_interpolate(sg_context *context, sg_tensor *x, const sg_interpolate_options *options) {
  return sg_apply_one(context, &op_interpolate, 1, &x, options);
}
