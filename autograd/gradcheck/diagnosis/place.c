// SPDX-License-Identifier: GPL-3.0-or-later
//
// Where it is wrong: not finite, at kinks, zero everywhere, in one entry, in one slice, at the border; and the
// plain facts when nothing better is known.
#include "autograd/gradcheck/diagnosis/hypotheses.h"
#include "autograd/gradcheck/diagnosis/normalization/normalization.h"

#include <gsl/gsl_sort.h>
#include <math.h>

// ---- Everywhere ---------------------------------------------------------------------------------------------

bool diagnose_not_finite(const diagnosis *d) {
  const sg_gradcheck_input *in = d->found;
  int64_t count = 0, first = -1;
  for (int64_t i = 0; i < in->checked; i++) {
    if (isfinite(in->values[i].analytic)) continue;
    if (count++ == 0) first = i;
  }
  if (count == 0) return false;
  const double value = in->values[first].analytic;
  const char *kind = isnan(value) ? "NaN" : "infinite";
  if (count == in->checked)
    return diagnosis_say(d, "The analytic gradient is not finite (%s) in all of its elements.", kind);
  return diagnosis_say(d, "The analytic gradient is not finite in %lld of %lld elements, first at %s (%s).",
                       (long long)count, (long long)in->checked,
                       diagnosis_index(d, in->values[first].position).text, kind);
}

// Only of elements where the first derivative jumps.
bool diagnose_kink(const diagnosis *d) {
  const sg_gradcheck_input *in = d->found;
  const double *kinks = d->findings->inputs[d->position].kinks;
  const sg_gradcheck_value *first = NULL;
  int64_t count = 0;
  if (d->failed_count > 0 || !kinks) return false;
  for (int64_t i = 0; i < in->checked; i++) {
    const sg_gradcheck_value *v = &in->values[i];
    if (v->verdict != SG_GRADCHECK_FAIL || kinks[v->position] == 0) continue;
    if (count++ == 0) first = v;
  }
  if (!first) return false;
  diagnosis_say(d, "At a kink, at %s: the analytic value %.6g is outside of the one-sided derivatives [%.6g, %.6g]",
                diagnosis_index(d, first->position).text, first->analytic, first->numeric - first->error_bar,
                first->numeric + first->error_bar);
  if (count > 1) diagnosis_say(d, " (and so at %lld more)", (long long)count - 1);
  return diagnosis_say(d, ".");
}

bool diagnose_zero(const diagnosis *d) {
  const sg_gradcheck_input *in = d->found;
  if (d->failed_count == 0) return false;
  for (int64_t i = 0; i < in->checked; i++)
    if (in->values[i].analytic != 0) return false;
  for (int64_t i = 0; d->gradient && i < sg_shape_elements(&in->shape); i++)
    if (d->gradient[i] != 0) return false;
  return diagnosis_say(d, "The analytic gradient is zero everywhere, although the function depends on this input: "
                          "its derivative was forgotten, or the input detached.");
}

// ---- How the failed elements are wrong ----------------------------------------------------------------------

// The factor that all failed elements have, those with a numeric gradient of 0 too; false: none.
static bool common_factor(const diagnosis *d, double sharpness, interval *factor) {
  *factor = diagnosis_everything;
  for (int64_t k = 0; k < d->count; k++)
    if (d->failed[k]) diagnosis_narrow(factor, d->analytic[k], 0, d->numeric[k], d->bar[k]);
  const double c = diagnosis_middle(factor), half = 0.5 * (factor->high - factor->low);
  if (!(factor->low <= factor->high) || !(2 * half < sharpness * fabs(c - 1))) return false;
  for (int64_t k = 0; k < d->count; k++) {
    const double bar = fabs(c) * d->bar[k] + (half + 1e-14) * (fabs(d->numeric[k]) + d->bar[k]);
    if (d->failed[k] && !(fabs(d->analytic[k] - c * d->numeric[k]) <= bar)) return false;
  }
  return true;
}

// Tells ", where the analytic gradient is zero", ", where the sign is flipped" or the factor, when it is the same
// for all failed elements.
static void say_how(const diagnosis *d) {
  interval factor;
  bool zero = true;
  for (int64_t k = 0; k < d->count; k++) zero = zero && (!d->failed[k] || d->analytic[k] == 0);
  if (zero) {
    diagnosis_say(d, ", where the analytic gradient is zero");
  } else if (!common_factor(d, 1e-2, &factor)) {
    return;
  } else if (diagnosis_holds(&factor, -1)) {
    diagnosis_say(d, ", where the sign is flipped");
  } else {
    diagnosis_say(d, ", where the analytic gradient is %.7g times the numeric one", diagnosis_middle(&factor));
    diagnosis_say_number(d, &factor);
  }
}

