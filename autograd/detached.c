// SPDX-License-Identifier: GPL-3.0-or-later
#include "autograd/detached.h"

#include <string.h>

#include "autograd/internal.h"

void sg_detached_open(sg_detached *detached, sg_context *context, bool hold) {
  *detached = (sg_detached){.context = context, .hold = hold};
}

static size_t bytes_kept(int64_t capacity) { return (size_t)capacity * sizeof(sg_tensor *); }

void sg_detached_close(sg_detached *d) {
  for (int64_t i = 0; i < d->count; i++) sg_release(d->kept[i]);
  if (d->kept) sg_memory_give(d->context, d->kept, bytes_kept(d->capacity));
  *d = (sg_detached){.context = d->context};
}

void sg_detached_enter(sg_detached *d) {
  d->next = 0;
  d->around = d->context->detached;
  d->context->detached = d;
}

void sg_detached_leave(sg_detached *d) { d->context->detached = d->around; }

// A copy, as the function may go on writing into what it detached.
static sg_status keep(sg_detached *d, sg_tensor *tensor) {
  sg_context *context = d->context;
  if (d->count == d->capacity) {
    const int64_t capacity = d->capacity ? 2 * d->capacity : 16;
    sg_tensor **kept = sg_memory_take(context, bytes_kept(capacity));
    if (!kept) return context->status;
    if (d->count) memcpy(kept, d->kept, bytes_kept(d->count));
    if (d->kept) sg_memory_give(context, d->kept, bytes_kept(d->capacity));
    d->kept = kept;
    d->capacity = capacity;
  }
  sg_tensor *copy = sg_retain(sg_tensor_copy(context, tensor));
  if (copy) d->kept[d->count++] = copy;
  return context->status;
}

static sg_tensor *held(sg_detached *d, const sg_tensor *tensor) {
  sg_tensor *kept = d->kept[d->next++];
  if (kept->dtype == tensor->dtype && sg_shape_equal(&kept->shape, &tensor->shape))
    return sg_tensor_copy(d->context, kept);
  sg_error(
      d->context, SG_INVALID_ARGUMENT,
      "detach: the tensor has shape %s and dtype %s, and at the point of the check it had %s and %s: what is held "
      "constant has to be the same tensors in every call",
      sg_shape_text(&tensor->shape).text, sg_dtype_name(tensor->dtype), sg_shape_text(&kept->shape).text,
      sg_dtype_name(kept->dtype));
  return NULL;
}

sg_tensor *sg_tensor_detach(sg_context *context, sg_tensor *tensor) {
  sg_tensor *alias = sg_tensor_alias(context, tensor);
  sg_detached *d = context->detached;
  if (!alias || !d) return alias;
  if (d->seen++ == 0 && context->place) context->place(context->place_user, d->place, sizeof d->place);
  if (!d->hold) return alias;
  if (d->next < d->count) return held(d, tensor);
  d->next++;
  return keep(d, tensor) ? NULL : alias;
}
