// SPDX-License-Identifier: GPL-3.0-or-later
//
// The engine's own structures. Nothing outside autograd/ includes this file.
#ifndef SELENOGRAD_INTERNAL_H
#define SELENOGRAD_INTERNAL_H

#include <gsl/gsl_rng.h>

#include "autograd/custom.h"

#define SG_SIZE_CLASSES 448

// ---- Tensors ------------------------------------------------------------------------------------

// What a tensor's data lie in, shared by its views and aliases.
typedef struct sg_storage {
  int64_t references;
  uint64_t version;   // how often it was written in place
  size_t block_bytes; // of the sg_tensor_block that it lies in
  uint64_t severed;     // the number at which severed values were last written into it, 0: never; see custom.h
  char writer[31];      // who wrote it last, cut
  bool made_in_forward; // of a custom op
} sg_storage;

typedef struct sg_node sg_node;
typedef struct sg_pending sg_pending;

struct sg_tensor {
  int64_t references;
  sg_dtype dtype;
  int output; // which output of `node` this is
  bool requires_grad;
  bool constant; // its op declares that no derivative flows through it
  bool graphless; // severed because it is a gradient taken without create_graph
  bool detached;  // by detach() in a recorded backward, or computed from that
  bool is_grad; // of a leaf of the pass that is committing
  bool replaced; // by sg_leaf_convert
  uint64_t severed; // the number at which it was made so, 0: it is not; see custom.h
  sg_node *node; // the producer, owned; NULL for a leaf
  sg_tensor *grad;
  sg_pending *pending; // where a running backward pass collects this leaf's gradient
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
sg_tensor *sg_make_filled(sg_context *context, sg_dtype dtype, const sg_shape *shape, double value);
sg_tensor *sg_make_alias(sg_context *context, sg_tensor *source, const sg_shape *shape, int64_t offset);
// Raises the count of in-place writes.
void sg_note_write(sg_storage *storage, const char *writer);
// Ends the life of a tensor without references.
void sg_tensor_end(sg_tensor *tensor);
// sg_release, for the places that every op comes by.
static inline void sg_drop(sg_tensor *tensor) {
  if (tensor && --tensor->references == 0) sg_tensor_end(tensor);
}
// target += source, both alone in their storage's dtype and shape.
void sg_accumulate_data(sg_tensor *target, const sg_tensor *source);

// ---- Scopes -------------------------------------------------------------------------------------

// Makes room for `count` more tensors in the innermost scope, so that the adopting cannot fail.
sg_status sg_scope_reserve(sg_context *context, size_t count);
// Hands an owned tensor to the innermost scope. Needs reserved room. Returns the tensor.
sg_tensor *sg_scope_adopt(sg_context *context, sg_tensor *tensor);
// Reserves and adopts; on failure releases the tensor and returns NULL.
sg_tensor *sg_scope_give(sg_context *context, sg_tensor *tensor);

// ---- Tape ---------------------------------------------------------------------------------------

// Where the gradient of an input goes: to output `output` of `node`, or to the leaf, or nowhere.
typedef struct sg_edge {
  sg_node *node;
  sg_tensor *leaf;
  int output;
} sg_edge;

// What has arrived at one place of a running backward pass (arrive.c).
typedef struct sg_stretch sg_stretch;
typedef struct sg_arrivals {
  sg_tensor *sum;       // of the last `length` cotangents
  sg_stretch *finished; // sums of those before
  int length;
} sg_arrivals;

typedef struct sg_saved {
  sg_tensor *tensor; // NULL: not saved
  uint64_t version;  // of its storage when it was saved
} sg_saved;

// One recorded application of an op, in one block of memory with its arrays.
struct sg_node {
  int64_t references; // from the tensors it produced and from edges
  sg_context *context;
  const sg_op *op;
  sg_node *previous, *next; // all live nodes of the context, in recording order
  sg_node *next_doomed;     // work list of releases
  sg_node *older, *newer;   // neighbours in the order of a running pass
  size_t block_bytes;
  uint64_t sequence;
  uint64_t pass; // the backward pass that reached this node
  bool active;   // that pass is running
  bool needed;   // the pass wants a gradient through this node
  bool target;   // the pass wants the cotangents of its outputs
  bool consumed; // its saved values are gone
  bool saves;    // there are saved values, or were before it was consumed
  sg_dtype dtype;
  int input_count, output_count;
  size_t backward_scratch_bytes;
  void *options;
  void *plan;              // the op's own part of the plan
  sg_edge *edges;          // [input_count]
  sg_saved *saved_inputs;  // [input_count]
  sg_saved *saved_outputs; // [output_count]
  sg_arrivals *arrivals;   // [output_count], while a pass runs
  sg_tensor **cotangents;  // [output_count], their sums, while the node has its turn
  sg_shape *input_shapes;  // [input_count]
  sg_shape *output_shapes; // [output_count]
  sg_dtype *output_dtypes; // [output_count]
};

// A node with all its arrays, not yet linked to anything and not on the context's list; NULL on failure.
sg_node *sg_node_make(const sg_plan *plan, int output_count);
// Gives back a node that was never linked.
void sg_node_discard(sg_node *node);
// Fills the node from a finished forward call, puts it on the list, and makes it the outputs' producer.
// `aliases[p]` is a detached alias of output p where the plan saves it; the node takes it over.
void sg_node_link(sg_node *node, const sg_plan *plan, sg_tensor **outputs, sg_tensor **aliases);
// The parts of it: options, each input, each output, and the place on the list.
void sg_node_take_options(sg_node *node, const void *options);
void sg_node_link_input(sg_node *node, int i, sg_tensor *input, bool differentiable);
void sg_node_link_output(sg_node *node, int p, sg_tensor *output, bool differentiable);
void sg_node_publish(sg_node *node);
void sg_node_release(sg_node *node);
void sg_node_release_saved(sg_node *node);
// Frees what every node holds, at the end of a context: a .grad made with create_graph holds its graph, which holds
// the leaf it is the gradient of.
void sg_tape_cut(sg_context *context);

// ---- Functions of the user's --------------------------------------------------------------------

// Which function of a custom op is running and watched; see custom.h. In a backward pass nothing is watched but
// such functions, and marks do not spread.
enum { SG_GUARD_NONE, SG_GUARD_PASS, SG_GUARD_FORWARD, SG_GUARD_BACKWARD };

// What the outputs of an op take over from its inputs.
typedef struct sg_marks {
  uint64_t severed;
  bool detached;
} sg_marks;

static inline bool sg_is_watched(const sg_context *context);
// In a watched function: refuses inputs whose gradient would get lost, and looks what the outputs take over.
sg_status sg_guard_inputs(const sg_plan *plan, sg_marks *marks);
void sg_guard_outputs(const sg_op *op, sg_marks marks, int count, sg_tensor *const *outputs);
// For a copy or an alias that leaves the graph of its source behind.
void sg_guard_copy(const sg_tensor *source, sg_tensor *copy);
// For a gradient that a pass gave to a watched function, by itself or in a .grad.
void sg_guard_gradient(sg_tensor *gradient, bool create_graph);
void sg_guard_grad(sg_tensor *grad, bool create_graph);
// Whether a watched function may turn requires_grad on or off.
sg_status sg_guard_requires_grad(const sg_tensor *tensor, bool requires_grad);

// ---- Context ------------------------------------------------------------------------------------

typedef struct sg_free_block {
  struct sg_free_block *next;
} sg_free_block;

typedef struct sg_block_list {
  sg_free_block *first;
  uint64_t count, fewest; // the fewest there were since the window began, see memory.c
} sg_block_list;

struct sg_context {
  sg_status status;
  bool grad_enabled;
  sg_custom_guard guard;
  uint64_t custom_number; // the last one given
  bool closed;
  bool releasing; // the work list of doomed nodes is being emptied

