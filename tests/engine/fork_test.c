// SPDX-License-Identifier: GPL-3.0-or-later
//
// A child of a process that has computed on several threads: they are gone, and nobody may wait for them.
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/fixture.h"

enum { SIDE = 300 };

// Elementwise loops, reductions, products and a backward pass, each large enough for several blocks.
static double compute(sg_context *context) {
  sg_scope scope = sg_scope_open(context);
  sg_shape shape = {2, {SIDE, SIDE}};
  sg_random_seed(context, 1);
  sg_tensor *x = sg_random_normal(context, SG_F64, &shape, 0, 1), *found;
  sg_tensor_set_requires_grad(x, true);
  sg_tensor *y = total(context, sg_tanh(context, sg_matmul(context, x, x)));
  sg_grad(context, 1, &y, NULL, 1, &x, NULL, &found);
  sg_tensor *sum = total(context, sg_mul(context, found, found));
  double result = sg_error_status(context) ? -1 : sg_tensor_value(sum, 0);
  sg_scope_close(context, scope);
  return result;
}

static void computes_in_a_child(void **state) {
  (void)state;
  sg_context *context = sg_open(&(sg_config){.ops = sg_builtin_ops(), .threads = 4});
  double expected = compute(context);
  assert_true(expected > 0);
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    alarm(60);
    double found = compute(context);
    _exit(memcmp(&found, &expected, sizeof found) == 0 ? 0 : 1); // the same bits, as with any number of threads
  }
  int status = 0;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFEXITED(status));
  assert_int_equal(WEXITSTATUS(status), 0);
  double again = compute(context);
  assert_memory_equal(&again, &expected, sizeof again);
  sg_close(context);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(computes_in_a_child)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
