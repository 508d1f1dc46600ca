// SPDX-License-Identifier: GPL-3.0-or-later
//
// The dual test: v'(J u) = (v'J) u. The forward product comes from the recorded gradient: with h(v) = v'J, the
// derivative of sum(h(v) * u) in v is J u. The right-hand side takes the plain gradient, so that a fused derivative
// and the recorded one are held against each other as well.
#include "autograd/gradcheck/common/length.h"
#include "autograd/gradcheck/common/random.h"
#include "autograd/gradcheck/structure/trial.h"

#include <float.h>
#include <math.h>
#include <stdio.h>

static sg_status refuse_for(structure *s, const char *reason) {
  s->refused = true;
  s->raised = false;
  snprintf(s->refusal, sizeof s->refusal, "%s", reason);
  return SG_OK;
}

// Gradients of an input are of one size, those of different inputs need not be: u is scaled by the powers of two
// that make them so.
static sg_tensor *direction(structure *s, const sg_tensor *input, int64_t start) {
  sg_tensor *u = sg_tensor_full(s->point->context, SG_F64, sg_tensor_shape(input), 0);
  double *data = u ? sg_tensor_write(u, "gradcheck") : NULL;
  const int64_t count = sg_tensor_elements(input);
  uint64_t random = s->options->seed ^ 0x2545f4914f6cdd1du ^ (uint64_t)start;
  double largest = 0;
  for (int64_t j = start; j < start + count; j++)
    if (s->ignored[j] == 0) largest = fmax(largest, fabs(s->gradient[j]));
  const double unit = largest > 0 ? ldexp(1, -ilogb(largest)) : 1;
  for (int64_t j = 0; data && j < count; j++) {
    const uint64_t bits = gradcheck_random_bits(&random);
    const double size = unit * (0.5 + ldexp((double)(bits >> 12), -52));
    if (s->ignored[start + j] == 0) data[j] = bits & 1 ? size : -size;
  }
  return u;
}

static void add_product(const sg_tensor *x, const sg_tensor *y, long double *sum, long double *size) {
  for (int64_t j = 0; j < sg_tensor_elements(x); j++) {
    const long double product = (long double)sg_tensor_value(x, j) * (long double)sg_tensor_value(y, j);
    *sum += product;
    *size += fabsl(product);
  }
}

// Whether the gradient is zero, for which a constant is a true recording.
static bool vanishes(const structure *s) {
  for (int64_t i = 0; i < s->elements; i++)
    if (s->first[i] != 0) return false;
  return true;
}

// sum and size of v'(J u).
static sg_status forward_product(structure *s, int count, sg_tensor *const *outputs, sg_tensor *const *cotangents,
                                 long double *sum, long double *size) {
  sg_context *c = s->point->context;
  sg_tensor *inputs[SG_GRADCHECK_MAX_INPUTS], *gradients[SG_GRADCHECK_MAX_INPUTS] = {NULL};
  sg_tensor *ends[SG_GRADCHECK_MAX_INPUTS], *directions[SG_GRADCHECK_MAX_INPUTS];
  sg_tensor *products[SG_GRADCHECK_MAX_OUTPUTS] = {NULL};
  int64_t starts[SG_GRADCHECK_MAX_INPUTS];
  const int targets = structure_targets(s, inputs, starts);
  int recorded = 0;
  sg_backward_options options = {.create_graph = true, .allow_unused = true};
  for (int k = 0; k < count; k++)
    if (sg_tensor_set_requires_grad(cotangents[k], true) != SG_OK) return sg_error_status(c);
  if (sg_grad(c, count, outputs, cotangents, targets, inputs, &options, gradients) != SG_OK)
    return structure_refuse(s);
  for (int i = 0; i < targets; i++) {
    if (!gradients[i] || !sg_tensor_requires_grad(gradients[i])) continue;
    ends[recorded] = gradients[i];
    directions[recorded++] = direction(s, inputs[i], starts[i]);
  }
  if (sg_error_status(c) != SG_OK) return sg_error_status(c);
  if (recorded == 0) return vanishes(s) ? SG_OK : refuse_for(s, "the derivative leaves no graph to differentiate");
  options.create_graph = false;
  if (sg_grad(c, recorded, ends, directions, count, cotangents, &options, products) != SG_OK)
    return structure_refuse(s);
  for (int k = 0; k < count; k++)
    if (products[k]) add_product(cotangents[k], products[k], sum, size);
  return sg_error_status(c);
}

