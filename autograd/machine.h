// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the machine and the process have, for the engine and the ops.
#ifndef SELENOGRAD_MACHINE_H
#define SELENOGRAD_MACHINE_H

#include "autograd/op.h"

// The highest level of sg_isa_level that the processor has, whatever the context runs with.
int sg_isa_best(void);

// Whether the context was opened by another process, of which this is a forked child. The threads of OpenMP are
// gone in it, and a parallel region would wait for them for ever.
bool sg_is_forked(const sg_context *context);
int sg_process(void);

// Whether so much address space is left where a limit was set on it (ulimit -v, ulimit -d). Without one: yes.
bool sg_address_space_has(uint64_t bytes);

// What computes the products of a floating dtype; ops/linalg/products.h decides. It lies in the context because
// nothing lies outside of one, and may be asked from any thread.
typedef enum sg_product_choice {
  SG_PRODUCT_UNDECIDED,  // computed by the ops' own loops meanwhile
  SG_PRODUCT_LIBRARY,
  SG_PRODUCT_SLOW,       // the library does not know the processor: the ops' own loops
  SG_PRODUCT_WRONG,      // the library computes wrongly: the ops' own loops
  SG_PRODUCT_NO_SPACE,   // no address space for the library's buffers: the ops' own loops
} sg_product_choice;
sg_product_choice sg_product_choice_of(const sg_context *context, sg_dtype dtype);
void sg_product_choose(sg_context *context, sg_dtype dtype, sg_product_choice choice);

#endif
