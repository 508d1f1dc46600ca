// SPDX-License-Identifier: GPL-3.0-or-later
//
// The report as text of at most 80 columns.
#include "autograd/gradcheck/common/words.h"
#include "autograd/gradcheck/report/report.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *sg_gradcheck_verdict_name(sg_gradcheck_verdict verdict) {
  switch (verdict) {
  case SG_GRADCHECK_PASS:
    return "pass";
  case SG_GRADCHECK_FAIL:
    return "fail";
  case SG_GRADCHECK_NONDIFFERENTIABLE:
    return "nondifferentiable";
  default:
    return "inconclusive";
  }
}

const char *sg_gradcheck_mode_name(sg_gradcheck_mode mode) {
  switch (mode) {
  case SG_GRADCHECK_FULL:
    return "full";
  case SG_GRADCHECK_DIRECTIONAL:
    return "directional";
  default:
    return "auto";
  }
}

typedef struct writer {
  char *buffer;
  size_t size, length; // length: of the whole text, whether it fits or not
} writer;

static void put(writer *w, const char *format, ...) SG_PRINTF(2, 3);
static void put(writer *w, const char *format, ...) {
  const size_t room = w->length < w->size ? w->size - w->length : 0;
  va_list arguments;
  va_start(arguments, format);
  const int length = vsnprintf(room ? w->buffer + w->length : NULL, room, format, arguments);
  va_end(arguments);
  if (length > 0) w->length += (size_t)length;
}

// A paragraph with two spaces in front, broken at blanks before column 80; '\n' in the text starts anew.
static void put_paragraph(writer *w, const char *text) {
  enum { width = 78 };
  while (*text) {
    size_t length = strcspn(text, "\n");
    if (length > width) {
      length = width;
      for (size_t i = width; i > 0; i--)
        if (text[i] == ' ') {
          length = i;
          break;
        }
    }
    put(w, "  %.*s\n", (int)length, text);
    text += length;
    while (*text == ' ' || *text == '\n') text++;
  }
}

static void put_worst(writer *w, const sg_gradcheck_element *e, int base) {
  char text[512];
  size_t length = (size_t)snprintf(text, sizeof text, "worst at [");
  for (int d = 0; d < e->rank; d++)
    length += (size_t)snprintf(text + length, sizeof text - length, "%s%lld", d ? ", " : "",
                               (long long)e->index[d] + base);
  snprintf(text + length, sizeof text - length, "]: analytic %.10g, numeric %.10g, error bar %.2g",
           gradcheck_shown(e->analytic), gradcheck_shown(e->numeric), gradcheck_shown(e->error_bar));
  put_paragraph(w, text);
}

// What directional mode looked at, and what an error's chances were.
static void put_promise(writer *w, const sg_gradcheck_input *input) {
  if (input->mode != SG_GRADCHECK_DIRECTIONAL || input->verdict == SG_GRADCHECK_FAIL || input->probes == 0) return;
  if (input->dense_miss == 1 && input->single_miss == 1) return; // nothing
  char text[256];
  const long long compared = sg_shape_elements(&input->shape) - input->skipped;
  snprintf(text, sizeof text,
           "%d directions, %lld of %lld elements: a relative error of %.2g slips through with probability %.2g, "
           "one entry wrong by %.2g of rms with %.2g",
           input->probes, (long long)input->checked, compared, input->dense_error, input->dense_miss,
           input->single_error, input->single_miss);
  put_paragraph(w, text);
}

// "-" where nothing was compared, or nothing passed that could reveal anything.
static sg_text number_text(double value, bool known) {
  sg_text text = {"-"};
  if (known) snprintf(text.text, sizeof text.text, "%.2g", gradcheck_shown(value));
  return text;
}

// Name and shape, never cut: on a line of their own when they are too long for the table.
static void put_title(writer *w, const char *name, const char *shape) {
  enum { columns = 80, width = 31, usual = 17 };
  const size_t name_length = strlen(name), shape_length = strlen(shape);
  size_t start = usual; // of the shape
  if (shape_length > width - usual) start = shape_length < width ? width - shape_length : 0;
  if (name_length < start) {
    put(w, "%-*s%-*s", (int)start, name, (int)(width - start), shape);
    return;
  }
  put(w, "%s%s%s\n", name, name_length + 1 + shape_length <= columns ? " " : "\n  ", shape);
  put(w, "%*s", width, "");
}

