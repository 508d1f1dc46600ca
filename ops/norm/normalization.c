// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/norm/normalization.h"

#include "ops/ops.h"

enum { X, GAMMA, BETA };
enum { Y, MEAN };

typedef struct norm_own {
  norm_geometry geometry; // as described; the plan's may be a simpler form
  norm_plan plan;
} norm_own;

// Without a mean its place is that of the mean square.
static int var_port(norm_moments moments) { return moments == NORM_SQUARE ? MEAN : MEAN + 1; }

// ---- prepare --------------------------------------------------------------------------------------------

sg_status sg_norm_check_parameters(const sg_plan *plan, int input, const sg_shape *shape, const char *what) {
  if (input >= plan->input_count || !plan->inputs[input]) return SG_OK;
  const sg_shape *given = sg_plan_shape(plan, input);
  if (sg_shape_equal(given, shape)) return SG_OK;
  return sg_reject(plan, "%s has shape %s, expected %s (%s of x %s)", sg_op_input_port(plan->op, input)->name,
                   sg_shape_text(given).text, sg_shape_text(shape).text, what,
                   sg_shape_text(sg_plan_shape(plan, X)).text);
}

static sg_status check_values(const sg_plan *plan, const sg_norm_member *member, const norm_geometry *g) {
  int64_t values = g->segments * norm_run(g), expected = member->moments == NORM_SQUARE ? 1 : 2;
  if (norm_groups(g) == 0 || values >= expected) return SG_OK;
  return sg_reject(plan, "x has shape %s: %s value per %s, expected %s", sg_shape_text(sg_plan_shape(plan, X)).text,
                   values == 0 ? "no" : "one", member->group, expected == 1 ? "at least one" : "more than one");
}

static sg_status prepare(sg_plan *plan) {
  const sg_norm_member *member = plan->op->member;
  sg_norm_description d = {0};
  if (member->describe(plan, &d)) return sg_error_status(plan->context);
  if (sg_norm_check_parameters(plan, GAMMA, &d.parameters, member->parameters))
    return sg_error_status(plan->context);
  if (sg_norm_check_parameters(plan, BETA, &d.parameters, member->parameters))
    return sg_error_status(plan->context);
  if (check_values(plan, member, &d.geometry)) return sg_error_status(plan->context);
  bool affine = false;
  for (int i = GAMMA; i < plan->input_count; i++) affine |= plan->inputs[i] != NULL;
  norm_own *own = plan->own;
  own->geometry = d.geometry;
  own->plan = sg_norm_plan(d.geometry, member->moments, d.eps, affine);
  plan->save_outputs = ((1u << sg_op_output_ports(plan->op)) - 1) & ~(1u << Y);
  plan->output_shape[Y] = *sg_plan_shape(plan, X);
  plan->output_shape[MEAN] = plan->output_shape[var_port(member->moments)] = d.moments;
  plan->scratch_bytes = sg_norm_forward_scratch(&own->plan);
  plan->backward_scratch_bytes = sg_norm_backward_scratch(&own->plan);
  return SG_OK;
}

// ---- Fused passes ---------------------------------------------------------------------------------------

static const void *input_data(const sg_call *call, int i) {
  return i < call->input_count ? sg_input_data(call, i) : NULL;
}

static void *gradient_data(const sg_call *call, int i) {
  return i < call->input_count ? sg_gradient_data(call, i) : NULL;
}

static void forward(const sg_call *call) {
  const norm_own *own = call->plan;
  bool centred = own->plan.moments == NORM_CENTRED;
  sg_norm_forward(call, &own->plan,
                  (norm_forward_arguments){.x = sg_input_data(call, X),
                                           .gamma = input_data(call, GAMMA),
                                           .beta = input_data(call, BETA),
                                           .y = sg_output_data(call->outputs[Y]),
                                           .mean = centred ? sg_output_data(call->outputs[MEAN]) : NULL,
                                           .var = sg_output_data(call->outputs[var_port(own->plan.moments)])});
}

