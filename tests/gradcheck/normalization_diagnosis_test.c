// SPDX-License-Identifier: GPL-3.0-or-later
//
// Normalizations of all kinds with a mistake in the derivative each, and what must be said about it.
#include <stdio.h>
#include <string.h>

#include "tests/gradcheck/any_norm.h"
#include "tests/gradcheck/fixture.h"

static const struct {
  mistake m;
  int input;
  const char *words;
} expectations[] = {
    {NO_XHAT, 0, "the term xhat * mean(dy * xhat) is missing (coefficient 0.000, expected -1.000)"},
    {XHAT_DOUBLED, 0, "the term xhat * mean(dy * xhat) is doubled (coefficient -2.000"},
    {XHAT_SIGN, 0, "the term xhat * mean(dy * xhat) is of the wrong sign"},
    {UNBIASED_MEANS, 0, "the term xhat * mean(dy * xhat) is divided by N - 1 instead of N"},
    {SUM_NOT_MEAN, 0, "the term xhat * mean(dy * xhat) is a sum instead of a mean"},
    {NO_EPS, 0, "eps is forgotten in the derivative"},
    {EPS_OUTSIDE, 0, "eps is outside of the square root in the derivative"},
    {UNBIASED_VARIANCE, 0, "the derivative uses the unbiased variance"},
    {NO_RSTD, 0, "the factor rstd is missing"},
    {RSTD_TWICE, 0, "the factor rstd is applied twice"},
    {RSTD_CUBED, 0, "the factor rstd is applied three times"},
    {EPS_TWICE, 0, "eps is applied twice (0.002 for 0.001) in the derivative"},
    {EPS_TWICE, 1, "in the gradient of gamma, eps is applied twice (0.002 for 0.001)"},
    {EPS_HALF_MORE, 0, "eps is another one than in the function (0.0015 for 0.001) in the derivative"},
    {EPS_OUTSIDE_WHOLLY, 0, "eps is outside of the square root in the derivative"},
    {UNBIASED_WHOLLY, 0, "the derivative uses the unbiased variance"},
    {CENTERED_FOR_XHAT, 0, "x - mean is used instead of xhat"},
    {Y_FOR_XHAT, 0, "the output y is used instead of xhat"},
    {NO_GAMMA, 0, "gamma is missing"},
    {GAMMA_LATE, 0, "gamma is missing in the means"},
    {DGAMMA_PLAIN, 1, "the sum of dy (xhat is missing), expected the sum of dy * xhat."},
    {DGAMMA_X, 1, "x instead of xhat"},
    {DGAMMA_CENTERED, 1, "(rstd is missing), expected the sum of dy * xhat"},
    {DGAMMA_MEAN, 1, "1/N for N = 15"},
    {DBETA_GAMMA, 2, "the gradient of beta is the sum of dy * gamma (gamma does not belong there), expected"},
    {DBETA_XHAT, 2, "the sum of dy * xhat (xhat does not belong there), expected the sum of dy."},
    {ONE_WRONG, 0, "Only one element of 60 is wrong"},
};

typedef struct said {
  int input;
  const char *words, *too, *never; // NULL: whatever
} said;

static void expect_in(sg_context *c, any_norm op, sg_gradcheck_mode mode, const said *e) {
  const sg_scope scope = sg_scope_open(c);
  sg_tensor *inputs[] = {uniform(c, (sg_shape){3, {N, C, L}}, 0.3, 2), uniform(c, (sg_shape){1, {C}}, 0.3, 2),
                         uniform(c, (sg_shape){1, {C}}, 0.3, 2)};
  subject s = {.op = &op_any_norm, .options = &op};
  const char *const names[] = {"x", "gamma", "beta"};
  const sg_gradcheck_options o = {.mode = mode, .names = names};
  sg_gradcheck_report *report;
  assert_int_equal(sg_gradcheck(c, apply_op, &s, 3, inputs, &o, &report), SG_OK);
  const sg_gradcheck_input *in = &report->inputs[e->input];
  const char *text = in->diagnosis;
  if (in->verdict != SG_GRADCHECK_FAIL || !strstr(text, e->words) || (e->too && !strstr(text, e->too)))
    fail_msg("kind %d, mistake %d: %s \"%s\" does not say \"%s\" and \"%s\"", (int)op.k, (int)op.m,
             sg_gradcheck_verdict_name(in->verdict), text, e->words, e->too ? e->too : "");
  if (e->never && strstr(text, e->never))
    fail_msg("kind %d, mistake %d: \"%s\" says \"%s\"", (int)op.k, (int)op.m, text, e->never);
  sg_gradcheck_report_free(report);
  sg_scope_close(c, scope);
}

