// SPDX-License-Identifier: GPL-3.0-or-later
//
// What a check has found: the memory of it, the verdicts that follow from counts, and what is told of the whole.
#ifndef SELENOGRAD_GRADCHECK_REPORT_H
#define SELENOGRAD_GRADCHECK_REPORT_H

#include "autograd/gradcheck/gradcheck.h"

// ---- memory.c

// An empty report with room for all inputs of all orders; NULL on failure.
sg_gradcheck_report *report_new(sg_context *c, int input_count, const sg_gradcheck_options *o);
// Forgets what was found, keeps what describes the input.
void report_clear_input(sg_gradcheck_input *input);
// Zeroed memory with the life of the report; NULL on failure.
void *report_keep(sg_context *c, sg_gradcheck_input *input, size_t bytes);

// ---- counts.c

// pass 0, nondifferentiable 1, inconclusive 2, fail 3.
int report_verdict_rank(sg_gradcheck_verdict verdict);
int64_t report_total(const sg_gradcheck_counts *counts);
sg_gradcheck_counts report_element_counts(const sg_gradcheck_input *input);
// The worst verdict that was counted; pass when none was.
sg_gradcheck_verdict report_worst_counted(const sg_gradcheck_counts *counts);
// Sets the verdict on an input: it follows from what was counted, and from nothing else.
void report_judge_input(sg_gradcheck_input *input);
// What seemed to pass was no comparison at all, for this reason: it becomes inconclusive.
void report_withdraw(sg_gradcheck_input *input, const char *reason);

// ---- entries.c

// Adds a line to the notes.
void report_note(sg_gradcheck_report *report, const char *text);
// Adds a structural check. Returns SG_OK.
sg_status report_enter(sg_gradcheck_report *report, const char *name, sg_gradcheck_verdict verdict,
                       const char *format, ...) SG_PRINTF(4, 5);

#endif
