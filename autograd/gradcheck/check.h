// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef SELENOGRAD_GRADCHECK_CHECK_H
#define SELENOGRAD_GRADCHECK_CHECK_H

#include "autograd/gradcheck/verdict/verdict.h"

// ---- check.c

// sg_gradcheck; `op` is the function's op when it is a registered one, else NULL.
sg_status gradcheck_run(sg_context *context, sg_gradcheck_function *function, void *user, const sg_check_op *op,
                        int input_count, sg_tensor *const *inputs, const sg_gradcheck_options *options,
                        sg_gradcheck_report **report);

// ---- options.c

sg_status gradcheck_check_options(sg_context *c, sg_gradcheck_function *function, int input_count,
                                  sg_tensor *const *inputs, const sg_gradcheck_options *o);
// checked[i]: input i is to be checked. Fails when an integer input is, or none.
sg_status gradcheck_choose_inputs(sg_context *c, int count, sg_tensor *const *inputs, const sg_gradcheck_options *o,
                                  bool *checked);
// Private f64 copies, in the current scope.
sg_status gradcheck_copy_inputs(sg_check_problem *p, int count, sg_tensor *const *inputs,
                                const sg_gradcheck_options *o, sg_gradcheck_report *report);
void gradcheck_name_input(char *name, size_t size, const sg_gradcheck_options *o, int i, int base);
// Private copies of the masks of elements that are left out, in the current scope.
sg_status gradcheck_copy_masks(sg_check_problem *p, int count, sg_tensor *const *inputs,
                               const sg_gradcheck_options *o);
// Adds a line to the notes.
void gradcheck_note(sg_gradcheck_report *report, const char *text);

// ---- report_memory.c

// An empty report with room for all inputs of all orders; NULL on failure.
sg_gradcheck_report *gradcheck_new_report(sg_context *c, int input_count, const sg_gradcheck_options *o);
// Forgets what was found, keeps what describes the input.
void gradcheck_clear_input(sg_gradcheck_input *input);
// Zeroed memory with the life of the report; NULL on failure.
void *gradcheck_keep(sg_context *c, sg_gradcheck_input *input, size_t bytes);

// ---- input.c

// pass 0, nondifferentiable 1, inconclusive 2, fail 3.
int gradcheck_verdict_rank(sg_gradcheck_verdict verdict);
// The worst verdict that was counted; pass when none was.
sg_gradcheck_verdict gradcheck_worst_counted(const sg_gradcheck_counts *counts);
// Sets the verdict on an input: it follows from what was counted, and from nothing else.
void gradcheck_judge_input(sg_gradcheck_input *input);
// What seemed to pass was no comparison at all, for this reason: it becomes inconclusive.
void gradcheck_withdraw(sg_gradcheck_input *input, const char *reason);

// Compares all elements of input i. `revealing` false: the gradient is lost in noise under these weights.
sg_status gradcheck_check_input(sg_check_problem *problem, int i, const sg_gradcheck_options *options,
                                sg_gradcheck_input *input, bool *revealing);

// Fills `input` from comparisons of elements (at `positions`; NULL: all of them, in order) and `values` for those
// not skipped. False: the gradient is lost in the noise everywhere although the function uses the input.
bool gradcheck_summarize(sg_gradcheck_input *input, comparison *results, const int64_t *positions,
                         const double *analytic, int64_t count, sg_gradcheck_value *values);

// ---- promise.c

// The probability that probes with these reaches (bar over the length of the gradient, both along the direction)
// all overlook an error of `error` times the length of the gradient: the product of erf(reach / (sqrt(2) error)).
double gradcheck_miss(const double *reach, int count, double error);
// The smallest error that they overlook with a probability of at most `miss`; 0 when they overlook none at all,
// infinite when any.
double gradcheck_revealed(const double *reach, int count, double miss);
// What the comparison of every element promises.
void gradcheck_promise_full(sg_gradcheck_input *input);

// ---- directional.c

// What directional mode has found out about one input so far.
typedef struct sg_check_probing {
  bool finished;
  int drawn;                      // directions compared
  int probes;                     // those that told something ...
  double *reach;                  // ... and the reach of each: see promise.c
  int joined;                     // at kinks that no choice of subgradients for each explains
  int lost;                       // directions that told nothing and were drawn anew ...
  sg_gradcheck_counts counts;     // ... inconclusive: those whose differences do not confirm each other
  bool far;                       // one of them told something only at very long steps
  bool avoid_zeros;               // zeros are kinks, as it seems: directions leave them alone
  bool exhausted;                 // the budget is spent
  char reason[256];               // for the worst verdict of a direction
  int64_t usable, zeros;          // elements that are compared; how many of them are 0
  int64_t cursor, stride, walked; // the walk over all elements from which samples are taken
  int64_t sampled, capacity;      // samples: the arrays below
  int64_t *positions;
  double *analytic;
  comparison *results;
  double *sample_reach;              // of each sample, like that of a direction
  sg_check_experience along, beside; // directions and elements
} sg_check_probing;

