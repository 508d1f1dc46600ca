// SPDX-License-Identifier: GPL-3.0-or-later
//
// All elements of one input, block by block. The first block is compared alone, and the others start with its
// experience: so every result is the same whatever the number of threads.
#include "autograd/gradcheck/common/defaults.h"
#include "autograd/gradcheck/common/length.h"
#include "autograd/gradcheck/common/memory.h"
#include "autograd/gradcheck/elements/elements.h"
#include "autograd/gradcheck/point/op_function.h"

#include <float.h>
#include <math.h>
#include <string.h>

// A ten-thousandth of the input's own length; not across zero, where many functions have their kink or their
// pole; not lost in the rounding of x.
double elements_first_step(double x, double length, double asked) {
  double step = 1e-4 * length;
  if (asked > 0)
    step = fmin(asked, fmax(length, fabs(x))); // further away is another place
  else if (fabs(x) > 1e-7 * length)
    step = fmin(step, 0.25 * fabs(x));
  return fmax(step, 1024 * DBL_EPSILON * fabs(x));
}

enum { elements_per_block = 64 };

typedef struct sweep {
  point *workers;
  int worker_count, input;
  bool prepared; // the workers are copies with an application of their own; else the point itself is the only one
  int64_t count, first_block, last_block; // blocks for the workers: first, behind the last
  double k, step, length;
  const double *x, *analytic, *skip, *kinks; // skip NULL: none; kinks NULL: not known
  comparison *results;
  verdict_experience experience; // of the first block
  // For rows of the Jacobian; `analytic` and `results` hold one after the other.
  int64_t first_row, row_count;   // 0: one comparison for all outputs with their weights
  verdict_experience *of_row;     // of the first block
  verdict_experience *of_workers; // room for each worker
  shared_outputs *shared;         // of each worker
} sweep;

static scalar element_at(const sweep *s, point *p, int64_t j) {
  return (scalar){.point = p, .input = p->inputs[s->input], .position = j, .x = s->x[j], .k = s->k};
}

static comparison compare_element(const sweep *s, point *p, int64_t j, verdict_experience *experience) {
  if (s->skip && s->skip[j] != 0) return (comparison){.cause = CAUSE_SKIPPED};
  if (s->kinks && s->kinks[j] != 0 && isfinite(s->analytic[j]))
    return (comparison){.verdict = SG_GRADCHECK_NONDIFFERENTIABLE, .numeric = s->analytic[j]};
  scalar f = element_at(s, p, j);
  return verdict_compare(&f, s->analytic[j], elements_first_step(s->x[j], s->length, s->step), experience);
}

// One element in all rows. `experience`: of each row.
static void compare_rows(const sweep *s, point *p, int64_t j, verdict_experience *experience,
                         shared_outputs *shared) {
  const double step = elements_first_step(s->x[j], s->length, s->step);
  shared->count = 0;
  for (int64_t r = 0; r < s->row_count; r++) {
    const int64_t at = r * s->count + j;
    s->results[at] = (comparison){.cause = CAUSE_SKIPPED};
    if ((s->skip && s->skip[j] != 0) || point_output_is_constant(p, s->first_row + r)) continue;
    scalar f = element_at(s, p, j);
    f.shared = shared;
    f.row = s->first_row + r;
    s->results[at] = verdict_compare(&f, s->analytic[at], step, &experience[r]);
  }
}

static void compare_block(const sweep *s, int worker, int64_t block, verdict_experience *experience) {
  point *p = &s->workers[worker];
  const int64_t begin = block * elements_per_block, left = s->count - begin;
  const int64_t end = begin + (left < elements_per_block ? left : elements_per_block);
  for (int64_t j = begin; j < end && sg_error_status(p->context) == SG_OK; j++) {
    if (s->row_count)
      compare_rows(s, p, j, experience, &s->shared[worker]);
    else
      s->results[j] = compare_element(s, p, j, experience);
  }
}

