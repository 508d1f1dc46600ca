// SPDX-License-Identifier: GPL-3.0-or-later
#include "autograd/gradcheck/point/defect.h"

#include <stdarg.h>
#include <stdio.h>

void defect_keep(function_defect *defect, const char *structure, const char *format, ...) {
  if (defect->text[0]) return;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(defect->text, sizeof defect->text, format, arguments);
  va_end(arguments);
  defect->structure = structure;
}
