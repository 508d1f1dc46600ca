// SPDX-License-Identifier: GPL-3.0-or-later
//
// The gradient checker: analytic derivatives against GSL's adaptive finite differences. Each difference
// comes with an error bar, and the verdict on an element is drawn from that bar, not from a fixed tolerance.
//
// What is checked is the gradient of s(x) = sum over outputs of sum(w * y(x)) with random signed weights w
// (under a plain sum the gradient of a normalizing function vanishes and every mistake passes).
#ifndef SELENOGRAD_GRADCHECK_H
#define SELENOGRAD_GRADCHECK_H

#include "autograd/op.h"

SG_PUBLIC_BEGIN

#define SG_GRADCHECK_MAX_INPUTS 64
#define SG_GRADCHECK_MAX_OUTPUTS 16
#define SG_GRADCHECK_MAX_STRUCTURES 16

// The function under test. Sets outputs[0 .. *output_count - 1], at most SG_GRADCHECK_MAX_OUTPUTS floating
// tensors that belong to the current scope, computed from the given inputs by recorded ops. A failure is
// returned as a status (with or without a message in the context) and ends the check with that failure; but where
// structure is tried (equal arguments, a gradient for some of them), one that comes again is a refusal, which is
// reported. It is called many times; the random state is put back before each call, so random numbers repeat.
typedef sg_status sg_gradcheck_function(sg_context *context, void *user, int input_count, sg_tensor *const *inputs,
                                        int *output_count, sg_tensor **outputs);

// Called now and then between evaluations, on the thread of the check, some hundred times a second and more: for a
// user who wants to stop. Another status than SG_OK ends the check with it.
typedef sg_status sg_gradcheck_poll(sg_context *context, void *user);

typedef enum sg_gradcheck_verdict {
  SG_GRADCHECK_PASS,
  SG_GRADCHECK_FAIL,
  SG_GRADCHECK_NONDIFFERENTIABLE, // a kink at the point; the analytic value is a valid subgradient
  SG_GRADCHECK_INCONCLUSIVE,      // the differences cannot tell; never counted as a pass
} sg_gradcheck_verdict;

// "pass", "fail", "nondifferentiable", "inconclusive".
const char *sg_gradcheck_verdict_name(sg_gradcheck_verdict verdict);

typedef enum sg_gradcheck_mode {
  SG_GRADCHECK_AUTO,        // full where its work is bearable, else directional
  SG_GRADCHECK_FULL,        // every element of every checked input
  SG_GRADCHECK_DIRECTIONAL, // random directions and sampled elements, as many as the wanted miss takes
} sg_gradcheck_mode;

// "auto", "full", "directional".
const char *sg_gradcheck_mode_name(sg_gradcheck_mode mode);

// What the values are that the function detaches. Their gradient is zero, whatever they depend on.
typedef enum sg_gradcheck_detached {
  SG_GRADCHECK_FOLLOW,   // what they are: when they depend on an input, its gradient is found wrong
  SG_GRADCHECK_CONSTANT, // constants, with the values they have at the point: those of a straight-through estimator
} sg_gradcheck_detached;

typedef struct sg_gradcheck_options {
  sg_gradcheck_mode mode;         // default: auto
  int order;                      // 1 (0 means 1), 2 or 3: the derivative of the recorded gradient as well
                                  // (elements at a kink are nondifferentiable there without comparison)
  sg_gradcheck_detached detached; // default: follow
  double step;                    // first step of the differences in units of the input; 0: from the input's scale.
                                  // NaN, infinite or negative: SG_INVALID_ARGUMENT
  double k;                       // bars are k times GSL's error estimate; 0: 16
  double miss;                    // directional: the probability with which a wrong gradient may slip through, in
                                  // (0, 1); 0: 0.01. See sg_gradcheck_input
  uint64_t budget;          // most evaluations of the function for directions and samples, counted from the start
                            // of the check (noise and structure are looked at anyway); 0: no limit. What it does
                            // not reach is said in the report and leaves the promise weaker, not the verdict
  uint64_t seed;            // of weights and directions; the context's random stream is neither used nor moved
  bool jacobian;            // order 1: compare every entry of the Jacobian (outputs x elements, at most 2^24 for
                            // each input, else SG_INVALID_ARGUMENT) and keep both
  const char *const *names; // of the inputs, NULL: "input 0", ...; each may be NULL. Copied (47 characters)
  const bool *check;        // check[i] for each input; NULL: every floating input that requires a gradient
  sg_gradcheck_poll *poll;  // NULL: none
  void *poll_user;
  sg_tensor *const *skip; // skip[i], of input i's shape and any dtype: elements where it is not 0 are left
                          // out (kinks and poles one knows of); NULL: none
} sg_gradcheck_options;

// One element of an input where analytic and numeric derivative were compared.
typedef struct sg_gradcheck_element {
  int64_t position; // row-major, counted from 0; -1 when nothing was compared
  int rank;
  int64_t index[SG_MAX_RANK]; // counted from 0
  double analytic, numeric;   // of ds/dx, finite or not
  double error_bar;           // half width of the interval around `numeric`
  sg_gradcheck_verdict verdict;
} sg_gradcheck_element;

// The same without the index, for all of them.
typedef struct sg_gradcheck_value {
  int64_t position;
  double analytic, numeric, error_bar;
  sg_gradcheck_verdict verdict;
} sg_gradcheck_value;

// How many comparisons came out how.
typedef struct sg_gradcheck_counts {
  int64_t passed, failed, nondifferentiable, inconclusive;
} sg_gradcheck_counts;

