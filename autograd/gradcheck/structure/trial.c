// SPDX-License-Identifier: GPL-3.0-or-later
//
// Rounding or not. A residual that is small beside its terms is rounding. One that is not may still be: where the
// terms themselves are what cancellation has left over (the gradient of a sum of a batch norm), all digits are
// noise. So a suspicious residual has to show again when inputs and cotangents are moved a little: a mistake is a
// smooth function of them and, per unit of the cotangent's scale, stays the same within a few hundredths, which
// noise does with no more than a few percent probability in each of the six further trials.
#include "autograd/gradcheck/structure/trial.h"
#include "autograd/gradcheck/common/random.h"

#include <math.h>
#include <string.h>

enum { further_trials = 6 };
static const double scales[further_trials] = {1.1, 1.23, 1.37, 1.51, 1.66, 1.83};

sg_status structure_return(structure *s) {
  point *p = s->point;
  for (int i = 0; i < p->input_count; i++)
    if (p->checked[i] && sg_tensor_assign(p->inputs[i], s->origin[i]) != SG_OK) break;
  return sg_error_status(p->context);
}

// By up to a millionth of themselves: more than the spacing of f32, in which a function may compute.
static sg_status move_from_point(structure *s, uint64_t *random) {
  point *p = s->point;
  for (int i = 0; i < p->input_count; i++) {
    if (!p->checked[i]) continue;
    double *x = sg_tensor_write(p->inputs[i], "gradcheck");
    if (!x) break;
    const double *from = sg_tensor_data(s->origin[i]);
    for (int64_t j = 0; j < sg_tensor_elements(p->inputs[i]); j++)
      x[j] = from[j] * (1 + 1e-6 * (gradcheck_random_part(random)));
  }
  return sg_error_status(p->context);
}

static bool suspicious(const structure *s, int64_t i) {
  return !(fabs(s->residual[i]) <= s->tolerance * s->size[i] + 1e-290);
}

// low and high bound the residuals of all trials; 0 and 0 acquit.
static void widen(structure *s, int64_t count) {
  for (int64_t i = 0; i < count; i++) {
    if (s->low[i] == 0 && s->high[i] == 0) continue;
    const double r = s->residual[i];
    if (!suspicious(s, i) || isnan(r) != isnan(s->low[i])) {
      s->low[i] = s->high[i] = 0;
    } else if (!isnan(r)) {
      s->low[i] = fmin(s->low[i], r);
      s->high[i] = fmax(s->high[i], r);
    }
  }
}

static bool systematic(double low, double high) {
  if (isnan(low)) return true;
  if (low == 0 && high == 0) return false;
  return (low > 0 && high <= 1.1 * low) || (high < 0 && low >= 1.1 * high);
}

static sg_status ended_by(structure *s, const char *error) {
  s->refused = false;
  return sg_error(s->point->context, SG_CALLBACK_FAILED, "%s", error);
}

// A function refuses whenever it is asked, in the same words. An error that does not come again when nothing has
// changed was none of the function's: an interrupt, a lack of memory. It ends the check. Where the words are
// others each time, as they name an address, a third trial tells.
static sg_status run_trial(structure *s, structure_trial *trial, double scale) {
  char error[2][SG_MESSAGE_BYTES];
  for (int n = 0; n < 3; n++) {
    s->raised = false;
    if (trial(s, scale, s->residual, s->size) != SG_OK) return sg_error_status(s->point->context);
    if (!s->refused || !s->raised) return n == 0 ? SG_OK : ended_by(s, error[n - 1]);
    for (int k = 0; k < n; k++)
      if (strcmp(s->error, error[k]) == 0) return n == 1 ? SG_OK : ended_by(s, error[1 - k]);
    if (n < 2) memcpy(error[n], s->error, sizeof error[n]);
  }
  return SG_OK;
}

sg_status structure_try(structure *s, structure_trial *trial, int64_t count, int64_t *where) {
  sg_context *c = s->point->context;
  uint64_t random = s->options->seed ^ 0x9fb21c651e98df25u;
  bool clear = true;
  *where = -1;
  if (run_trial(s, trial, 1) != SG_OK) return sg_error_status(c);
  if (s->refused) return structure_return(s);
  for (int64_t i = 0; i < count; i++) {
    const bool bad = suspicious(s, i);
    s->low[i] = s->high[i] = bad ? s->residual[i] : 0;
    clear = clear && !bad;
  }
  if (clear) return structure_return(s);
  for (int n = 0; n < further_trials; n++) {
    if (move_from_point(s, &random) != SG_OK || run_trial(s, trial, scales[n]) != SG_OK) return sg_error_status(c);
    if (s->refused) return structure_return(s);
    widen(s, count);
  }
  for (int64_t i = 0; i < count && *where < 0; i++)
    if (systematic(s->low[i], s->high[i])) *where = i;
  return structure_return(s);
}