// The same for an error in a single element: samples and directions together.
double gradcheck_single_miss(const sg_check_probing *state, double error);
double gradcheck_single_revealed(const sg_check_probing *state, double miss);

// Gets ready; memory belongs to the current scope.
sg_status gradcheck_start_probing(sg_check_problem *problem, int i, uint64_t seed, sg_check_probing *state);
// Compares one direction and some elements of input i under the weights in force.
sg_status gradcheck_probe(sg_check_problem *problem, int i, const sg_gradcheck_options *options, uint64_t seed,
                          sg_check_probing *state);
// Fills `input` with what was found.
sg_status gradcheck_conclude_probing(sg_check_problem *problem, int i, const sg_gradcheck_options *options,
                                     sg_check_probing *state, sg_gradcheck_input *input);

// ---- sweep.c

// The first step of the differences in one element of an input whose elements vary over `length`.
double gradcheck_first_step(double x, double length, double asked);

// Compares all elements of input i, whose gradient was taken, into results. Failures are the context's.
void gradcheck_sweep(sg_check_problem *problem, int i, const sg_gradcheck_options *options, comparison *results);
// The same for rows of the Jacobian, from `first_row` on: each is one output alone. The differences of one element
// serve all rows. analytic and results: [row_count, elements].
void gradcheck_sweep_rows(sg_check_problem *problem, int i, const sg_gradcheck_options *options, int64_t first_row,
                          int64_t row_count, const double *analytic, comparison *results);

// ---- structure.c

// The structural checks at the point, entered in the report. A derivative that writes an input is a defect.
sg_status gradcheck_check_structure(sg_check_problem *p, const sg_gradcheck_options *o, sg_gradcheck_report *report,
                                    sg_check_defect *defect);
sg_status gradcheck_enter(sg_gradcheck_report *report, const char *name, sg_gradcheck_verdict verdict,
                          const char *format, ...) SG_PRINTF(4, 5);

// ---- jacobian.c

// Refuses a Jacobian of too many entries.
sg_status gradcheck_admit_jacobian(sg_check_problem *problem, const sg_gradcheck_input *found);
// Compares every entry of the Jacobian of every checked input and keeps both versions in `found`. Afterwards the
// weights and gradients of the problem are those of the last row.
sg_status gradcheck_check_jacobian(sg_check_problem *problem, const sg_gradcheck_options *options,
                                   sg_gradcheck_input *found, sg_check_defect *defect);

// ---- higher_order.c

// Sets up the problem of checking g(x, v) = gradient of sum(v * f(x)) in the checked inputs, where f is the
// function of `lower` (of order `order` - 1), at the same point and random v. `lower` must outlive it.
sg_status gradcheck_raise_order(sg_check_problem *lower, int order, uint64_t seed, sg_check_problem *problem);

// ---- diagnosis.c

// Says of every failed input what is wrong with its gradient. current[n]: the n-th checked input was compared under
// the weights and gradients that the problem holds now. Everything in the problem is afterwards as it was.
sg_status gradcheck_diagnose(sg_check_problem *problem, const sg_gradcheck_options *options,
                             sg_gradcheck_input *inputs, const bool *current);

// ---- purity.c

// What the caller owns, as it was before the check.
typedef struct sg_check_purity {
  sg_context *context;
  int input_count;
  sg_tensor *const *inputs;
  sg_tensor *values[SG_GRADCHECK_MAX_INPUTS]; // copies
  sg_tensor *grads[SG_GRADCHECK_MAX_INPUTS];  // the very tensors
  sg_tensor *grad_values[SG_GRADCHECK_MAX_INPUTS];
} sg_check_purity;

sg_status gradcheck_watch(sg_check_purity *w, sg_context *context, int input_count, sg_tensor *const *inputs);
// Whether the function's outputs change with the caller's tensor that was given as input i, of which it has a copy.
sg_status gradcheck_uses_original(sg_check_purity *w, sg_check_problem *problem, int i, bool *used);
// Puts back what was changed; a changed value is a defect. Works with an error pending.
void gradcheck_restore(sg_check_purity *w, sg_check_defect *defect);

#endif