// Where a function saturates, its derivative is what cancellation has left of terms of the size |v| |y| / (length
// of x), and J u is wrong by some eps of those times |u|, at every trial alike. In units of the tolerance:
static long double rounding_floor(const structure *s, const sg_tensor *x, const sg_tensor *u) {
  const point *p = s->point;
  long double values = 0, largest = 0;
  for (int64_t j = 0; j < p->output_elements; j++)
    values += fabsl((long double)s->cotangent[j] * (long double)p->base[j]);
  for (int64_t j = 0; j < sg_tensor_elements(u); j++)
    largest = fmaxl(largest, fabsl((long double)sg_tensor_value(u, j)));
  const double length = gradcheck_typical_length(sg_tensor_data(x), sg_tensor_elements(x));
  return 64 * (long double)DBL_EPSILON / (long double)s->tolerance * values * largest / (long double)length;
}

static sg_status dual_in_scope(structure *s, double scale, double *residual, double *size) {
  sg_context *c = s->point->context;
  sg_tensor *outputs[SG_GRADCHECK_MAX_OUTPUTS], *cotangents[SG_GRADCHECK_MAX_OUTPUTS];
  sg_tensor *inputs[SG_GRADCHECK_MAX_INPUTS];
  int64_t starts[SG_GRADCHECK_MAX_INPUTS];
  long double left = 0, right = 0, terms = 0;
  int count;
  if (structure_take(s, s->cotangent, scale, s->first) != SG_OK || s->refused) return sg_error_status(c);
  if (structure_record(s, s->cotangent, scale, &count, outputs, cotangents) != SG_OK || s->refused || count == 0)
    return sg_error_status(c);
  sg_set_grad_enabled(c, true);
  s->tolerant = true; // a derivative that cannot be differentiated may say so in any way
  const sg_status status = forward_product(s, count, outputs, cotangents, &left, &terms);
  s->tolerant = false;
  sg_set_grad_enabled(c, false);
  if (status != SG_OK || s->refused) return status;
  const int targets = structure_targets(s, inputs, starts);
  for (int i = 0; i < targets; i++) {
    const sg_tensor *u = direction(s, inputs[i], starts[i]);
    if (!u) return sg_error_status(c);
    terms += (long double)scale * rounding_floor(s, inputs[i], u);
    for (int64_t j = 0; j < sg_tensor_elements(u); j++) {
      if (s->ignored[starts[i] + j] != 0) continue;
      const long double product = (long double)sg_tensor_value(u, j) * (long double)s->first[starts[i] + j];
      right += product;
      terms += fabsl(product);
    }
  }
  *residual = (double)((left - right) / (long double)scale);
  *size = (double)(terms / (long double)scale);
  return isfinite(*residual) ? SG_OK : refuse_for(s, "the second derivative is not finite");
}

static sg_status dual(structure *s, double scale, double *residual, double *size) {
  *residual = *size = 0;
  const sg_scope scope = sg_scope_open(s->point->context);
  const sg_status status = dual_in_scope(s, scale, residual, size);
  sg_scope_close(s->point->context, scope);
  return status;
}

sg_status structure_check_dual(structure *s) {
  int64_t where;
  const sg_status status = structure_try(s, dual, 1, &where);
  if (status != SG_OK) return status;
  if (s->refused) {
    s->refused = false;
    return report_enter(s->report, "dual", SG_GRADCHECK_INCONCLUSIVE, "could not be tried: %s (%s)",
                        s->raised ? "the derivative raises an error while it is recorded"
                                  : "the function has no second derivative",
                        s->refusal);
  }
  if (where < 0) return structure_enter_pass(s, "dual");
  return report_enter(s->report, "dual", SG_GRADCHECK_FAIL,
                      "v'(J u) and (v'J) u differ by %.4g, with terms that add up to %.4g: the recorded gradient "
                      "is not the plain one, or its derivative in the cotangent is wrong",
                      s->low[0], s->size[0]);
}
