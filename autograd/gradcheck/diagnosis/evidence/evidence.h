// SPDX-License-Identifier: GPL-3.0-or-later
//
// What is wrong with a gradient that failed. Hypotheses are tried from the simplest to the most special; one is
// told only if it explains every element within its error bar and a thousand times better than "nothing is
// wrong". Verdicts are never touched.
#ifndef SELENOGRAD_GRADCHECK_EVIDENCE_H
#define SELENOGRAD_GRADCHECK_EVIDENCE_H

#include "autograd/gradcheck/common/interval.h"
#include "autograd/gradcheck/common/length.h"
#include "autograd/gradcheck/common/memory.h"
#include "autograd/gradcheck/common/words.h"
#include "autograd/gradcheck/point/point.h"

// Of one input. The arrays hold the usable elements: all values finite and not at a kink.
typedef struct diagnosis {
  point *point;
  const sg_gradcheck_options *options;
  int position; // of the input at the point
  sg_gradcheck_input *found;
  const sg_gradcheck_input *inputs; // the checked ones at the point
  const bool *current;              // current[n]: inputs[n] was compared under the weights of now
  int base;                         // added to indices and dimensions in the text
  const double *gradient;           // analytic, of every element; NULL: not that of the values
  int64_t count, failed_count;
  int64_t *element; // row-major position
  double *analytic, *numeric, *bar;
  bool *failed;
} diagnosis;

// Appends to the diagnosis of the input; true.
bool diagnosis_say(const diagnosis *d, const char *format, ...) SG_PRINTF(2, 3);

// What a hypothesis leaves of usable element k, and how much it may leave.
typedef double diagnosis_misfit(const diagnosis *d, const void *model, int64_t k, double *bar);
// Nothing is left beyond the bars, and less than a thousandth of the squared error.
bool diagnosis_explains(const diagnosis *d, diagnosis_misfit *misfit, const void *model);

// Zeroed memory of the current scope; NULL on failure, with the error pending.
void *diagnosis_room(const diagnosis *d, int64_t count, size_t bytes);

// An input's name in the report: for checked ones as given, else "input 2".
sg_text diagnosis_name(const diagnosis *d, int position);
// "[2, 3]", counted from the base.
sg_text diagnosis_index(const diagnosis *d, int64_t place);
// "1, 3, 4" for the dimensions in the mask.
sg_text diagnosis_dimensions(const diagnosis *d, unsigned mask);
// The index along one dimension of a row-major position.
int64_t diagnosis_along(const sg_shape *shape, int dimension, int64_t place);

// ---- Intervals

extern const interval diagnosis_everything;
// Keeps those c for which u -/+ u_bar = c (t -/+ t_bar) can hold; all of them when t may be 0.
void diagnosis_narrow(interval *c, double u, double u_bar, double t, double t_bar);
double diagnosis_middle(const interval *c);
bool diagnosis_holds(const interval *c, double value);

sg_status diagnosis_tell(point *p, const sg_gradcheck_options *options, sg_gradcheck_input *inputs,
                         const bool *current);

// ---- Hypotheses: each tells what it found and returns true, or returns false

bool diagnose_not_finite(const diagnosis *d);
bool diagnose_kink(const diagnosis *d);
bool diagnose_zero(const diagnosis *d);
bool diagnose_cotangent(const diagnosis *d);
bool diagnose_factor(const diagnosis *d);
bool diagnose_layout(const diagnosis *d);
bool diagnose_swapped_inputs(const diagnosis *d);
bool diagnose_other_input(const diagnosis *d);
bool diagnose_place(const diagnosis *d);
bool diagnose_varying_factor(const diagnosis *d);
bool diagnose_slices(const diagnosis *d); // a factor for each index along some dimensions
bool diagnose_passed_on(const diagnosis *d);
bool diagnose_extra_term(const diagnosis *d);
bool diagnose_nonlinear(const diagnosis *d);
bool diagnose_normalization(const diagnosis *d);
bool diagnose_normalization_sizes(const diagnosis *d); // terms of sizes that have no name
bool diagnose_reduction(const diagnosis *d);
bool diagnose_in_general(const diagnosis *d);

// Appends what a factor looks like, such as ", which looks like 1/N for N = 8, ..."; nothing if it looks like
// nothing in particular.
void diagnosis_say_number(const diagnosis *d, const interval *factor);

// The values of input j or of an output, read as if broadcast to the input's shape.
typedef struct diagnosis_view {
  const double *data;
  int64_t stride[SG_MAX_RANK]; // by dimension of the input
} diagnosis_view;

// Views of input j: aligned at the last dimension, as NumPy does, or as channels along dimension 1 (counted from
// 0). Returns how many fit, at most 2.
int diagnosis_views(const diagnosis *d, const sg_shape *target, const sg_tensor *tensor, diagnosis_view views[2]);
double diagnosis_look(const sg_shape *target, const diagnosis_view *view, int64_t place);
// Where in the view's data every element of the target finds its value.
void diagnosis_offsets(const sg_shape *target, const diagnosis_view *view, int64_t *offset);
// The first output of the input's shape, with its offset in the arrays of outputs; -1 when there is none.
int diagnosis_output_like(const diagnosis *d, const sg_shape *shape, int64_t *offset);

#endif