  sg_block_list free_blocks[SG_SIZE_CLASSES];
  sg_memory_usage memory;
  uint64_t recent_peak, peak_before; // the most bytes in use in this window, and in the one before
  uint64_t most_cached, usual_bytes; // follow from them: what is kept, and what may be in use without a look
  uint64_t held_bytes;               // in use and cached
  int64_t window_left;               // bytes to be taken until it ends
  sg_allocate_function *allocate;
  sg_release_function *release;
  void *allocator_user;

  sg_node *first_node, *last_node, *doomed;
  uint64_t node_sequence;
  uint64_t pass_counter;

  sg_tensor **scope_tensors;
  size_t scope_count, scope_capacity;

  const sg_op **ops;
  uint32_t *op_places; // [2 * op_capacity] by hash of the name: 1 + the position in ops, 0 for none; see registry.c
  size_t op_count, op_capacity;
  const sg_op *add; // what sums two recorded gradients

  int threads;
  int process; // that opened the context
  int isa_level;
  unsigned char product_choice[2]; // f32, f64: an sg_product_choice
  int index_base;
  sg_random_state random;
  gsl_rng generator;

  char message[SG_MESSAGE_BYTES];
};

static inline bool sg_is_watched(const sg_context *context) { return context->guard.kind >= SG_GUARD_FORWARD; }

// Frees the context once it is closed and nothing of it is alive.
void sg_context_free_if_done(sg_context *context);

// What leads to these is seldom gone.
sg_status sg_error(sg_context *context, sg_status status, const char *format, ...) __attribute__((cold));
sg_status sg_reject(const sg_plan *plan, const char *format, ...) __attribute__((cold));

// Puts text in front of the pending message, unless it is there already: "backward of relu: ...".
void sg_error_prefix(sg_context *context, const char *format, ...) SG_PRINTF(2, 3);

// A block of at least `bytes` bytes, aligned to 64; NULL with the error set. Give back with the same size.
void *sg_memory_take(sg_context *context, size_t bytes);
void sg_memory_give(sg_context *context, void *block, size_t bytes);

// Checks an options struct against the op's attribute table.
sg_status sg_attributes_check(sg_context *context, const sg_op *op, const void *options);

// Registers ops that have been checked: all of a NULL-terminated list, or none. Those registered already are passed
// over.
sg_status sg_ops_add(sg_context *context, const sg_op *const *ops);
void sg_registry_close(sg_context *context);

// Sets the level of the instruction set to `name` (NULL: $SELENOGRAD_ISA, else the best), never above what the
// machine has. An unknown name is an error.
sg_status sg_isa_open(sg_context *context, const char *name);

void sg_random_open(sg_context *context, uint64_t seed);

#endif
