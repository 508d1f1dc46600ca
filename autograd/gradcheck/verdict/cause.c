// SPDX-License-Identifier: GPL-3.0-or-later
#include "autograd/gradcheck/verdict/verdict.h"

const char *verdict_cause_text(verdict_cause cause) {
  switch (cause) {
  case CAUSE_DIFFERENT:
    return "the analytic value is outside of the error bar";
  case CAUSE_NOT_FINITE:
    return "the analytic gradient is not finite";
  case CAUSE_SUBGRADIENT:
    return "at a kink, and the analytic value is not between the one-sided derivatives";
  case CAUSE_WIDE:
    return "the error bar is too wide to tell";
  case CAUSE_UNCONFIRMED:
    return "differences at different steps do not confirm each other";
  case CAUSE_STAIRCASE:
    return "the function loses its digits on the way: it jumps by more than the noise that was measured";
  case CAUSE_NO_DIFFERENCE:
    return "the function is not finite around the point";
  default:
    return "";
  }
}
