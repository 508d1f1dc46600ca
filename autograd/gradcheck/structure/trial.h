// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the structural checks share.
#ifndef SELENOGRAD_GRADCHECK_TRIAL_H
#define SELENOGRAD_GRADCHECK_TRIAL_H

#include "autograd/gradcheck/common/words.h"
#include "autograd/gradcheck/point/point.h"
#include "autograd/gradcheck/report/report.h"

// Gradients are flat: all elements of the checked inputs, input after input.
typedef struct structure {
  point *point;
  const sg_gradcheck_options *options;
  sg_gradcheck_report *report;
  function_defect *defect;

  int64_t elements;                           // of a gradient
  int64_t start[SG_GRADCHECK_MAX_INPUTS];     // of an input in it
  sg_tensor *origin[SG_GRADCHECK_MAX_INPUTS]; // copies of all inputs
  int lead[SG_GRADCHECK_MAX_INPUTS];          // aliasing: the input whose tensor is given in place of this one

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
  char error[SG_MESSAGE_BYTES]; // what was raised, whole
  char impure[200];  // the first impurity that was seen, or ""
  char misshapen[256];
} structure;

// ---- watched_call.c

// gradient = v'J for v = scale * cotangent, by a recorded call of its own. Looks on the way whether inputs,
// outputs, cotangents and gradients stay as they are. What the engine refuses is put into `refusal`.
sg_status structure_take(structure *s, const double *cotangent, double scale, double *gradient);
// The recorded call, and leaves v for those outputs that have a graph. `count`: how many.
sg_status structure_record(structure *s, const double *cotangent, double scale, int *count, sg_tensor **outputs,
                           sg_tensor **cotangents);
// Turns a pending error into a refusal where that is what it is; otherwise returns it.
sg_status structure_refuse(structure *s);
// The checked inputs that are tensors of their own, and where each one's gradient starts. Returns their number.
int structure_targets(const structure *s, sg_tensor **inputs, int64_t *starts);

// ---- trial.c

// How far something that must vanish is from zero, and how large its terms are, for cotangents times `scale` at
// the present values of the inputs; both per unit of scale.
typedef sg_status structure_trial(structure *s, double scale, double *residual, double *size);

// Whether one of `count` residuals is systematic rather than rounding: *where, with its value in s->low, or -1.
// Leaves the inputs at the point.
sg_status structure_try(structure *s, structure_trial *trial, int64_t count, int64_t *where);
sg_status structure_return(structure *s);

// ---- words.c

// "x[1, 2]" for an element of the flat gradient.
sg_text structure_place(const structure *s, int64_t flat);
// These return SG_OK.
sg_status structure_enter_pass(structure *s, const char *name);
sg_status structure_enter_refused(structure *s, const char *name);
// Enters a check that was refused, or in which structure_try has found nothing. False: it has found something.
bool structure_is_settled(structure *s, const char *name, int64_t where);

// ---- The checks, each in a file of its name

sg_status structure_check_determinism(structure *s);
// Takes the gradient again; *changed: it is another one, and that was entered under this name.
sg_status structure_take_again(structure *s, const char *name, bool *changed);

// (a v + b w)'J = a v'J + b w'J, for v of moderate sizes and w of very different ones.
#define STRUCTURE_A (-1.25)
#define STRUCTURE_B 0.75
sg_status structure_check_zero(structure *s); // linearity.c
sg_status structure_check_linearity(structure *s);
sg_status structure_check_dual(structure *s);
sg_status structure_check_accumulation(structure *s);
sg_status structure_check_subsets(structure *s);
sg_status structure_check_aliasing(structure *s);
sg_status structure_check_steps(structure *s);

#endif
