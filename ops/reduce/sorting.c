// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/reduce/sorting.h"

sg_status sg_sorting_prepare(sg_plan *plan) {
  const sg_sort_options *options = plan->options;
  if (sg_ranks_prepare(plan, options->dim)) return sg_error_status(plan->context);
  ((sg_ranks_plan *)plan->own)->descending = options->descending;
  return sg_ranks_plan_outputs(plan, true);
}

#define ORDER(dimension, from_the_largest) SG_WITH(sg_sort_options, dimension, from_the_largest)

const sg_sample sg_sorting_samples[] = {
    {"rows", SG_ON(SG_DISTINCT(-2, 2, SG_DIMS(4, 5)))},
    {"rows, the largest first", SG_ON(SG_DISTINCT(-2, 2, SG_DIMS(4, 5))), ORDER(1, true)},
    {"columns", SG_ON(SG_DISTINCT(-2, 2, SG_DIMS(5, 3))), ORDER(0, false)},
    {"middle", SG_ON(SG_DISTINCT(-2, 2, SG_DIMS(2, 4, 3))), ORDER(1, true)},
    {"long", SG_ON(SG_DISTINCT(-20, 20, SG_DIMS(2, 100)))},
    {"ties", SG_ON(SG_RANDINT(0, 3, SG_DIMS(2, 90))), ORDER(1, false)},
    {"ties, the largest first", SG_ON(SG_RANDINT(0, 3, SG_DIMS(90, 2))), ORDER(0, true)},
    {"scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR))},
    {"one value each", SG_ON(SG_RANDN(3, 1)), ORDER(1, true)},
    {"empty lines", SG_ON(SG_RANDN(2, 0))},
    {"no lines", SG_ON(SG_RANDN(0, 2))},
    {"large integers", SG_ON(SG_RANDINT(-0x1p53 - 20, -0x1p53 + 20, SG_DIMS(3, 80)))},
    {"bytes", SG_ON(SG_BYTES(0, 256, SG_DIMS(3, 70))), ORDER(-1, true)},
    {"bytes, columns", SG_ON(SG_BYTES(3, 250, SG_DIMS(9, 3))), ORDER(0, false)},
    {"mask", SG_ON(SG_MASK(SG_DIMS(3, 6)))},
    {0},
};
