// SPDX-License-Identifier: GPL-3.0-or-later
//
// The function under test at one point: private copies of the inputs, the outputs there, their rounding
// noise, the weights that turn the outputs into one scalar, and the analytic gradient of that scalar.
#ifndef SELENOGRAD_GRADCHECK_POINT_H
#define SELENOGRAD_GRADCHECK_POINT_H

#include "autograd/gradcheck/gradcheck.h"

// Order k + 1 has the inputs of order k and a cotangent for each of its outputs; its own outputs are the gradients
// of order k in the checked inputs of order k.
#define ORDER_2_INPUTS (SG_GRADCHECK_MAX_INPUTS + SG_GRADCHECK_MAX_OUTPUTS)
#define MAX_INPUTS (ORDER_2_INPUTS + SG_GRADCHECK_MAX_INPUTS)
#define MAX_OUTPUTS ORDER_2_INPUTS

typedef struct sg_check_op sg_check_op;
typedef struct sg_check_prepared sg_check_prepared;

typedef struct sg_check_problem {
  sg_context *context;
  sg_gradcheck_function *function;
  void *user;
  int output_limit; // how many outputs the function may have
  int input_count;
  sg_tensor *inputs[MAX_INPUTS]; // copies
  bool checked[MAX_INPUTS];
  sg_random_state random; // in force at the start of every call

  int output_count;
  sg_shape output_shape[MAX_OUTPUTS];
  sg_dtype output_dtype[MAX_OUTPUTS];
  bool output_constant[MAX_OUTPUTS]; // its op declares it so: weight 0 (known once the function was recorded)
  int64_t output_elements;           // of all outputs; the arrays below are as long
  double *base;                      // the outputs at the point
  double *value;                     // the outputs of the latest call
  double *noise;                     // rounding noise of each output element
  double *weight;                    // w
  double *side;                      // room for a second set of outputs
  double *hidden;                    // largest |w noise| of each block of outputs

  sg_tensor *gradient[MAX_INPUTS];   // of checked inputs: d sum(w * y)/dx in f64
  sg_tensor *skip[MAX_INPUTS];       // f64, not 0 at the elements that are left out; NULL: none
  sg_tensor *kinks[MAX_INPUTS];      // f64, 1 at the elements where a derivative was found to jump
  bool kinks_known;                  // orders above 1: there, no further derivative exists to be compared
  bool without_gradient[MAX_INPUTS]; // the graph leads from no output to this checked input
  bool mode_changed;                 // the function left the grad mode otherwise than it found it
  sg_gradcheck_poll *poll;           // NULL: none
  void *poll_user;
  uint64_t evaluations;
  uint64_t budget;           // of evaluations, 0: none
  uint64_t evaluation_limit; // no differences beyond it; 0: none
  bool exhausted;            // one was refused for it

  const sg_check_op *op;             // when the function is one registered op, else NULL
  const sg_check_prepared *prepared; // a worker's own application of it, else NULL
} sg_check_problem;

enum { gradcheck_block = 64 }; // outputs that are compared together

// All functions below are called with recording disabled.

// A defect of the function itself, which fails the check as a whole: text, "" when there is none.
typedef struct sg_check_defect {
  char text[512];
  const char *structure; // the structural check it belongs to; NULL: none
} sg_check_defect;

// Keeps the first one.
void gradcheck_find_defect(sg_check_defect *defect, const char *structure, const char *format, ...) SG_PRINTF(3, 4);

// Runs the function once at the point and lays out the arrays (they belong to the current scope). A function
// that gives other bits the second time, writes its inputs, or is not finite is a defect.
sg_status gradcheck_measure(sg_check_problem *problem, uint64_t seed, sg_check_defect *defect);
// Once more at the end: a function that gives other bits by then, because of a counter or a cache, is a defect.
sg_status gradcheck_measure_again(sg_check_problem *problem, sg_check_defect *defect);
// Calls the function from the same random state as ever, with the grad mode as given. The outputs belong to the
// current scope.
sg_status gradcheck_call(sg_check_problem *problem, bool recording, sg_tensor **outputs);
// Runs the function without recording; `value` holds the outputs.
sg_status gradcheck_evaluate(sg_check_problem *problem);
// Checks what a call of the function gave: as in its first call, which is where shapes are learnt. Integer outputs,
// which have no derivative, are left out.
sg_status gradcheck_take_outputs(sg_check_problem *problem, int count, sg_tensor **outputs);
// Asks the caller whether to go on; on the thread of the check only.
sg_status gradcheck_poll(sg_check_problem *problem);
// Whether the limit forbids another evaluation; remembered in `exhausted`.
bool gradcheck_exhausted(sg_check_problem *problem);
// Copies outputs of the function, of whatever floating dtype, into one array.
void gradcheck_read_outputs(const sg_check_problem *problem, sg_tensor *const *outputs, double *into);
// Whether element j of the outputs belongs to one that its op declares constant.
bool gradcheck_is_constant(const sg_check_problem *problem, int64_t j);
// Draws weights of random sign and magnitude between 1/2 and 2.
void gradcheck_draw_weights(sg_check_problem *problem, uint64_t seed);
// To be called when weights were set otherwise.
void gradcheck_weights_changed(sg_check_problem *problem);
// Runs the function recorded and takes the gradient of sum(w * y) for every checked input.
sg_status gradcheck_differentiate(sg_check_problem *problem, sg_check_defect *defect);

// Zeroed memory of the context: that of *owner, a tensor of the current scope. NULL on failure.
void *gradcheck_room(sg_context *context, size_t bytes, sg_tensor **owner);

// Measures the noise of every output element at the point, in `noise`. See noise.c.
sg_status gradcheck_measure_noise(sg_check_problem *problem, uint64_t seed);

// The length over which the elements of an input vary: their standard deviation, else their size, else 1.
double gradcheck_typical_length(const double *x, int64_t count);

// For messages: without the sign that some NaNs have.
double gradcheck_shown(double value);

// A small generator of its own: a check must not move the context's random stream.
uint64_t gradcheck_random_bits(uint64_t *state);

#endif
