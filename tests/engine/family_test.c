// SPDX-License-Identifier: GPL-3.0-or-later
//
// What a member of an elementwise family leaves out nobody would miss before its first call: rows for both dtypes,
// one derivative, and a fused one where there is a row for it.
#include "ops/elementwise/binary.h"
#include "ops/elementwise/comparison.h"
#include "ops/elementwise/question.h"
#include "ops/elementwise/unary.h"
#include "ops/norm/normalization.h"
#include "ops/select_kernels.h"
#include "tests/support/fixture.h"

static void expect_row(sg_context *context, const sg_op *op, sg_row_name row) {
  for (sg_dtype dtype = SG_F32; dtype <= SG_F64; dtype++)
    if (row == sg_row_none || !sg_row_for(context, dtype, row))
      fail_msg("%s has no row for %s", op->name, sg_dtype_name(dtype));
}

static void check_unary(sg_context *context, const sg_op *op) {
  const sg_unary *member = op->member;
  if (member->scalar && member->row) fail_msg("%s has a row and a scalar function", op->name);
  if (!op->forward && !member->scalar) expect_row(context, op, member->row);
  if (op->backward == sg_unary_backward) expect_row(context, op, member->fused);
  if (member->fused && op->backward != sg_unary_backward)
    fail_msg("%s has a fused row, and its backward is not sg_unary_backward", op->name);
  if ((member->slope != NULL) + (member->slope_of_y != NULL) + (member->d_x.of != NULL) + (op->vjp != NULL) != 1)
    fail_msg("%s needs one of slope, slope_of_y, d_x and vjp", op->name);
}

static void check_binary(sg_context *context, const sg_op *op) {
  const sg_binary *member = op->member;
  if (member->scalar && member->row) fail_msg("%s has a row and a scalar function", op->name);
  if (!member->scalar) expect_row(context, op, member->row);
  const unsigned all = SG_READS_A | SG_READS_B | SG_READS_Y, reads = member->d_a.reads | member->d_b.reads;
  if (reads & ~all || (member->d_a.reads && !member->d_a.of) || (member->d_b.reads && !member->d_b.of))
    fail_msg("%s: what its derivatives read", op->name);
}

static void members(void **state) {
  sg_context *context = *state;
  int unary = 0, binary = 0, comparisons = 0, questions = 0;
  for (const sg_op *const *op = sg_builtin_ops(); *op; op++) {
    // A member says what is its own by `member`, by a hook, or by its options.
    const bool speaks = (*op)->member || (*op)->prepare || (*op)->forward || (*op)->samples || (*op)->attributes;
    if ((*op)->family && !speaks) fail_msg("%s has a family and says nothing to it", (*op)->name);
    if ((*op)->family == &sg_unary_family || (*op)->family == &sg_numeric_unary_family)
      check_unary(context, *op), unary++;
    if ((*op)->family == &sg_binary_family || (*op)->family == &sg_numeric_binary_family)
      check_binary(context, *op), binary++;
    // The fused loops of a norm read the cotangent of y, used or not.
    if ((*op)->family == &sg_norm_family && !(sg_op_outputs(*op)[0].flags & SG_ZERO_IF_UNUSED))
      fail_msg("%s: output y is not SG_ZERO_IF_UNUSED", (*op)->name);
    if ((*op)->family == &sg_comparison_family)
      expect_row(context, *op, ((const sg_comparison *)(*op)->member)->row), comparisons++;
    if ((*op)->family == &sg_question_family)
      expect_row(context, *op, ((const sg_question *)(*op)->member)->row), questions++;
  }
  assert_true(unary > 15 && binary > 5 && comparisons == 9 && questions == 4);
}

// Every row is there for both dtypes, and integers have no row of another's.
static void rows(void **state) {
  sg_context *context = *state;
  for (int row = sg_row_none + 1; row < sg_row_names; row++)
    for (sg_dtype dtype = SG_F32; dtype <= SG_F64; dtype++)
      assert_non_null(sg_row_for(context, dtype, (sg_row_name)row));
  assert_null(sg_row_for(context, SG_I64, sg_row_exp));
  assert_null(sg_row_for(context, SG_U8, sg_row_add));
  for (sg_dtype dtype = SG_F32; dtype <= SG_U8; dtype++)
    assert_non_null(sg_row_for(context, dtype, sg_row_logical_and));
}

int main(void) {
  const struct CMUnitTest tests[] = {TEST_OF(members), TEST_OF(rows)};
  return cmocka_run_group_tests_name("family", tests, NULL, NULL);
}
