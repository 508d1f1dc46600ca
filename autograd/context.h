// SPDX-License-Identifier: GPL-3.0-or-later
//
// The context: what everything else belongs to. Functions that need nothing but a context are declared here too.
#ifndef SELENOGRAD_CONTEXT_H
#define SELENOGRAD_CONTEXT_H

#include <gsl/gsl_rng.h>

#include "autograd/custom_guard.h"
#include "autograd/memory.h"
#include "autograd/op.h"

typedef struct sg_node sg_node;
typedef struct sg_written_form sg_written_form;

typedef struct sg_detached sg_detached;

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
  uint64_t pass_counter, graph_counter;
  bool detects_anomaly;
  void (*place)(void *user, char *text, size_t size); // sg_set_place; NULL: nobody knows
  void *place_user;
  sg_detached *detached; // who sees what is detached, NULL: nobody
  int hooks_running; // those that are removed meanwhile stay in their lists

  sg_tensor **scope_tensors;
  size_t scope_count, scope_capacity;

  const sg_op **ops;
  uint32_t *op_places; // [2 * op_capacity] by hash of the name: 1 + the position in ops, 0 for none; see registry.c
  size_t op_count, op_capacity;
  const sg_op *add; // what sums two recorded gradients
  sg_written_form *written_forms;

  int threads;
  int process; // that opened the context
  int isa_level;
  unsigned char product_choice[2]; // f32, f64: an sg_product_choice
  int index_base;
  sg_random_state random;
  gsl_rng generator;

  char message[SG_MESSAGE_BYTES];
};

// What a context is allocated with.
#define SG_CONTEXT_BYTES ((sizeof(sg_context) + 63) / 64 * 64)

// What leads to these is seldom gone.
sg_status sg_error(sg_context *context, sg_status status, const char *format, ...) __attribute__((cold));
sg_status sg_reject(const sg_plan *plan, const char *format, ...) __attribute__((cold));

// Puts text in front of the pending message, unless it is there already: "backward of relu: ...".
void sg_error_prefix(sg_context *context, const char *format, ...) SG_PRINTF(2, 3);

// Checks an options struct against the op's attribute table, and says how many bytes strings and lists take that
// the options point to.
sg_status sg_attributes_check(sg_context *context, const sg_op *op, const void *options, size_t *outside_bytes);
// Copies those into memory of as many bytes, aligned like options, and points these options there.
void sg_attributes_keep(const sg_op *op, void *options, void *memory);

// Registers ops that have been checked: all of a NULL-terminated list, or none. Those registered already are passed
// over.
sg_status sg_ops_add(sg_context *context, const sg_op *const *ops);
// Checks and registers the ops that a context is opened with.
sg_status sg_registry_open(sg_context *context, const sg_op *const *ops);
void sg_registry_close(sg_context *context);
void sg_written_forms_close(sg_context *context);

// Sets the level of the instruction set to `name` (NULL: $SELENOGRAD_ISA, else the best), never above what the
// machine has. An unknown name is an error.
sg_status sg_isa_open(sg_context *context, const char *name);

void sg_random_open(sg_context *context, uint64_t seed);

#endif
