// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef SELENOGRAD_GRADCHECK_DEFECT_H
#define SELENOGRAD_GRADCHECK_DEFECT_H

#include "autograd/op.h"

// A defect of the function itself, which fails the check as a whole: text, "" when there is none.
typedef struct function_defect {
  char text[512];
  const char *structure; // the structural check it belongs to; NULL: none
} function_defect;

// Keeps the first one.
void defect_keep(function_defect *defect, const char *structure, const char *format, ...) SG_PRINTF(3, 4);

#endif