// ---- A few elements -----------------------------------------------------------------------------------------

// The failed elements, as in ": [1, 2], [3, 4]".
static void say_failed(const diagnosis *d, const char *lead) {
  const char *before = lead;
  for (int64_t k = 0; k < d->count; k++) {
    if (!d->failed[k]) continue;
    diagnosis_say(d, "%s %s", before, diagnosis_index(d, d->element[k]).text);
    before = ",";
  }
}

static bool few_elements(const diagnosis *d) {
  enum { few = 4 };
  if (d->failed_count > few || 2 * d->failed_count >= d->count || d->found->mode == SG_GRADCHECK_DIRECTIONAL)
    return false;
  if (d->failed_count == 1)
    diagnosis_say(d, "Only one element of %lld is wrong", (long long)d->count);
  else
    diagnosis_say(d, "Only %lld elements of %lld are wrong", (long long)d->failed_count, (long long)d->count);
  say_failed(d, ":");
  say_how(d);
  return diagnosis_say(d, ".");
}

// ---- A slice, or the border ---------------------------------------------------------------------------------

typedef bool region(const diagnosis *d, const void *which, int64_t place);

// All failed elements lie in the region and are most of it, and the region is not everything.
static bool fills(const diagnosis *d, region *in, const void *which) {
  int64_t inside = 0;
  for (int64_t k = 0; k < d->count; k++) {
    const bool within = in(d, which, d->element[k]);
    if (d->failed[k] && !within) return false;
    inside += within;
  }
  return inside < d->count && 4 * d->failed_count >= 3 * inside;
}

typedef struct box {
  unsigned dimensions; // along these ...
  int64_t index[SG_MAX_RANK];
} box;

static bool in_box(const diagnosis *d, const void *which, int64_t place) {
  const box *b = which;
  for (int i = 0; i < d->found->shape.rank; i++)
    if ((b->dimensions >> i & 1) && diagnosis_along(&d->found->shape, i, place) != b->index[i]) return false;
  return true;
}

// The dimensions along which all failed elements have the same index.
static box shared_indices(const diagnosis *d) {
  const sg_shape *shape = &d->found->shape;
  box b = {0, {0}};
  for (int i = 0; i < shape->rank; i++) {
    int64_t shared = -1;
    if (shape->size[i] < 2) continue;
    for (int64_t k = 0; k < d->count && shared != -2; k++) {
      if (!d->failed[k]) continue;
      const int64_t index = diagnosis_along(shape, i, d->element[k]);
      shared = shared == -1 || shared == index ? index : -2;
    }
    if (shared < 0) continue;
    b.dimensions |= 1u << i;
    b.index[i] = shared;
  }
  return b;
}

static bool one_slice(const diagnosis *d) {
  const box b = shared_indices(d);
  if (b.dimensions == 0 || d->failed_count < 2 || !fills(d, in_box, &b)) return false;
  diagnosis_say(d, "Only the elements with index ");
  bool first = true;
  for (int i = 0; i < d->found->shape.rank; i++) {
    if (!(b.dimensions >> i & 1)) continue;
    diagnosis_say(d, "%s%lld along dimension %d", first ? "" : " and ", (long long)b.index[i] + d->base,
                  i + d->base);
    first = false;
  }
  diagnosis_say(d, " are wrong (%lld of %lld)", (long long)d->failed_count, (long long)d->count);
  say_how(d);
  diagnosis_say(d, ".");
  diagnose_normalization_part(d);
  return true;
}

static bool at_border(const diagnosis *d, const void *which, int64_t place) {
  const unsigned dimensions = *(const unsigned *)which;
  for (int i = 0; i < d->found->shape.rank; i++) {
    if (!(dimensions >> i & 1)) continue;
    const int64_t index = diagnosis_along(&d->found->shape, i, place);
    if (index == 0 || index == d->found->shape.size[i] - 1) return true;
  }
  return false;
}

static bool border(const diagnosis *d) {
  const sg_shape *shape = &d->found->shape;
  for (int first = shape->rank - 1; first >= 0; first--)
    for (int second = first; second >= 0; second--) {
      const unsigned mask = 1u << first | 1u << second;
      if (shape->size[first] < 3 || shape->size[second] < 3 || !fills(d, at_border, &mask)) continue;
      diagnosis_say(
          d, "Only the border is wrong, the first and last index along dimension%s %s (%lld of %lld elements)",
          first == second ? "" : "s", diagnosis_dimensions(d, mask).text, (long long)d->failed_count,
          (long long)d->count);
      say_how(d);
      return diagnosis_say(d, ".");
    }
  return false;
}