static void expect_words(sg_context *c, any_norm op, int input, const char *words, const char *too) {
  expect_in(c, op, SG_GRADCHECK_FULL, &(said){input, words, too, NULL});
}

static void test_kinds(void **state) {
  static const char *const names[] = {
      "batch normalization over dimensions 0, 2", "layer normalization over dimensions 1, 2",
      "instance normalization over dimension 2", "group normalization over dimensions 1, 2 in 2 groups",
      "RMS normalization over dimensions 1, 2"};
  for (int k = BATCH; k <= RMS; k++) {
    for (size_t i = 0; i < sizeof expectations / sizeof *expectations; i++) {
      const mistake m = expectations[i].m;
      if (k == RMS && m == DGAMMA_X) continue; // without a mean, x is x - mean
      const bool recognized = m != ONE_WRONG && m != DGAMMA_MEAN;
      expect_words(*state, (any_norm){(kind)k, m, 1e-3, INSIDE}, expectations[i].input, expectations[i].words,
                   recognized ? names[k] : NULL);
    }
    if (k == RMS) continue;
    expect_words(*state, (any_norm){(kind)k, NO_DY_MEAN, 1e-5, INSIDE}, 0,
                 "the term mean(dy) is missing (coefficient 0.000", names[k]);
    expect_words(*state, (any_norm){(kind)k, DETACHED, 1e-5, INSIDE}, 0, "the term mean(dy) is missing",
                 "the term xhat * mean(dy * xhat) is missing");
    expect_words(*state, (any_norm){(kind)k, NO_EPS, 1e-5, INSIDE}, 0, "eps is forgotten in the derivative",
                 names[k]);
  }
}

// Functions that have eps outside of the root, or the unbiased variance.
static void test_forms(void **state) {
  static const struct {
    form f;
    mistake m;
    int input;
    const char *words;
  } list[] = {
      {OUTSIDE, EPS_INSIDE, 0, "eps is inside of the square root in the derivative, outside in the function"},
      {OUTSIDE, INSIDE_TERM, 0, "the term xhat * mean(dy * xhat) is that of an eps inside of the square root"},
      {OUTSIDE, NO_EPS, 0, "eps is forgotten in the derivative"},
      {OUTSIDE, EPS_TWICE, 0, "eps is applied twice (0.002 for 0.001) in the derivative"},
      {OUTSIDE, EPS_TWICE, 1, "in the gradient of gamma, eps is applied twice (0.002 for 0.001)"},
      {OUTSIDE, NO_XHAT, 0, "the term xhat * mean(dy * xhat) is missing"},
      {OUTSIDE, NO_RSTD, 0, "the factor rstd is missing"},
      {UNBIASED, BIASED_VARIANCE, 0, "the derivative uses the biased variance (N instead of N - 1)"},
      {UNBIASED, INSIDE_TERM, 0, "the term xhat * mean(dy * xhat) is divided by N instead of N - 1"},
      {UNBIASED, NO_XHAT, 0, "the term xhat * mean(dy * xhat) is missing"},
      {UNBIASED, NO_EPS, 0, "eps is forgotten in the derivative"},
  };
  for (int k = BATCH; k <= GROUP; k++)
    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
      expect_words(*state, (any_norm){(kind)k, list[i].m, 1e-3, list[i].f}, list[i].input, list[i].words, NULL);
}

