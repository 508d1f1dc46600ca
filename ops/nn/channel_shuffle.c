// SPDX-License-Identifier: GPL-3.0-or-later
//
// (N, C, ...) with C as (groups, C / groups), which change places: the next grouped convolution sees all groups.
#include "ops/nn/shuffle.h"

#include <inttypes.h>

typedef struct channel_shuffle_options {
  int64_t groups;
} channel_shuffle_options;

static sg_status prepare(sg_plan *plan) {
  const int64_t groups = ((const channel_shuffle_options *)plan->options)->groups;
  const sg_shape *x = sg_plan_shape(plan, 0);
  sg_shuffle_plan *own = plan->own;
  if (x->rank < 2) return sg_reject(plan, "x has shape %s, expected (N, C, ...)", sg_shape_text(x).text);
  const int64_t channels = x->size[1];
  if (channels % groups != 0)
    return sg_reject(plan, "x has shape %s: %" PRId64 " channels are no multiple of %" PRId64 " groups",
                     sg_shape_text(x).text, channels, groups);
  own->cut = (sg_shape){4, {x->size[0], groups, channels / groups, 1}};
  for (int d = 2; d < x->rank; d++) own->cut.size[3] *= x->size[d];
  own->order = (sg_ints){4, {0, 2, 1, 3}};
  own->joined = *x;
  return SG_OK;
}

const sg_op op_channel_shuffle = {
    SG_SHUFFLE(channel_shuffle, prepare),
    SG_WORDS(
        "Deals the channels of every group to all groups.", "y[n, k groups + g] = x[n, g C / groups + k]",
        "Zhang et al., ShuffleNet: An Extremely Efficient Convolutional Neural Network for Mobile Devices, 2018"),
    .inputs = SG_PORTS({"x", 0, "(N, C, ...)"}),
    .outputs = SG_PORTS({"y", 0, "the shape of x"}),
    SG_SHUFFLE_OPTION(channel_shuffle_options, groups, "into which the channels divide"),
    .samples = SG_SAMPLES({"images", SG_ON(SG_RANDN(2, 6, 2, 2)), SG_WITH(channel_shuffle_options, 3)},
                          {"rows", SG_ON(SG_RANDN(2, 4)), SG_WITH(channel_shuffle_options, 2)},
                          {"itself", SG_ON(SG_RANDN(2, 4, 3)), SG_WITH(channel_shuffle_options, 4)},
                          {"by hand", SG_ON(SG_VALUES(SG_NUMBERS(1, 2, 3, 4), SG_DIMS(1, 4))),
                           SG_WITH(channel_shuffle_options, 2), SG_GIVES(1, 3, 2, 4)}),
    .bad_samples = SG_SAMPLES({"channels", SG_ON(SG_RANDN(1, 3, 2, 2)), SG_WITH(channel_shuffle_options, 2),
                               .error = "3 channels are no multiple of 2 groups"},
                              {"rank", SG_ON(SG_RANDN(4)), SG_WITH(channel_shuffle_options, 2),
                               .error = "x has shape [4], expected (N, C, ...)"}),
};

sg_tensor *sg_channel_shuffle(sg_context *context, sg_tensor *x, int64_t groups) {
  return sg_apply_one(context, &op_channel_shuffle, 1, &x, &(channel_shuffle_options){groups});
}
