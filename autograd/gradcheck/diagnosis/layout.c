// SPDX-License-Identifier: GPL-3.0-or-later
//
// The right numbers in the wrong places: transposed, flipped, shifted, channels exchanged.
#include "autograd/gradcheck/diagnosis/hypotheses.h"

#include <math.h>

// Where the analytic gradient has what belongs to an element.
typedef struct move {
  enum { SWAPPED, READ_TRANSPOSED, FLIPPED, SHIFTED, PERMUTED } kind;
  int first, second; // dimensions
  unsigned mask;     // of dimensions
  int64_t shift;
  const int64_t *to; // of each index along `first`
} move;

static void split(const sg_shape *shape, int64_t place, int64_t *index) {
  for (int i = shape->rank - 1; i >= 0; i--) {
    index[i] = place % shape->size[i];
    place /= shape->size[i];
  }
}

static int64_t join(const sg_shape *shape, const int64_t *index) {
  int64_t place = 0;
  for (int i = 0; i < shape->rank; i++) place = place * shape->size[i] + index[i];
  return place;
}

static void exchange(int64_t *a, int64_t *b) {
  const int64_t before = *a;
  *a = *b;
  *b = before;
}

static int64_t moved(const sg_shape *shape, const move *m, int64_t place) {
  int64_t index[SG_MAX_RANK];
  sg_shape to = *shape;
  split(shape, place, index);
  switch (m->kind) {
  case READ_TRANSPOSED:
    exchange(&to.size[m->first], &to.size[m->second]);
    exchange(&index[m->first], &index[m->second]);
    break;
  case SWAPPED:
    exchange(&index[m->first], &index[m->second]);
    break;
  case FLIPPED:
    for (int i = 0; i < shape->rank; i++)
      if (m->mask >> i & 1) index[i] = shape->size[i] - 1 - index[i];
    break;
  case SHIFTED:
    index[m->first] = (index[m->first] + m->shift) % shape->size[m->first];
    break;
  case PERMUTED:
    index[m->first] = m->to[index[m->first]];
    break;
  }
  return join(&to, index);
}

static double move_misfit(const diagnosis *d, const void *model, int64_t k, double *bar) {
  *bar = d->bar[k];
  return d->gradient[moved(&d->found->shape, model, d->element[k])] - d->numeric[k];
}

static bool explains(const diagnosis *d, const move *m) { return diagnosis_explains(d, move_misfit, m); }

// ---- Transposed ---------------------------------------------------------------------------------------------

static bool transposed(const diagnosis *d) {
  const sg_shape *shape = &d->found->shape;
  for (int i = 0; i < shape->rank; i++)
    for (int j = i + 1; j < shape->rank; j++) {
      if (shape->size[i] < 2 || shape->size[j] < 2) continue;
      const bool square = shape->size[i] == shape->size[j];
      const move m = {.kind = square ? SWAPPED : READ_TRANSPOSED, .first = i, .second = j};
      if (!explains(d, &m)) continue;
      return diagnosis_say(d, "The gradient is transposed: dimensions %d and %d are exchanged%s.", i + d->base,
                           j + d->base, square ? "" : " in memory, under the right shape");
    }
  return false;
}

// ---- Flipped and shifted ------------------------------------------------------------------------------------

static unsigned long_dimensions(const sg_shape *shape) {
  unsigned mask = 0;
  for (int i = 0; i < shape->rank; i++)
    if (shape->size[i] > 1) mask |= 1u << i;
  return mask;
}

static bool flipped(const diagnosis *d) {
  const sg_shape *shape = &d->found->shape;
  const unsigned all = long_dimensions(shape);
  for (int size = 1; size <= shape->rank; size++)
    for (unsigned mask = 1; mask <= all; mask++) {
      if ((mask & ~all) || __builtin_popcount(mask) != size) continue;
      const move m = {.kind = FLIPPED, .mask = mask};
      if (!explains(d, &m)) continue;
      const int dimension = __builtin_ctz(mask);
      if (size == 1 && shape->size[dimension] == 2)
        return diagnosis_say(d, "The two slices along dimension %d are exchanged.", dimension + d->base);
      return diagnosis_say(d, "The gradient is flipped along dimension%s %s.", size > 1 ? "s" : "",
                           diagnosis_dimensions(d, mask).text);
    }
  return false;
}

