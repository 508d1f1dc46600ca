// SPDX-License-Identifier: GPL-3.0-or-later
//
// The family of normalizations: what is normalized, by which moments, and with which parameters. A member says that
// in its `describe`, and the family does the rest: checks, loops, both forms of the derivative.
#ifndef SELENOGRAD_NORMALIZATION_H
#define SELENOGRAD_NORMALIZATION_H

#include "ops/norm/norm_run.h"

typedef struct sg_norm_description {
  norm_geometry geometry; // x as [outer, segments, groups, parts, spread]
  double eps;
  sg_shape parameters; // of gamma and beta, groups * parts elements
  sg_shape moments;    // of mean and var, outer * groups elements
} sg_norm_description;

// What sg_op.member of a normalization points to.
typedef struct sg_norm_member {
  norm_moments moments;   // NORM_CENTRED or NORM_SQUARE
  const char *group;      // what has moments of its own, for messages: "channel"
  const char *parameters; // what gamma and beta have a value for: "channels"
  // Checks x and the options, and describes them.
  sg_status (*describe)(const sg_plan *plan, sg_norm_description *description);
} sg_norm_member;

// Inputs x, gamma and beta, outputs y, mean and var. A member without a mean has the outputs y and mean_square; it
// may leave out beta.
extern const sg_op sg_norm_family;

// Ports of members with a mean: SG_NORM_PORTS("(N,C)", "channel", "(C)", "channel", "(C)") says what x is, what
// gamma and beta have a value for and in which shape, and the same of mean and var.
#define SG_NORM_PORTS(x, part, parameters, group, moments)                                                         \
  .inputs = SG_PORTS({"x", 0, x}, {"gamma", SG_OPTIONAL, "scale of each " part ", " parameters "; 1 when absent"}, \
                     {"beta", SG_OPTIONAL, "shift of each " part ", " parameters "; 0 when absent"}),              \
  .outputs = SG_PORTS({"y", SG_ZERO_IF_UNUSED, "the shape of x"}, {"mean", 0, "mean of each " group ", " moments}, \
                      {"var", 0, "biased variance of each " group ", " moments})
#define SG_NORM_EPS(options)                                                                                       \
  SG_OPTION(options, eps, FLOAT, "added to the variance inside the square root", SG_AT_LEAST, 0)

// Applies a member to x, gamma and beta. `mean` and `var`, where not NULL, receive the moments.
sg_tensor *sg_norm_apply(sg_context *context, const sg_op *op, sg_tensor *x, sg_tensor *gamma, sg_tensor *beta,
                         const void *options, sg_tensor **mean, sg_tensor **var);

// Rejects unless the input, where present, has that shape. `what`: what it has a value for, for the message.
sg_status sg_norm_check_parameters(const sg_plan *plan, int input, const sg_shape *shape, const char *what);

#endif
