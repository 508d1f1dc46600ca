// SPDX-License-Identifier: GPL-3.0-or-later
//
// Keys are unsigned numbers in the order of the elements. Long lines go by radix sort, byte by byte from the least
// significant one on (Knuth, The Art of Computer Programming 3, 5.2.5), short ones by insertion; both keep the
// order of equal keys.
#include "ops/kernels/sort.h"

#include <string.h>

#include "ops/kernels/extremes.h"

#if defined(SG_KERNEL_F32)
typedef uint32_t sort_key;
#elif defined(SG_KERNEL_U8)
typedef uint8_t sort_key;
#else
typedef uint64_t sort_key;
#endif

typedef struct pair {
  sort_key key;
  int64_t position;
} pair;

_Static_assert(sizeof(pair) == SORT_PAIR_BYTES, "scratch is sized by it");

enum { BYTES = sizeof(sort_key), BUCKETS = 256, SHORT = 64 };

#if defined(SG_KERNEL_U8)
ALWAYS_INLINE sort_key key_of(real x) { return x; }
#else
// Two's complement becomes an order of unsigned numbers when the sign is turned; of sign and size, the size of
// negative numbers is turned too.
ALWAYS_INLINE sort_key key_of(real x) {
  const sort_key sign = (sort_key)1 << (8 * BYTES - 1);
  sort_key bits;
  if (is_nan(x)) return (sort_key)-1;
  if (x == 0) return sign; // -0 too
  memcpy(&bits, &x, sizeof bits);
#if defined(SG_KERNEL_I64)
  return bits ^ sign;
#else
  return bits & sign ? ~bits : bits ^ sign;
#endif
}
#endif

static void insert(pair *line, int64_t count) {
  for (int64_t i = 1; i < count; i++) {
    const pair moving = line[i];
    int64_t j = i;
    for (; j > 0 && line[j - 1].key > moving.key; j--) line[j] = line[j - 1];
    line[j] = moving;
  }
}

static void distribute(const pair *from, pair *to, int64_t count, int byte, int64_t *next) {
  for (int64_t i = 0; i < count; i++) to[next[from[i].key >> (8 * byte) & 0xff]++] = from[i];
}

// Returns where the result is: in the line, or behind it.
static pair *radix_sort(pair *line, int64_t count) {
  int64_t next[BYTES][BUCKETS] = {{0}};
  pair *from = line, *to = line + count;
  for (int64_t i = 0; i < count; i++)
    for (int byte = 0; byte < BYTES; byte++) next[byte][line[i].key >> (8 * byte) & 0xff]++;
  for (int byte = 0; byte < BYTES; byte++) {
    if (next[byte][line[0].key >> (8 * byte) & 0xff] == count) continue; // all alike
    int64_t start = 0;
    for (int bucket = 0; bucket < BUCKETS; bucket++) {
      const int64_t size = next[byte][bucket];
      next[byte][bucket] = start;
      start += size;
    }
    distribute(from, to, count, byte, next[byte]);
    pair *filled = to;
    to = from;
    from = filled;
  }
  return from;
}

static pair *in_order(pair *line, int64_t count) {
  if (count > SHORT) return radix_sort(line, count);
  insert(line, count);
  return line;
}

// Whether one of these elements may come before `bound`.
enum { LOOK_AHEAD = 32 };
ALWAYS_INLINE bool any_before(bool descending, const real *x, real bound) {
  int found = 0;
  for (int j = 0; j < LOOK_AHEAD; j++) found |= descending ? !(x[j] <= bound) : !(x[j] >= bound);
  return found;
}

// The first `wanted` pairs of a line, of which there are many more. Whatever comes before the last of the first
// ones so far is gathered, and from time to time those are chosen anew: of elements in random order wanted
// log(count / wanted) are gathered, of the worst order all.
static pair *first_in_order(const sort_arguments *a, const real *x, pair *line, int64_t wanted) {
  const int64_t room = 2 * wanted + SHORT;
  int64_t filled = 0, bound = -1;
  sort_key last = (sort_key)-1;
  for (int64_t i = 0; i < a->count; i++) {
    while (bound >= 0 && a->inner == 1 && i + LOOK_AHEAD <= a->count && !any_before(a->descending, x + i, x[bound]))
      i += LOOK_AHEAD;
    if (i == a->count) break;
    const sort_key own = key_of(x[i * a->inner]), key = a->descending ? (sort_key)~own : own;
    if (bound >= 0 && key >= last) continue;
    line[filled++] = (pair){key, i};
    if (filled < room) continue;
    memmove(line, in_order(line, filled), (size_t)wanted * sizeof *line);
    filled = wanted;
    last = line[wanted - 1].key;
    bound = line[wanted - 1].position;
  }
  return in_order(line, filled);
}

static pair *sorted(const sort_arguments *a, const real *x, pair *line) {
  const int64_t wanted = a->first + a->kept;
  if (a->rule == SORT_FROM_FIRST && wanted > 0 && 4 * wanted + SHORT < a->count)
    return first_in_order(a, x, line, wanted);
  for (int64_t i = 0; i < a->count; i++) {
    const sort_key key = key_of(x[i * a->inner]);
    line[i] = (pair){a->descending ? (sort_key)~key : key, i};
  }
  return in_order(line, a->count);
}

static int64_t rank_of_mode(const pair *line, int64_t count) {
  int64_t rank = 0, most = 0;
  for (int64_t i = 0, start = 0; i < count; i++) {
    if (line[i].key != line[start].key) start = i;
    if (i + 1 - start <= most) continue;
    most = i + 1 - start;
    rank = i;
  }
  return rank;
}

static int64_t rank_of_middle_number(const sort_arguments *a, const real *x, const pair *line) {
  int64_t numbers = a->count;
  while (numbers > 0 && is_nan(x[line[numbers - 1].position * a->inner])) numbers--;
  return numbers > 0 ? (numbers - 1) / 2 : 0;
}

static int64_t first_rank(const sort_arguments *a, const real *x, const pair *line) {
  int64_t rank = a->count - 1;
  if (a->rule == SORT_MIDDLE_NUMBER) return rank_of_middle_number(a, x, line);
  if (a->rule == SORT_MODE) return rank_of_mode(line, a->count);
  if (a->rule == SORT_FROM_FIRST || !is_nan(x[line[rank].position * a->inner])) return a->first;
  while (rank > 0 && line[rank - 1].key == line[rank].key) rank--;
  return rank;
}

static void sort(const void *arguments, int64_t begin, int64_t end) {
  const sort_arguments *a = arguments;
  for (int64_t item = begin; item < end; item++) {
    const int64_t outer = item / a->inner, column = item % a->inner;
    const real *x = (const real *)a->x + outer * a->count * a->inner + column;
    const pair *line = sorted(a, x, (pair *)a->pairs + 2 * item * a->count);
    const int64_t first = first_rank(a, x, line), last = a->count - 1;
    for (int64_t i = 0; i < a->kept; i++) {
      const int64_t position = line[first + i < last ? first + i : last].position;
      const int64_t to = (outer * a->kept + i) * a->inner + column;
      a->positions[to] = position + a->base;
      if (a->values) ((real *)a->values)[to] = x[position * a->inner];
    }
  }
}

extern const sort_kernels VARIANT(sort);
const sort_kernels VARIANT(sort) = {.sort = sort};
