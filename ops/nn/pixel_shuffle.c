// SPDX-License-Identifier: GPL-3.0-or-later
//
// (..., C r^2, H, W) becomes (..., C, H r, W r): channels become pixels between the pixels.
#include "ops/nn/shuffle.h"

#include <inttypes.h>

typedef struct pixel_shuffle_options {
  int64_t upscale_factor;
} pixel_shuffle_options;

static sg_status prepare(sg_plan *plan) {
  const int64_t r = ((const pixel_shuffle_options *)plan->options)->upscale_factor;
  const sg_shape *x = sg_plan_shape(plan, 0);
  sg_shuffle_plan *own = plan->own;
  sg_shape images;
  if (!sg_shuffle_images(x, &images))
    return sg_reject(plan, "x has shape %s, expected (..., C r^2, H, W)", sg_shape_text(x).text);
  const int64_t channels = images.size[1], height = images.size[2], width = images.size[3];
  if (r > INT32_MAX || channels % (r * r) != 0)
    return sg_reject(plan, "x has shape %s: %" PRId64 " channels are no multiple of %" PRId64 "^2",
                     sg_shape_text(x).text, channels, r);
  own->cut = (sg_shape){6, {images.size[0], channels / (r * r), r, r, height, width}};
  own->order = (sg_ints){6, {0, 1, 4, 2, 5, 3}};
  own->joined = *x;
  own->joined.size[x->rank - 3] = channels / (r * r);
  own->joined.size[x->rank - 2] = height * r;
  own->joined.size[x->rank - 1] = width * r;
  return SG_OK;
}

const sg_op op_pixel_shuffle = {
    SG_SHUFFLE(pixel_shuffle, prepare),
    SG_WORDS("Makes images r times larger, their new pixels out of channels.",
             "y[..., c, h r + i, w r + j] = x[..., c r^2 + i r + j, h, w]",
             "Shi et al., Real-Time Single Image and Video Super-Resolution Using a Sub-Pixel Convolutional "
             "Network, 2016"),
    .inputs = SG_PORTS({"x", 0, "(..., C r^2, H, W)"}),
    .outputs = SG_PORTS({"y", 0, "(..., C, H r, W r)"}),
    SG_SHUFFLE_OPTION(pixel_shuffle_options, upscale_factor, "r, by which images grow"),
    .samples = SG_SAMPLES({"batch", SG_ON(SG_RANDN(2, 4, 2, 3)), SG_WITH(pixel_shuffle_options, 2)},
                          {"one image", SG_ON(SG_RANDN(9, 1, 2)), SG_WITH(pixel_shuffle_options, 3)},
                          {"itself", SG_ON(SG_RANDN(1, 2, 2, 2)), SG_WITH(pixel_shuffle_options, 1)},
                          {"by hand", SG_ON(SG_VALUES(SG_NUMBERS(1, 2, 3, 4), SG_DIMS(4, 1, 1))),
                           SG_WITH(pixel_shuffle_options, 2), SG_GIVES(1, 2, 3, 4)}),
    .bad_samples = SG_SAMPLES({"channels", SG_ON(SG_RANDN(1, 3, 2, 2)), SG_WITH(pixel_shuffle_options, 2),
                               .error = "3 channels are no multiple of 2^2"},
                              {"rank", SG_ON(SG_RANDN(4, 2)), SG_WITH(pixel_shuffle_options, 2),
                               .error = "x has shape [4, 2], expected (..., C r^2, H, W)"}),
};

sg_tensor *sg_pixel_shuffle(sg_context *context, sg_tensor *x, int64_t upscale_factor) {
  return sg_apply_one(context, &op_pixel_shuffle, 1, &x, &(pixel_shuffle_options){upscale_factor});
}
