// SPDX-License-Identifier: GPL-3.0-or-later
#include "lua/bind/tensor/take.h"
#include "ops/ops.h"

// One dimension of x, of which there is a position, a range, or an index tensor.
typedef struct axis {
  bool one;
  sg_tensor *index;
  int64_t start, count, step; // of a range
} axis;

typedef struct axes {
  int count;
  axis axis[SG_MAX_RANK];
  sg_shape positions; // to which the index tensors broadcast
  int first, ranges;  // the first that has an index tensor; how many have a range
  bool apart;         // a range comes between index tensors
} axes;

// The index tensors of the dimensions that have one, masks as their positions.
static bool find_indices(sg_context *context, const selection *s, sg_tensor **index) {
  const sg_shape *x = &s->of;
  for (int d = 0; d < x->rank; d++) {
    sg_tensor *tensor = s->tensor[d];
    if (tensor == NULL) continue;
    if (sg_tensor_dtype(tensor) == SG_I64) {
      index[d] = tensor;
      continue;
    }
    const sg_shape *mask = sg_tensor_shape(tensor);
    for (int i = 0; i < mask->rank; i++)
      if (mask->size[i] != x->size[d + i])
        return sg_error(context, SG_INVALID_ARGUMENT,
                        "index: the mask has shape %s, expected the dimensions of %s from %d on",
                        sg_shape_text(mask).text, sg_shape_text(x).text, d + 1) == SG_OK;
    sg_tensor *rows = sg_nonzero(context, tensor);
    for (int i = 0; i < mask->rank; i++) index[d + i] = sg_select(context, rows, 1, i);
  }
  return sg_error_status(context) == SG_OK;
}

// The first `count` axes, of which the dropped ones are left out or stay as positions.
static bool find_axes(sg_context *context, const selection *s, int count, bool drops, axes *all) {
  sg_tensor *index[SG_MAX_RANK] = {NULL};
  bool seen = false, ended = false;
  *all = (axes){.first = -1};
  if (!find_indices(context, s, index)) return false;
  for (int d = 0; d < count; d++) {
    const bool named = d < s->range.start.count, stepped = d < s->range.step.count;
    if (s->dropped[d] && drops) continue;
    all->axis[all->count++] = (axis){.one = s->dropped[d],
                                     .index = index[d],
                                     .start = named && !drops ? s->range.start.value[d] : 0,
                                     .count = s->picked.size[d],
                                     .step = stepped && !drops ? s->range.step.value[d] : 1};
    if (index[d] == NULL) {
      all->ranges += !s->dropped[d];
      ended = seen && !s->dropped[d] ? true : ended;
      continue;
    }
    if (!seen) all->first = all->count - 1;
    seen = true;
    all->apart |= ended;
    if (!sg_shape_broadcast(&all->positions, sg_tensor_shape(index[d]), &all->positions))
      return sg_error(context, SG_INVALID_ARGUMENT,
                      "index: the positions of dimension %d have shape %s, which does not broadcast with %s", d + 1,
                      sg_shape_text(sg_tensor_shape(index[d])).text, sg_shape_text(&all->positions).text) == SG_OK;
  }
  const int rank = all->positions.rank + all->ranges;
  if (rank <= SG_MAX_RANK) return true;
  return sg_error(context, SG_INVALID_ARGUMENT,
                  "index: the result would have %d dimensions, at most %d are possible", rank,
                  SG_MAX_RANK) == SG_OK;
}

// t with `count` dimensions of extent 1 behind its own.
static sg_tensor *followed(sg_context *context, sg_tensor *t, int count) {
  if (t == NULL) return NULL;
  sg_shape shape = *sg_tensor_shape(t);
  for (int i = 0; i < count; i++) shape.size[shape.rank++] = 1;
  return sg_reshape(context, t, &shape);
}

// Index tensors for all axes, which broadcast to the shape of what they take.
static void spread(sg_context *context, const axes *all, sg_tensor **index) {
  const int64_t base = sg_index_base(context);
  int before = 0, behind = all->ranges; // ranges so far, and still to come
  for (int i = 0; i < all->first; i++) before += !all->axis[i].one;
  const int behind_positions = all->apart ? all->ranges : all->ranges - before;
  for (int i = 0; i < all->count; i++) {
    const axis *a = &all->axis[i];
    if (a->index != NULL) {
      index[i] = followed(context, a->index, behind_positions);
    } else if (a->one) {
      index[i] = sg_tensor_full(context, SG_I64, &(sg_shape){0}, (double)(a->start + base));
    } else {
      behind--;
      const bool in_front = !all->apart && i < all->first;
      sg_tensor *range = sg_arange(context, SG_I64, sg_whole(a->start + base),
                                   sg_whole(a->start + base + a->count * a->step), sg_whole(a->step));
      index[i] = followed(context, range, behind + (in_front ? all->positions.rank : 0));
    }
  }
}

sg_tensor *selection_take(sg_context *context, sg_tensor *range, const selection *s) {
  if (range == NULL) return NULL;
  int count = 0, kept = 0;
  for (int d = 0; d < s->picked.rank; d++)
    if (s->indexed[d]) count = d + 1;
  axes all;
  sg_tensor *index[SG_MAX_RANK] = {NULL};
  if (!find_axes(context, s, count, true, &all)) return NULL;
  if (all.apart) {
    spread(context, &all, index);
    return sg_index(context, range, all.count, index, 0);
  }
  for (int i = all.first; i < all.count; i++) index[kept++] = all.axis[i].index;
  return sg_index(context, range, kept, index, all.first);
}

sg_status selection_put(sg_context *context, sg_tensor *x, sg_tensor *value, const selection *s) {
  axes all;
  sg_tensor *index[SG_MAX_RANK] = {NULL};
  if (value == NULL || !find_axes(context, s, s->range.start.count, false, &all)) return sg_error_status(context);
  spread(context, &all, index);
  return sg_index_put_(context, x, value, all.count, index, false);
}
