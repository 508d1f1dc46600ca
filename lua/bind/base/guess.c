// SPDX-License-Identifier: GPL-3.0-or-later
#include "lua/bind/base/guess.h"
#include <stdbool.h>
#include <string.h>

enum { LONGEST_NAME = 40 };

// The number of insertions, deletions, replacements and swaps of neighbours that turn a into b.
static size_t edit_distance(const char *a, const char *b) {
  size_t n = strlen(a), m = strlen(b);
  if (n > LONGEST_NAME || m > LONGEST_NAME) return LONGEST_NAME;
  size_t row[3][LONGEST_NAME + 1];
  for (size_t j = 0; j <= m; j++) row[0][j] = j;
  for (size_t i = 1; i <= n; i++) {
    size_t *now = row[i % 3], *last = row[(i + 2) % 3], *before = row[(i + 1) % 3];
    now[0] = i;
    for (size_t j = 1; j <= m; j++) {
      size_t best = last[j - 1] + (a[i - 1] != b[j - 1]);
      if (last[j] + 1 < best) best = last[j] + 1;
      if (now[j - 1] + 1 < best) best = now[j - 1] + 1;
      bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped && before[j - 2] + 1 < best) best = before[j - 2] + 1;
      now[j] = best;
    }
  }
  return row[n % 3][m];
}

guess guess_start(const char *name) { return (guess){name, NULL, (strlen(name) + 2) / 3}; }

void guess_try(guess *g, const char *candidate) {
  size_t distance = edit_distance(g->name, candidate);
  bool better = g->best == NULL ? distance <= g->distance : distance < g->distance;
  if (better && distance < strlen(candidate)) {
    g->best = candidate;
    g->distance = distance;
  }
}

const char *guess_push(lua_State *L, const guess *g) {
  return g->best == NULL ? lua_pushliteral(L, "") : lua_pushfstring(L, "; did you mean '%s'?", g->best);
}