static const void *cotangent_data(const sg_call *call, int output) {
  return call->d_outputs[output] ? sg_tensor_data(call->d_outputs[output]) : NULL;
}

static void backward(const sg_call *call) {
  const norm_own *own = call->plan;
  bool centred = own->plan.moments == NORM_CENTRED;
  int var = var_port(own->plan.moments);
  sg_norm_backward(call, &own->plan,
                   (norm_backward_arguments){.x = sg_input_data(call, X),
                                             .gamma = input_data(call, GAMMA),
                                             .dy = sg_tensor_data(call->d_outputs[Y]),
                                             .mean = centred ? sg_tensor_data(call->outputs[MEAN]) : NULL,
                                             .var = sg_tensor_data(call->outputs[var]),
                                             .mean_cotangent = centred ? cotangent_data(call, MEAN) : NULL,
                                             .var_cotangent = cotangent_data(call, var),
                                             .d_x = sg_gradient_data(call, X),
                                             .d_gamma = gradient_data(call, GAMMA),
                                             .d_beta = gradient_data(call, BETA)});
}

// ---- The derivative in ops --------------------------------------------------------------------------------
//
// With g = gamma dy, n values in a group, and mean', var' the cotangents of the moments:
//   d_x     = rstd (g - mean(g) - xhat mean(g xhat)) + mean'/n + var' 2 (x - mean)/n
//   d_gamma = sum(dy xhat),     d_beta = sum(dy)
// over x as [outer, segments, groups, parts, spread], where the first line's means are over the second, fourth and
// fifth dimension, and the second line's sums over the first, second and fifth. Without a mean that of g, mean' and
// mean are 0. A gamma that is the group's comes last, and xhat then sums to 0 over its values, so that a mean of
// dy, whose digits would cover the others', has no part in its derivative. No mean is rounded before it is taken
// away.

typedef struct norm_views {
  sg_shape x, moments, parameters; // each over the five dimensions
  sg_ints group;                   // the dimensions of a group
  bool centred, common;            // common: one gamma for the group
} norm_views;

static norm_views views_of(const norm_own *own) {
  const norm_geometry *g = &own->geometry;
  return (norm_views){.x = {5, {g->outer, g->segments, g->groups, g->parts, g->spread}},
                      .moments = {5, {g->outer, 1, g->groups, 1, 1}},
                      .parameters = {5, {1, 1, g->groups, g->parts, 1}},
                      .group = {3, {1, 3, 4}},
                      .centred = own->plan.moments == NORM_CENTRED,
                      .common = g->parts == 1};
}

// The cotangents of the moments where they were used, summed over what they contribute to d_x.
static sg_tensor *through_moments(const sg_call *call, const norm_views *v, sg_tensor *x, sg_tensor *d_x) {
  sg_context *c = call->context;
  const norm_own *own = call->plan;
  double count = norm_count(&own->geometry);
  sg_tensor *d_mean = v->centred ? call->d_outputs[MEAN] : NULL,
            *d_var = call->d_outputs[var_port(own->plan.moments)];
  if (d_mean) d_x = sg_add(c, d_x, sg_mul_scalar(c, sg_reshape(c, d_mean, &v->moments), 1 / count));
  if (d_var) {
    sg_tensor *slope = sg_mul_scalar(c, sg_reshape(c, d_var, &v->moments), 2 / count);
    d_x = sg_add(c, d_x, sg_mul(c, slope, v->centred ? sg_centre(c, x, &v->group) : x));
  }
  return d_x;
}

static sg_tensor *parameter_gradient(const sg_call *call, int input, sg_tensor *terms) {
  const sg_reduce_options others = {.dim = {3, {0, 1, 4}}};
  return sg_reshape(call->context, sg_sum(call->context, terms, &others), &call->input_shapes[input]);
}

static sg_tensor *minus_mean(const sg_call *call, const norm_views *v, sg_tensor *t) {
  return v->centred ? sg_centre(call->context, t, &v->group) : t;
}

static sg_tensor *group_mean(const sg_call *call, const norm_views *v, sg_tensor *t) {
  return sg_mean(call->context, t, &(sg_reduce_options){.dim = v->group, .keepdim = true});
}

