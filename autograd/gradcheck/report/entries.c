// SPDX-License-Identifier: GPL-3.0-or-later
//
// What is told of the check as a whole.
#include "autograd/gradcheck/report/report.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void report_note(sg_gradcheck_report *report, const char *text) {
  const size_t length = strlen(report->notes);
  snprintf(report->notes + length, sizeof report->notes - length, "%s\n", text);
}

sg_status report_enter(sg_gradcheck_report *report, const char *name, sg_gradcheck_verdict verdict,
                       const char *format, ...) {
  if (report->structure_count >= SG_GRADCHECK_MAX_STRUCTURES) {
    if (verdict != SG_GRADCHECK_FAIL) return SG_OK;
    report->structure_count--; // a failure is told in any case
  }
  sg_gradcheck_structure *entry = &report->structures[report->structure_count++];
  *entry = (sg_gradcheck_structure){.name = name, .verdict = verdict};
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(entry->text, sizeof entry->text, format, arguments);
  va_end(arguments);
  return SG_OK;
}
