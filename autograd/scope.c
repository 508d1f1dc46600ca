// SPDX-License-Identifier: GPL-3.0-or-later
//
// Scopes are marks in one stack of tensors: a scope is the height the stack had when it was opened.
#include <string.h>

#include "autograd/lifetime.h"
#include "autograd/scope.h"

sg_scope sg_scope_open(sg_context *context) { return context->scope_count; }

sg_tensor *sg_scope_return(sg_context *context, sg_scope scope, sg_tensor *tensor) {
  if (!tensor) {
    sg_scope_close(context, scope);
    return NULL;
  }
  bool inside = context->scope_count > scope; // then closing makes the room that keeping takes
  sg_retain(tensor);
  sg_scope_close(context, scope);
  if (inside) return sg_scope_adopt(context, tensor);
  return sg_scope_give(context, tensor);
}

sg_status sg_scope_reserve(sg_context *context, size_t count) {
  size_t wanted = context->scope_count + count;
  if (wanted <= context->scope_capacity) return SG_OK;
  size_t capacity = 2 * context->scope_capacity > 64 ? 2 * context->scope_capacity : 64;
  if (capacity < wanted) capacity = wanted;
  sg_tensor **tensors = sg_memory_take(context, capacity * sizeof(sg_tensor *));
  if (!tensors) return context->status;
  if (context->scope_tensors) {
    memcpy(tensors, context->scope_tensors, context->scope_count * sizeof(sg_tensor *));
    sg_memory_give(context, context->scope_tensors, context->scope_capacity * sizeof(sg_tensor *));
  }
  context->scope_tensors = tensors;
  context->scope_capacity = capacity;
  return SG_OK;
}

sg_tensor *sg_scope_adopt(sg_context *context, sg_tensor *tensor) {
  context->scope_tensors[context->scope_count++] = tensor;
  return tensor;
}

sg_tensor *sg_scope_give(sg_context *context, sg_tensor *tensor) {
  if (!tensor) return NULL;
  if (sg_scope_reserve(context, 1)) {
    sg_release(tensor);
    return NULL;
  }
  return sg_scope_adopt(context, tensor);
}

void *sg_scope_memory(sg_context *context, size_t bytes) {
  const sg_shape shape = {1, {(int64_t)((bytes + sizeof(double) - 1) / sizeof(double))}};
  const sg_tensor *memory = sg_scope_give(context, sg_make_tensor(context, SG_F64, &shape));
  return memory ? memory->data : NULL;
}

void sg_scope_hand_on(sg_context *context, sg_scope scope, int count, sg_tensor *const *tensors,
                      sg_tensor *memory) {
  sg_retain(memory);
  for (int i = 0; i < count; i++) sg_retain(tensors[i]);
  sg_scope_close(context, scope); // makes the room that adopting takes
  if (memory) sg_scope_adopt(context, memory);
  for (int i = 0; i < count; i++) {
    if (tensors[i]) sg_scope_adopt(context, tensors[i]);
  }
}
