// SPDX-License-Identifier: GPL-3.0-or-later
//
// The ops that a context knows, when there are many: each is found by its name, also after others were replaced and
// after the table has grown.
#include <stdio.h>
#include <string.h>

#include "tests/support/fixture.h"

enum { OPS = 1000 };

static sg_op ops[OPS], replacements[OPS]; // longer than the context
static char names[OPS][24];

static void make_ops(const sg_context *context) {
  for (int i = 0; i < OPS; i++) {
    snprintf(names[i], sizeof names[i], "op_number_%d", i);
    ops[i] = *sg_op_find(context, "exp");
    ops[i].name = names[i];
    replacements[i] = ops[i];
  }
}

static void found_by_name_and_by_position(void **state) {
  sg_context *context = *state;
  const size_t before = sg_op_count(context);
  make_ops(context);
  for (int i = 0; i < OPS; i++) {
    assert_null(sg_op_find(context, names[i]));
    assert_int_equal(sg_op_register(context, &ops[i]), SG_OK);
    assert_ptr_equal(sg_op_find(context, names[i]), &ops[i]);
  }
  for (int i = 0; i < OPS; i += 3) assert_int_equal(sg_op_replace(context, &replacements[i]), SG_OK);
  for (int i = 0; i < OPS; i++) {
    const sg_op *expected = i % 3 == 0 ? &replacements[i] : &ops[i];
    assert_ptr_equal(sg_op_find(context, names[i]), expected);
    assert_ptr_equal(sg_op_at(context, before + (size_t)i), expected);
    assert_int_not_equal(sg_op_register(context, &ops[i]), SG_OK);
    sg_error_clear(context);
  }
  assert_int_equal(sg_op_count(context), before + OPS);
  for (size_t i = 0; i < before; i++)
    assert_ptr_equal(sg_op_find(context, sg_op_at(context, i)->name), sg_op_at(context, i));
  assert_null(sg_op_find(context, "op_number_"));
  assert_null(sg_op_find(context, ""));
  static sg_op stranger;
  stranger = ops[0];
  stranger.name = "stranger";
  assert_int_not_equal(sg_op_replace(context, &stranger), SG_OK);
  expect_error(context, SG_INVALID_ARGUMENT, "there is no op named stranger");
}

static void a_context_without_ops(void **state) {
  (void)state;
  sg_context *context = sg_open(NULL);
  assert_int_equal(sg_op_count(context), 0);
  assert_null(sg_op_find(context, "exp"));
  assert_null(sg_op_at(context, 0));
  sg_close(context);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST_OF(found_by_name_and_by_position),
      cmocka_unit_test(a_context_without_ops),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
