// SPDX-License-Identifier: GPL-3.0-or-later
//
// What a check has found at one point, as it is handed to a diagnosis, and the questions that a diagnosis may put
// to the checker. Nothing else of the checker is known here.
#ifndef SELENOGRAD_GRADCHECK_FINDINGS_H
#define SELENOGRAD_GRADCHECK_FINDINGS_H

#include "autograd/gradcheck/gradcheck.h"

typedef struct found_input {
  const sg_tensor *x;
  sg_text name;
  const sg_gradcheck_input *checked; // what was found of it; NULL: it was not checked
  char *diagnosis;                   // to be written, as long as checked->diagnosis
  bool current;                      // compared under the weights that are in force
  const double *gradient;            // analytic, of every element, under these weights; NULL: none
  const double *kinks;               // not 0 at elements where a derivative was found to jump; NULL: not looked for
} found_input;

typedef struct found_output {
  const sg_shape *shape;
  sg_dtype dtype;
  int64_t start; // of its elements among those of all outputs
  const double *values, *noise, *weights;
} found_output;

typedef struct findings {
  sg_context *context;
  int input_count, output_count;
  const found_input *inputs;
  const found_output *outputs;
  int64_t output_elements; // of all outputs
  const double *weights;   // of all outputs: those of the first one, and on

  void *checker;
  // The analytic gradient of an input under other weights. False: it was refused or failed.
  bool (*gradient_under)(void *checker, const double *weights, int input, double *gradient);
  // All outputs when every element of an input has moved by about a thousandth of its size. False: they failed.
  bool (*outputs_after_move)(void *checker, int input, double *outputs);
  // All outputs and, unless that is NULL, the gradient of an input, where this input is x. False: it failed there.
  bool (*at)(void *checker, int input, const double *x, double *outputs, double *gradient);
} findings;

#endif
