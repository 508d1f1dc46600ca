// SPDX-License-Identifier: GPL-3.0-or-later
//
// One input: all its elements compared, counted and summed up.
#include "autograd/gradcheck/check.h"

#include <float.h>
#include <math.h>
#include <stdio.h>

int gradcheck_verdict_rank(sg_gradcheck_verdict verdict) {
  switch (verdict) {
  case SG_GRADCHECK_FAIL:
    return 3;
  case SG_GRADCHECK_INCONCLUSIVE:
    return 2;
  case SG_GRADCHECK_NONDIFFERENTIABLE:
    return 1;
  default:
    return 0;
  }
}

sg_gradcheck_verdict gradcheck_worst_counted(const sg_gradcheck_counts *n) {
  if (n->failed) return SG_GRADCHECK_FAIL;
  if (n->inconclusive) return SG_GRADCHECK_INCONCLUSIVE;
  return n->nondifferentiable ? SG_GRADCHECK_NONDIFFERENTIABLE : SG_GRADCHECK_PASS;
}

static int64_t total(const sg_gradcheck_counts *n) {
  return n->passed + n->failed + n->nondifferentiable + n->inconclusive;
}

void gradcheck_judge_input(sg_gradcheck_input *input) {
  const sg_gradcheck_counts elements = {input->passed, input->failed, input->nondifferentiable,
                                        input->inconclusive};
  const sg_gradcheck_counts *const counted[] = {&elements, &input->directions, &input->entries};
  int64_t compared = 0;
  input->verdict = SG_GRADCHECK_PASS;
  for (int i = 0; i < 3; i++) {
    const sg_gradcheck_verdict worst = gradcheck_worst_counted(counted[i]);
    if (gradcheck_verdict_rank(worst) > gradcheck_verdict_rank(input->verdict)) input->verdict = worst;
    compared += total(counted[i]);
  }
  if (compared == 0 && sg_shape_elements(&input->shape) > 0) input->verdict = SG_GRADCHECK_INCONCLUSIVE;
}

static void withdraw(sg_gradcheck_counts *n) {
  n->inconclusive += n->passed;
  n->passed = 0;
}

void gradcheck_withdraw(sg_gradcheck_input *input, const char *reason) {
  sg_gradcheck_value *values = (sg_gradcheck_value *)input->values; // the checker's own
  for (int64_t i = 0; values && i < input->checked; i++)
    if (values[i].verdict == SG_GRADCHECK_PASS) values[i].verdict = SG_GRADCHECK_INCONCLUSIVE;
  if (input->worst.verdict == SG_GRADCHECK_PASS) input->worst.verdict = SG_GRADCHECK_INCONCLUSIVE;
  input->inconclusive += input->passed;
  input->passed = 0;
  withdraw(&input->directions);
  withdraw(&input->entries);
  gradcheck_judge_input(input);
  snprintf(input->reason, sizeof input->reason, "%s", reason);
}

static const char *cause_text(sg_check_cause cause) {
  switch (cause) {
  case CAUSE_DIFFERENT:
    return "the analytic value is outside of the error bar";
  case CAUSE_NOT_FINITE:
    return "the analytic gradient is not finite";
  case CAUSE_SUBGRADIENT:
    return "at a kink, and the analytic value is not between the one-sided derivatives";
  case CAUSE_WIDE:
    return "the error bar is too wide to tell";
  case CAUSE_UNCONFIRMED:
    return "differences at different steps do not confirm each other";
  case CAUSE_STAIRCASE:
    return "the function loses its digits on the way: it jumps by more than the noise that was measured";
  case CAUSE_NO_DIFFERENCE:
    return "the function is not finite around the point";
  default:
    return "";
  }
}

// A measure of how badly an element does: NaN counts as the worst.
static double badness(double analytic, const comparison *r) {
  const double error = fabs(analytic - r->numeric);
  if (!(error <= DBL_MAX)) return (double)INFINITY;
  return r->bar > 0 ? error / r->bar : error > 0 ? DBL_MAX : 0;
}

static void set_worst(sg_gradcheck_input *input, int64_t position, double analytic, const comparison *r) {
  sg_gradcheck_element *w = &input->worst;
  *w = (sg_gradcheck_element){position, input->shape.rank, {0}, analytic, r->numeric, r->bar, r->verdict};
  for (int d = input->shape.rank - 1; d >= 0; d--) {
    w->index[d] = position % input->shape.size[d];
    position /= input->shape.size[d];
  }
}

static void count_element(sg_gradcheck_input *input, int64_t position, double analytic, const comparison *r,
                          double *worst) {
  const double bad = badness(analytic, r);
  input->checked++;
  input->passed += r->verdict == SG_GRADCHECK_PASS;
  input->failed += r->verdict == SG_GRADCHECK_FAIL;
  input->nondifferentiable += r->verdict == SG_GRADCHECK_NONDIFFERENTIABLE;
  input->inconclusive += r->verdict == SG_GRADCHECK_INCONCLUSIVE;
  if (r->verdict != SG_GRADCHECK_NONDIFFERENTIABLE) {
    const double error = fabs(analytic - r->numeric);
    if (!(error <= input->max_error)) input->max_error = error;
  }
  const int rank = gradcheck_verdict_rank(r->verdict), worst_rank = gradcheck_verdict_rank(input->worst.verdict);
  if (input->worst.position >= 0 && (rank < worst_rank || (rank == worst_rank && !(bad > *worst)))) return;
  *worst = bad;
  set_worst(input, position, analytic, r);
  snprintf(input->reason, sizeof input->reason, "%s", cause_text(r->cause));
}

