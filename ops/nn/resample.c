// SPDX-License-Identifier: GPL-3.0-or-later
//
// Any op of the family, or its adjoint, by the numbers that its matrices are made of.
#include "ops/nn/resampling.h"
#include "ops/ops.h"

typedef struct resample_options {
  int kind;
  sg_ints fine, coarse, kernel_size, stride, padding;
  bool count_include_pad;
  int64_t divisor_override;
  sg_float_list scale;
  bool align_corners, antialias, adjoint;
} resample_options;

static const char *const kinds[] = {"windows", "area", "nearest", "nearest-exact", "linear", "cubic", NULL};

static sg_status describe(sg_plan *plan, sg_resampling *r) {
  const resample_options *o = plan->options;
  const sg_shape *x = sg_plan_shape(plan, 0);
  const int spatial = o->fine.count;
  int64_t extents[SPATIAL];
  if (spatial < 1 || spatial > SPATIAL || x->rank < spatial)
    return sg_reject(plan, "fine has %d values and x the shape %s, expected one to three and as many dimensions",
                     spatial, sg_shape_text(x).text);
  *r = (sg_resampling){.kind = (sg_resampling_kind)o->kind,
                       .spatial = spatial,
                       .adjoint = o->adjoint,
                       .include_padding = o->count_include_pad,
                       .divisor = o->divisor_override,
                       .corners = o->align_corners,
                       .smooth = o->antialias};
  if (!sg_windows_list(plan, "fine", &o->fine, spatial, 1, r->fine) ||
      !sg_windows_list(plan, "coarse", &o->coarse, spatial, 1, r->coarse) ||
      !sg_windows_list(plan, "kernel_size", &o->kernel_size, spatial, 1, r->kernel) ||
      !sg_windows_list(plan, "stride", &o->stride, spatial, 1, r->stride) ||
      !sg_windows_list(plan, "padding", &o->padding, spatial, 0, r->padding))
    return sg_error_status(plan->context);
  if (o->scale.count != 0 && o->scale.count != spatial)
    return sg_reject(plan, "scale has %d values, expected %d or none", o->scale.count, spatial);
  for (int i = 0; i < o->scale.count; i++) r->scale[SPATIAL - spatial + i] = o->scale.value[i];
  sg_windows_last(x, spatial, extents);
  for (int d = 0; d < SPATIAL; d++) {
    if (extents[d] == (o->adjoint ? r->coarse : r->fine)[d]) continue;
    return sg_reject(plan, "x has shape %s, expected the extents %s", sg_shape_text(x).text,
                     sg_windows_text(o->adjoint ? r->coarse : r->fine, spatial).text);
  }
  return SG_OK;
}

// ---- The op -----------------------------------------------------------------------------------------

#define EXTENTS(name, words, flags, least)                                                                         \
  SG_OPTION(resample_options, name, INTS, words, (flags) | SG_AT_LEAST | SG_AT_MOST, least, INT32_MAX)
#define EACH(...) SG_DIMS(__VA_ARGS__)
#define MAP(how, from, to, back)                                                                                   \
  SG_WITH(resample_options, .kind = how, .fine = from, .coarse = to, .kernel_size = EACH(1), .stride = EACH(1),    \
          .padding = EACH(0), .count_include_pad = true, .adjoint = back)
#define WINDOWS(from, to, kernel, step, pad, include, back)                                                        \
  SG_WITH(resample_options, .kind = SG_RESAMPLING_WINDOWS, .fine = from, .coarse = to, .kernel_size = kernel,      \
          .stride = step, .padding = pad, .count_include_pad = include, .adjoint = back)

