// SPDX-License-Identifier: GPL-3.0-or-later
#include <string.h>

#include "autograd/dtype.h"
#include "autograd/guard.h"
#include "autograd/lifetime.h"

// ---- Making ---------------------------------------------------------------------------------------

static void set_header(sg_tensor *tensor, sg_context *context, sg_dtype dtype, const sg_shape *shape,
                       int64_t elements) {
  memset(tensor, 0, offsetof(sg_tensor, shape));
  tensor->references = 1;
  tensor->dtype = dtype;
  tensor->elements = elements;
  tensor->shape = *shape;
  tensor->context = context;
  context->memory.live_tensors++;
}

sg_tensor *sg_make_tensor(sg_context *context, sg_dtype dtype, const sg_shape *shape) {
  if (context->status) return NULL;
  int64_t elements;
  if (!sg_shape_count(shape, &elements)) {
    sg_error(context, SG_INVALID_ARGUMENT, "a tensor cannot have the shape %s: more than 2^59 elements, %s",
             sg_shape_text(shape).text, "a negative size or more than 8 dimensions");
    return NULL;
  }
  return sg_make_counted(context, dtype, shape, elements);
}

sg_tensor *sg_make_counted(sg_context *context, sg_dtype dtype, const sg_shape *shape, int64_t elements) {
  const size_t bytes = SG_TENSOR_HEADER + (size_t)elements * sg_dtype_bytes(dtype);
  sg_tensor_block *block = sg_memory_take(context, bytes);
  if (!block) {
    sg_error_prefix(context, "a tensor %s %s: ", sg_dtype_name(dtype), sg_shape_text(shape).text);
    return NULL;
  }
  set_header(&block->tensor, context, dtype, shape, elements);
  block->storage.references = 1;
  block->storage.version = 0;
  block->storage.block_bytes = bytes;
  block->storage.severed = 0;
  block->storage.writer = "";
  block->storage.made_in_forward = context->guard.kind == SG_GUARD_FORWARD;
  block->tensor.storage = &block->storage;
  block->tensor.data = (char *)block + SG_TENSOR_HEADER;
  return &block->tensor;
}

sg_tensor *sg_make_alias(sg_context *context, sg_tensor *source, const sg_shape *shape, int64_t offset) {
  sg_tensor *tensor = sg_memory_take(context, sizeof *tensor);
  if (!tensor) return NULL;
  set_header(tensor, context, source->dtype, shape, sg_shape_elements(shape));
  tensor->storage = source->storage;
  tensor->storage->references++;
  tensor->data = (char *)source->data + (size_t)offset * sg_dtype_bytes(source->dtype);
  return tensor;
}

// ---- Looking ------------------------------------------------------------------------------------

sg_context *sg_tensor_context(const sg_tensor *tensor) { return tensor->context; }
sg_dtype sg_tensor_dtype(const sg_tensor *tensor) { return tensor->dtype; }
const sg_shape *sg_tensor_shape(const sg_tensor *tensor) { return &tensor->shape; }
int64_t sg_tensor_elements(const sg_tensor *tensor) { return tensor->elements; }
size_t sg_tensor_bytes(const sg_tensor *tensor) { return (size_t)tensor->elements * sg_dtype_bytes(tensor->dtype); }
const void *sg_tensor_data(const sg_tensor *tensor) { return tensor->data; }
void *sg_output_data(sg_tensor *tensor) { return tensor->data; }
uint64_t sg_tensor_version(const sg_tensor *tensor) { return tensor->storage->version; }
bool sg_tensor_requires_grad(const sg_tensor *tensor) { return tensor->requires_grad; }
bool sg_tensor_is_constant(const sg_tensor *tensor) { return tensor->constant; }
bool sg_tensor_is_leaf(const sg_tensor *tensor) { return !tensor->node; }
const sg_op *sg_tensor_producer(const sg_tensor *tensor) { return tensor->node ? tensor->node->op : NULL; }
sg_tensor *sg_tensor_grad(const sg_tensor *tensor) { return tensor->grad; }

double sg_tensor_value(const sg_tensor *tensor, int64_t position) {
  return sg_dtype_real(tensor->dtype, tensor->data, position);
}

int64_t sg_tensor_integer(const sg_tensor *tensor, int64_t position) {
  return sg_dtype_integer(tensor->dtype, tensor->data, position);
}

// ---- Gradient state -----------------------------------------------------------------------------

sg_status sg_tensor_set_requires_grad(sg_tensor *tensor, bool requires_grad) {
  sg_context *context = tensor->context;
  if (context->status) return context->status;
  if (tensor->node) {
    return sg_error(context, SG_INVALID_STATE,
                    "requires_grad can only be set on a leaf, and this tensor is the result of %s; detach it first",
                    tensor->node->op->name);
  }
  if (requires_grad && !sg_dtype_is_floating(tensor->dtype)) {
    return sg_error(context, SG_INVALID_ARGUMENT, "a tensor of dtype %s cannot require a gradient",
                    sg_dtype_name(tensor->dtype));
  }
  if (sg_is_watched(context) && sg_guard_requires_grad(tensor, requires_grad)) return context->status;
  tensor->requires_grad = requires_grad;
  return SG_OK;
}

sg_status sg_tensor_set_grad(sg_tensor *tensor, sg_tensor *grad) {
  sg_context *context = tensor->context;
  if (context->status) return context->status;
  if (grad == tensor) {
    return sg_error(context, SG_INVALID_ARGUMENT, "a tensor cannot be its own gradient; clone or detach it");
  }
  if (grad && (grad->context != context || grad->dtype != tensor->dtype ||
               !sg_shape_equal(&grad->shape, &tensor->shape))) {
    return sg_error(context, SG_INVALID_ARGUMENT, "the gradient has shape %s and dtype %s, expected %s and %s",
                    sg_shape_text(&grad->shape).text, sg_dtype_name(grad->dtype),
                    sg_shape_text(&tensor->shape).text, sg_dtype_name(tensor->dtype));
  }
  // An alias, so that a backward pass sees that others share the memory, and adds to memory of its own.
  bool alias = grad && !grad->requires_grad;
  sg_tensor *own = alias ? sg_make_alias(context, grad, &grad->shape, 0) : sg_retain(grad);
  if (alias && !own) return context->status;
  if (alias) own->severed = grad->severed, own->graphless = grad->graphless, own->detached = grad->detached;
  if (own) own->is_grad = true;
  sg_release(tensor->grad);
  tensor->grad = own;
  return SG_OK;
}

// ---- In-place writes ----------------------------------------------------------------------------

void sg_note_write(sg_storage *storage, const char *writer) {
  storage->version++;
  storage->writer = writer;
}

static const char *keep_name(sg_storage *storage, const char *writer) {
  const size_t length = strlen(writer), room = sizeof storage->written_by - 1;
  memcpy(storage->written_by, writer, (length < room ? length : room) + 1);
  storage->written_by[room] = 0;
  return storage->written_by;
}

void *sg_tensor_write(sg_tensor *tensor, const char *writer) {
  sg_context *context = tensor->context;
  if (context->status) return NULL;
  if (tensor->requires_grad && context->grad_enabled) {
    sg_error(context, SG_INVALID_STATE,
             "%s: the tensor %s requires a gradient, so it cannot be written in place while recording is on; "
             "do it in no_grad, or on a detached copy",
             writer, sg_shape_text(&tensor->shape).text);
    return NULL;
  }
  sg_note_write(tensor->storage, keep_name(tensor->storage, writer));
  return tensor->data;
}