// d_x and the terms of d_gamma where gamma is the group's, or there is none.
static sg_tensor *through_common(const sg_call *call, const norm_views *v, sg_tensor *dy, sg_tensor *gamma,
                                 sg_tensor *xhat, sg_tensor *rstd, sg_tensor **terms) {
  sg_context *c = call->context;
  sg_tensor *g = minus_mean(call, v, dy);
  *terms = sg_mul(c, g, xhat);
  sg_tensor *d_x = sg_mul(c, rstd, sg_sub(c, g, sg_mul(c, xhat, group_mean(call, v, *terms))));
  return gamma ? sg_mul(c, d_x, gamma) : d_x;
}

// The same where gamma changes within the group. gamma dy may leave the range where d_x does not: a rstd that is
// small enough to matter comes first. Else it comes last, so that a mean of dy is taken away before a rounding,
// where gamma is about equal.
static sg_tensor *through_varying(const sg_call *call, const norm_views *v, sg_tensor *dy, sg_tensor *gamma,
                                  sg_tensor *xhat, sg_tensor *rstd, sg_tensor **terms) {
  sg_context *c = call->context;
  sg_tensor *one = sg_tensor_scalar(c, call->dtype, 1);
  sg_tensor *tiny = sg_lt(c, rstd, sg_tensor_scalar(c, call->dtype, 1e-6));
  sg_tensor *g = minus_mean(call, v, sg_mul(c, sg_mul(c, dy, sg_where(c, tiny, rstd, one)), gamma));
  *terms = sg_mul(c, dy, xhat);
  sg_tensor *along_xhat = sg_mul(c, xhat, group_mean(call, v, sg_mul(c, g, xhat)));
  return sg_mul(c, sg_where(c, tiny, one, rstd), sg_sub(c, g, along_xhat));
}

static void vjp(const sg_call *call) {
  const norm_own *own = call->plan;
  sg_context *c = call->context;
  norm_views v = views_of(own);
  sg_tensor *dy = sg_reshape(c, call->d_outputs[Y], &v.x), *gamma = NULL;
  bool needs_gamma = call->input_count > GAMMA && call->needs[GAMMA];
  if (call->input_count > GAMMA && call->inputs[GAMMA]) gamma = sg_reshape(c, call->inputs[GAMMA], &v.parameters);
  if (call->needs[X] || needs_gamma) {
    sg_standardize_options options = {.dim = v.group, .eps = own->plan.eps, .centred = v.centred};
    sg_tensor *x = sg_reshape(c, call->inputs[X], &v.x), *rstd, *terms,
              *xhat = sg_standardize(c, x, &options, &rstd);
    sg_tensor *d_x =
        (v.common || !gamma ? through_common : through_varying)(call, &v, dy, gamma, xhat, rstd, &terms);
    if (call->needs[X]) {
      call->d_inputs[X] = sg_reshape(c, through_moments(call, &v, x, d_x), &call->input_shapes[X]);
    }
    if (needs_gamma) call->d_inputs[GAMMA] = parameter_gradient(call, GAMMA, terms);
  }
  if (call->input_count > BETA && call->needs[BETA]) call->d_inputs[BETA] = parameter_gradient(call, BETA, dy);
}

// ---- The family -----------------------------------------------------------------------------------------

const sg_op sg_norm_family = {
    SG_PLANNED(norm_own, prepare, forward, vjp),
    .save_inputs = 1 << X | 1 << GAMMA,
    .backward = backward,
};

sg_tensor *sg_norm_apply(sg_context *context, const sg_op *op, sg_tensor *x, sg_tensor *gamma, sg_tensor *beta,
                         const void *options, sg_tensor **mean, sg_tensor **var) {
  sg_tensor *outputs[SG_MAX_PORTS] = {NULL};
  sg_apply(context, op, 3, (sg_tensor *[]){x, gamma, beta}, options, outputs);
  if (mean) *mean = outputs[MEAN];
  if (var) *var = outputs[MEAN + 1];
  return outputs[Y];
}
