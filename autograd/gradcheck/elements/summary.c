// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the comparisons of elements come to.
#include "autograd/gradcheck/elements/elements.h"
#include "autograd/gradcheck/common/words.h"
#include "autograd/gradcheck/report/report.h"

#include <float.h>
#include <math.h>
#include <stdio.h>

// A measure of how badly an element does: NaN counts as the worst.
static double badness(double analytic, const comparison *r) {
  const double error = fabs(analytic - r->numeric);
  if (!(error <= DBL_MAX)) return (double)INFINITY;
  return r->bar > 0 ? error / r->bar : error > 0 ? DBL_MAX : 0;
}

static void set_worst(sg_gradcheck_input *input, int64_t position, double analytic, const comparison *r) {
  sg_gradcheck_element *w = &input->worst;
  *w = (sg_gradcheck_element){position, input->shape.rank, {0}, analytic, r->numeric, r->bar, r->verdict};
  gradcheck_split_position(&input->shape, position, w->index);
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
  const int rank = report_verdict_rank(r->verdict), worst_rank = report_verdict_rank(input->worst.verdict);
  if (input->worst.position >= 0 && (rank < worst_rank || (rank == worst_rank && !(bad > *worst)))) return;
  *worst = bad;
  set_worst(input, position, analytic, r);
  snprintf(input->reason, sizeof input->reason, "%s", verdict_cause_text(r->cause));
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

bool elements_summarize(sg_gradcheck_input *input, comparison *results, const int64_t *positions,
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
  report_judge_input(input);
  if (input->checked == 0) snprintf(input->reason, sizeof input->reason, "all elements are skipped");
  explain_pass(input, small, hidden, far);
  if (lost)
    snprintf(input->reason, sizeof input->reason,
             "the gradient is lost in rounding noise although the function uses the input");
  return !lost;
}

// An error whose every entry is within its bar is as long as all bars together at most. Elements at kinks, of which
// each has a valid subgradient, take no part; where one element is open, nothing is promised of the whole.
void elements_bound_error(sg_gradcheck_input *input) {
  double bars = 0, gradient = 0, widest = 0;
  int64_t compared = 0;
  for (int64_t i = 0; i < input->checked; i++) {
    const sg_gradcheck_value *v = &input->values[i];
    if (v->verdict != SG_GRADCHECK_PASS) continue;
    bars = hypot(bars, v->error_bar);
    gradient = hypot(gradient, v->analytic);
    widest = fmax(widest, v->error_bar);
    compared++;
  }
  input->dense_miss = input->single_miss = 1;
  if (compared == 0 || input->failed > 0 || input->inconclusive > 0 || (gradient == 0 && bars > 0)) return;
  input->dense_miss = input->single_miss = 0;
  if (gradient == 0) return;
  input->dense_error = bars / gradient;
  input->single_error = widest / (gradient / sqrt((double)compared));
}