static void test_axes(void **state) {
  static const struct {
    kind k;
    mistake m;
    const char *words;
  } list[] = {
      {BATCH, OVER_ALL, "means in the derivative are taken over dimensions 0, 1, 2."},
      {BATCH, OVER_LAST, "means in the derivative are taken over dimension 2."},
      {BATCH, OVER_FIRST, "means in the derivative are taken over dimension 0."},
      {LAYER, OVER_ALL, "taken over dimensions 0, 1, 2."},
      {LAYER, OVER_LAST, "taken over dimension 2."},
      {LAYER, OVER_FIRST, "taken over dimension 0."},
      {INSTANCE, OVER_ALL, "taken over dimensions 0, 1, 2."},
      {INSTANCE, OVER_FIRST, "taken over dimension 0."},
      {GROUP, OVER_ALL, "taken over dimensions 0, 1, 2."},
      {GROUP, OVER_LAST, "taken over dimension 2."},
  };
  for (size_t i = 0; i < sizeof list / sizeof *list; i++)
    expect_words(*state, (any_norm){list[i].k, list[i].m, 1e-3, INSIDE}, 0, list[i].words, "Looks like");
}

// Wrong in ways that only look like a mistake that has a name.
static void test_near_misses(void **state) {
  static const struct {
    mistake m;
    said e;
  } list[] = {
      {NO_XHAT_NOISY, {0, "elements are wrong", NULL, "missing"}},
      {NO_XHAT_NOISY, {0, "elements are wrong", NULL, "Looks like"}},
      {NEARLY_NO_XHAT, {0, "is of the wrong size (coefficient -0.010, expected -1.000)", "Looks like", "missing"}},
      {NO_XHAT_IN_A_CHANNEL,
       {0, "Only the elements with index 2 along dimension 1", "there, the term xhat * mean(dy * xhat) is missing",
        "mean(dy) is"}},
      {EPS_HALF_MORE, {0, "0.0015 for 0.001", NULL, "twice"}},
      {EPS_HALF_MORE, {0, "0.0015 for 0.001", NULL, "forgotten"}},
      {RSTD_POWER, {0, "depends on the ind", NULL, "Looks like"}},
      {DGAMMA_CROOKED, {1, "elements are wrong", NULL, "sum of dy"}},
      {DGAMMA_CROOKED, {1, "elements are wrong", NULL, "another input"}},
      {SWAPPED, {1, "The gradients of gamma and beta are swapped.", NULL, "Looks like"}},
      {SWAPPED, {2, "The gradients of beta and gamma are swapped.", NULL, "Looks like"}},
  };
  for (int k = BATCH; k <= GROUP; k++)
    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
      expect_in(*state, (any_norm){(kind)k, list[i].m, 1e-3, INSIDE}, SG_GRADCHECK_FULL, &list[i].e);
}

// Along directions, the sentence says what it rests on.
static void test_directional(void **state) {
  static const struct {
    mistake m;
    said e;
  } list[] = {
      {NO_XHAT, {0, "the term xhat * mean(dy * xhat) is missing", ". (Seen in the 48 elements sampled.)", NULL}},
      {EPS_TWICE, {0, "eps is applied twice", ". (Seen in the 48 elements sampled.)", NULL}},
      {OVER_ALL, {0, "taken over dimensions 0, 1, 2.", ". (Seen in the 48 elements sampled.)", NULL}},
      {DGAMMA_PLAIN, {1, "the sum of dy (xhat is missing)", ". (Seen in the 4 elements sampled.)", NULL}},
      {DGAMMA_MEAN, {1, "1/N for N = 15", ". (Seen in the 4 elements sampled.)", NULL}},
      {NO_XHAT_NOISY, {0, "All 48 elements are wrong", ". (Seen in the 48 elements sampled.)", "Looks like"}},
  };
  for (size_t i = 0; i < sizeof list / sizeof *list; i++)
    expect_in(*state, (any_norm){BATCH, list[i].m, 1e-3, INSIDE}, SG_GRADCHECK_DIRECTIONAL, &list[i].e);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_kinds, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_forms, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_axes, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_near_misses, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_directional, set_up, tear_down),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