// Either gradient is zero in each failed element: the wrong ones were selected.
static bool masked(const diagnosis *d) {
  int64_t lost = 0, extra = 0;
  if (d->failed_count < 2) return false;
  for (int64_t k = 0; k < d->count; k++) {
    if (!d->failed[k]) continue;
    const bool none = fabs(d->numeric[k]) <= d->bar[k];
    if (d->analytic[k] != 0 && !none) return false;
    lost += d->analytic[k] == 0;
    extra += d->analytic[k] != 0;
  }
  if (extra == d->count)
    return diagnosis_say(d, "The numeric gradient is zero everywhere, the analytic one is not.");
  diagnosis_say(d, "The analytic gradient is ");
  if (lost > 0)
    diagnosis_say(d, "zero in %lld of %lld elements where the numeric one is not", (long long)lost,
                  (long long)d->count);
  if (extra > 0)
    diagnosis_say(d, "%snot zero in %lld of %lld elements where the numeric one is", lost > 0 ? ", and " : "",
                  (long long)extra, (long long)d->count);
  return diagnosis_say(d, d->failed_count < d->count ? "; the others are right." : ".");
}

// With the same sign or factor in all the failed ones.
static bool part_with_factor(const diagnosis *d) {
  interval factor;
  if (d->failed_count < 4 || !common_factor(d, 1e-3, &factor)) return false;
  diagnosis_say(d, "%lld of %lld elements are wrong", (long long)d->failed_count, (long long)d->count);
  say_how(d);
  return diagnosis_say(d, "; the others are right.");
}

bool diagnose_place(const diagnosis *d) {
  enum { least = 4 };
  if (d->failed_count == 0) return false;
  if (d->failed_count == d->count) return d->count >= least && masked(d);
  return (d->failed_count > 1 && one_slice(d)) || border(d) || few_elements(d) || masked(d) || part_with_factor(d);
}

// ---- The facts ----------------------------------------------------------------------------------------------

// Median of |analytic - numeric| / |numeric| over the failed elements; infinite where the latter is zero as far as
// its bar tells. NaN without memory.
static double median_error(const diagnosis *d) {
  double *errors = diagnosis_memory(d, d->failed_count, sizeof *errors);
  size_t count = 0;
  if (!errors) return (double)NAN;
  for (int64_t k = 0; k < d->count; k++)
    if (d->failed[k]) {
      const double size = fabs(d->numeric[k]);
      errors[count++] = size > d->bar[k] ? fabs(d->analytic[k] - d->numeric[k]) / size : (double)INFINITY;
    }
  gsl_sort(errors, 1, count);
  return errors[count / 2];
}

// The dimension in which the failed elements have the fewest of the indices: "index 1, 3 along dimension 2".
static void say_cluster(const diagnosis *d) {
  enum { most = 4 };
  const sg_shape *shape = &d->found->shape;
  for (int i = 0; i < shape->rank; i++) {
    int64_t seen[most];
    int count = 0;
    for (int64_t k = 0; k < d->count && count <= most; k++) {
      if (!d->failed[k]) continue;
      const int64_t index = diagnosis_along(shape, i, d->element[k]);
      int at = 0;
      while (at < count && seen[at] != index) at++;
      if (at == count && count < most) seen[at] = index;
      if (at == count) count++;
    }
    if (count > most || 2 * count > shape->size[i]) continue;
    diagnosis_say(d, "; all of them have index");
    for (int j = 0; j < count; j++) diagnosis_say(d, "%s %lld", j ? "," : "", (long long)seen[j] + d->base);
    diagnosis_say(d, " along dimension %d", i + d->base);
    return;
  }
}

bool diagnose_in_general(const diagnosis *d) {
  if (d->failed_count == 0) {
    if (d->found->mode != SG_GRADCHECK_DIRECTIONAL || d->found->failed > 0) return false;
    return diagnosis_say(d, "None of the elements sampled is wrong; the error shows along random directions only.");
  }
  const double error = median_error(d);
  if (d->count == 1)
    diagnosis_say(d, "The only element is wrong");
  else if (d->failed_count == d->count)
    diagnosis_say(d, "All %lld elements are wrong", (long long)d->count);
  else
    diagnosis_say(d, "%lld of %lld elements %s wrong", (long long)d->failed_count, (long long)d->count,
                  d->failed_count == 1 ? "is" : "are");
  if (isfinite(error))
    diagnosis_say(d, ", by about %.1g relative", error);
  else
    diagnosis_say(d, d->failed_count == 1 ? ", where the numeric gradient is zero"
                                          : ", most of them where the numeric gradient is zero");
  if (d->failed_count == 1 && d->count > 1)
    say_failed(d, ", at");
  else if (d->failed_count < d->count)
    say_cluster(d);
  return diagnosis_say(d, ".");
}
