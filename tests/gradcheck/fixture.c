// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/gradcheck/fixture.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *allocate(void *user, size_t bytes) {
  allocator *a = user;
  if (a->countdown == 0) return NULL;
  if (a->countdown > 0) a->countdown--;
  a->live++;
  return aligned_alloc(64, (bytes + 63) / 64 * 64);
}

static void give_back(void *user, void *block, size_t bytes) {
  (void)bytes;
  ((allocator *)user)->live--;
  free(block);
}

allocator memory;

int set_up(void **state) {
  memory = (allocator){-1, 0};
  const sg_config config = {.ops = gradcheck_ops,
                            .threads = 1,
                            .seed = 7,
                            .allocate = allocate,
                            .release = give_back,
                            .allocator_user = &memory};
  *state = sg_open(&config);
  return *state ? 0 : -1;
}

int tear_down(void **state) {
  sg_close(*state);
  return memory.live == 0 ? 0 : -1;
}

sg_tensor *tensor(sg_context *c, sg_shape shape, const double *values) {
  sg_tensor *x = sg_tensor_from(c, SG_F64, &shape, values);
  assert_non_null(x);
  assert_int_equal(sg_tensor_set_requires_grad(x, true), SG_OK);
  return x;
}

sg_tensor *normal(sg_context *c, sg_shape shape, double mean, double deviation) {
  sg_tensor *x = sg_random_normal(c, SG_F64, &shape, mean, deviation);
  assert_non_null(x);
  assert_int_equal(sg_tensor_set_requires_grad(x, true), SG_OK);
  return x;
}

sg_tensor *uniform(sg_context *c, sg_shape shape, double low, double high) {
  sg_tensor *x = sg_random_uniform(c, SG_F64, &shape, low, high);
  assert_non_null(x);
  assert_int_equal(sg_tensor_set_requires_grad(x, true), SG_OK);
  return x;
}

sg_gradcheck_report *check(sg_context *c, sg_gradcheck_function *function, void *user, int count,
                           sg_tensor *const *inputs, const sg_gradcheck_options *options) {
  sg_gradcheck_report *report = NULL;
  if (sg_gradcheck(c, function, user, count, inputs, options, &report) != SG_OK) {
    print_error("%s\n", sg_error_message(c));
    fail();
  }
  expect_consistent(report);
  return report;
}

// ---- What holds of every report -------------------------------------------------------------------------------

static int rank(sg_gradcheck_verdict verdict) {
  static const int ranks[] = {[SG_GRADCHECK_PASS] = 0,
                              [SG_GRADCHECK_NONDIFFERENTIABLE] = 1,
                              [SG_GRADCHECK_INCONCLUSIVE] = 2,
                              [SG_GRADCHECK_FAIL] = 3};
  return ranks[verdict];
}

static int worst_of(int worst, const sg_gradcheck_counts *n) {
  if (n->failed) return 3;
  if (n->inconclusive) return worst > 2 ? worst : 2;
  return n->nondifferentiable && worst < 1 ? 1 : worst;
}

static int64_t sum(const sg_gradcheck_counts *n) {
  return n->passed + n->failed + n->nondifferentiable + n->inconclusive;
}

static void expect_promise(const sg_gradcheck_input *input) {
  assert_true(input->dense_miss >= 0 && input->dense_miss <= 1 && input->single_miss >= 0 &&
              input->single_miss <= 1);
  assert_true(input->dense_error >= 0 && input->single_error >= 0 && input->resolution >= 0);
  if (rank(input->verdict) < 2) return;
  assert_true(input->dense_miss == 1 && input->single_miss == 1);
}

static void expect_consistent_input(const sg_gradcheck_input *input) {
  int64_t of[4] = {0};
  for (int64_t i = 0; i < input->checked; i++) of[input->values[i].verdict]++;
  assert_int_equal(input->passed, of[SG_GRADCHECK_PASS]);
  assert_int_equal(input->failed, of[SG_GRADCHECK_FAIL]);
  assert_int_equal(input->nondifferentiable, of[SG_GRADCHECK_NONDIFFERENTIABLE]);
  assert_int_equal(input->inconclusive, of[SG_GRADCHECK_INCONCLUSIVE]);
  const sg_gradcheck_counts elements = {input->passed, input->failed, input->nondifferentiable,
                                        input->inconclusive};
  const int64_t size = sg_shape_elements(&input->shape);
  assert_int_equal(sum(&elements), input->checked);
  assert_true(input->checked + input->skipped <= size);
  if (input->mode == SG_GRADCHECK_FULL && input->checked > 0)
    assert_int_equal(input->checked + input->skipped, size);
  int worst = worst_of(worst_of(worst_of(0, &elements), &input->directions), &input->entries);
  if (sum(&elements) + sum(&input->directions) + sum(&input->entries) == 0 && size > 0) worst = 2;
  assert_int_equal(rank(input->verdict), worst);
  expect_promise(input);
}

void expect_consistent(const sg_gradcheck_report *report) {
  int worst = 0;
  for (int i = 0; i < report->input_count; i++) {
    expect_consistent_input(&report->inputs[i]);
    if (rank(report->inputs[i].verdict) > worst) worst = rank(report->inputs[i].verdict);
  }
  for (int i = 0; i < report->structure_count; i++)
    if (report->structures[i].verdict == SG_GRADCHECK_FAIL) worst = 3;
  if (report->reason[0]) worst = 3;
  assert_int_equal(rank(report->verdict), worst);
  assert_int_equal(report->ok, worst < 2);
  char text[16384];
  sg_gradcheck_report_text(report, 0, text, sizeof text);
  assert_null(strstr(text, "-nan"));
}

void expect(sg_gradcheck_report *report, sg_gradcheck_verdict verdict, const char *what) {
  if (report->verdict != verdict) {
    char text[4096];
    sg_gradcheck_report_text(report, 0, text, sizeof text);
    print_error("%s: expected %s, got\n%s", what, sg_gradcheck_verdict_name(verdict), text);
    fail();
  }
  assert_int_equal(report->ok, verdict == SG_GRADCHECK_PASS || verdict == SG_GRADCHECK_NONDIFFERENTIABLE);
  sg_gradcheck_report_free(report);
}

void expect_map(sg_context *c, map_options options, sg_tensor *x, int order, sg_gradcheck_verdict verdict) {
  subject s = {.op = &op_map, .options = &options};
  const sg_gradcheck_options o = {.order = order};
  char what[96];
  snprintf(what, sizeof what, "map %d, scale %g, mistake %g", options.function, options.scale, options.mistake);
  expect(check(c, apply_op, &s, 1, &x, &o), verdict, what);
}