// "entries of the Jacobian: 12 passed, 0 failed, 0 nondifferentiable, 0 inconclusive"; `what` "" for elements.
static void put_counts(writer *w, const char *what, const sg_gradcheck_counts *n) {
  char text[160];
  snprintf(text, sizeof text, "%s%lld passed, %lld failed, %lld nondifferentiable, %lld inconclusive", what,
           (long long)n->passed, (long long)n->failed, (long long)n->nondifferentiable, (long long)n->inconclusive);
  put_paragraph(w, text);
}

static void put_all_counts(writer *w, const sg_gradcheck_input *input) {
  const sg_gradcheck_counts elements = report_element_counts(input);
  put_counts(w, "", &elements);
  if (report_total(&input->directions) > 0) put_counts(w, "directions: ", &input->directions);
  if (report_total(&input->entries) > 0) put_counts(w, "entries of the Jacobian: ", &input->entries);
}

static void put_input(writer *w, const sg_gradcheck_input *input, int base) {
  put_title(w, input->name, sg_shape_text(&input->shape).text);
  put(w, " %8lld %-17s %9s %9s\n", (long long)input->checked, sg_gradcheck_verdict_name(input->verdict),
      number_text(input->max_error, input->checked > 0).text,
      number_text(input->resolution, input->resolution > 0).text);
  char text[160];
  if (input->skipped) {
    snprintf(text, sizeof text, "%lld element%s skipped", (long long)input->skipped,
             input->skipped == 1 ? "" : "s");
    put_paragraph(w, text);
  }
  put_promise(w, input);
  if ((input->checked == 0 && report_total(&input->directions) == 0) || input->verdict == SG_GRADCHECK_PASS) {
    put_paragraph(w, input->reason);
    return;
  }
  put_all_counts(w, input);
  if (input->worst.position >= 0) put_worst(w, &input->worst, base);
  put_paragraph(w, input->reason);
  put_paragraph(w, input->diagnosis);
}

// One line for all structural checks, and a paragraph for each that did not pass.
static void put_structures(writer *w, const sg_gradcheck_report *report) {
  int held = 0;
  for (int i = 0; i < report->structure_count; i++) held += report->structures[i].verdict == SG_GRADCHECK_PASS;
  if (report->structure_count > 0) put(w, "structure: %d of %d hold\n", held, report->structure_count);
  for (int i = 0; i < report->structure_count; i++) {
    const sg_gradcheck_structure *s = &report->structures[i];
    char text[sizeof s->text + 32];
    if (s->verdict == SG_GRADCHECK_PASS) continue;
    const bool told = strcmp(s->text, report->reason) == 0; // above, as the reason of the verdict
    snprintf(text, sizeof text, "%s%s%s%s", s->name, s->verdict == SG_GRADCHECK_FAIL ? " fails" : "",
             told ? "" : ": ", told ? "" : s->text);
    put_paragraph(w, text);
  }
}

size_t sg_gradcheck_report_text(const sg_gradcheck_report *report, int index_base, char *buffer, size_t size) {
  writer w = {buffer, size, 0};
  if (size) buffer[0] = 0;
  put(&w, "gradient check: %s (order %d, %llu evaluations)\n", sg_gradcheck_verdict_name(report->verdict),
      report->order, (unsigned long long)report->evaluations);
  put_paragraph(&w, report->reason);
  put_paragraph(&w, report->notes);
  put_structures(&w, report);
  int order = 0;
  for (int i = 0; i < report->input_count; i++) {
    if (report->inputs[i].order != order) {
      order = report->inputs[i].order;
      static const char *const headings[] = {"first derivative", "second deriv.", "third deriv."};
      put(&w, "%-16s %-14s %8s %-17s %9s %9s\n", headings[order - 1], "shape", "elements", "verdict", "max error",
          "reveals");
    }
    put_input(&w, &report->inputs[i], index_base);
  }
  return w.length;
}
