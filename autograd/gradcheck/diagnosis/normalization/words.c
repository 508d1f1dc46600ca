// SPDX-License-Identifier: GPL-3.0-or-later
//
// What a recognized normalization is called.
#include "autograd/gradcheck/diagnosis/normalization/recognized.h"

static const char *name_of(const sg_shape *shape, const normalization_over *over, bool centered) {
  const int rank = shape->rank;
  unsigned all = 0;
  for (int i = 0; i < rank; i++)
    if (shape->size[i] > 1) all |= 1u << i;
  if (!centered) return "RMS normalization";
  if (over->split > 1) return "group normalization";
  if (rank >= 2 && over->mask == (all & ~2u)) return "batch normalization";
  if (rank >= 3 && over->mask == (all & ~3u)) return "instance normalization";
  return over->mask >> (rank - 1) & 1 ? "layer normalization" : "normalization";
}

void normalization_say_over(const normalization *n, const normalization_over *over) {
  diagnosis_say(n->d, "over dimension%s %s", over->mask & (over->mask - 1) ? "s" : "",
                diagnosis_dimensions(n->d, over->mask).text);
  if (over->split == 1) return;
  diagnosis_say(n->d, " in %lld groups", (long long)over->split);
  if (over->alternating) diagnosis_say(n->d, " of alternating channels (c mod %lld)", (long long)over->split);
}

void normalization_say_kind(const normalization *n, const normalization_over *over, bool centered) {
  diagnosis_say(n->d, "%s ", name_of(n->shape, over, centered));
  normalization_say_over(n, over);
}

void normalization_say(const normalization *n) {
  diagnosis_say(n->d, "Looks like ");
  normalization_say_kind(n, &n->over, n->centered);
  diagnosis_say(n->d, ": ");
}
