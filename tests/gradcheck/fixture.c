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
  return report;
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