// A kernel over the workers.
static void work(const void *arguments, int64_t begin, int64_t end) {
  const sweep *s = arguments;
  for (int worker = (int)begin; worker < end; worker++)
    for (int64_t block = s->first_block + worker; block < s->last_block; block += s->worker_count) {
      verdict_experience single = s->experience, *experience = &single;
      if (s->row_count) {
        experience = s->of_workers + worker * s->row_count;
        memcpy(experience, s->of_row, (size_t)s->row_count * sizeof *experience);
      }
      compare_block(s, worker, block, experience);
    }
}

// The caller may want to stop between some blocks, which does not change results.
static void compare_all(point *p, sweep *s) {
  enum { blocks_at_once = 4 };
  const int64_t blocks = (s->count + elements_per_block - 1) / elements_per_block;
  const int64_t stride = s->prepared ? blocks_at_once * s->worker_count : 1;
  if (blocks > 0) compare_block(s, 0, 0, s->row_count ? s->of_row : &s->experience);
  for (int64_t next = 1; next < blocks && point_poll(p) == SG_OK; next += stride) {
    s->first_block = next;
    s->last_block = next + stride < blocks ? next + stride : blocks;
    sg_parallel(p->context, s->worker_count, 1, work, s);
  }
  for (int w = 0; s->prepared && w < s->worker_count; w++) p->evaluations += s->workers[w].evaluations;
}

static sg_status make_sweep(point *p, int i, const sg_gradcheck_options *o, sweep *s) {
  *s = (sweep){.input = i, .count = sg_tensor_elements(p->inputs[i]), .k = gradcheck_k(o), .step = o->step};
  s->x = sg_tensor_data(p->inputs[i]);
  s->skip = p->skip[i] ? sg_tensor_data(p->skip[i]) : NULL;
  s->length = gradcheck_typical_length(s->x, s->count);
  s->experience = verdict_inexperienced;
  if (op_function_make_workers(p, &s->workers, &s->worker_count) != SG_OK) return sg_error_status(p->context);
  s->prepared = s->worker_count > 0;
  if (s->prepared) return SG_OK;
  s->workers = p;
  s->worker_count = 1;
  return SG_OK;
}

void elements_sweep(point *p, int i, const sg_gradcheck_options *o, comparison *results) {
  sweep s;
  if (make_sweep(p, i, o, &s) != SG_OK) return;
  s.analytic = sg_tensor_data(p->gradient[i]);
  s.kinks = p->order > 1 && p->kinks[i] ? sg_tensor_data(p->kinks[i]) : NULL;
  s.results = results;
  compare_all(p, &s);
}

// ---- Rows ---------------------------------------------------------------------------------------------------

static sg_status make_shared(point *p, sweep *s) {
  enum { most = 256, least = 16, bytes = 1 << 25 };
  const int64_t outputs = p->output_elements, fitting = bytes / (outputs * (int64_t)sizeof(double));
  const int capacity = fitting > most ? most : fitting < least ? least : (int)fitting;
  sg_tensor *owner;
  s->shared = gradcheck_memory(p->context, (size_t)s->worker_count * sizeof *s->shared, &owner);
  for (int w = 0; s->shared && w < s->worker_count; w++) {
    shared_outputs *v = &s->shared[w];
    v->capacity = capacity;
    v->step = gradcheck_memory(p->context, (size_t)capacity * (size_t)(2 + outputs) * sizeof(double), &owner);
    if (!v->step) break;
    v->ratio = v->step + capacity;
    v->outputs = v->ratio + capacity;
  }
  return sg_error_status(p->context);
}

void elements_sweep_rows(point *p, int i, const sg_gradcheck_options *o, int64_t first_row, int64_t row_count,
                         const double *analytic, comparison *results) {
  sweep s;
  sg_tensor *owner;
  if (make_sweep(p, i, o, &s) != SG_OK || make_shared(p, &s) != SG_OK) return;
  s.first_row = first_row;
  s.row_count = row_count;
  s.analytic = analytic;
  s.results = results;
  const size_t rows = (size_t)row_count * (size_t)(1 + s.worker_count);
  s.of_row = gradcheck_memory(p->context, rows * sizeof *s.of_row, &owner);
  if (!s.of_row) return;
  s.of_workers = s.of_row + row_count;
  for (int64_t r = 0; r < row_count; r++) s.of_row[r] = verdict_inexperienced;
  compare_all(p, &s);
}
