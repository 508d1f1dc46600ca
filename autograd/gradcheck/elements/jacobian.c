// SPDX-License-Identifier: GPL-3.0-or-later
//
// The Jacobian: under weights of which one is 1 and the others 0, the gradient of the scalar is a row, and its
// elements are compared like those of any gradient. Some rows are taken together, as many as there is room for:
// each costs a backward pass, and all of them share the differences.
#include "autograd/gradcheck/elements/jacobian.h"
#include "autograd/gradcheck/common/memory.h"
#include "autograd/gradcheck/elements/elements.h"
#include "autograd/gradcheck/report/report.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define MOST_ENTRIES ((int64_t)1 << 24)

typedef struct rows {
  point *point;
  const sg_gradcheck_options *options;
  sg_gradcheck_input *found; // of the checked inputs
  double *analytic[SG_GRADCHECK_MAX_INPUTS], *numeric[SG_GRADCHECK_MAX_INPUTS];
} rows;

sg_status jacobian_admit(point *p, const sg_gradcheck_input *found) {
  for (int i = 0, n = 0; i < p->input_count; i++) {
    if (!p->checked[i]) continue;
    const int64_t elements = sg_tensor_elements(p->inputs[i]), outputs = p->output_elements;
    const char *name = found[n++].name;
    if (outputs == 0 || elements <= MOST_ENTRIES / outputs) continue;
    return sg_error(
        p->context, SG_INVALID_ARGUMENT,
        "gradcheck: the Jacobian of %s has %lld x %lld entries (outputs x elements), expected at most %lld", name,
        (long long)outputs, (long long)elements, (long long)MOST_ENTRIES);
  }
  return SG_OK;
}

static sg_status make_room(rows *j) {
  point *p = j->point;
  for (int i = 0, n = 0; i < p->input_count; i++) {
    if (!p->checked[i]) continue;
    sg_gradcheck_input *input = &j->found[n];
    const size_t entries = (size_t)(p->output_elements * sg_tensor_elements(p->inputs[i]));
    j->analytic[n] = report_keep(p->context, input, (entries + 1) * sizeof(double));
    j->numeric[n] = report_keep(p->context, input, (entries + 1) * sizeof(double));
    if (!j->analytic[n] || !j->numeric[n]) return sg_error_status(p->context);
    input->analytic_jacobian = j->analytic[n];
    input->numeric_jacobian = j->numeric[n];
    input->output_elements = p->output_elements;
    n++;
  }
  return SG_OK;
}

// The worst element of an input is its worst entry, should none of its elements be worse.
static void join(sg_gradcheck_input *input, const sg_gradcheck_input *row, long long output) {
  const int before = report_verdict_rank(input->verdict);
  input->entries.passed += row->passed;
  input->entries.failed += row->failed;
  input->entries.nondifferentiable += row->nondifferentiable;
  input->entries.inconclusive += row->inconclusive;
  report_judge_input(input);
  if (report_verdict_rank(row->verdict) <= before) return;
  input->worst = row->worst;
  snprintf(input->reason, sizeof input->reason, "in the Jacobian, row of output element %lld: %.180s", output,
           row->reason);
}

// Rows of one input, from `first` on.
static sg_status compare_rows(rows *j, int64_t first, int64_t row_count, int i, int n) {
  point *p = j->point;
  const int64_t count = sg_tensor_elements(p->inputs[i]);
  if (count == 0) return SG_OK;
  sg_tensor *owner;
  comparison *results = gradcheck_memory(p->context, (size_t)(row_count * count) * sizeof *results, &owner);
  sg_gradcheck_value *values = gradcheck_memory(p->context, (size_t)count * sizeof *values, &owner);
  if (!results || !values) return sg_error_status(p->context);
  elements_sweep_rows(p, i, j->options, first, row_count, j->analytic[n] + first * count, results);
  if (sg_error_status(p->context) != SG_OK) return sg_error_status(p->context);
  for (int64_t r = 0; r < row_count; r++) {
    comparison *of_row = results + r * count;
    const int64_t at = (first + r) * count;
    for (int64_t k = 0; k < count; k++)
      j->numeric[n][at + k] = of_row[k].cause == CAUSE_SKIPPED ? (double)NAN : of_row[k].numeric;
    sg_gradcheck_input row = {.shape = j->found[n].shape, .largest = j->found[n].largest, .worst.position = -1};
    elements_summarize(&row, of_row, NULL, j->analytic[n] + at, count, values);
    if (row.checked > 0) join(&j->found[n], &row, first + r + sg_index_base(p->context));
  }
  return SG_OK;
}

static sg_status differentiate_row(rows *j, int64_t output, function_defect *defect) {
  point *p = j->point;
  for (int64_t k = 0; k < p->output_elements; k++) p->weight[k] = k == output;
  point_weights_changed(p);
  if (point_poll(p) != SG_OK || point_differentiate(p, defect) != SG_OK || defect->text[0])
    return sg_error_status(p->context);
  for (int i = 0, n = 0; i < p->input_count; i++) {
    if (!p->checked[i]) continue;
    const size_t bytes = sg_tensor_bytes(p->gradient[i]);
    double *row = j->analytic[n++] + output * sg_tensor_elements(p->inputs[i]);
    if (bytes) memcpy(row, sg_tensor_data(p->gradient[i]), bytes);
  }
  return SG_OK;
}

static sg_status take_rows(rows *j, int64_t first, int64_t row_count, function_defect *defect) {
  point *p = j->point;
  for (int64_t r = 0; r < row_count; r++)
    if (differentiate_row(j, first + r, defect) != SG_OK || defect->text[0]) return sg_error_status(p->context);
  for (int i = 0, n = 0; i < p->input_count; i++) {
    if (!p->checked[i]) continue;
    if (compare_rows(j, first, row_count, i, n++) != SG_OK) return sg_error_status(p->context);
  }
  return SG_OK;
}

// So that the comparisons of one input take no more than 64 MB.
static int64_t rows_at_once(const point *p) {
  enum { most_comparisons = (1 << 26) / sizeof(comparison) };
  int64_t elements = 1;
  for (int i = 0; i < p->input_count; i++)
    if (p->checked[i] && sg_tensor_elements(p->inputs[i]) > elements) elements = sg_tensor_elements(p->inputs[i]);
  return elements < most_comparisons ? most_comparisons / elements : 1;
}

sg_status jacobian_check(point *p, const sg_gradcheck_options *o, sg_gradcheck_input *found,
                         function_defect *defect) {
  rows j = {.point = p, .options = o, .found = found};
  if (make_room(&j) != SG_OK) return sg_error_status(p->context);
  const int64_t together = rows_at_once(p);
  for (int64_t first = 0; first < p->output_elements && !defect->text[0]; first += together) {
    const int64_t left = p->output_elements - first;
    const sg_scope scope = sg_scope_open(p->context);
    const sg_status status = take_rows(&j, first, left < together ? left : together, defect);
    sg_scope_close(p->context, scope);
    if (status != SG_OK) return status;
  }
  return SG_OK;
}
