// SPDX-License-Identifier: GPL-3.0-or-later
//
// The function under test at one point: private copies of the inputs, the outputs there, their rounding
// noise, the weights that turn the outputs into one scalar, and the analytic gradient of that scalar.
#ifndef SELENOGRAD_GRADCHECK_POINT_H
#define SELENOGRAD_GRADCHECK_POINT_H

#include "autograd/gradcheck/gradcheck.h"
#include "autograd/gradcheck/point/defect.h"

// Order k + 1 has the inputs of order k and a cotangent for each of its outputs; its own outputs are the gradients
// of order k in the checked inputs of order k.
#define ORDER_2_INPUTS (SG_GRADCHECK_MAX_INPUTS + SG_GRADCHECK_MAX_OUTPUTS)
#define MAX_INPUTS (ORDER_2_INPUTS + SG_GRADCHECK_MAX_INPUTS)
#define MAX_OUTPUTS ORDER_2_INPUTS

typedef struct op_function op_function;
typedef struct op_application op_application;

typedef struct point point;
struct point {
  sg_context *context;
  sg_gradcheck_function *function;
  void *user;
  int order; // 1; above, the function is the gradient of the order below, and its kinks are known: no further
             // derivative exists there to be compared
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
  bool without_gradient[MAX_INPUTS]; // the graph leads from no output to this checked input
  bool mode_changed;                 // the function left the grad mode otherwise than it found it
  sg_gradcheck_poll *poll;           // NULL: none
  void *poll_user;
  bool stopped;                      // poll said so
  const point *lower;                // whose gradient is the function here; NULL at order 1
  uint64_t evaluations;
  uint64_t budget;           // of evaluations, 0: none
  uint64_t evaluation_limit; // no differences beyond it; 0: none
  bool exhausted;            // one was refused for it

  const op_function *op;          // when the function is one registered op, else NULL
  const op_application *prepared; // a worker's own application of it, else NULL
};

enum { outputs_per_block = 64 }; // outputs that are compared together

// All functions below are called with recording disabled.

// Runs the function once at the point and lays out the arrays (they belong to the current scope). A function
// that gives other bits the second time, writes its inputs, or is not finite is a defect.
sg_status point_measure(point *p, uint64_t seed, function_defect *defect);
// Once more at the end: a function that gives other bits by then, because of a counter or a cache, is a defect.
sg_status point_measure_again(point *p, function_defect *defect);
// Calls the function from the same random state as ever, with the grad mode as given. The outputs belong to the
// current scope.
sg_status point_call(point *p, bool recording, sg_tensor **outputs);
// Runs the function without recording; `value` holds the outputs.
sg_status point_evaluate(point *p);
// Checks what a call of the function gave: as in its first call, which is where shapes are learnt. Integer outputs,
// which have no derivative, are left out.
sg_status point_take_outputs(point *p, int count, sg_tensor **outputs);
// Asks the caller whether to go on; on the thread of the check only.
sg_status point_poll(point *p);
// Whether the pending error is the caller's wish to stop, which nothing may take for a refusal of the function.
bool point_is_stopped(const point *p);
// Whether the limit forbids another evaluation; remembered in `exhausted`.
bool point_is_exhausted(point *p);
// Copies outputs of the function, of whatever floating dtype, into one array.
void point_read_outputs(const point *p, sg_tensor *const *outputs, double *into);
// Whether element j of the outputs belongs to one that its op declares constant.
bool point_output_is_constant(const point *p, int64_t j);
// Draws weights of random sign and magnitude between 1/2 and 2.
void point_draw_weights(point *p, uint64_t seed);
// To be called when weights were set otherwise.
void point_weights_changed(point *p);
// Runs the function recorded and takes the gradient of sum(w * y) for every checked input.
sg_status point_differentiate(point *p, function_defect *defect);

// The gradient of input i under other weights; the weights and gradients of the point stay as they are. False: it
// was refused or failed.
bool point_gradient_under(point *p, const double *weight, int i, double *gradient);
// The outputs when every element of input i has moved by a thousandth of its size or of what it varies over. False:
// the function failed.
bool point_outputs_after_move(point *p, int i, double *outputs);

// The outputs and, unless that is NULL, the gradient of input i, where this input is x. False: the function or its
// derivative failed there, which is no error.
bool point_at(point *p, int i, const double *x, double *outputs, double *gradient);

// Measures the noise of every output element at the point, in `noise`. See noise.c.
sg_status point_measure_noise(point *p, uint64_t seed);

int point_checked_count(const point *p); // how many inputs are checked
// Whether element j of input i is compared at all: not at the caller's wish, not where a lower derivative jumps.
bool point_compares(const point *p, int i, int64_t j);

// Sets up the point at which to check g(x, v) = gradient of sum(v * f(x)) in the checked inputs, where f is the
// function of `lower` (of order `order` - 1), with the same x and random v. `lower` must outlive it.
sg_status point_raise_order(point *lower, int order, uint64_t seed, point *p);

#endif
