// SPDX-License-Identifier: GPL-3.0-or-later
//
// Verdicts that follow from what was counted.
#include "autograd/gradcheck/report/report.h"

#include <stdio.h>

int report_verdict_rank(sg_gradcheck_verdict verdict) {
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

sg_gradcheck_verdict report_worst_counted(const sg_gradcheck_counts *n) {
  if (n->failed) return SG_GRADCHECK_FAIL;
  if (n->inconclusive) return SG_GRADCHECK_INCONCLUSIVE;
  return n->nondifferentiable ? SG_GRADCHECK_NONDIFFERENTIABLE : SG_GRADCHECK_PASS;
}

int64_t report_total(const sg_gradcheck_counts *n) {
  return n->passed + n->failed + n->nondifferentiable + n->inconclusive;
}

sg_gradcheck_counts report_element_counts(const sg_gradcheck_input *input) {
  return (sg_gradcheck_counts){input->passed, input->failed, input->nondifferentiable, input->inconclusive};
}

void report_judge_input(sg_gradcheck_input *input) {
  const sg_gradcheck_counts elements = report_element_counts(input);
  const sg_gradcheck_counts *const counted[] = {&elements, &input->directions, &input->entries};
  int64_t compared = 0;
  input->verdict = SG_GRADCHECK_PASS;
  for (int i = 0; i < 3; i++) {
    const sg_gradcheck_verdict worst = report_worst_counted(counted[i]);
    if (report_verdict_rank(worst) > report_verdict_rank(input->verdict)) input->verdict = worst;
    compared += report_total(counted[i]);
  }
  if (compared == 0 && sg_shape_elements(&input->shape) > 0) input->verdict = SG_GRADCHECK_INCONCLUSIVE;
}

static void withdraw(sg_gradcheck_counts *n) {
  n->inconclusive += n->passed;
  n->passed = 0;
}

void report_withdraw(sg_gradcheck_input *input, const char *reason) {
  sg_gradcheck_value *values = (sg_gradcheck_value *)input->values; // the checker's own
  for (int64_t i = 0; values && i < input->checked; i++)
    if (values[i].verdict == SG_GRADCHECK_PASS) values[i].verdict = SG_GRADCHECK_INCONCLUSIVE;
  if (input->worst.verdict == SG_GRADCHECK_PASS) input->worst.verdict = SG_GRADCHECK_INCONCLUSIVE;
  input->inconclusive += input->passed;
  input->passed = 0;
  withdraw(&input->directions);
  withdraw(&input->entries);
  report_judge_input(input);
  snprintf(input->reason, sizeof input->reason, "%s", reason);
}
