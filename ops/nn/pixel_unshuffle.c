// SPDX-License-Identifier: GPL-3.0-or-later
//
// (..., C, H r, W r) becomes (..., C r^2, H, W): the adjoint and inverse of pixel_shuffle.
#include "ops/nn/shuffle.h"

#include <inttypes.h>

typedef struct pixel_unshuffle_options {
  int64_t downscale_factor;
} pixel_unshuffle_options;

static sg_status prepare(sg_plan *plan) {
  const int64_t r = ((const pixel_unshuffle_options *)plan->options)->downscale_factor;
  const sg_shape *x = sg_plan_shape(plan, 0);
  sg_shuffle_plan *own = plan->own;
  sg_shape images;
  if (!sg_shuffle_images(x, &images))
    return sg_reject(plan, "x has shape %s, expected (..., C, H r, W r)", sg_shape_text(x).text);
  const int64_t channels = images.size[1], height = images.size[2], width = images.size[3];
  if (height % r != 0 || width % r != 0)
    return sg_reject(plan, "x has shape %s: height and width are no multiples of %" PRId64, sg_shape_text(x).text,
                     r);
  own->cut = (sg_shape){6, {images.size[0], channels, height / r, r, width / r, r}};
  own->order = (sg_ints){6, {0, 1, 3, 5, 2, 4}};
  own->joined = *x;
  if (r > INT32_MAX || __builtin_mul_overflow(channels, r * r, &own->joined.size[x->rank - 3]))
    return sg_reject(plan, "%" PRId64 " channels times %" PRId64 "^2 are too many", channels, r);
  own->joined.size[x->rank - 2] = height / r;
  own->joined.size[x->rank - 1] = width / r;
  return SG_OK;
}

const sg_op op_pixel_unshuffle = {
    SG_SHUFFLE(pixel_unshuffle, prepare),
    SG_WORDS("Makes images r times smaller, their pixels into channels.",
             "y[..., c r^2 + i r + j, h, w] = x[..., c, h r + i, w r + j]", "PyTorch, torch.nn.PixelUnshuffle"),
    .inputs = SG_PORTS({"x", 0, "(..., C, H r, W r)"}),
    .outputs = SG_PORTS({"y", 0, "(..., C r^2, H, W)"}),
    SG_SHUFFLE_OPTION(pixel_unshuffle_options, downscale_factor, "r, by which images shrink"),
    .samples = SG_SAMPLES({"batch", SG_ON(SG_RANDN(2, 1, 4, 6)), SG_WITH(pixel_unshuffle_options, 2)},
                          {"one image", SG_ON(SG_RANDN(2, 3, 3)), SG_WITH(pixel_unshuffle_options, 3)},
                          {"itself", SG_ON(SG_RANDN(1, 2, 2, 2)), SG_WITH(pixel_unshuffle_options, 1)},
                          {"by hand", SG_ON(SG_VALUES(SG_NUMBERS(1, 2, 3, 4), SG_DIMS(1, 2, 2))),
                           SG_WITH(pixel_unshuffle_options, 2), SG_GIVES(1, 2, 3, 4)}),
    .bad_samples = SG_SAMPLES({"height", SG_ON(SG_RANDN(1, 3, 3, 2)), SG_WITH(pixel_unshuffle_options, 2),
                               .error = "height and width are no multiples of 2"},
                              {"rank", SG_ON(SG_RANDN(4, 2)), SG_WITH(pixel_unshuffle_options, 2),
                               .error = "x has shape [4, 2], expected (..., C, H r, W r)"}),
};

sg_tensor *sg_pixel_unshuffle(sg_context *context, sg_tensor *x, int64_t downscale_factor) {
  return sg_apply_one(context, &op_pixel_unshuffle, 1, &x, &(pixel_unshuffle_options){downscale_factor});
}
