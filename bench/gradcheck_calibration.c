// SPDX-License-Identifier: GPL-3.0-or-later
//
// How far right gradients lie from the differences, in units of GSL's own error estimate. An error bar is k such
// units; this says which k is exceeded by chance.
//
// The intervals are those on which a verdict rests. So that agreement with the right value cannot choose among
// estimates, they are taken from checks of a gradient that is doubled: there no estimate agrees, and half of the
// reported analytic value is the right one, exactly. Elements that the check of the right gradient does not pass
// (kinks) are left out, and zeros. Which estimate is narrowest and which agree depends on the bars, so that k = 1
// is tried as well.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bench/op_cases.h"

enum { wanted = 100000, thresholds = 5 };
static const double threshold[thresholds] = {1, 2, 4, 8, 16};

typedef struct tally {
  long long elements;
  long long exceeding[thresholds];
  double largest;
  char where[128];
} tally;

static void count_ratio(tally *t, double ratio, const op_case *c, const sg_gradcheck_input *input) {
  t->elements++;
  for (int i = 0; i < thresholds; i++) t->exceeding[i] += !(ratio <= threshold[i]);
  if (ratio <= t->largest) return;
  t->largest = ratio;
  snprintf(t->where, sizeof t->where, "%s, %s, %s", c->op->name, c->sample->name, input->name);
}

static void count_input(tally *family, double k, const op_case *c, const sg_gradcheck_input *right,
                        const sg_gradcheck_input *doubled) {
  for (int64_t j = 0; j < right->checked; j++) {
    const sg_gradcheck_value *value = &doubled->values[j];
    if (right->values[j].verdict != SG_GRADCHECK_PASS || right->values[j].analytic == 0) continue;
    const double error = fabs(value->analytic / 2 - value->numeric), bar = value->error_bar / k;
    count_ratio(family, error == 0 ? 0 : error / bar, c, right);
  }
}

static void count_case(tally *family, double k, op_case *c) {
  const sg_gradcheck_options given = {.mode = SG_GRADCHECK_FULL, .seed = c->seed};
  sg_gradcheck_options options = given;
  options.k = k;
  c->wrong = 1;
  c->wrong_input = -1;
  c->wrong_position = -1;
  sg_gradcheck_report *right = op_case_check(c, &given), *doubled = op_case_check_wrong(c, &options);
  for (int i = 0; i < right->input_count; i++) count_input(family, k, c, &right->inputs[i], &doubled->inputs[i]);
  sg_gradcheck_report_free(right);
  sg_gradcheck_report_free(doubled);
}

static void print_line(const char *name, const tally *t) {
  printf("%-12s %9lld", name, t->elements);
  for (int i = 0; i < thresholds; i++)
    printf(" %8.4f%%", 100.0 * (double)t->exceeding[i] / fmax((double)t->elements, 1));
  printf(" %9.3g\n", t->largest);
}

static void add(tally *sum, const tally *t) {
  sum->elements += t->elements;
  for (int i = 0; i < thresholds; i++) sum->exceeding[i] += t->exceeding[i];
  if (t->largest <= sum->largest) return;
  sum->largest = t->largest;
  memcpy(sum->where, t->where, sizeof sum->where);
}

static void measure(sg_context *context, double k) {
  tally family[8] = {{0}}, all = {0};
  op_cases cases = {.context = context};
  for (long long elements = 0; elements < wanted;) {
    op_case c = op_case_next(&cases);
    int f = 0;
    while (strcmp(op_families[f], c.family) != 0) f++;
    const long long before = family[f].elements;
    count_case(&family[f], k, &c);
    elements += family[f].elements - before;
    op_case_close(&c);
    op_cases_progress("elements", elements < wanted ? elements : wanted, wanted);
  }
  printf("Estimates chosen with bars of k = %g; right gradients further away than so many raw estimates:\n\n", k);
  printf("%-12s %9s %9s %9s %9s %9s %9s %9s\n", "family", "elements", "1", "2", "4", "8", "16", "largest");
  for (int f = 0; op_families[f]; f++) {
    print_line(op_families[f], &family[f]);
    add(&all, &family[f]);
  }
  print_line("all", &all);
  printf("\ncalibration, k = %g: %lld of %lld elements beyond 16; the largest ratio is %.3g (%s)\n\n", k,
         all.exceeding[thresholds - 1], all.elements, all.largest, all.where);
}

int main(void) {
  sg_context *context = op_cases_context();
  measure(context, 16);
  measure(context, 1);
  sg_close(context);
  return 0;
}
