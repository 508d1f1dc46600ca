// SPDX-License-Identifier: GPL-3.0-or-later
//
// False alarms and power of the gradient checker over all registered ops:
//   alarms  checks of right gradients, orders 1 and 2, full and directional: none may fail
//   power   the gradient of a smooth function times 1 + 1e-6, in one entry or in all of them: it must fail
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bench/op_cases.h"

static const double mistake = 1e-6;

// ---- False alarms ----------------------------------------------------------------------------------------

typedef struct alarms {
  long long checks, verdict[4], structural;
} alarms;

enum { orders = 2, modes = 2 };
static const sg_gradcheck_mode mode[modes] = {SG_GRADCHECK_FULL, SG_GRADCHECK_DIRECTIONAL};

static void show(const op_case *c, const sg_gradcheck_options *o, const sg_gradcheck_report *report) {
  char text[6000];
  sg_gradcheck_report_text(report, 0, text, sizeof text);
  printf("%s, %s, seed %llu, order %d, %s:\n%s\n", c->op->name, c->sample->name, (unsigned long long)c->seed,
         o->order, sg_gradcheck_mode_name(o->mode), text);
}

static void check_right(alarms *a, const op_case *c, const sg_gradcheck_options *o) {
  sg_gradcheck_report *report = op_case_check(c, o);
  a->checks++;
  a->verdict[report->verdict]++;
  for (int i = 0; i < report->structure_count; i++)
    a->structural += report->structures[i].verdict == SG_GRADCHECK_FAIL;
  const bool bad = report->verdict == SG_GRADCHECK_FAIL;
  if (bad || (report->verdict == SG_GRADCHECK_INCONCLUSIVE && a->verdict[SG_GRADCHECK_INCONCLUSIVE] <= 5))
    show(c, o, report);
  sg_gradcheck_report_free(report);
}

static void measure_alarms(sg_context *context, long long wanted, alarms a[orders][modes]) {
  op_cases cases = {.context = context};
  for (long long checks = 0; checks < wanted;) {
    op_case c = op_case_next(&cases);
    for (int order = 0; order < orders; order++)
      for (int m = 0; m < modes; m++, checks++) {
        const sg_gradcheck_options o = {.mode = mode[m], .order = order + 1, .seed = c.seed};
        check_right(&a[order][m], &c, &o);
      }
    op_case_close(&c);
    op_cases_progress("checks of right gradients", checks < wanted ? checks : wanted, wanted);
  }
}

static void print_alarms(alarms a[orders][modes]) {
  alarms sum = {0};
  printf("right gradients      checks   failed  inconclusive  at a kink    passed\n");
  for (int order = 0; order < orders; order++)
    for (int m = 0; m < modes; m++) {
      const alarms *t = &a[order][m];
      printf("order %d %-12s %7lld %8lld %13lld %10lld %9lld\n", order + 1, sg_gradcheck_mode_name(mode[m]),
             t->checks, t->verdict[SG_GRADCHECK_FAIL], t->verdict[SG_GRADCHECK_INCONCLUSIVE],
             t->verdict[SG_GRADCHECK_NONDIFFERENTIABLE], t->verdict[SG_GRADCHECK_PASS]);
      sum.checks += t->checks;
      sum.structural += t->structural;
      for (int v = 0; v < 4; v++) sum.verdict[v] += t->verdict[v];
    }
  printf("\nalarms: %lld of %lld checks of right gradients fail, %lld are inconclusive; %lld structural failures\n",
         sum.verdict[SG_GRADCHECK_FAIL], sum.checks, sum.verdict[SG_GRADCHECK_INCONCLUSIVE], sum.structural);
}

// ---- Power -----------------------------------------------------------------------------------------------

typedef struct power {
  long long tried, caught, inconclusive;
} power;

