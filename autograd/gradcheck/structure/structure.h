// SPDX-License-Identifier: GPL-3.0-or-later
//
// Structural checks: what must hold of a vector-Jacobian product v -> v'J whatever the function computes. They take
// about a dozen recorded calls and no differences.
#ifndef SELENOGRAD_GRADCHECK_STRUCTURE_H
#define SELENOGRAD_GRADCHECK_STRUCTURE_H

#include "autograd/gradcheck/check.h"

// Gradients are flat: all elements of the checked inputs, input after input.
typedef struct sg_check_structure {
  sg_check_problem *problem;
  const sg_gradcheck_options *options;
  sg_gradcheck_report *report;
  sg_check_defect *defect;

  int64_t elements;                          // of a gradient
  int64_t start[SG_GRADCHECK_MAX_INPUTS];    // of an input in it
  sg_tensor *point[SG_GRADCHECK_MAX_INPUTS]; // copies of all inputs
  int lead[SG_GRADCHECK_MAX_INPUTS];         // aliasing: the input whose tensor is given in place of this one

  double *cotangent, *other, *mixed; // for all outputs
  double *gradient;                  // for `cotangent` at the point
  double *first, *second;            // room for two more
  double *residual, *size, *low, *high;
  double *ignored;  // not 0: left out by the caller, or the gradient is not finite there (the comparison says so),
                    // or so large that sums of two are not
  double tolerance; // relative, what rounding may do beyond doubt

  bool tolerant;     // a function that fails has only refused
  bool refused;      // the last run was refused ...
  bool raised;       // ... by an error of the function's own code ...
  char refusal[160]; // ... for this reason
  char impure[200];  // the first impurity that was seen, or ""
  char misshapen[256];
} sg_check_structure;

// ---- structure_run.c

// gradient = v'J for v = scale * cotangent, by a recorded call of its own. Looks on the way whether inputs,
// outputs, cotangents and gradients stay as they are. What the engine refuses is put into `refusal`.
sg_status gradcheck_take(sg_check_structure *s, const double *cotangent, double scale, double *gradient);
// The recorded call, and leaves v for those outputs that have a graph. `count`: how many.
sg_status gradcheck_record(sg_check_structure *s, const double *cotangent, double scale, int *count,
                           sg_tensor **outputs, sg_tensor **cotangents);
// Turns a pending error into a refusal where that is what it is; otherwise returns it.
sg_status gradcheck_refuse(sg_check_structure *s);
// The checked inputs that are tensors of their own, and where each one's gradient starts. Returns their number.
int gradcheck_targets(const sg_check_structure *s, sg_tensor **inputs, int64_t *starts);

// ---- structure_trial.c

// How far something that must vanish is from zero, and how large its terms are, for cotangents times `scale` at
// the present values of the inputs; both per unit of scale.
typedef sg_status sg_check_trial(sg_check_structure *s, double scale, double *residual, double *size);

// Whether one of `count` residuals is systematic rather than rounding: *where, with its value in s->low, or -1.
// Leaves the inputs at the point.
sg_status gradcheck_try(sg_check_structure *s, sg_check_trial *trial, int64_t count, int64_t *where);
sg_status gradcheck_back_to_point(sg_check_structure *s);

// ---- structure.c, structure_dual.c, structure_sharing.c, structure_steps.c, structure_subsets.c

// "x[1, 2]" for an element of the flat gradient.
sg_text gradcheck_place(const sg_check_structure *s, int64_t flat);
// These return SG_OK.
sg_status gradcheck_enter_pass(sg_check_structure *s, const char *name);
sg_status gradcheck_enter_refused(sg_check_structure *s, const char *name);

sg_status gradcheck_check_dual(sg_check_structure *s);
sg_status gradcheck_check_accumulation(sg_check_structure *s);
sg_status gradcheck_check_subsets(sg_check_structure *s);
sg_status gradcheck_check_aliasing(sg_check_structure *s);
sg_status gradcheck_check_steps(sg_check_structure *s);

#endif
