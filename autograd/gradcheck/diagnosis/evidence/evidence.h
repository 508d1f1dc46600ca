// SPDX-License-Identifier: GPL-3.0-or-later
//
// The evidence on one input that failed, and what hypotheses share.
#ifndef SELENOGRAD_GRADCHECK_EVIDENCE_H
#define SELENOGRAD_GRADCHECK_EVIDENCE_H

#include "autograd/gradcheck/common/interval.h"
#include "autograd/gradcheck/diagnosis/evidence/findings.h"

// Of one input. The arrays hold the usable elements: all values finite and not at a kink.
typedef struct diagnosis {
  const findings *findings;
  int position; // of the input in the findings
  const sg_gradcheck_input *found;
  int base;               // added to indices and dimensions in the text
  const double *gradient; // analytic, of every element; NULL: not that of the values
  int64_t count, failed_count;
  int64_t *element; // row-major position
  double *analytic, *numeric, *bar;
  bool *failed;
} diagnosis;

// ---- evidence.c

// Collects the evidence in memory of the current scope. False: there is none, or memory has failed.
bool diagnosis_collect(diagnosis *d);
// Whether the analytic gradient of every element is known and finite.
bool diagnosis_knows_gradient(const diagnosis *d);
// Zeroed memory of the current scope; NULL on failure, with the error pending.
void *diagnosis_memory(const diagnosis *d, int64_t count, size_t bytes);

// What a hypothesis leaves of usable element k, and how much it may leave.
typedef double diagnosis_misfit(const diagnosis *d, const void *model, int64_t k, double *bar);
// Nothing is left beyond the bars, and less than a thousandth of the squared error.
bool diagnosis_explains(const diagnosis *d, diagnosis_misfit *misfit, const void *model);
// What a factor between the numeric and the analytic value leaves.
double diagnosis_misfit_of_factor(const diagnosis *d, const interval *factor, int64_t k, double *bar);

extern const interval diagnosis_everything;
// Keeps those c for which u -/+ u_bar = c (t -/+ t_bar) can hold; all of them when t may be 0.
void diagnosis_narrow(interval *c, double u, double u_bar, double t, double t_bar);
double diagnosis_middle(const interval *c);
bool diagnosis_holds(const interval *c, double value);

// ---- words.c

// Appends to the diagnosis of the input; true.
bool diagnosis_say(const diagnosis *d, const char *format, ...) SG_PRINTF(2, 3);
// "[2, 3]", counted from the base.
sg_text diagnosis_index(const diagnosis *d, int64_t place);
// "1, 3, 4" for the dimensions in the mask.
sg_text diagnosis_dimensions(const diagnosis *d, unsigned mask);
// The index along one dimension of a row-major position.
int64_t diagnosis_along(const sg_shape *shape, int dimension, int64_t place);

// ---- views.c

// The values of input j or of an output, read as if broadcast to the input's shape.
typedef struct diagnosis_view {
  const double *data;
  int64_t stride[SG_MAX_RANK]; // by dimension of the input
} diagnosis_view;

// Views of input j: aligned at the last dimension, as NumPy does, or as channels along dimension 1 (counted from
// 0). Returns how many fit, at most 2.
int diagnosis_views(const sg_shape *target, const sg_tensor *tensor, diagnosis_view views[2]);
double diagnosis_look(const sg_shape *target, const diagnosis_view *view, int64_t place);
// Where in the view's data every element of the target finds its value.
void diagnosis_offsets(const sg_shape *target, const diagnosis_view *view, int64_t *offset);
// The first output of that shape; NULL when there is none.
const found_output *diagnosis_output_like(const diagnosis *d, const sg_shape *shape);

#endif
