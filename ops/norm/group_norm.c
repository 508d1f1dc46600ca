// SPDX-License-Identifier: GPL-3.0-or-later
//
// Group normalization: the channels of each sample in groups of neighbours,
//
//   mean = (1/n) sum x,     var = (1/n) sum (x - mean)^2          of the n values of a group's channels
//   y    = gamma_c (x - mean) / sqrt(var + eps) + beta_c
//
// Y. Wu and K. He, "Group Normalization", ECCV 2018, equations 1 to 7.
#include "ops/norm/batch_norm_shape.h"
#include "ops/norm/normalization.h"
#include "ops/ops.h"

static sg_status describe(const sg_plan *plan, sg_norm_description *d) {
  const sg_group_norm_options *options = plan->options;
  const sg_shape *x = sg_plan_shape(plan, 0);
  if (x->rank < 2) return sg_reject(plan, "x has shape %s, expected (N,C,...)", sg_shape_text(x).text);
  int64_t channels = x->size[1], groups = options->num_groups;
  if (channels % groups != 0) {
    return sg_reject(plan, "x has %lld channels (shape %s), which num_groups = %lld does not divide",
                     (long long)channels, sg_shape_text(x).text, (long long)groups);
  }
  d->geometry = (norm_geometry){.outer = x->size[0],
                                .segments = 1,
                                .groups = groups,
                                .parts = channels / groups,
                                .spread = sg_norm_pixels(x)};
  d->eps = options->eps;
  d->parameters = (sg_shape){1, {channels}};
  d->moments = (sg_shape){2, {x->size[0], groups}};
  return SG_OK;
}

#define IN(groups, small) (&(const sg_group_norm_options){.num_groups = groups, .eps = small})

const sg_op op_group_norm = {
    SG_MEMBER(group_norm, sg_norm_family, sg_norm_member, NORM_CENTRED, "group", "channels", describe),
    SG_WORDS("Normalizes groups of channels of each sample, then scales and shifts every channel.",
             "y = gamma (x - mean) / sqrt(var + eps) + beta, mean and var over the channels of a group",
             "Wu and He 2018, Group Normalization, ECCV, equations 1 to 7"),
    SG_NORM_PORTS("(N,C,...), C a multiple of num_groups", "channel", "(C)", "group", "(N,num_groups)"),
    SG_OPTIONS(sg_group_norm_options, SG_CONSTANT(sg_group_norm_options, .num_groups = 1, .eps = 1e-5),
               SG_OPTION(sg_group_norm_options, num_groups, INT, "groups that the channels are divided into",
                         SG_REQUIRED | SG_AT_LEAST, 1),
               SG_NORM_EPS(sg_group_norm_options)),
    .samples = SG_SAMPLES(
        {"(N,C,H,W), two groups",
         SG_ON(SG_NORMAL(0.3, 1.2, SG_DIMS(2, 4, 2, 3)), SG_UNIFORM(0.5, 1.5, SG_DIMS(4)), SG_RANDN(4)),
         IN(2, 1e-5)},
        {"(N,C), groups of neighbours", SG_ON(SG_RANDN(3, 6), SG_UNIFORM(-1.5, 1.5, SG_DIMS(6)), SG_RANDN(6)),
         IN(2, 1e-5)},
        {"(N,C,L), one group", SG_ON(SG_NORMAL(-1, 2, SG_DIMS(2, 3, 5)), SG_RANDN(3), SG_RANDN(3)), IN(1, 1e-3)},
        {"as many groups as channels", SG_ON(SG_RANDN(2, 3, 4), SG_UNIFORM(0.5, 1.5, SG_DIMS(3)), SG_RANDN(3)),
         IN(3, 1e-5)},
        {"long channels",
         SG_ON(SG_NORMAL(2, 1, SG_DIMS(1, 2, 8, 9)), SG_UNIFORM(0.5, 1.5, SG_DIMS(2)), SG_RANDN(2)), IN(1, 1e-5)},
        {"neither gamma nor beta", SG_ON(SG_RANDN(2, 4, 3)), IN(2, 1e-5)},
        {"without gamma", SG_ON(SG_RANDN(2, 4, 3), {0}, SG_RANDN(4)), IN(2, 1e-5)},
        {"without beta", SG_ON(SG_RANDN(2, 4), SG_UNIFORM(0.5, 1.5, SG_DIMS(4))), IN(2, 0.5)},
        {"eps 0", SG_ON(SG_RANDN(2, 4, 2), SG_RANDN(4)), IN(2, 0)},
        {"mean far from zero", SG_ON(SG_NORMAL(1000, 1, SG_DIMS(2, 2, 4)), SG_UNIFORM(0.5, 1.5, SG_DIMS(2))),
         IN(1, 1e-5)},
        {"no samples", SG_ON(SG_RANDN(0, 4, 3), SG_RANDN(4), SG_RANDN(4)), IN(2, 1e-5)}),
    .bad_samples = SG_SAMPLES(
        {"rank 1", SG_ON(SG_RANDN(4)), IN(2, 1e-5), .error = "x has shape [4], expected (N,C,...)"},
        {"channels that do not divide", SG_ON(SG_RANDN(2, 4, 3)), IN(3, 1e-5),
         .error = "group_norm: x has 4 channels (shape [2, 4, 3]), which num_groups = 3 does not divide"},
        {"short gamma", SG_ON(SG_RANDN(2, 4), SG_RANDN(2)), IN(2, 1e-5),
         .error = "group_norm: gamma has shape [2], expected [4] (channels of x [2, 4])"},
        {"groups of one value", SG_ON(SG_RANDN(2, 4)), IN(4, 1e-5),
         .error = "x has shape [2, 4]: one value per group, expected more than one"},
        {"no pixels", SG_ON(SG_RANDN(2, 4, 0)), IN(2, 1e-5), .error = "no value per group"}),
};

sg_tensor *sg_group_norm(sg_context *context, sg_tensor *x, sg_tensor *gamma, sg_tensor *beta,
                         const sg_group_norm_options *options, sg_tensor **mean, sg_tensor **var) {
  return sg_norm_apply(context, &op_group_norm, x, gamma, beta, options, mean, var);
}