// What could not be told apart from zero passes when it is negligible beside the rest of this input's gradient.
// An error up to *hidden times that derivative would not show in them. Returns their number.
static int64_t judge_small_ones(comparison *results, const double *analytic, int64_t count, double largest,
                                double *hidden) {
  int64_t judged = 0;
  *hidden = 0;
  for (int64_t i = 0; i < count; i++) {
    comparison *r = &results[i];
    if (r->cause != CAUSE_WIDE || !(largest > 0) || !(r->bar <= NEGLIGIBLE * largest)) continue;
    if (!(fabs(analytic[i]) <= r->bar || r->bar <= 1e-3 * NEGLIGIBLE * largest)) continue;
    r->verdict = SG_GRADCHECK_PASS;
    r->cause = CAUSE_NONE;
    r->reference = largest;
    *hidden = fmax(*hidden, r->bar / largest);
    judged++;
  }
  return judged;
}

// What a reader must know of elements that passed.
static void explain_pass(sg_gradcheck_input *input, int64_t small, double hidden, int64_t far) {
  if (input->verdict != SG_GRADCHECK_PASS) return;
  if (far > 0)
    snprintf(input->reason, sizeof input->reason,
             "%lld element%s out of rounding noise only at steps much longer than the distances over which the "
             "input varies: what the function does nearer would not show",
             (long long)far, far == 1 ? " comes" : "s come");
  else if (small > 0)
    snprintf(input->reason, sizeof input->reason,
             "%lld element%s lost in rounding noise: an error of %.2g of the largest derivative would not show "
             "there",
             (long long)small, small == 1 ? " is" : "s are", hidden);
}

bool gradcheck_summarize(sg_gradcheck_input *input, comparison *results, const int64_t *positions,
                         const double *analytic, int64_t count, sg_gradcheck_value *values) {
  double worst = 0, hidden;
  bool lost = true;
  int64_t far = 0;
  for (int64_t i = 0; i < count; i++) {
    const comparison *r = &results[i];
    if (r->cause == CAUSE_SKIPPED) continue;
    lost = lost && r->cause == CAUSE_WIDE && fabs(analytic[i]) <= r->bar;
    if (r->bar <= WIDEST_BAR * r->reference) input->largest = fmax(input->largest, fabs(r->numeric));
  }
  const int64_t small = judge_small_ones(results, analytic, count, input->largest, &hidden);
  for (int64_t i = 0; i < count; i++) {
    const comparison *r = &results[i];
    if (r->cause == CAUSE_SKIPPED) {
      input->skipped++;
      continue;
    }
    const int64_t position = positions ? positions[i] : i;
    values[input->checked] = (sg_gradcheck_value){position, analytic[i], r->numeric, r->bar, r->verdict};
    count_element(input, position, analytic[i], r, &worst);
    far += r->far;
    if (r->verdict == SG_GRADCHECK_PASS && r->reference > 0)
      input->resolution = fmax(input->resolution, r->bar / r->reference);
  }
  lost = lost && input->checked > 0;
  gradcheck_judge_input(input);
  if (input->checked == 0) snprintf(input->reason, sizeof input->reason, "all elements are skipped");
  explain_pass(input, small, hidden, far);
  if (lost)
    snprintf(input->reason, sizeof input->reason,
             "the gradient is lost in rounding noise although the function uses the input");
  return !lost;
}

// For the next order, which has nothing to compare where a derivative jumps.
static void remember_kinks(sg_check_problem *p, int i, const comparison *results, int64_t count) {
  double *kinks = p->kinks[i] ? sg_tensor_write(p->kinks[i], "gradcheck") : NULL;
  for (int64_t j = 0; kinks && j < count; j++)
    kinks[j] = results[j].verdict == SG_GRADCHECK_NONDIFFERENTIABLE || results[j].cause == CAUSE_SUBGRADIENT;
}

sg_status gradcheck_check_input(sg_check_problem *p, int i, const sg_gradcheck_options *o,
                                sg_gradcheck_input *input, bool *revealing) {
  const int64_t count = sg_tensor_elements(p->inputs[i]);
  const double *analytic = sg_tensor_data(p->gradient[i]);
  input->mode = SG_GRADCHECK_FULL;
  *revealing = true;
  if (count == 0) return SG_OK;
  const sg_scope scope = sg_scope_open(p->context);
  sg_tensor *owner;
  comparison *results = gradcheck_room(p->context, (size_t)count * sizeof *results, &owner);
  sg_gradcheck_value *values = gradcheck_keep(p->context, input, (size_t)count * sizeof *values);
  input->values = values;
  if (!results || !values) return sg_error_status(p->context);
  gradcheck_sweep(p, i, o, results);
  remember_kinks(p, i, results, count);
  if (sg_error_status(p->context) == SG_OK) {
    *revealing = gradcheck_summarize(input, results, NULL, analytic, count, values);
    gradcheck_promise_full(input);
  }
  sg_scope_close(p->context, scope);
  return sg_error_status(p->context);
}
