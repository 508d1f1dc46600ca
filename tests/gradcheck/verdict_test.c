// SPDX-License-Identifier: GPL-3.0-or-later
//
// What a report says must come from what was compared, and from nothing that happens to lie in memory.
#include <string.h>

#include "tests/gradcheck/fixture.h"

// ---- Nothing is left to what the stack holds ------------------------------------------------------------------

// Fills the stack below its caller with ones, which are `true` in every flag.
static void __attribute__((noinline)) smear_stack(void) {
  char room[65536];
  memset(room, 1, sizeof room);
  __asm__ volatile("" : : "r"(room) : "memory");
}

static sg_status smearing(sg_context *c, void *user, int count, sg_tensor *const *inputs, int *output_count,
                          sg_tensor **outputs) {
  smear_stack();
  return apply_op(c, user, count, inputs, output_count, outputs);
}

// At a kink the verdict comes from one-sided derivatives: no long step has told anything.
static void test_verdicts_at_kinks_do_not_depend_on_the_stack(void **state) {
  sg_context *c = *state;
  const double at[] = {0, 1.4e-45, 0, 0, -1.4e-45};
  const map_options relu = {MAP_RELU, 0, 1, 0};
  subject s = {.op = &op_map, .options = &relu};
  for (int mode = SG_GRADCHECK_FULL; mode <= SG_GRADCHECK_DIRECTIONAL; mode++)
    for (int64_t n = 1; n <= 5; n++) {
      const sg_gradcheck_options o = {.mode = (sg_gradcheck_mode)mode, .seed = (uint64_t)n};
      sg_tensor *x = tensor(c, (sg_shape){1, {n}}, at);
      sg_gradcheck_report *report = check(c, smearing, &s, 1, &x, &o);
      assert_null(strstr(report->inputs[0].reason, "steps much longer"));
      sg_gradcheck_report_free(report);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(test_verdicts_at_kinks_do_not_depend_on_the_stack),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
