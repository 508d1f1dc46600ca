// SPDX-License-Identifier: GPL-3.0-or-later
//
// All elements of one input, block by block. The first block is compared alone, and the others start with its
// experience: so every result is the same whatever the number of threads.
#include "autograd/gradcheck/check.h"
#include "autograd/gradcheck/op_function.h"

#include <float.h>
#include <math.h>

// A ten-thousandth of the input's own length; not across zero, where many functions have their kink or their
// pole; not lost in the rounding of x.
double gradcheck_first_step(double x, double length, double asked) {
  double step = 1e-4 * length;
  if (asked > 0) step = fmin(asked, fmax(length, fabs(x))); // further away is another place
  else if (fabs(x) > 1e-7 * length) step = fmin(step, 0.25 * fabs(x));
  return fmax(step, 1024 * DBL_EPSILON * fabs(x));
}

enum { elements_per_block = 64 };

typedef struct sweep {
  sg_check_problem *workers;
  int worker_count, input;
  int64_t count;
  double k, step, length;
  const double *x, *analytic, *skip, *kinks; // skip NULL: none; kinks NULL: not known
  comparison *results;
  sg_check_experience experience; // of the first block
} sweep;

static comparison compare_element(const sweep *s, sg_check_problem *p, int64_t j, sg_check_experience *experience) {
  if (s->skip && s->skip[j] != 0) return (comparison){.cause = CAUSE_SKIPPED};
  if (s->kinks && s->kinks[j] != 0 && isfinite(s->analytic[j]))
    return (comparison){.verdict = SG_GRADCHECK_NONDIFFERENTIABLE, .numeric = s->analytic[j]};
  element e = {.problem = p, .input = p->inputs[s->input], .position = j, .x = s->x[j], .k = s->k};
  return gradcheck_compare(&e, s->analytic[j], gradcheck_first_step(s->x[j], s->length, s->step), experience);
}

static void compare_block(const sweep *s, sg_check_problem *p, int64_t block, sg_check_experience *experience) {
  const int64_t begin = block * elements_per_block, left = s->count - begin;
  const int64_t end = begin + (left < elements_per_block ? left : elements_per_block);
  for (int64_t j = begin; j < end && sg_error_status(p->context) == SG_OK; j++)
    s->results[j] = compare_element(s, p, j, experience);
}

static int64_t block_count(const sweep *s) { return (s->count + elements_per_block - 1) / elements_per_block; }

// A kernel over the workers.
static void work(const void *arguments, int64_t begin, int64_t end) {
  const sweep *s = arguments;
  for (int64_t worker = begin; worker < end; worker++)
    for (int64_t block = 1 + worker; block < block_count(s); block += s->worker_count) {
      sg_check_experience experience = s->experience;
      compare_block(s, &s->workers[worker], block, &experience);
    }
}

void gradcheck_sweep(sg_check_problem *p, int i, const sg_gradcheck_options *o, comparison *results) {
  sweep s = {.input = i, .count = sg_tensor_elements(p->inputs[i]), .k = o->k > 0 ? o->k : 16, .step = o->step};
  s.x = sg_tensor_data(p->inputs[i]);
  s.analytic = sg_tensor_data(p->gradient[i]);
  s.skip = p->skip[i] ? sg_tensor_data(p->skip[i]) : NULL;
  s.kinks = p->kinks_known && p->kinks[i] ? sg_tensor_data(p->kinks[i]) : NULL;
  s.length = gradcheck_typical_length(s.x, s.count);
  s.results = results;
  s.experience = gradcheck_inexperienced;
  if (gradcheck_make_workers(p, &s.workers, &s.worker_count) != SG_OK) return;
  const bool prepared = s.worker_count > 0;
  if (!prepared) {
    s.workers = p;
    s.worker_count = 1;
  }
  compare_block(&s, &s.workers[0], 0, &s.experience);
  sg_parallel(p->context, s.worker_count, 1, work, &s);
  for (int w = 0; prepared && w < s.worker_count; w++) p->evaluations += s.workers[w].evaluations;
}