// The verdict follows from the counts: it is the worst (fail, inconclusive, nondifferentiable, pass) that was found
// in elements, along directions or in the entries of the Jacobian; inconclusive where nothing was compared although
// the input has elements.
typedef struct sg_gradcheck_input {
  char name[48];
  int position; // in the inputs of the call
  int order;    // 1: df/dx; 2, 3: derivative of the recorded vector-Jacobian product
  sg_shape shape;
  sg_gradcheck_mode mode; // full or directional: how this one was checked
  sg_gradcheck_verdict verdict;
  int64_t checked; // elements compared: passed + failed + nondifferentiable + inconclusive
  int64_t passed, failed, nondifferentiable, inconclusive;
  int64_t skipped;                // elements left out at the caller's wish
  sg_gradcheck_counts directions; // directional mode; those that were drawn anew do not count
  sg_gradcheck_counts entries;    // of the Jacobian, if it was asked for
  double max_error;               // largest |analytic - numeric| over the elements that are not nondifferentiable
  double largest;                 // largest |numeric|
  sg_gradcheck_element worst;     // the worst element: the worst verdict, then the largest error per bar
  // The smallest relative error that every passed element would have revealed; 0: nothing passed. In elements that
  // are lost in noise but negligible beside the largest derivative, relative to that one; `reason` counts them.
  double resolution;
  int probes; // directions that told something (directional mode): all but the inconclusive ones
  // What is promised (docs/gradcheck.md). Lengths of gradients: Euclidean in full mode; in directional mode each
  // element counts in units of the length over which its x varies, which is the same unless scales are mixed.
  // Elements at kinks that were compared one by one take no part, nor do zeros that directions leave alone because
  // they are kinks (`reason` says how many). Where anything failed or is inconclusive, nothing is promised.
  double dense_error;  // an error e of the gradient g with |e| >= dense_error |g| ...
  double dense_miss;   // ... would have slipped through with at most this probability; 1: nothing is promised
  double single_error; // one element wrong by single_error times the root mean square of g ...
  double single_miss;  // ... would have slipped through with at most this probability
  char diagnosis[512]; // what is wrong, in one or two sentences; "" when there is nothing to say
  char reason[256];    // why the verdict is not pass, or what a reader must know; "" otherwise
  const sg_gradcheck_value *values; // the `checked` elements in order of position, with the report's life
  // With the option `jacobian`, else NULL: row-major [outputs, elements], outputs flattened in order.
  const double *analytic_jacobian, *numeric_jacobian;
  int64_t output_elements; // rows of these
  sg_tensor *memory[3];    // of the arrays
} sg_gradcheck_input;

// What must hold without comparing differences: "determinism", "zero cotangent", "linearity", "dual",
// "accumulation", "subsets", "aliasing", "steps", "shapes", "purity". Some are not tried where nothing is there to
// try them on (docs/gradcheck.md).
typedef struct sg_gradcheck_structure {
  const char *name;
  sg_gradcheck_verdict verdict; // pass, fail, or inconclusive: could not be tried (the text says why)
  char text[256];               // "" when it passed
} sg_gradcheck_structure;

typedef struct sg_gradcheck_report {
  bool ok;                      // every input is pass, or nondifferentiable with a valid subgradient
  sg_gradcheck_verdict verdict; // the worst: fail, inconclusive, nondifferentiable, pass
  sg_gradcheck_mode mode;       // asked for
  int order;
  double miss;          // asked for
  uint64_t evaluations; // calls of the function
  char reason[512];     // of a verdict on the whole: not deterministic, writes its inputs, not finite; or ""
  char notes[512];      // lines: promotions and the like
  int structure_count;
  sg_gradcheck_structure structures[SG_GRADCHECK_MAX_STRUCTURES];
  int input_count;
  sg_gradcheck_input *inputs; // the checked ones, order 1 first
} sg_gradcheck_report;

// Checks the gradient of a function at a point.
//
// Works in f64: f32 inputs are promoted, with a note; i64 inputs and inputs not checked pass through. The
// function sees copies. Whatever happens, the caller's inputs, their gradients, the random state and the
// grad mode are as before. Memory stays at a few evaluations of the function.
//
// Returns the status of the check itself: SG_OK with *report set also when the verdict is fail; otherwise
// *report is NULL and the message is pending in the context (bad options, nothing to check, the function's
// own failure, out of memory). Free the report with sg_gradcheck_report_free. `options` NULL: the defaults.
sg_status sg_gradcheck(sg_context *context, sg_gradcheck_function *function, void *user, int input_count,
                       sg_tensor *const *inputs, const sg_gradcheck_options *options, sg_gradcheck_report **report);

// The same for one application of a registered op, faster: while differencing, the op is computed on all threads at
// once, without tape and without checks of its arguments. `op_options` NULL: the defaults; inputs[i] may be NULL
// where the op's port is optional. Every output that is floating and not constant is differentiated. Names that
// are not given are those of the ports. An input in which the op declares no derivative is left out with a note;
// asked for by options->check, it is SG_INVALID_ARGUMENT.
sg_status sg_gradcheck_op(sg_context *context, const sg_op *op, const void *op_options, int input_count,
                          sg_tensor *const *inputs, const sg_gradcheck_options *options,
                          sg_gradcheck_report **report);

// NULL is allowed.
void sg_gradcheck_report_free(sg_gradcheck_report *report);

// Writes the report as a table of at most 80 columns, ending in a newline and always terminated, cut at
// `size` bytes. Returns the length of the whole text without the terminator, as snprintf does; `buffer` may
// be NULL when `size` is 0. `index_base` is added to the indices shown: 0, or 1 for Lua.
size_t sg_gradcheck_report_text(const sg_gradcheck_report *report, int index_base, char *buffer, size_t size);

SG_PUBLIC_END

#endif