// How many error bars of the check of the right gradient the mistake is, where it is most.
static double in_bars(const op_case *c, const sg_gradcheck_report *right) {
  double most = 0;
  for (int i = 0; i < right->input_count; i++) {
    const sg_gradcheck_input *input = &right->inputs[i];
    if (input->position != c->wrong_input) continue;
    for (int64_t j = 0; j < input->checked; j++) {
      const sg_gradcheck_value *v = &input->values[j];
      if (c->wrong_position < 0 || v->position == c->wrong_position)
        most = fmax(most, fabs(mistake * v->analytic) / v->error_bar);
    }
  }
  return most;
}

static void try_mistake(power *p, op_case *c, const sg_gradcheck_report *right) {
  const sg_gradcheck_options o = {.mode = SG_GRADCHECK_FULL, .seed = c->seed};
  sg_gradcheck_report *report = op_case_check_wrong(c, &o);
  p->tried++;
  p->caught += report->verdict == SG_GRADCHECK_FAIL;
  p->inconclusive += report->verdict == SG_GRADCHECK_INCONCLUSIVE;
  if (report->verdict != SG_GRADCHECK_FAIL)
    printf("not caught, %s: %s, %s, seed %llu, %s of input %d; the mistake is %.2g error bars\n",
           sg_gradcheck_verdict_name(report->verdict), c->op->name, c->sample->name, (unsigned long long)c->seed,
           c->wrong_position < 0 ? "every entry" : "an entry", c->wrong_input, in_bars(c, right));
  sg_gradcheck_report_free(report);
}

static bool is_smooth(const sg_gradcheck_report *right) {
  for (int i = 0; i < right->input_count; i++)
    if (right->inputs[i].passed != right->inputs[i].checked) return false;
  return right->verdict == SG_GRADCHECK_PASS;
}

// An entry of the input whose gradient is not zero, another one under each seed; -1: there is none.
static int64_t choose_entry(const sg_gradcheck_input *input, uint64_t seed) {
  int64_t count = 0, chosen = -1;
  for (int64_t j = 0; j < input->checked; j++) count += input->values[j].analytic != 0;
  if (count == 0) return -1;
  int64_t left = (int64_t)(seed * 7919 % (uint64_t)count);
  for (int64_t j = 0; j < input->checked && left >= 0; j++)
    if (input->values[j].analytic != 0 && left-- == 0) chosen = input->values[j].position;
  return chosen;
}

static void try_case(power *one, power *every, op_case *c) {
  const sg_gradcheck_options o = {.mode = SG_GRADCHECK_FULL, .seed = c->seed};
  sg_gradcheck_report *right = op_case_check(c, &o);
  c->wrong = mistake;
  for (int i = 0; is_smooth(right) && i < right->input_count; i++) {
    const int64_t entry = choose_entry(&right->inputs[i], c->seed);
    if (entry < 0) continue;
    c->wrong_input = right->inputs[i].position;
    c->wrong_position = entry;
    try_mistake(one, c, right);
    c->wrong_position = -1;
    try_mistake(every, c, right);
  }
  sg_gradcheck_report_free(right);
}

static void measure_power(sg_context *context, uint64_t seeds, power *one, power *every) {
  op_cases cases = {.context = context};
  while (cases.seed < seeds) {
    op_case c = op_case_next(&cases);
    try_case(one, every, &c);
    op_case_close(&c);
    op_cases_progress("seeds", (long long)cases.seed, (long long)seeds);
  }
}

int main(void) {
  sg_context *context = op_cases_context();
  alarms a[orders][modes] = {{{0}}};
  power one = {0}, every = {0};
  measure_alarms(context, 20000, a);
  measure_power(context, 20, &one, &every);
  print_alarms(a);
  printf("power: gradients wrong by %g: %lld of %lld caught with one wrong entry (%lld inconclusive), %lld of %lld "
         "(%lld) with all\n",
         mistake, one.caught, one.tried, one.inconclusive, every.caught, every.tried, every.inconclusive);
  sg_close(context);
  return 0;
}
