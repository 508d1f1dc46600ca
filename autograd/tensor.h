// SPDX-License-Identifier: GPL-3.0-or-later
//
// A tensor and what it lies in (tensor.c).
#ifndef SELENOGRAD_TENSOR_H
#define SELENOGRAD_TENSOR_H

#include "autograd/context.h"

typedef struct sg_pending sg_pending;
typedef struct sg_hook sg_hook;

// What a tensor's data lie in, shared by its views and aliases.
typedef struct sg_storage {
  int64_t references;
  uint64_t version;   // how often it was written in place
  size_t block_bytes; // of the sg_tensor_block that it lies in
  uint64_t severed;     // the number at which severed values were last written into it, 0: never; see custom.h
  const char *writer;   // who wrote it last: a name that lasts, or `written_by`
  char written_by[31];  // a name that does not, cut
  bool made_in_forward; // of a custom op
} sg_storage;

struct sg_tensor {
  int64_t references;
  sg_dtype dtype;
  int output; // which output of `node` this is
  bool requires_grad;
  bool constant; // its op declares that no derivative flows through it
  bool graphless; // severed because it is a gradient taken without create_graph
  bool detached;  // by detach() in a recorded backward, or computed from that
  bool cut_off;  // in a round of detached.h: computed in no_grad from what requires a gradient
  bool is_grad; // of a leaf, or was
  bool replaced; // by sg_leaf_convert
  bool retains_grad; // the result of an op: `node` has an entry for it
  uint64_t severed; // the number at which it was made so, 0: it is not; see custom.h
  sg_node *node; // the producer, owned; NULL for a leaf
  sg_tensor *grad;
  sg_pending *pending; // where a running backward pass collects this leaf's gradient
  sg_hook *hooks; // of a leaf
  sg_context *context;
  sg_storage *storage;
  void *data;
  int64_t elements;
  sg_shape shape;
};

// A tensor that is made with its data is one block of memory: the tensor, its storage, and the data from
// SG_TENSOR_HEADER bytes on. Views and aliases are tensors alone. The block lasts as long as the storage.
typedef struct sg_tensor_block {
  sg_tensor tensor;
  sg_storage storage;
} sg_tensor_block;

#define SG_TENSOR_HEADER ((sizeof(sg_tensor_block) + 63) / 64 * 64)

// Tensors made by these belong to the caller, who releases them; they put no tensor into a scope.
sg_tensor *sg_make_tensor(sg_context *context, sg_dtype dtype, const sg_shape *shape);
// The same for a shape that sg_shape_count has counted.
sg_tensor *sg_make_counted(sg_context *context, sg_dtype dtype, const sg_shape *shape, int64_t elements);
sg_tensor *sg_make_filled(sg_context *context, sg_dtype dtype, const sg_shape *shape, double value);
sg_tensor *sg_make_alias(sg_context *context, sg_tensor *source, const sg_shape *shape, int64_t offset);
// What sg_tensor_detach gives, for the engine's own purposes: no checker sees it.
sg_tensor *sg_tensor_alias(sg_context *context, sg_tensor *tensor);
// Raises the count of in-place writes. `writer` lasts as long as the context: an op's name, a literal.
void sg_note_write(sg_storage *storage, const char *writer);

#endif
