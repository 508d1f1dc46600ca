// SPDX-License-Identifier: GPL-3.0-or-later
//
// What directions and samples come to.
#include "autograd/gradcheck/common/defaults.h"
#include "autograd/gradcheck/directions/miss.h"
#include "autograd/gradcheck/directions/samples.h"
#include "autograd/gradcheck/elements/elements.h"
#include "autograd/gradcheck/report/report.h"

#include <math.h>
#include <stdio.h>

static void promise(const directions *state, double wanted, sg_gradcheck_input *input) {
  input->dense_error = miss_smallest_error(miss_of_directions, state, wanted);
  input->dense_miss = wanted;
  if (!(input->dense_error <= DENSE_TARGET)) {
    input->dense_error = DENSE_TARGET;
    input->dense_miss = miss_of_directions(state, DENSE_TARGET);
  }
  input->single_error = miss_smallest_error(miss_single, state, wanted) * sqrt((double)state->usable);
  input->single_miss = wanted;
  if (!(input->single_error <= SINGLE_TARGET)) {
    input->single_error = SINGLE_TARGET;
    input->single_miss = miss_single(state, miss_single_target(state));
  }
}

static void explain(const directions *state, const sg_gradcheck_options *o, sg_gradcheck_input *input) {
  char *reason = input->reason;
  const size_t size = sizeof input->reason;
  if (state->probes == 0 && state->exhausted)
    snprintf(reason, size, "the budget of %llu evaluations allows no direction", (unsigned long long)o->budget);
  else if (state->probes == 0 && state->counts.inconclusive == 0)
    snprintf(reason, size, "the gradient is lost in rounding noise although the function uses the input");
  else if (state->joined)
    snprintf(
        reason, size,
        "at a kink, and along random directions the analytic value is not between the one-sided derivatives, as "
        "that of a gradient of the whole would be; elements alone may still be right");
  else if (state->counts.inconclusive)
    snprintf(reason, size, "along random directions differences at different steps do not confirm each other");
  else if (state->avoid_zeros)
    snprintf(reason, size,
             "the function has kinks at zeros: directions left %lld elements that are 0 alone, and promise nothing "
             "of them",
             (long long)state->zeros);
  else if (state->counts.nondifferentiable)
    snprintf(
        reason, size,
        "at a kink along random directions: the gradient is a valid subgradient there, and what is smaller than "
        "the kink would not show");
  else if (input->dense_miss > gradcheck_wanted_miss(o) || input->single_miss > gradcheck_wanted_miss(o))
    snprintf(reason, size,
             "%s: a wrong gradient (relative error %.2g) would slip through with probability %.2g, a single wrong "
             "entry (%.2g of the root mean square) with %.2g",
             state->exhausted ? "the budget ended the check" : "the error bars are too wide for more",
             input->dense_error, input->dense_miss, input->single_error, input->single_miss);
  else if (state->far)
    snprintf(reason, size,
             "directions come out of rounding noise only at steps much longer than the distances over which the "
             "input varies: what the function does nearer would not show");
  else if (state->lost)
    snprintf(reason, size, "%d directions were lost in rounding noise and drawn again", state->lost);
}

static void remember_kinks(point *p, int i, const directions *state) {
  double *kinks = p->kinks[i] ? sg_tensor_write(p->kinks[i], "gradcheck") : NULL;
  for (int64_t k = 0; kinks && k < state->sampled; k++)
    if (state->results[k].verdict == SG_GRADCHECK_NONDIFFERENTIABLE) kinks[state->positions[k]] = 1;
}

// Directions that told nothing count only where no other has told anything in their place.
static void join_directions(const directions *state, const sg_gradcheck_options *o, sg_gradcheck_input *input) {
  const int elements = input->checked ? report_verdict_rank(input->verdict) : 0;
  input->probes = state->probes;
  input->directions = state->counts;
  if (state->probes == 0) input->directions.inconclusive = state->drawn > 1 ? state->drawn : 1;
  report_judge_input(input);
  const int rank = report_verdict_rank(report_worst_counted(&input->directions));
  if (rank < elements && input->reason[0]) return;
  if (state->reason[0] && rank > 0) snprintf(input->reason, sizeof input->reason, "%s", state->reason);
  if (rank < 3 && input->verdict != SG_GRADCHECK_FAIL) explain(state, o, input);
}

// Every element is left out or at a kink of a lower derivative, where this one does not exist.
static sg_status conclude_without_directions(point *p, int i, sg_gradcheck_input *input) {
  const int64_t count = sg_tensor_elements(p->inputs[i]);
  const double *analytic = sg_tensor_data(p->gradient[i]);
  sg_gradcheck_value *values = report_keep(p->context, input, (size_t)count * sizeof *values);
  if (!values) return sg_error_status(p->context);
  input->values = values;
  for (int64_t j = 0; j < count; j++) {
    if (p->skip[i] && sg_tensor_value(p->skip[i], j) != 0) continue;
    const bool finite = isfinite(analytic[j]);
    const sg_gradcheck_verdict verdict = finite ? SG_GRADCHECK_NONDIFFERENTIABLE : SG_GRADCHECK_FAIL;
    values[input->checked++] = (sg_gradcheck_value){j, analytic[j], analytic[j], 0, verdict};
    input->nondifferentiable += finite;
    input->failed += !finite;
  }
  report_judge_input(input);
  snprintf(input->reason, sizeof input->reason, "all elements are %s", input->checked ? "at kinks" : "skipped");
  return SG_OK;
}

sg_status directions_conclude(point *p, int i, const sg_gradcheck_options *o, directions *state,
                              sg_gradcheck_input *input) {
  input->mode = SG_GRADCHECK_DIRECTIONAL;
  const int64_t count = sg_tensor_elements(p->inputs[i]);
  for (int64_t j = 0; p->skip[i] && j < count; j++) input->skipped += sg_tensor_value(p->skip[i], j) != 0;
  report_judge_input(input);
  if (count == 0) return SG_OK;
  if (state->usable == 0) return conclude_without_directions(p, i, input);
  if (samples_sort(p->context, state) != SG_OK) return sg_error_status(p->context);
  sg_gradcheck_value *values = report_keep(p->context, input, ((size_t)state->sampled + 1) * sizeof *values);
  if (!values) return sg_error_status(p->context);
  input->values = values;
  remember_kinks(p, i, state);
  if (state->sampled)
    elements_summarize(input, state->results, state->positions, state->analytic, state->sampled, values);
  if (state->counts.failed == 0 && state->counts.inconclusive == 0 && input->failed == 0 &&
      input->inconclusive == 0)
    promise(state, gradcheck_wanted_miss(o), input);
  join_directions(state, o, input);
  return SG_OK;
}