static bool shifted(const diagnosis *d) {
  const sg_shape *shape = &d->found->shape;
  for (int i = 0; i < shape->rank; i++)
    for (int64_t shift = 1; shift < shape->size[i]; shift++) {
      const bool far = shift > 8 && shape->size[i] - shift > 8;
      if (far && (double)d->count * (double)shape->size[i] > 1e7) continue;
      const move m = {.kind = SHIFTED, .first = i, .shift = shift};
      if (!explains(d, &m)) continue;
      const bool back = 2 * shift > shape->size[i];
      const int64_t by = back ? shape->size[i] - shift : shift;
      return diagnosis_say(
          d, "The gradient is shifted by %lld along dimension %d: what belongs to index i is at i %c %lld%s.",
          (long long)by, i + d->base, back ? '-' : '+', (long long)by, by == 1 ? " (off by one)" : "");
    }
  return false;
}

// The whole array read as one row.
static double flat_misfit(const diagnosis *d, const void *model, int64_t k, double *bar) {
  const int64_t elements = sg_shape_elements(&d->found->shape);
  *bar = d->bar[k];
  return d->gradient[(d->element[k] + *(const int64_t *)model + elements) % elements] - d->numeric[k];
}

static bool shifted_in_memory(const diagnosis *d) {
  for (int64_t shift = -1; shift <= 1; shift += 2)
    if (d->found->shape.rank > 1 && diagnosis_explains(d, flat_misfit, &shift))
      return diagnosis_say(
          d,
          "The gradient is shifted by 1 in memory: what belongs to element i in row-major order is "
          "at i %c 1 (off by one).",
          shift > 0 ? '+' : '-');
  return false;
}

// ---- Slices in another order --------------------------------------------------------------------------------

// The slice of the analytic gradient that fits the numeric slice `index` along a dimension; -1: none or several.
static int64_t partner(const diagnosis *d, int dimension, int64_t index) {
  const sg_shape *shape = &d->found->shape;
  int64_t found = -1;
  for (int64_t other = 0; other < shape->size[dimension]; other++) {
    const move m = {.kind = SHIFTED, .first = dimension, .shift = other - index + shape->size[dimension]};
    int64_t seen = 0;
    bool fits = true;
    for (int64_t k = 0; k < d->count && fits; k++) {
      if (diagnosis_along(shape, dimension, d->element[k]) != index) continue;
      double bar;
      fits = fabs(move_misfit(d, &m, k, &bar)) <= d->bar[k] + 1e-14 * fabs(d->numeric[k]);
      seen++;
    }
    if (!fits) continue;
    if (seen == 0 || found >= 0) return -1;
    found = other;
  }
  return found;
}

static bool permuted(const diagnosis *d) {
  enum { most = 256 };
  const sg_shape *shape = &d->found->shape;
  for (int i = 0; i < shape->rank; i++) {
    const int64_t size = shape->size[i];
    int64_t to[most], misplaced = 0, some = -1;
    bool taken[most] = {false}, all = size > 2 && size <= most && d->count * size * size <= 1 << 24;
    for (int64_t index = 0; index < size && all; index++) {
      to[index] = partner(d, i, index);
      all = to[index] >= 0 && !taken[to[index]];
      if (!all) break;
      taken[to[index]] = true;
      if (to[index] == index) continue;
      misplaced++;
      if (some < 0) some = index;
    }
    const move m = {.kind = PERMUTED, .first = i, .to = to};
    if (!all || misplaced == 0 || !explains(d, &m)) continue;
    return diagnosis_say(d,
                         "The slices along dimension %d are in the wrong order (%lld of %lld): slice %lld has the "
                         "gradient of slice %lld.",
                         i + d->base, (long long)misplaced, (long long)size, (long long)to[some] + d->base,
                         (long long)some + d->base);
  }
  return false;
}

bool diagnose_layout(const diagnosis *d) {
  int64_t telling = 0;
  for (int64_t k = 0; k < d->count; k++) telling += fabs(d->numeric[k]) > 4 * d->bar[k];
  if (!d->gradient || telling < 3 || d->failed_count < 2) return false;
  return transposed(d) || flipped(d) || shifted(d) || shifted_in_memory(d) || permuted(d);
}