const sg_op op_resample = {
    SG_MEMBER(resample, sg_resampling_family, sg_resampling_member, describe, 0),
    SG_WORDS("Any mean over windows, mean over parts or interpolation of images, or the adjoint of one: the "
             "derivative of pools and of interpolate.",
             "y = (A_D x A_H x A_W) x, or with the transposed matrices", "Elementary"),
    .inputs = SG_PORTS({"x", 0, "(..., fine), of an adjoint (..., coarse)"}),
    .outputs = SG_PORTS({"y", 0, "(..., coarse), of an adjoint (..., fine)"}),
    SG_OPTIONS(
        resample_options,
        SG_CONSTANT(resample_options, .kernel_size = EACH(1), .stride = EACH(1), .padding = EACH(0),
                    .count_include_pad = true),
        SG_CHOICE(resample_options, kind, kinds, "what the matrices are; default windows"),
        EXTENTS(fine, "extents of what is resampled", SG_REQUIRED, 1),
        EXTENTS(coarse, "extents of what it becomes", SG_REQUIRED, 1),
        EXTENTS(kernel_size, "extents of a window", 0, 1),
        EXTENTS(stride, "distance of neighbouring windows", 0, 1), EXTENTS(padding, "room on every side", 0, 0),
        SG_OPTION(resample_options, count_include_pad, BOOL, "means count the padding; default true"),
        SG_OPTION(resample_options, divisor_override, INT,
                  "what sums over a window are divided by; default 0: their number", SG_AT_LEAST, 0),
        SG_OPTION(resample_options, scale, FLOAT_LIST,
                  "pixels from one position to the next, for each dimension; default: fine / coarse", SG_ABOVE, 0),
        SG_OPTION(resample_options, align_corners, BOOL, "corner pixels keep their places; default false"),
        SG_OPTION(resample_options, antialias, BOOL, "filters are widened where images get smaller; default false"),
        SG_OPTION(resample_options, adjoint, BOOL, "the adjoint; default false")),
    .samples = SG_SAMPLES(
        {"by hand", SG_ON(SG_VECTOR(1, 3, 5, 6)), MAP(SG_RESAMPLING_AREA, EACH(4), EACH(2), false),
         SG_GIVES(2, 5.5)},
        {"its adjoint", SG_ON(SG_VECTOR(1, 3)), MAP(SG_RESAMPLING_AREA, EACH(4), EACH(2), true),
         SG_GIVES(0.5, 0.5, 1.5, 1.5)},
        {"windows", SG_ON(SG_RANDN(2, 5, 6)),
         WINDOWS(EACH(5, 6), EACH(3, 2), EACH(3), EACH(2, 3), EACH(1), false, false)},
        {"adjoint of windows", SG_ON(SG_RANDN(2, 3, 2)),
         WINDOWS(EACH(5, 6), EACH(3, 2), EACH(3), EACH(2, 3), EACH(1), true, true)},
        {"adjoint of gaps", SG_ON(SG_RANDN(2, 3)),
         WINDOWS(EACH(9), EACH(3), EACH(2), EACH(4), EACH(1), false, true)},
        {"adjoint of large windows", SG_ON(SG_RANDN(2, 4)),
         WINDOWS(EACH(44), EACH(4), EACH(41), EACH(1), EACH(0), false, true)},
        {"adjoint of overlapping parts", SG_ON(SG_RANDN(2, 7, 2, 3)),
         MAP(SG_RESAMPLING_AREA, EACH(5, 3, 2), EACH(7, 2, 3), true)},
        {"adjoint of nearest", SG_ON(SG_RANDN(1, 5, 3)), MAP(SG_RESAMPLING_NEAREST, EACH(3, 7), EACH(5, 3), true)},
        {"adjoint of centre", SG_ON(SG_RANDN(1, 2, 5)), MAP(SG_RESAMPLING_CENTRE, EACH(3), EACH(5), true)},
        {"adjoint of linear", SG_ON(SG_RANDN(1, 7, 4, 3)),
         MAP(SG_RESAMPLING_LINEAR, EACH(3, 2, 5), EACH(7, 4, 3), true)},
        {"adjoint of cubic", SG_ON(SG_RANDN(1, 9, 3)), MAP(SG_RESAMPLING_CUBIC, EACH(4, 5), EACH(9, 3), true)},
        {"adjoint of much", SG_ON(SG_RANDN(1, 50)), MAP(SG_RESAMPLING_LINEAR, EACH(2), EACH(50), true)},
        {"to everything", SG_ON(SG_RANDN(2, 1, 1)), MAP(SG_RESAMPLING_AREA, EACH(5, 8), EACH(1, 1), true)},
        {"scale and smooth", SG_ON(SG_RANDN(2, 7)),
         SG_WITH(resample_options, .kind = SG_RESAMPLING_LINEAR, .fine = EACH(7), .coarse = EACH(3),
                 .kernel_size = EACH(1), .stride = EACH(1), .padding = EACH(0), .scale = SG_FLOATS(2.25),
                 .antialias = true)},
        {"no images", SG_ON(SG_RANDN(0, 4)), MAP(SG_RESAMPLING_LINEAR, EACH(4), EACH(2), false)}),
    .bad_samples =
        SG_SAMPLES({"extents", SG_ON(SG_RANDN(2, 4)), MAP(SG_RESAMPLING_AREA, EACH(5), EACH(2), false),
                    .error = "resample: x has shape [2, 4], expected the extents (5)"},
                   {"dimensions", SG_ON(SG_RANDN(4)), MAP(SG_RESAMPLING_AREA, EACH(2, 2), EACH(1), false),
                    .error = "fine has 2 values and x the shape [4]"},
                   {"others", SG_ON(SG_RANDN(4, 4)), MAP(SG_RESAMPLING_AREA, EACH(4), EACH(1, 2), false),
                    .error = "coarse has 2 values, expected one"},
                   {"scale", SG_ON(SG_RANDN(4, 4)),
                    SG_WITH(resample_options, .kind = SG_RESAMPLING_LINEAR, .fine = EACH(4, 4), .coarse = EACH(2),
                            .kernel_size = EACH(1), .stride = EACH(1), .padding = EACH(0), .scale = SG_FLOATS(2)),
                    .error = "scale has 1 values, expected 2 or none"},
                   {"too large", SG_ON(SG_RANDN(2, 1, 1, 1)),
                    MAP(SG_RESAMPLING_NEAREST, EACH(1, 1, 1), EACH(INT32_MAX), false), .error = "are too large"}),
};

static sg_ints listed(const int64_t values[SPATIAL], int spatial) {
  sg_ints list = {.count = spatial};
  for (int i = 0; i < spatial; i++) list.value[i] = values[SPATIAL - spatial + i];
  return list;
}

sg_tensor *sg_resample_back(sg_context *context, const sg_resampling *r, sg_tensor *x) {
  const int spatial = r->spatial;
  const bool has_windows = r->kind == SG_RESAMPLING_WINDOWS;
  const sg_ints one = {1, {1}};
  resample_options options = {.kind = (int)r->kind,
                              .fine = listed(r->fine, spatial),
                              .coarse = listed(r->coarse, spatial),
                              .kernel_size = has_windows ? listed(r->kernel, spatial) : one,
                              .stride = has_windows ? listed(r->stride, spatial) : one,
                              .padding = listed(r->padding, spatial),
                              .count_include_pad = r->include_padding,
                              .divisor_override = r->divisor,
                              .align_corners = r->corners,
                              .antialias = r->smooth,
                              .adjoint = !r->adjoint};
  bool scaled = false;
  for (int d = 0; d < SPATIAL; d++) scaled |= r->scale[d] > 0;
  if (scaled) options.scale = (sg_float_list){spatial, r->scale + SPATIAL - spatial};
  return sg_apply_one(context, &op_resample, 1, &x, &options);
}
