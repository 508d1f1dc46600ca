// SPDX-License-Identifier: GPL-3.0-or-later
//
// All checked inputs at one point, in rounds: each under new weights, until every input is settled.
#include "autograd/gradcheck/rounds.h"
#include "autograd/gradcheck/common/memory.h"
#include "autograd/gradcheck/common/random.h"
#include "autograd/gradcheck/directions/directions.h"
#include "autograd/gradcheck/elements/elements.h"
#include "autograd/gradcheck/elements/jacobian.h"
#include "autograd/gradcheck/explain.h"
#include "autograd/gradcheck/report/report.h"
#include "autograd/gradcheck/structure/structure.h"

#include <stdio.h>

enum { full_attempts = 3 };

// One input in the course of the check.
typedef struct progress {
  bool directional, settled;
  int attempts;
  directions probing; // directional
} progress;

// Full mode evaluates the function some six times for each element, and each evaluation takes some time for each
// element of inputs and outputs. The choice must not depend on the machine, so it is not made by the clock.
static bool choose_directional(const point *p, int i, sg_gradcheck_mode mode) {
  double size = (double)p->output_elements;
  for (int k = 0; k < p->input_count; k++) size += (double)sg_tensor_elements(p->inputs[k]);
  if (mode != SG_GRADCHECK_AUTO) return mode == SG_GRADCHECK_DIRECTIONAL;
  return 6 * (double)sg_tensor_elements(p->inputs[i]) * size > 4e9;
}

static sg_status start_inputs(point *p, const sg_gradcheck_options *o, uint64_t *random, progress *inputs) {
  for (int i = 0; i < p->input_count; i++) {
    if (!p->checked[i]) continue;
    progress *in = inputs++;
    in->directional = choose_directional(p, i, o->mode);
    if (!in->directional) continue;
    if (directions_start(p, i, gradcheck_random_bits(random), &in->probing) != SG_OK)
      return sg_error_status(p->context);
  }
  return SG_OK;
}

static sg_status check_full(point *p, int i, const sg_gradcheck_options *o, progress *in,
                            sg_gradcheck_input *input) {
  report_clear_input(input);
  if (elements_check(p, i, o, input, &in->settled) != SG_OK) return sg_error_status(p->context);
  in->settled = in->settled || ++in->attempts == full_attempts;
  return SG_OK;
}

static sg_status check_directional(point *p, int i, const sg_gradcheck_options *o, uint64_t seed, progress *in,
                                   sg_gradcheck_input *input) {
  directions *state = &in->probing;
  p->evaluation_limit = p->budget;
  if (!state->finished && directions_probe(p, i, o, seed, state) != SG_OK) return sg_error_status(p->context);
  p->evaluation_limit = 0;
  in->settled = state->finished;
  if (!in->settled) return SG_OK;
  report_clear_input(input);
  return directions_conclude(p, i, o, state, input);
}

// Every input that is not settled, under new weights. random[0] is the stream of weights, random[1] of directions.
static sg_status check_round(point *p, const sg_gradcheck_options *o, progress *inputs, sg_gradcheck_input *found,
                             uint64_t *random, function_defect *defect, bool *all) {
  point_draw_weights(p, gradcheck_random_bits(&random[0]));
  if (point_differentiate(p, defect) != SG_OK) return sg_error_status(p->context);
  if (defect->text[0]) return SG_OK;
  bool current[MAX_INPUTS] = {false};
  *all = true;
  for (int i = 0, n = 0; i < p->input_count; i++) {
    if (!p->checked[i]) continue;
    progress *in = &inputs[n];
    const uint64_t seed = gradcheck_random_bits(&random[1]);
    current[n] = !in->settled;
    if (!in->settled && (in->directional ? check_directional(p, i, o, seed, in, &found[n])
                                         : check_full(p, i, o, in, &found[n])) != SG_OK)
      return sg_error_status(p->context);
    *all = *all && in->settled;
    n++;
  }
  return gradcheck_explain(p, o, found, current);
}

// An input whose gradient the graph does not know has one of zero, which differences contradict.
static void name_detached(const point *p, sg_gradcheck_input *inputs) {
  for (int i = 0, n = 0; i < p->input_count; i++) {
    if (!p->checked[i]) continue;
    sg_gradcheck_input *input = &inputs[n++];
    if (p->without_gradient[i] && input->verdict == SG_GRADCHECK_FAIL)
      snprintf(input->reason, sizeof input->reason,
               "the function gives no gradient for %s although its output depends on it", input->name);
  }
}

sg_status rounds_check(point *p, const sg_gradcheck_options *o, sg_gradcheck_input *inputs,
                       sg_gradcheck_report *report, function_defect *defect) {
  uint64_t random[2] = {o->seed, o->seed ^ 0x9fb21c651e98df25u};
  if (point_measure(p, gradcheck_random_bits(&random[0]), defect) != SG_OK) return sg_error_status(p->context);
  const bool jacobian = o->jacobian && p->order == 1;
  if (jacobian && jacobian_admit(p, inputs) != SG_OK) return sg_error_status(p->context);
  if (p->order == 1 && !defect->text[0] && structure_check(p, o, report, defect) != SG_OK)
    return sg_error_status(p->context);
  if (defect->text[0]) return SG_OK;
  sg_tensor *owner;
  progress *state = gradcheck_memory(p->context, (size_t)point_checked_count(p) * sizeof *state, &owner);
  if (!state || start_inputs(p, o, &random[1], state) != SG_OK) return sg_error_status(p->context);
  for (bool all = false; !all && !defect->text[0];)
    if (check_round(p, o, state, inputs, random, defect, &all) != SG_OK) return sg_error_status(p->context);
  name_detached(p, inputs);
  if (jacobian && !defect->text[0] && jacobian_check(p, o, inputs, defect) != SG_OK)
    return sg_error_status(p->context);
  return point_measure_again(p, defect);
}
